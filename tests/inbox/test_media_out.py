"""Files of replies: chosen, checked by their content and the network's limits, and queued with the words once."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.policies import Role
from core import vault
from core.clock import now
from core.tenancy import tenant
from inbox.models import Message
from social.models import Delivery, StoredFile
from social.networks.values import Outgoing
from social.services import chosen_files
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of
from tests.pictures import HTML, PDF, SVG, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"), raise_request_exception=False)


def attach(tab: Client, desk: Desk, content: bytes, name: str = "parcel.png", **more: Any) -> Any:
    """Hand a file over as the composer's script does."""
    address = f"/w/meridian/inbox/{desk.conversation.pk}/files/?name={name}"
    return tab.post(address, content, content_type="application/octet-stream", headers=PART, **more)


def number_of(answer: Any) -> int:
    page = text_of(answer)
    return int(page.partition('name="media" value="')[2].partition('"')[0])


def write(tab: Client, desk: Desk, **fields: Any) -> Any:
    fields = {"kind": "reply", "body": "Here it is.", "since": "1", "view": "all", **fields}
    return tab.post(f"/w/meridian/inbox/{desk.conversation.pk}/write/", fields, headers=PART)


def newest(desk: Desk) -> Message:
    with tenant(desk.workspace.pk):
        return Message.objects.order_by("-id")[0]


def sending(message: Message) -> Outgoing:
    with tenant(message.workspace_id):
        return Outgoing.from_json(Delivery.objects.get(id=message.delivery_id).outgoing)


# --- choosing -------------------------------------------------------------------------------------------------------------


def test_a_chosen_picture_stands_in_the_composer_and_goes_with_the_words(tab: Client, desk: Desk) -> None:
    number = number_of(attach(tab, desk, picture(size=(900, 700))))
    preview = tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/files/{number}/")
    assert preview.headers["Content-Type"] == "image/webp"
    assert write(tab, desk, media=str(number), **{f"alt-{number}": " A parcel. "}).status_code == 200
    message = newest(desk)
    (file,) = sending(message).media
    assert (file.kind, file.mime, file.name, file.alt, file.width) == ("image", "image/png", "parcel.png", "A parcel.", 900)
    assert vault.read_kept(file.key, workspace_id=desk.workspace.pk) == picture(size=(900, 700))
    assert message.media == [
        {"file": number, "kind": "image", "mime": "image/png", "name": "parcel.png", "alt": "A parcel.",
         "size": file.size, "width": 900, "height": 700}
    ]  # fmt: skip
    assert tab.get(f"/w/meridian/inbox/messages/{message.pk}/media/0/?small").headers["Content-Type"] == "image/webp"


def test_the_words_may_be_missing_and_then_the_list_shows_the_file(tab: Client, desk: Desk) -> None:
    number = number_of(attach(tab, desk, picture()))
    assert write(tab, desk, body="", media=str(number)).status_code == 200
    message = newest(desk)
    assert message.body == ""
    with tenant(desk.workspace.pk):
        desk.conversation.refresh_from_db()
    assert desk.conversation.snippet == "📎 parcel.png"
    assert write(tab, desk, body="").status_code == 422


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "a.png", "empty"),
        (HTML, "a.png", "not what its name says"),
        (SVG, "a.png", "not what its name says"),
        (picture(), "a.mp4", "not what its name says"),
        (PDF, "a.pdf", "does not take files of this kind"),
        (picture("AVIF"), "a.avif", "does not take files of this kind"),
        (picture()[:80], "a.png", "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 6 * 1024 * 1024, "a.png", "larger than X takes: 5 MB"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words_and_nothing_is_kept(
    tab: Client, desk: Desk, content: bytes, name: str, says: str
) -> None:
    answer = attach(tab, desk, content, name)
    assert answer.status_code == 422
    assert says in answer.content.decode(), answer.content.decode()
    with tenant(desk.workspace.pk):
        assert not StoredFile.objects.exists()


def test_fifty_megabytes_are_refused_before_they_are_read(tab: Client, desk: Desk, settings: LazySettings) -> None:
    answer = attach(tab, desk, b"x" * 50 * 1024 * 1024)
    assert (answer.status_code, answer.content.decode()) == (422, "This file is larger than 25 MB.")


def test_more_than_the_network_takes_with_one_message_is_refused_and_the_words_stay(tab: Client, desk: Desk) -> None:
    numbers = [str(number_of(attach(tab, desk, picture(color=color)))) for color in ("red", "blue", "white", "black", "teal")]
    before = newest(desk).pk
    answer = write(tab, desk, media=numbers)
    assert answer.status_code == 422
    assert "at most so many files" in answer.content.decode()
    assert newest(desk).pk == before
    assert write(tab, desk, media=numbers[:4]).status_code == 200
    assert [file.name for file in sending(newest(desk)).media] == ["parcel.png"] * 4


