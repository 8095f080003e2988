"""Files that arrive in parts: continued where they stopped, looked at as a whole, gone when nobody finishes them."""

from typing import Any

import pytest
from django.test import Client

from accounts.policies import Role
from core import vault
from core.clock import now
from core.tenancy import tenant
from inbox.models import Message, Upload
from inbox.services import uploads
from social.models import StoredFile
from tests.accounts.factories import Cast, signed_in
from tests.inbox.factories import Desk
from tests.inbox.test_saved_replies import program_for
from tests.inbox.test_screens_list import PART
from tests.pictures import HTML, SVG, bomb, picture

pytestmark = pytest.mark.django_db


class Door:
    """A member's browser, or their program. Answers are (status, what is said, or the number of the finished file)."""

    def __init__(self, name: str, cast: Cast, desk: Desk) -> None:
        self.name, self.cast, self.desk = name, cast, desk
        self.page = f"/w/meridian/inbox/{desk.conversation.pk}/uploads/"
        self.api = f"/api/v1/w/meridian/conversations/{desk.conversation.pk}/uploads"

    def tab(self, role: str) -> Client:
        return signed_in(self.cast.user(role), raise_request_exception=False)

    def begin(self, size: int, name: str = "parcel.png", role: str = "owner") -> Any:
        if self.name == "page":
            return self.tab(role).post(self.page, {"name": name, "size": size}, headers=PART)
        return program_for(self.cast, role).post(f"conversations/{self.desk.conversation.pk}/uploads", {"name": name, "size": size})

    def put(self, number: int, offset: int, content: bytes, role: str = "owner") -> Any:
        base = f"{self.page}{number}/" if self.name == "page" else f"{self.api}/{number}"
        return self.tab(role).post(f"{base}?offset={offset}", content, content_type="application/octet-stream", headers=PART)

    def state(self, number: int, role: str = "owner") -> Any:
        return self.tab(role).get(f"{self.page}{number}/" if self.name == "page" else f"{self.api}/{number}", headers=PART)

    def drop(self, number: int, role: str = "owner") -> Any:
        if self.name == "page":
            return self.tab(role).post(f"{self.page}{number}/drop/", headers=PART)
        return program_for(self.cast, role).post(f"conversations/{self.desk.conversation.pk}/uploads/{number}/drop")

    def file_of(self, answer: Any) -> int | None:
        if self.name == "page":
            text = answer.content.decode()
            return int(text.partition('name="media" value="')[2].partition('"')[0]) if "data-ready" in text else None
        file = answer.json()["file"]
        return file["id"] if file else None


@pytest.fixture(params=["page", "program"])
def door(request: pytest.FixtureRequest, cast: Cast, desk: Desk) -> Door:
    return Door(request.param, cast, desk)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES", 400)


def kept_parts(desk: Desk) -> list[str]:
    with tenant(desk.workspace.pk):
        return [key for row in Upload.objects.all() for key in row.parts]


def files(desk: Desk) -> int:
    with tenant(desk.workspace.pk):
        return StoredFile.objects.filter(source=None).count()


def test_parts_become_one_file_and_a_lost_answer_costs_nothing(door: Door, desk: Desk) -> None:
    content = picture(size=(300, 200), color="red")
    begun = door.begin(len(content))
    assert begun.status_code in (200, 201), begun.content
    told = begun.json()
    number, offset = told["id"], told["offset"]
    assert (offset, told["part"]) == (0, 400)
    assert door.put(number, 0, content[:400]).json()["offset"] == 400
    # The answer got lost: the same part again is told where to go on, and so is one from beyond.
    for wrong in (0, 500):
        assert door.put(number, wrong, content[wrong : wrong + 400]).status_code == 409
    keys = kept_parts(desk)
    assert len(keys) == 1
    offset = door.state(number).json()["offset"]
    assert offset == 400
    answer: Any = None
    while offset < len(content):
        answer = door.put(number, offset, content[offset : offset + 400])
        assert answer.status_code == 200, answer.content
        offset += 400
    file = door.file_of(answer)
    assert file is not None
    with tenant(desk.workspace.pk):
        row = StoredFile.objects.get(pk=file)
    assert vault.read_kept(row.key, workspace_id=desk.workspace.pk) == content
    # Whoever did not hear of the end asks again, and nothing is doubled; the parts are gone.
    assert door.file_of(door.state(number)) == file
    assert door.file_of(door.put(number, offset, b"x")) == file
    assert files(desk) == 1
    for key in keys:
        with pytest.raises(vault.NoSuchFile):
            vault.read_kept(key, workspace_id=desk.workspace.pk)


