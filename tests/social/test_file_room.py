"""Files grown old, and rooms grown full: what goes, what stays known, what an admin is told, and that no page counts rows."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock, vault
from core.tenancy import tenant
from social.models import FileRoom, FileState, StoredFile
from social.networks.values import Media
from social.services import aging, chosen_files, file_room, files
from tests.accounts.factories import Cast, signed_in
from tests.fileserver import FileHost, file_host
from tests.inbox.conftest import Program, program_of
from tests.inbox.factories import Desk, make_desk
from tests.inbox.test_media_in import PART, address, hang_on, image
from tests.pictures import PDF, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return make_desk(cast.meridian, cast.member("owner"))


@pytest.fixture
def host(settings: LazySettings) -> Iterator[FileHost]:
    with file_host() as running:
        settings.PRACTICE_URL = running.base
        yield running


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    yield
    clock.shift(timedelta())


@pytest.fixture
def program(cast: Cast) -> Program:
    return program_of(cast)


def fetched(desk: Desk, host: FileHost, name: str = "/a.png", content: bytes | None = None) -> StoredFile:
    media = Media("image", host.put(name, content or picture()))
    return files.fetched(workspace_id=desk.workspace.pk, channel_id=desk.channel.pk, media=media)


def chosen(desk: Desk) -> StoredFile:
    ids = {"workspace_id": desk.workspace.pk, "channel": desk.channel, "member_id": 1}
    return chosen_files.accept(**ids, name="b.png", content=picture(color="blue"))


def held(desk: Desk) -> int:
    with tenant(desk.workspace.pk):
        found = file_room.room().held
        assert found == sum(StoredFile.objects.values_list("kept_size", flat=True))
    return found


def keep(desk: Desk, cast: Cast, days: int | None) -> None:
    with tenant(desk.workspace.pk):
        file_room.change(member=cast.member("owner"), keep_days=days)


def kept(file: StoredFile, desk: Desk) -> bool:
    try:
        vault.open_kept(file.key, workspace_id=desk.workspace.pk).close()
    except vault.NoSuchFile:
        return False
    return True


def test_what_is_taken_is_counted_as_files_come_and_go(desk: Desk, host: FileHost) -> None:
    assert held(desk) == 0
    first = fetched(desk, host)
    assert held(desk) == first.kept_size > 0
    fetched(desk, host)  # the same again
    assert held(desk) == first.kept_size
    second = chosen(desk)
    assert held(desk) == first.kept_size + second.kept_size
    chosen_files.throw_away([second], workspace_id=desk.workspace.pk)
    assert held(desk) == first.kept_size


def test_a_page_reads_one_row_however_many_files_there_are(desk: Desk, host: FileHost) -> None:
    for number in range(3):
        fetched(desk, host, f"/{number}.pdf", PDF)
    with tenant(desk.workspace.pk), CaptureQueriesContext(connection) as asked:
        file_room.room()
    assert len(asked) == 1
    assert "storedfile" not in asked[0]["sql"]


def test_what_is_older_loses_its_contents_and_stays_known(cast: Cast, desk: Desk, host: FileHost) -> None:
    old = fetched(desk, host)
    message = hang_on(desk, image(host.base + "/a.png"))
    keep(desk, cast, 30)
    clock.shift(timedelta(days=29))
    assert aging.age(workspace_id=desk.workspace.pk) == 0
    clock.shift(timedelta(days=30, hours=1))
    fresh = fetched(desk, host, "/fresh.png", picture(color="red"))
    assert aging.age(workspace_id=desk.workspace.pk) == 1
    assert aging.age(workspace_id=desk.workspace.pk) == 0
    assert (kept(old, desk), kept(fresh, desk)) == (False, True)
    assert held(desk) == fresh.kept_size
    tab, asked = signed_in(cast.user("owner")), len(host.asked)
    assert tab.get(address(message)).status_code == 410
    part = tab.get(address(message) + "state/", headers=PART).content.decode()
    assert "Removed after 30 days" in part
    # It was to be gone: nobody fetches it anew, not by hand either.
    assert "Removed after 30 days" in tab.post(address(message) + "state/", headers=PART).content.decode()
    assert len(host.asked) == asked
    program = program_of(cast)
    assert program.get(f"messages/{message}/media/0").status_code == 410


def test_for_ever_is_what_nobody_changed(desk: Desk, host: FileHost) -> None:
    file = fetched(desk, host)
    clock.shift(timedelta(days=5000))
    assert aging.age(workspace_id=desk.workspace.pk) == 0
    assert kept(file, desk)


def test_what_waits_to_be_sent_is_kept_and_what_nobody_sent_goes(cast: Cast, desk: Desk) -> None:
    sent, unsent = chosen(desk), chosen(desk)
    keep(desk, cast, 2)
    clock.shift(timedelta(days=9))
    with tenant(desk.workspace.pk):
        StoredFile.objects.filter(id=sent.pk).update(used_at=clock.now() - timedelta(days=1))
    assert aging.age(workspace_id=desk.workspace.pk) == 0
    assert (kept(sent, desk), kept(unsent, desk)) == (True, False)
    clock.shift(timedelta(days=11))
    assert aging.age(workspace_id=desk.workspace.pk) == 1
    assert not kept(sent, desk)


def test_another_workspaces_files_stay(cast: Cast, desk: Desk, host: FileHost) -> None:
    other = make_desk(cast.zarrin, cast.member("owner", of="zarrin"))
    theirs = fetched(other, host)
    fetched(desk, host)
    keep(desk, cast, 1)
    clock.shift(timedelta(days=3))
    assert aging.age(workspace_id=desk.workspace.pk) == 1
    assert kept(theirs, other)


def test_a_workspace_is_looked_at_once_a_day_and_at_once_after_a_change(cast: Cast, desk: Desk, host: FileHost) -> None:
    assert aging.aging_workspaces() == []
    fetched(desk, host)
    assert aging.aging_workspaces() == [desk.workspace.pk]
    aging.age(workspace_id=desk.workspace.pk)
    assert aging.aging_workspaces() == []
    keep(desk, cast, 7)
    assert aging.aging_workspaces() == [desk.workspace.pk]


def test_a_wrong_count_is_mended_by_the_daily_look(desk: Desk, host: FileHost) -> None:
    fetched(desk, host)
    with tenant(desk.workspace.pk):
        FileRoom.objects.update(held=7)
    aging.age(workspace_id=desk.workspace.pk)
    assert held(desk) > 7


def test_a_full_room_is_told_and_what_it_turned_away_comes_later(
    cast: Cast, desk: Desk, host: FileHost, settings: LazySettings
) -> None:
    fetched(desk, host)
    whole = settings.MEDIA_WORKSPACE_BYTES
    settings.MEDIA_WORKSPACE_BYTES = 10
    refused = fetched(desk, host, "/late.pdf", PDF)
    assert (refused.state, "no room" in refused.error) == (FileState.FAILED, True)
    tab = signed_in(cast.user("owner"))
    page = tab.get("/w/meridian/channels/").content.decode()
    assert "no room left for files" in page
    assert "/w/meridian/channels/files/" in page
    assert "no room left" in tab.get("/w/meridian/channels/files/").content.decode()
    assert program_of(cast).get("file-room").json()["level"] == "full"
    settings.MEDIA_WORKSPACE_BYTES = whole
    clock.shift(timedelta(minutes=2))
    assert fetched(desk, host, "/late.pdf", PDF).state == FileState.KEPT
    assert "no room left" not in tab.get("/w/meridian/channels/").content.decode()


def test_a_room_that_is_nearly_full_is_told_before(cast: Cast, desk: Desk, host: FileHost, settings: LazySettings) -> None:
    file = fetched(desk, host)
    settings.MEDIA_WORKSPACE_BYTES = round(file.kept_size / 0.95)
    assert "95 % full" in signed_in(cast.user("viewer")).get("/w/meridian/channels/").content.decode()


@pytest.mark.parametrize(("days", "wanted"), [(30, 30), (None, None), (1, 1)])
def test_how_long_is_set_by_page_and_program(cast: Cast, program: Program, days: int | None, wanted: int | None) -> None:
    assert program.patch("file-room", {"keep_days": days}).json()["keep_days"] == wanted
    tab = signed_in(cast.user("owner"))
    assert tab.post("/w/meridian/channels/files/", {"keep_days": days or ""}).status_code == 302
    assert program.get("file-room").json()["keep_days"] == wanted


@pytest.mark.parametrize("days", [0, -1, 3651, "x", 1.5, True])
def test_what_is_no_number_of_days_is_refused_by_name(cast: Cast, program: Program, days: Any) -> None:
    answer = program.patch("file-room", {"keep_days": days})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "keep_days")
    if not isinstance(days, bool):
        assert signed_in(cast.user("owner")).post("/w/meridian/channels/files/", {"keep_days": days}).status_code == 422
    assert program.get("file-room").json()["keep_days"] is None


def test_only_whoever_runs_the_workspace_says_how_long(cast: Cast) -> None:
    tab: Client = signed_in(cast.user("agent"), raise_request_exception=False)
    assert tab.get("/w/meridian/channels/files/").status_code == 403
    assert tab.post("/w/meridian/channels/files/", {"keep_days": 1}).status_code == 403