# --- once, and by whom ----------------------------------------------------------------------------------------------------


def test_a_repeated_click_sends_once_and_another_file_is_another_message(tab: Client, desk: Desk) -> None:
    first, second = (number_of(attach(tab, desk, picture(color=color))) for color in ("red", "blue"))
    for _turn in range(2):
        assert write(tab, desk, media=str(first), idempotency_key="k1").status_code == 200
    with tenant(desk.workspace.pk):
        assert Message.objects.filter(idempotency_key__endswith=":k1").count() == 1
    assert write(tab, desk, media=str(second), idempotency_key="k1").status_code == 409
    assert write(tab, desk, media=str(first), idempotency_key="k2").status_code == 409


def test_a_file_is_for_its_member_and_its_channel(tab: Client, cast: Cast, desk: Desk) -> None:
    number = number_of(attach(tab, desk, picture()))
    other = signed_in(cast.user(Role.AGENT))
    assert write(other, desk, media=str(number)).status_code == 422
    for wrong in ("0", "999999999", "x"):
        assert write(tab, desk, media=wrong).status_code == 422
    assert write(tab, desk, media=[str(number), str(number)]).status_code == 422
    viewer = signed_in(cast.user(Role.VIEWER), raise_request_exception=False)
    assert attach(viewer, desk, picture()).status_code == 403


def test_notes_carry_none(tab: Client, program: Program, desk: Desk) -> None:
    number = number_of(attach(tab, desk, picture()))
    body = {"kind": "note", "body": "x", "media": [{"id": number}]}
    assert program.post(f"conversations/{desk.conversation.pk}/messages", body).status_code == 422


def test_what_was_never_sent_is_thrown_away_after_a_day(tab: Client, desk: Desk) -> None:
    number = number_of(attach(tab, desk, picture()))
    sent = number_of(attach(tab, desk, picture()))
    write(tab, desk, media=str(sent))
    with tenant(desk.workspace.pk):
        StoredFile.objects.update(created_at=now() - chosen_files.UNUSED_FOR * 2)
        key = StoredFile.objects.get(id=number).key
    number_of(attach(tab, desk, picture()))
    with tenant(desk.workspace.pk):
        assert not StoredFile.objects.filter(id=number).exists()
        assert StoredFile.objects.filter(id=sent).exists()
    with pytest.raises(vault.NoSuchFile):
        vault.read_kept(key, workspace_id=desk.workspace.pk)


def test_what_a_message_took_meanwhile_is_not_thrown_away(tab: Client, desk: Desk) -> None:
    number = number_of(attach(tab, desk, picture()))
    with tenant(desk.workspace.pk):
        found_unused = StoredFile.objects.get(id=number)
    assert write(tab, desk, media=str(number)).status_code == 200
    chosen_files.throw_away([found_unused], workspace_id=desk.workspace.pk)
    assert vault.read_kept(found_unused.key, workspace_id=desk.workspace.pk)


# --- programs -------------------------------------------------------------------------------------------------------------


def test_a_program_hands_a_file_over_and_sends_it(program: Program, desk: Desk) -> None:
    address = f"{program.base}conversations/{desk.conversation.pk}/files?name=receipt.png"
    made = program.client.generic("POST", address, picture(), "application/octet-stream")
    assert made.status_code == 201, made.content
    file = made.json()
    assert (file["kind"], file["mime"], file["name"], file["width"]) == ("image", "image/png", "receipt.png", 80)
    body = {"body": "", "media": [{"id": file["id"], "alt": "A receipt"}]}
    message = program.post(f"conversations/{desk.conversation.pk}/messages", body)
    assert message.status_code == 201, message.content
    shown = message.json()
    assert shown["media"][0]["file"] == file["id"]
    got = program.get(f"messages/{shown['id']}/media/0")
    assert (got.status_code, got.headers["Content-Type"]) == (200, "image/webp")


@pytest.mark.parametrize("body", [HTML, b"", picture()[:90]])
def test_a_program_is_told_what_is_wrong_with_a_file(program: Program, desk: Desk, body: bytes) -> None:
    address = f"{program.base}conversations/{desk.conversation.pk}/files?name=a.png"
    answer = program.client.generic("POST", address, body, "application/octet-stream")
    assert answer.status_code == 422
    assert answer.json()["error"]["field"] == "file"


def test_what_was_queued_before_files_existed_is_read_as_it_was() -> None:
    old = {"kind": "reply", "text": "hello", "in_reply_to": "7", "to": "", "thread_key": "", "heard_at": ""}
    assert Outgoing.from_json(json.loads(json.dumps(old))).as_json() == old