def test_the_finished_file_goes_with_a_reply(desk: Desk, cast: Cast) -> None:
    door = Door("page", cast, desk)
    content = picture()
    number = door.begin(len(content)).json()["id"]
    for at in range(0, len(content), 400):
        answer = door.put(number, at, content[at : at + 400])
    fields = {"kind": "reply", "body": "Here", "media": door.file_of(answer), "since": "1", "view": "all"}
    assert door.tab("owner").post(f"/w/meridian/inbox/{desk.conversation.pk}/write/", fields, headers=PART).status_code == 200
    with tenant(desk.workspace.pk):
        assert Message.objects.get(body="Here").media[0]["name"] == "parcel.png"


def test_what_cannot_be_sent_is_refused_with_the_first_part(door: Door, desk: Desk) -> None:
    for content, name in ((HTML, "a.png"), (SVG, "a.png"), (picture() * 3, "a.mp4"), (b"%PDF-1.7" + b"x" * 900, "a.pdf")):
        number = door.begin(len(content), name).json()["id"]
        assert door.put(number, 0, content[:400]).status_code == 422, name
        assert door.state(number).status_code == 404
    assert kept_parts(desk) == []
    assert files(desk) == 0


def test_what_is_wrong_only_as_a_whole_is_refused_at_the_end(door: Door, desk: Desk) -> None:
    for content in (picture()[:80], bomb()):
        number = door.begin(len(content)).json()["id"]
        answers = [door.put(number, at, content[at : at + 400]) for at in range(0, len(content), 400)]
        assert answers[-1].status_code == 422
        assert door.state(number).status_code == 404
    assert files(desk) == 0


def test_sizes_are_held_to(door: Door, desk: Desk) -> None:
    assert door.begin(50 * 1024 * 1024).status_code == 422
    assert door.begin(0).status_code == 422
    number = door.begin(500).json()["id"]
    for offset, content in ((0, b""), (0, b"x" * 401), (0, b"x"), (0, b"x" * 399), (400, b"x" * 101), (600, b"x")):
        assert door.put(number, offset, content).status_code == 422
    assert kept_parts(desk) == []


def test_an_upload_is_its_members(door: Door, desk: Desk) -> None:
    number = door.begin(len(picture())).json()["id"]
    for answer in (door.put(number, 0, picture()[:400], "agent"), door.state(number, "agent"), door.drop(number, "agent")):
        assert answer.status_code == 404
    assert door.begin(10, role=Role.VIEWER).status_code == 403
    with tenant(desk.workspace.pk):
        assert Upload.objects.get(pk=number).received == 0


def test_what_nobody_finishes_goes(door: Door, desk: Desk, cast: Cast) -> None:
    content = picture(size=(300, 200))
    numbers = [door.begin(len(content)).json()["id"] for _n in range(2)]
    for number in numbers:
        door.put(number, 0, content[:400])
    first, second = kept_parts(desk)
    assert door.drop(numbers[0]).status_code in (200, 204)
    with tenant(desk.workspace.pk):
        Upload.objects.update(created_at=now() - uploads.KEPT_FOR * 2)
    assert uploads.discard_old(member=cast.member("owner")) == 1
    for key in (first, second):
        with pytest.raises(vault.NoSuchFile):
            vault.read_kept(key, workspace_id=desk.workspace.pk)
