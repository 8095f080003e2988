"""Files in web chats, both ways: taken by what they are, by their own visitor's line, shown from our address, never acted on."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from core import vault
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.attached import attached
from social.models import ChatLine, Delivery, StoredFile
from social.services import chat_files, chosen_files, file_room
from tests.pictures import HTML, MP4, PDF, SVG, bomb, picture
from tests.social.webchat.factories import ORIGIN, Shop, open_shop, token
from tests.social.webchat.test_door import CORS, refusal

pytestmark = pytest.mark.django_db
ZIP = b"PK\x03\x04" + b"\x00" * 40


def hand(shop: Shop, content: bytes = b"", name: str = "red.png", *, who: int = 1, given: Any = None, **options: Any) -> Any:
    """A visitor's widget hands over one file."""
    said = quote(json.dumps({"token": token(who)} if given is None else given))
    headers = {"Origin": ORIGIN, "Rabta-Who": said, **options.pop("headers", {})}
    address = f"/chat/{shop.channel.hook_key}/files/?lang=en&name={quote(name)}"
    content = content or picture(color="red")
    return shop.browser.post(address, content, content_type="application/octet-stream", headers=headers, **options)


def handed(shop: Shop, *args: Any, **more: Any) -> str:
    answer = hand(shop, *args, **more)
    assert answer.status_code == 200, answer.content
    handle: str = answer.json()["file"]["id"]
    assert len(handle) == 22
    return handle


def fetch(address: str) -> Any:
    """What stands at one of our addresses, for whoever has it."""
    return Client().get(address[address.index("/files/") :], headers={"Origin": ORIGIN})


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def rows(shop: Shop) -> list[StoredFile]:
    with shop.inside():
        return list(StoredFile.objects.order_by("id"))


def test_a_visitors_picture_reaches_the_inbox_and_their_own_widget(shop: Shop) -> None:
    content = picture("PNG", (900, 700)) + HTML
    answer = shop.say("", files=[handed(shop, content, "کیتلی.png"), handed(shop, PDF, "bill.pdf")])
    assert answer.status_code == 200
    shop.digest()
    with shop.inside():
        message = Message.objects.get()
        assert Conversation.objects.get().snippet == "📎 کیتلی.png, bill.pdf"
    assert [(entry["kind"], entry["name"]) for entry in message.media] == [("image", "کیتلی.png"), ("file", "bill.pdf")]
    file = attached(workspace_id=shop.workspace.pk, message_id=message.pk, number=0).file
    assert vault.read_kept(file.key, workspace_id=shop.workspace.pk) == content
    (line,) = shop.read().json()["lines"]
    shown = fetch(line["files"][0]["small"])
    assert (shown.headers["Content-Type"], shown.headers[CORS]) == ("image/webp", "*")
    assert b"<script>" not in body_of(shown) + body_of(fetch(line["files"][0]["address"]))
    paper = fetch(line["files"][1]["address"])
    assert (paper.headers["Content-Type"], body_of(paper)) == ("application/octet-stream", PDF)
    assert "attachment" in paper.headers["Content-Disposition"]
    # Nobody else's widget hears of it.
    assert shop.read(who=2).json()["lines"] == []


def test_an_agents_file_stands_before_the_visitor(shop: Shop) -> None:
    shop.say()
    shop.digest()
    row = chosen_files.accept(
        workspace_id=shop.workspace.pk, channel=shop.channel, member_id=shop.member.pk, name="a.png", content=picture()
    )
    with shop.inside():
        conversation = Conversation.objects.get()
        replies.reply(member=shop.member, conversation_id=conversation.pk, body="", media=[(row.pk, "")], undo_seconds=0)
    shop.deliver()
    line = shop.read(after=1).json()["lines"][0]
    assert (line["ours"], line["text"], [file["name"] for file in line["files"]]) == (True, "", ["a.png"])
    assert fetch(line["files"][0]["small"]).status_code == 200
    with shop.inside():
        assert Delivery.objects.get().state == "sent"


def test_a_line_with_files_stands_once_however_often_it_is_sent(shop: Shop) -> None:
    handle = handed(shop)
    first, again = (shop.say("look", files=[handle]).json()["line"]["number"] for _turn in range(2))
    assert first == again
    with shop.inside():
        assert [len(line.files) for line in ChatLine.objects.all()] == [1]
    # Said once, it is taken: another line cannot say it again.
    assert refusal(shop.say("more", line="line-0002", files=[handle]), 422) == ("no_such_file", "files")


def nobody_takes_anothers(shop: Shop) -> None:
    """A file is its visitor's, here and at any other widget."""
    handle, other = handed(shop), open_shop("other")
    assert refusal(shop.say("mine now", who=2, files=[handle]), 422) == ("no_such_file", "files")
    assert refusal(other.say("mine now", files=[handle]), 422) == ("no_such_file", "files")
    assert shop.raw() == other.raw() == 0


def test_nobody_takes_anothers_file(shop: Shop) -> None:
    nobody_takes_anothers(shop)


