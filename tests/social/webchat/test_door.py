"""The public door of web chat: who may ask from where, who says who they are, and an answer in words for everything else."""

import json
from typing import Any

import pytest
from django.conf import settings as django_settings

from core.tenancy import tenant
from social.models import ChatLine, ChatThread, Credential
from social.services import chat_widgets, chatting, connecting
from social.services.chatting import sign
from tests.social.webchat.factories import ORIGIN, Shop, open_shop, token

pytestmark = pytest.mark.django_db
CORS = "Access-Control-Allow-Origin"


def refusal(answer: Any, status: int) -> tuple[str, str | None]:
    """Code and field of a refusal, which always says why in words."""
    assert answer.status_code == status, (answer.status_code, answer.content[:400])
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "field", "detail"}
    assert len(error["message"]) > 10
    return error["code"], error["field"]


# --- from where -------------------------------------------------------------------------------------------------------------
def test_a_page_on_the_list_is_named_and_no_other(shop: Shop) -> None:
    answer = shop.ask()
    assert answer.status_code == 200
    assert answer[CORS] == ORIGIN
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer
    assert answer["Cache-Control"] == "no-store"
    assert not answer.cookies


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example", "http://shop.example", "https://shop.example:8443", "https://shop.example.evil.example",
        "https://SHOP.example", "null", "*", "https://shop.example/", None,
    ],
)  # fmt: skip
def test_a_page_that_is_not_on_the_list_learns_and_leaves_nothing(shop: Shop, origin: str | None) -> None:
    shop.say()
    given = {"token": token(), "id": "line-0002", "text": "hello", "after": 0}
    for answer in (
        shop.ask(origin=origin), shop.ask("say/", given, origin=origin), shop.ask("read/", given, origin=origin),
    ):  # fmt: skip
        assert refusal(answer, 403) == ("origin_not_allowed", "origin")
        assert CORS not in answer
        assert "parcel" not in answer.content.decode()
    assert shop.raw() == 1


def test_a_new_widget_is_shown_nowhere(shop: Shop) -> None:
    fresh = open_shop("fresh", origins=())
    assert refusal(fresh.ask(), 403)[0] == "origin_not_allowed"


def test_browsers_may_ask_first(shop: Shop) -> None:
    def ask(origin: str, path: str = "say/") -> Any:
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
        return shop.browser.options(f"/chat/{shop.channel.hook_key}/{path}", headers=headers)

    yes = ask(ORIGIN)
    assert (yes.status_code, yes[CORS], yes["Access-Control-Allow-Methods"]) == (204, ORIGIN, "POST")
    assert yes["Access-Control-Allow-Headers"] == "Content-Type, Rabta-Who"
    no = ask("https://evil.example")
    assert no.status_code == 403
    assert CORS not in no


@pytest.mark.parametrize("key", ["nobody", "x" * 22, "x" * 200, "%00", "é", "' OR 1=1 --"])
def test_a_key_nobody_made_leads_nowhere(shop: Shop, key: str) -> None:
    answer = shop.ask(key=key)
    assert refusal(answer, 404) == ("not_found", None)
    assert CORS not in answer


def test_a_channel_that_is_no_widget_has_no_chat(shop: Shop) -> None:
    hook = connecting.connect_with_tokens(
        network="custom", values={"name": "desk", "secret": "s" * 20}, workspace_id=shop.channel.workspace_id, actor_id=None
    )
    assert refusal(shop.ask(key=hook.hook_key), 404)[0] == "not_found"


def test_other_methods_are_refused(shop: Shop) -> None:
    assert shop.browser.put(f"/chat/{shop.channel.hook_key}/say/").status_code == 405
    assert refusal(shop.ask("say/"), 405)[0] == "method_not_allowed"


