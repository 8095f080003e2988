"""How a reply will look on its network: links, names, line breaks, and the parts an SMS travels in."""

from typing import Any

import pytest

from core.tenancy import tenant
from inbox.models import Conversation
from inbox.services.previews import Piece, preview
from social.networks._sms_text import parts
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of


def on(slug: str, text: str, *, visibility: str = "public") -> Any:
    """The preview on a network; no row is needed."""
    conversation = Conversation(visibility=visibility)
    conversation._state.fields_cache["channel"] = type("Channel", (), {"network": slug})()
    return preview(conversation, text)


def kinds(slug: str, text: str) -> list[tuple[str, str]]:
    (part,) = on(slug, text).parts
    return [(piece.kind, piece.text) for piece in part if piece.kind != "text"]


@pytest.mark.parametrize(
    ("slug", "text", "shown"),
    [
        ("x", "see https://www.example.com/a @brand #offer a@b.com", [
            ("link", "example.com/a"), ("mention", "@brand"), ("tag", "#offer")]),
        ("x", "bare example.com too", [("link", "example.com")]),
        ("mastodon", f"https://example.com/{'x' * 40} @a@b.example", [
            ("link", f"example.com/{'x' * 18}…"), ("mention", "@a@b.example")]),
        ("bluesky", "https://example.com @brand.bsky.social", [
            ("link", "https://example.com"), ("mention", "@brand.bsky.social")]),
        ("instagram", "https://example.com @brand", []),
        ("x", "#۱۲ #سلام 100% &#39;", [("tag", "#سلام")]),
    ],
)  # fmt: skip
def test_what_becomes_a_link_a_name_a_tag(slug: str, text: str, shown: list[tuple[str, str]]) -> None:
    assert kinds(slug, text) == shown


def test_the_pieces_are_the_whole_text() -> None:
    text = "Dear @brand,\n\nsee https://example.com/a, or #offer!"
    (part,) = on("x", text).parts
    assert "".join(piece.whole for piece in part) == text
    (part,) = on("reddit", "one\ntwo\n\nthree").parts
    assert part == (Piece("text", "one two\n\nthree", "one two\n\nthree"),)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("x" * 160, 1), ("x" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("é" * 400, 3), ("س" * 70, 1), ("س" * 71, 2), ("😀" * 35, 1),
        # A sign of two units is never cut in two: of sixty-seven units it leaves one empty.
        ("😀" * 67, 3), ("€" * 153, 3),
    ],
)  # fmt: skip
def test_an_sms_is_cut_where_it_travels_in_parts(text: str, number: int) -> None:
    shown = on("sms", text, visibility="private")
    cut = ["".join(piece.whole for piece in part) for part in shown.parts]
    assert "".join(cut) == text
    assert len(cut) == number >= parts(text)


@pytest.mark.django_db
def test_both_doors_show_it_and_keep_nothing(desk: Desk, cast: Cast, program: Program) -> None:
    words = "<b>See</b> https://example.com/a"
    address = f"/w/meridian/inbox/{desk.conversation.pk}/preview/"
    page = text_of(signed_in(cast.user("agent")).post(address, {"body": words}, headers=PART))
    assert '&lt;b&gt;See&lt;/b&gt; <span class="preview-link" title="https://example.com/a">example.com/a</span>' in page
    told = program.post(f"conversations/{desk.conversation.pk}/preview", {"body": words}).json()
    assert (told["length"], told["limit"]) == (len("<b>See</b> ") + 23, 280)
    assert [piece["kind"] for piece in told["parts"][0]] == ["text", "link"]
    assert program.post(f"conversations/{desk.conversation.pk}/preview", {"body": ""}).json()["parts"] == []
    with tenant(desk.workspace.pk):
        assert desk.conversation.messages.filter(body=words).count() == 0
