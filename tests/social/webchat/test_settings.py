"""A widget's settings and its place on the channel's page: the line to paste, the form, the secret that is shown once."""

import json
from typing import Any

import pytest
from django.test import Client

from core.errors import Conflict, Invalid
from core.tenancy import tenant
from social.models import Channel, ChatWidget
from social.services import chat_widgets
from tests.accounts.factories import signed_in
from tests.inbox.factories import make_channel
from tests.social.webchat.factories import Shop

pytestmark = pytest.mark.django_db
FORM = {
    "title": "Shop Desk", "greeting": "Salam!", "away_words": "", "color": "#7c3aed", "side": "start", "theme": "dark",
    "language": "ur", "ask_name": "required", "ask_email": "no", "origins": "https://shop.example/contact\n\nhttp://localhost:8000",
}  # fmt: skip


@pytest.fixture
def tab(shop: Shop) -> Client:
    return signed_in(shop.member.user)


def page_of(shop: Shop) -> str:
    return f"/w/{shop.workspace.slug}/channels/{shop.channel.pk}/"


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://shop.example", "https://shop.example"), ("HTTPS://Shop.Example/a/b?c#d", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"), ("https://shop.example:8443/", "https://shop.example:8443"),
        ("http://localhost:8000", "http://localhost:8000"), ("http://127.0.0.1:80", "http://127.0.0.1"),
        ("https://دکان.example", "https://xn--mgbp4e7t.example"), ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)  # fmt: skip
def test_a_site_is_named_by_any_of_its_pages(typed: str, origin: str) -> None:
    assert chat_widgets.origin_of(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "shop.example", "ftp://shop.example", "https://", "https:///x", "https://user:pw@shop.example", "https://*.shop.example",
        "https://shop.example:99999", "javascript:alert(1)", "null", "*", "https://sh op.example", "https://shop\x00.example",
        "http://shop.example", "http://localhost.evil.example", f"https://{'a' * 300}.example", "https://[::1", "\u202e",
    ],
)  # fmt: skip
def test_what_is_no_site_is_refused_in_words(shop: Shop, typed: str) -> None:
    with shop.inside(), pytest.raises(Invalid) as caught:
        chat_widgets.change(channel_id=shop.channel.pk, values={"origins": ["https://a.example", typed]}, actor_id=None)
    assert caught.value.field == "origins"
    assert len(str(caught.value)) > 10
    assert "\u202e" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "x" * 61), ("title", 7), ("greeting", "x" * 301), ("away_words", "x" * 301), ("color", "red"),
        ("color", "#12345"),
        ("color", "#12345g"), ("side", "left"), ("theme", ""), ("language", "xx"), ("ask_name", "maybe"), ("ask_email", ""),
        ("origins", "https://a.example"), ("origins", [f"https://a{n}.example" for n in range(21)]), ("workspace_id", "1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_blamed_by_name(shop: Shop, field: str, value: Any) -> None:
    with shop.inside():
        before = ChatWidget.objects.values().get()
        with pytest.raises(Invalid) as caught:
            chat_widgets.change(channel_id=shop.channel.pk, values={field: value}, actor_id=None)
        assert caught.value.field == field
        assert ChatWidget.objects.values().get() == before


def test_names_are_cleaned_of_what_turns_lines(shop: Shop) -> None:
    shop.change(title="Shop\u202e\x00 Desk")
    assert shop.ask().json()["title"] == "Shop Desk"


def test_other_channels_have_no_widget(shop: Shop) -> None:
    other = make_channel(shop.workspace)
    with shop.inside():
        for deed in (
            lambda: chat_widgets.change(channel_id=other.pk, values={"title": "x"}, actor_id=None),
            lambda: chat_widgets.renew_secret(channel_id=other.pk, actor_id=None),
        ):
            with pytest.raises(Conflict):
                deed()


def test_connecting_needs_just_a_name(shop: Shop, tab: Client) -> None:
    base = page_of(shop).rsplit("channels/", 1)[0]
    answer = tab.post(f"{base}channels/connect/webchat/tokens/", {"name": "Second Desk"})
    assert answer.status_code == 302
    with tenant(shop.channel.workspace_id):
        made = Channel.objects.get(name="Second Desk")
        assert len(made.hook_key) == 22
    refused = tab.post(f"{base}channels/connect/webchat/tokens/", {"name": "\u200b"})
    assert refused.status_code == 422


def test_the_page_shows_the_line_to_paste_and_what_is_missing(shop: Shop, tab: Client, settings: Any) -> None:
    settings.BASE_URL = "https://rabta.example"
    shop.change(origins=[])
    text = tab.get(page_of(shop)).content.decode()
    line = f'&lt;script async src="https://rabta.example/static/webchat/chat.js" data-key="{shop.channel.hook_key}"&gt;'
    assert line in text.replace("&quot;", '"')
    assert 'data-copy="widget-snippet"' in text
    assert "No site may show this chat yet" in text
    assert "/hooks/" not in text
    saved = tab.post(f"{page_of(shop)}widget/", FORM)
    assert saved.status_code == 302
    text = tab.get(page_of(shop)).content.decode()
    assert "No site may show this chat yet" not in text
    looks = shop.ask(origin="http://localhost:8000").json()
    assert (looks["title"], looks["color"], looks["side"], looks["ask"]["name"]) == ("Shop Desk", "#7c3aed", "start", "required")


def test_a_wrong_form_comes_back_with_its_words(shop: Shop, tab: Client) -> None:
    answer = tab.post(f"{page_of(shop)}widget/", {**FORM, "origins": "http://shop.example"})
    assert answer.status_code == 422
    assert "Only https can be trusted: http://shop.example" in answer.content.decode()
    answer = tab.post(f"{page_of(shop)}widget/", {**FORM, "side": "left"})
    assert answer.status_code == 422
    assert shop.ask().json()["side"] == "end"


def test_the_secret_is_shown_once_and_never_again(shop: Shop, tab: Client) -> None:
    answer = tab.post(f"{page_of(shop)}widget/secret/")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    text = answer.content.decode()
    secret = text.partition('id="signing-secret" dir="ltr">')[2].partition("<")[0]
    assert shop.say(**shop.signed("42", secret)).status_code == 200
    again = tab.get(page_of(shop)).content.decode()
    assert secret not in again
    assert "A secret is set" in again


def test_the_api_does_what_the_page_does(shop: Shop, tab: Client) -> None:
    from accounts.services.tokens import create_token

    with shop.inside():
        _row, token = create_token(by=shop.member, name="Script")
    base = f"/api/v1/w/{shop.workspace.slug}/channels/{shop.channel.pk}/widget"

    def ask(method: str, data: Any = None, path: str = "") -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return Client().generic(method, base + path, "" if data is None else json.dumps(data), "application/json", headers=headers)

    assert ask("GET").json()["origins"] == ["https://shop.example"]
    changed = ask("PATCH", {"title": "میز", "origins": ["https://a.example/x"]})
    assert (changed.status_code, changed.json()["origins"]) == (200, ["https://a.example"])
    wrongs = {"side": "left", "title": 7, "nosuch": 1, "origins": ["x"]}
    for field, wrong in ((name, {name: value}) for name, value in wrongs.items()):
        answer = ask("PATCH", wrong)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    secret = ask("POST", path="/secret").json()["secret"]
    shop.origin = "https://a.example"
    assert shop.say(**shop.signed("42", secret)).status_code == 200