# --- who --------------------------------------------------------------------------------------------------------------------
def test_a_signed_user_is_who_the_site_says(shop: Shop) -> None:
    secret = shop.secret()
    assert shop.say("hello", **shop.signed("user-42", secret)).status_code == 200
    # From another device, without any token: the same thread.
    assert shop.lines(who=9, **shop.signed("user-42", secret)) == [(1, False, "hello")]
    shop.digest()
    with shop.inside():
        thread = ChatThread.objects.get()
        assert (thread.person, thread.verified) == ("user-42", True)


@pytest.mark.parametrize(
    ("user", "signature", "expected"),
    [
        ("user-42", "0" * 64, (401, "bad_signature", "signature")),
        ("user-43", None, (401, "bad_signature", "signature")),
        ("user-42 ", None, (401, "bad_signature", "signature")),
        ("user-42", "", (422, "invalid", "signature")),
        ("user-42", "A" * 64, (422, "invalid", "signature")),
        ("user-42", 7, (422, "invalid", "signature")),
        ("", None, (422, "invalid", "user")),
        (7, None, (422, "invalid", "user")),
        ("x" * 121, None, (422, "invalid", "user")),
        ("a\x00b", None, (422, "invalid", "user")),
        ("a\u202eb", None, (422, "invalid", "user")),
    ],
)
def test_a_forged_identity_is_refused_by_name(shop: Shop, user: Any, signature: Any, expected: tuple[int, str, str]) -> None:
    secret = shop.secret()
    assert shop.say("secret words", **shop.signed("user-42", secret)).status_code == 200
    given = {"token": ..., "user": user, "signature": sign(secret, "user-42") if signature is None else signature}
    status, code, field = expected
    for answer in (shop.read(**given), shop.say("hi", line="line-0009", **given)):
        assert refusal(answer, status) == (code, field)
        assert "secret words" not in answer.content.decode()
    assert shop.raw() == 1


def test_a_site_cannot_sign_for_an_anonymous_visitor(shop: Shop) -> None:
    shop.say()
    with shop.inside():
        person = ChatThread.objects.get().person
    assert refusal(shop.read(**shop.signed(person, shop.secret())), 422) == ("invalid", "user")


def test_without_a_secret_nobody_is_signed_in(shop: Shop) -> None:
    for secret in ("", "anything"):
        assert refusal(shop.say(**shop.signed("42", secret)), 401) == ("no_secret", "user")


def test_a_renewed_secret_ends_the_old_one(shop: Shop) -> None:
    old, new = shop.secret(), shop.secret()
    assert refusal(shop.say(**shop.signed("42", old)), 401)[0] == "bad_signature"
    assert shop.say(**shop.signed("42", new)).status_code == 200
    with shop.inside():
        row = Credential.objects.get(field=chat_widgets.SIGNING)
        assert new not in row.sealed


def test_another_workspaces_secret_signs_for_nobody_here(shop: Shop) -> None:
    other = open_shop("elsewhere")
    theirs, ours = other.secret(), shop.secret()
    assert refusal(shop.say(**shop.signed("42", theirs)), 401)[0] == "bad_signature"
    assert shop.say(**shop.signed("42", ours)).status_code == 200
    assert other.lines(**other.signed("42", theirs)) == []
    with other.inside():
        assert not ChatLine.objects.exists()


def test_another_workspaces_key_shows_nothing_of_ours(shop: Shop) -> None:
    other = open_shop("elsewhere")
    shop.say("ours")
    assert other.lines() == []
    answer = shop.ask("read/", {"token": token(), "after": 0}, key=other.channel.hook_key)
    assert answer.json()["lines"] == []
    with tenant(other.channel.workspace_id):
        assert not ChatThread.objects.exists()


@pytest.mark.parametrize("bad", [None, "", "short", 7, "x" * 44, "x" * 42 + "\n", "é" * 43, ["x"]])
def test_a_token_that_no_browser_made_is_refused(shop: Shop, bad: Any) -> None:
    assert refusal(shop.read(token=bad), 422) == ("invalid", "token")
    assert refusal(shop.say(token=bad), 422) == ("invalid", "token")


