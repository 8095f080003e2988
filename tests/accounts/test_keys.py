"""A person's own keys: kept, refused with a reason, drawn in the sheet; and the table and the pages say the same."""

import re
from pathlib import Path

import pytest

from accounts.keys import ACTIONS, BY_ID, is_key, parts_of
from accounts.models import User
from core.templatetags.ui import folded
from tests.accounts.factories import Cast, signed_in

ROOT = Path(__file__).resolve().parents[2]
#: `data-key` of the chat widget's script is no key of the keyboard.
NOT_KEYS = frozenset({"{{ channel.hook_key }}"})


def drawn(page: str, action: str) -> str:
    """The key that the sheet of a page has for an action."""
    found = re.search(rf'data-action="{action}" data-default="[^"]*" data-code="([^"]*)"', page)
    assert found, action
    return found.group(1)


@pytest.mark.django_db
def test_an_own_key_is_kept_drawn_and_taken_back(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    assert drawn(browser.get("/w/elsewhere/people/").content.decode(), "resolve") == "KeyE"
    assert browser.post("/me/keys/key/", {"action": "resolve", "key": "Alt+Shift+KeyD"}).status_code == 302
    page = browser.get("/w/elsewhere/people/").content.decode()
    assert drawn(page, "resolve") == "Alt+Shift+KeyD"
    assert "<kbd>Alt</kbd> <kbd>Shift</kbd> <kbd>D</kbd>" in page
    # Its old key is free now, and a key given back is no own key any more.
    assert browser.post("/me/keys/key/", {"action": "mine", "key": "KeyE"}).status_code == 302
    assert browser.post("/me/keys/key/", {"action": "mine", "key": "KeyM"}).status_code == 302
    assert User.objects.get(pk=cast.outsider.pk).keys == {"resolve": "Alt+Shift+KeyD"}
    assert browser.post("/me/keys/key/", {"action": "resolve", "key": ""}).status_code == 302
    assert drawn(browser.get("/me/keys/").content.decode(), "resolve") == ""
    browser.post("/me/keys/single/", {})
    assert 'data-single="off"' in browser.get("/me/keys/").content.decode()
    browser.post("/me/keys/reset/")
    kept = User.objects.get(pk=cast.outsider.pk)
    assert (kept.keys, kept.single_keys) == ({}, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "key", "status", "said"),
    [
        ("resolve", "KeyJ", 409, "Next conversation"),
        ("resolve", "Alt+KeyJ", 409, "Next conversation"),
        ("palette", "Alt+KeyE", 409, "Resolve or reopen"),
        ("go-people", "KeyC", 409, "Contacts"),
        ("resolve", "Mod+KeyW", 422, "Ctrl+W"),
        ("resolve", "Enter", 422, ""),
        ("resolve", "Escape", 422, ""),
        ("resolve", "Tab", 422, ""),
        ("resolve", "Keyй", 422, ""),
        ("resolve", "Mod+<b>", 422, ""),
        ("resolve", "Hyper+KeyJ", 422, ""),
        ("open", "KeyO", 404, ""),
        ("fly", "KeyO", 404, ""),
    ],
)
def test_a_key_that_cannot_be_is_refused_and_nothing_changes(cast: Cast, action: str, key: str, status: int, said: str) -> None:
    answer = signed_in(cast.outsider).post("/me/keys/key/", {"action": action, "key": key}, headers={"HX-Request": "true"})
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert User.objects.get(pk=cast.outsider.pk).keys == {}


@pytest.mark.django_db
def test_a_letter_after_the_going_key_is_free_elsewhere(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    assert browser.post("/me/keys/key/", {"action": "go-people", "key": "KeyJ"}).status_code == 302
    line = browser.post("/me/keys/key/", {"action": "go-people", "key": "KeyB"}, headers={"HX-Request": "true"}).content.decode()
    assert "<kbd>B</kbd>" in line
    assert "<kbd>P</kbd>" in line  # the way back


def test_no_two_actions_share_a_key_and_every_key_can_be_typed() -> None:
    taken = [(action.space, action.key) for action in ACTIONS]
    assert len(set(taken)) == len(taken)
    assert len(BY_ID) == len(ACTIONS)
    assert all(is_key(action.key) for action in ACTIONS if not action.fixed)
    assert parts_of("Mod+Shift+BracketLeft") == ["Ctrl", "Shift", "["]


def test_every_key_on_a_page_is_in_the_table_and_every_action_is_on_a_page() -> None:
    """So no sheet promises what nothing does, and no control has a key that nobody can look up or change."""
    templates = "".join(path.read_text("utf-8") for path in sorted((ROOT / "templates").rglob("*.html")))
    pressed = set(re.findall(r'data-key="([^"]+)"', templates)) - NOT_KEYS
    gone = set(re.findall(r'data-go="([^"]+)"', templates))
    script = (ROOT / "static/js/keys.js").read_text("utf-8")
    table = script[script.index("const OWN = {") : script.index("};")]
    own = {words.strip('"') for words in re.findall(r'^  ("?[a-z-]+"?):', table, re.MULTILINE)}
    assert pressed <= {action.key for action in ACTIONS if action.space == "page"}
    assert gone == {action.key for action in ACTIONS if action.space == "go"}
    assert own <= set(BY_ID)
    dead = [action.id for action in ACTIONS if action.space == "page" and action.key not in pressed and action.id not in own]
    assert dead == ["open"]  # a link's own key


def test_an_action_is_found_in_english_too() -> None:
    from django.utils.translation import override

    with override("fa"):
        words = folded(BY_ID["resolve"].words)
    assert "resolve or reopen" in words
    assert words != "resolve or reopen"