@pytest.mark.parametrize("files", [["x" * 22], "x", [7], [None], {"a": 1}, ["a", "a"], [str(n) for n in range(6)], ["../1"]])
def test_what_is_no_file_is_refused_and_nothing_is_kept(shop: Shop, files: Any) -> None:
    assert refusal(shop.say("hello", files=files), 422)[1] == "files"
    assert shop.raw() == 0


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [(SVG, "a.svg", "file"), (HTML, "a.html", "file"), (ZIP, "a.zip", "file"), (MP4, "a.mp4", "video"), (b"MZ", "a.exe", "file")],
)
def test_hostile_files_are_downloads_of_no_type(shop: Shop, content: bytes, name: str, kind: str) -> None:
    shop.say("", files=[handed(shop, content, name)])
    (file,) = shop.read().json()["lines"][0]["files"]
    assert (file["kind"], file["small"]) == (kind, "")
    answer = fetch(file["address"])
    assert answer.headers["Content-Type"] == ("video/mp4" if kind == "video" else "application/octet-stream")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert body_of(answer) == content
    # An archive is one file, whatever it holds.
    assert len(rows(shop)) == 1


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [(HTML, "a.png", "lying_type"), (SVG, "a.jpg", "lying_type"), (PDF, "a.mp3", "lying_type"), (bomb(), "a.png", "broken")],
)
def test_what_lies_is_refused_in_words(shop: Shop, content: bytes, name: str, code: str) -> None:
    assert refusal(hand(shop, content, name), 422) == (code, "file")
    assert rows(shop) == []


def test_names_are_only_names(shop: Shop) -> None:
    handed(shop, PDF, "../../etc/\u202egnp\x00.pdf")
    assert rows(shop)[0].name == "gnp.pdf"


def test_what_says_to_be_large_is_refused_before_it_is_read(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def unread(*args: Any) -> bytes:
        raise AssertionError("it was read")

    with monkeypatch.context() as patch:
        patch.setattr("django.http.HttpRequest.read", unread)
        assert refusal(hand(shop, b"x", CONTENT_LENGTH=str(50 * 1024 * 1024)), 413) == ("too_large", "file")
    monkeypatch.setattr(chat_files, "FILE_BYTES", 1000)
    assert refusal(hand(shop, b"x" * 1001), 413) == ("too_large", "file")
    assert rows(shop) == []


@pytest.mark.parametrize("who", ["", "x", "[]", "%7B", quote('{"token": "short"}'), "{" * 5000])
def test_who_hands_it_over_must_be_said(shop: Shop, who: str) -> None:
    answer = hand(shop, headers={"Rabta-Who": who})
    assert refusal(answer, 422)[0] in ("not_an_object", "invalid")
    assert rows(shop) == []


def test_a_signed_user_hands_over_what_their_line_takes(shop: Shop) -> None:
    who = shop.signed("user-42", shop.secret())
    signed = {name: value for name, value in who.items() if value is not ...}
    handle = handed(shop, given=signed)
    assert refusal(shop.say("not theirs", files=[handle]), 422)[0] == "no_such_file"
    assert shop.say("theirs", files=[handle], **who).status_code == 200
    assert refusal(hand(shop, given={**signed, "signature": "0" * 64}), 401) == ("bad_signature", "signature")


def test_other_pages_hand_over_nothing(shop: Shop) -> None:
    answer = hand(shop, headers={"Origin": "https://evil.example"})
    assert refusal(answer, 403)[0] == "origin_not_allowed"
    assert CORS not in answer
    preflight = shop.browser.options(f"/chat/{shop.channel.hook_key}/files/", headers={"Origin": ORIGIN})
    assert "Rabta-Who" in preflight["Access-Control-Allow-Headers"]


def test_a_chat_that_wants_no_files_says_so(shop: Shop) -> None:
    handle = handed(shop)
    shop.change(takes_files=False)
    assert shop.ask().json()["files"] is None
    assert refusal(hand(shop), 422) == ("no_files", "files")
    assert refusal(shop.say("look", files=[handle]), 422) == ("no_files", "files")


@pytest.mark.parametrize("limit", ["FILE_EACH", "FILE_ADDRESS", "FILE_SITE", "MB_ADDRESS", "MB_SITE"])
def test_whoever_hands_over_too_much_waits(shop: Shop, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(chat_files, limit, (2, 86_400))
    answers = [hand(shop) for _turn in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert len(rows(shop)) == 2
    # A shop of somebody else's counts for itself.
    assert hand(open_shop("other")).status_code == 200


def test_a_full_room_is_said(shop: Shop, settings: Any) -> None:
    settings.MEDIA_WORKSPACE_BYTES = 1
    assert hand(shop).status_code == 200
    assert refusal(hand(shop), 422) == ("no_room", "file")
    with shop.inside():
        assert file_room.room().level == "full"


@pytest.fixture
def answered(shop: Shop) -> Iterator[Shop]:
    shop.say()
    shop.digest()
    shop.answer("It leaves today.")
    return shop


def test_whoever_answered_sees_that_it_was_read(answered: Shop) -> None:
    answered.read(after=0, seen=1)
    with answered.inside():
        assert Delivery.objects.get().reached == ""
    for number in (2, 2, 99):
        assert answered.read(after=2, seen=number).status_code == 200
    with answered.inside():
        assert Delivery.objects.get().reached == "read"
    assert refusal(answered.read(seen="2"), 422)[1] == "seen"


def test_a_strangers_look_reads_nothing(answered: Shop) -> None:
    answered.read(who=2, seen=2)
    with tenant(answered.workspace.pk):
        assert Delivery.objects.get().reached == ""