# --- what -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"text": ""}, "text"), ({"text": " \n "}, "text"), ({"text": "\u200b\u200d\u2066"}, "text"), ({"text": None}, "text"),
        ({"text": 7}, "text"), ({"text": ["a"]}, "text"), ({"text": "x" * 5001}, "text"), ({"text": "\x00"}, "text"),
        ({"line": ""}, "id"), ({"line": "short"}, "id"), ({"line": 7}, "id"), ({"line": "x" * 65}, "id"),
        ({"line": "line\x000001"}, "id"), ({"line": "line 0001"}, "id"),
        ({"name": 7}, "name"), ({"name": "n" * 201}, "name"),
        ({"email": "nobody"}, "email"), ({"email": 7}, "email"), ({"email": "a@b.example\n"+"x"}, "email"),
        ({"email": f"{'a' * 250}@b.example"}, "email"), ({"files": [{"name": "a.png"}]}, "files"), ({"files": "a.png"}, "files"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_kept(shop: Shop, given: dict[str, Any], field: str) -> None:
    assert refusal(shop.say(**given), 422)[1] == field
    assert shop.raw() == 0
    with shop.inside():
        assert not ChatThread.objects.exists()


@pytest.mark.parametrize("after", [-1, 2**31, "0", 1.5, True, None, [0]])
def test_a_place_that_is_none_is_refused(shop: Shop, after: Any) -> None:
    assert refusal(shop.read(after=after), 422)[1] == "after"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b" ", 400), (b"\xff\xfe", 400), (b"{", 400), (b"[" * 50_000, 400), (b"[]", 422), (b"null", 422), (b"7", 422), (b'"x"', 422)],
)
def test_a_body_that_is_none_is_refused(shop: Shop, body: bytes, status: int) -> None:
    refusal(shop.ask("say/", body), status)


def test_a_body_too_large_is_refused(shop: Shop, settings: Any) -> None:
    body = json.dumps({"token": token(), "id": "line-0001", "text": "x", "more": "y" * 90_000}).encode()
    assert refusal(shop.ask("say/", body), 413)[0] == "too_large"
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert refusal(shop.ask("say/", body), 413)[0] == "too_large"
    assert shop.raw() == 0


def test_files_are_refused_in_words(shop: Shop) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.exe"\r\n\r\nMZ\r\n--b--\r\n'
    answer = shop.ask("say/", body, content_type="multipart/form-data; boundary=b")
    assert refusal(answer, 415) == ("no_files", "files")
    assert refusal(shop.ask("say/", b"a=b", content_type="application/x-www-form-urlencoded"), 415)[0] == "not_json"


def test_hostile_letters_are_kept_harmless(shop: Shop) -> None:
    text = "a\x00b <script>alert(1)</script> \ud83d \u202egnp.exe"
    assert shop.say(text, name="Sa\u202era\x00 <b>").status_code == 200
    shop.digest()
    # The text stays what was said, override included (each reader isolates it); a name stands in lists and loses what turns them.
    assert shop.bodies() == ["ab <script>alert(1)</script>  \u202egnp.exe"]
    with shop.inside():
        assert ChatThread.objects.get().name == "Sara <b>"


@pytest.mark.parametrize("page", ["https://evil.example/", f"{ORIGIN}.evil.example/", "javascript:alert(1)", 7, "x" * 400])
def test_agents_are_led_to_no_page_of_a_strangers(shop: Shop, page: Any) -> None:
    assert shop.say(page=page).status_code == 200
    shop.digest()
    from inbox.models import Message

    with shop.inside():
        assert Message.objects.get().url == ""


def test_needed_fields_are_needed_once(shop: Shop) -> None:
    shop.change(ask_name="required", ask_email="required")
    assert refusal(shop.say(), 422) == ("required", "name")
    assert refusal(shop.say(name="Sara"), 422) == ("required", "email")
    assert shop.raw() == 0
    assert shop.say(name="Sara", email="sara@mail.example").status_code == 200
    assert shop.say("more", line="line-0002").status_code == 200
    # Whom the site signed for is known already.
    assert shop.say(**shop.signed("42", shop.secret())).status_code == 200


# --- how often --------------------------------------------------------------------------------------------------------------
def test_a_visitor_who_is_faster_than_people_is_told_to_wait(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatting, "SAY_EACH", (3, 60))
    answers = [shop.say(f"word {number}", line=f"line-000{number}") for number in range(5)]
    assert [answer.status_code for answer in answers][:3] == [200, 200, 200]
    assert refusal(answers[4], 429) == ("slow_down", None)
    assert 1 <= int(answers[4]["Retry-After"]) <= 60
    assert answers[4][CORS] == ORIGIN
    assert answers[4].json()["error"]["detail"]["seconds"] == int(answers[4]["Retry-After"])
    assert shop.raw() == 3
    assert shop.say("somebody else", who=2).status_code == 200


def test_an_address_with_many_visitors_is_told_to_wait(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatting, "NEW_ADDRESS", (2, 3600))
    assert [shop.say(who=who).status_code for who in (1, 2)] == [200, 200]
    assert refusal(shop.say(who=3), 429)[0] == "slow_down"
    with shop.inside():
        assert ChatThread.objects.count() == 2
    monkeypatch.setattr(chatting, "SAY_ADDRESS", (1, 60))
    assert refusal(shop.say("more", line="line-0002"), 429)[0] == "slow_down"
    # A shop of somebody else's counts for itself.
    assert open_shop("other").say().status_code == 200


def test_reading_has_its_limit_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chatting, "READ_ADDRESS", (3, 60))
    assert {shop.read().status_code for _time in range(8)} == {200, 429}


def test_while_valkey_is_away_nobody_is_kept_from_writing(shop: Shop, settings: Any) -> None:
    settings.CACHES = {"default": {**django_settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    assert {shop.say(f"word {n}", line=f"line-{n:04}").status_code for n in range(25)} == {200}


# --- looks ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("language", "way"), [("en", "ltr"), ("ur", "rtl"), ("fa", "rtl"), ("ar", "rtl")])
def test_a_widget_speaks_its_visitors_language(shop: Shop, language: str, way: str) -> None:
    looks = shop.ask(f"?lang={language}-PK").json()
    assert (looks["language"], looks["dir"]) == (language, way)
    assert all(looks["words"].values())
    english = shop.ask("?lang=en").json()["words"]
    assert (looks["words"]["send"] == english["send"]) == (language == "en")
    assert shop.ask("", headers={"Accept-Language": f"xx, {language};q=0.5"}).json()["language"] == language
    refused = shop.ask(f"say/?lang={language}", {"token": token(), "id": "line-0001", "text": ""})
    assert (refused.json()["error"]["message"] == "Write something first.") == (language == "en")


def test_the_widgets_own_language_wins(shop: Shop) -> None:
    shop.change(language="fa", title="میز فروش", greeting="سلام!")
    looks = shop.ask("?lang=en").json()
    assert (looks["language"], looks["title"], looks["greeting"]) == ("fa", "میز فروش", "سلام!")


@pytest.mark.parametrize(("color", "ink"), [("#0f766e", "#ffffff"), ("#ffff00", "#000000"), ("#000000", "#ffffff")])
def test_what_stands_on_a_colour_can_be_read(shop: Shop, color: str, ink: str) -> None:
    shop.change(color=color)
    looks = shop.ask().json()
    assert (looks["color"], looks["ink"]) == (color, ink)


def test_nothing_of_the_workspace_is_told(shop: Shop) -> None:
    shop.secret()
    text = shop.ask().content.decode()
    assert set(json.loads(text)) == {
        "title", "greeting", "away", "away_words", "color", "ink", "side", "theme", "language", "dir", "ask", "longest", "words",
        "files",
    }  # fmt: skip
