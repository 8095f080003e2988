"""Pictures and files of messages: from our own address, by what they are, once, and never in the way of the words."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from core import vault
from core.clock import now
from core.tenancy import tenant
from inbox import selectors
from inbox.models import Message
from inbox.services import attached as attached_service
from social.models import FileState, StoredFile
from social.services import files
from tests.accounts.factories import Cast, signed_in
from tests.fileserver import FileHost, file_host
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of
from tests.pictures import HTML, MP4, PDF, SVG, bomb, moving, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(settings: LazySettings) -> Iterator[FileHost]:
    """Where files lie; the practice network's address is the one private address that may be called."""
    with file_host() as running:
        settings.PRACTICE_URL = running.base
        yield running


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"), raise_request_exception=False)


def hang_on(desk: Desk, *entries: dict[str, Any]) -> int:
    """Let these hang on the customer's message. Returns its id."""
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=desk.incoming.pk).update(media=list(entries))
    return desk.incoming.pk


def image(url: str, **more: Any) -> dict[str, Any]:
    return {"kind": "image", "url": url, "alt": "", "width": None, "height": None, **more}


def address(message_id: int, number: int = 0, *, slug: str = "meridian") -> str:
    return f"/w/{slug}/inbox/messages/{message_id}/media/{number}/"


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def rows(desk: Desk) -> list[StoredFile]:
    with tenant(desk.workspace.pk):
        return list(StoredFile.objects.order_by("id"))


# --- what a reader gets ---------------------------------------------------------------------------------------------------


def test_a_picture_comes_from_our_address_drawn_anew_and_is_fetched_once(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, image(host.put("/a.png", picture("PNG", (900, 700)) + HTML)))
    page = text_of(tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/", headers=PART))
    assert f'src="{address(message)}?small"' in page
    assert 'loading="lazy"' in page
    assert host.base not in page
    assert host.asked == []
    large, small = tab.get(address(message)), tab.get(address(message) + "?small")
    assert large.headers["Content-Type"] == small.headers["Content-Type"] == "image/webp"
    assert large.headers["Content-Security-Policy"].startswith("sandbox")
    large_body, small_body = body_of(large), body_of(small)
    assert b"<script>" not in large_body + small_body
    assert len(small_body) < len(large_body)
    assert host.asked == ["/a.png"]
    assert host.secrets == []


def test_what_moves_goes_on_moving(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, image(host.put("/a.gif", moving(), "image/gif")))
    answer = tab.get(address(message))
    assert answer.headers["Content-Type"] == "image/gif"
    assert body_of(answer) == moving()


def test_a_film_is_played_and_can_be_searched_through(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, {**image(host.put("/a", MP4, "application/octet-stream")), "kind": "video"})
    assert re.search(r'<video class="media-film" controls preload="none"', text_of(tab.get(page_of(desk), headers=PART)))
    answer = tab.get(address(message), headers={"Range": "bytes=4-11"})
    assert (answer.status_code, body_of(answer), answer.headers["Content-Type"]) == (206, b"ftypisom", "video/mp4")


def page_of(desk: Desk) -> str:
    return f"/w/meridian/inbox/{desk.conversation.pk}/"


@pytest.mark.parametrize("body", [HTML, SVG, PDF, b"<svg onload=alert(1)>"], ids=["page", "drawing", "paper", "bare drawing"])
@pytest.mark.parametrize("kind", ["image", "file", "video"])
def test_what_could_act_is_a_download_whatever_it_says(tab: Client, desk: Desk, host: FileHost, body: bytes, kind: str) -> None:
    message = hang_on(desk, {**image(host.put("/a.png", body, "image/png")), "kind": kind})
    answer = tab.get(address(message))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    state = text_of(tab.get(address(message) + "state/", headers=PART))
    assert "data-medium-file" in state
    assert "<img" not in state


def test_a_bomb_is_a_file_and_no_picture(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, image(host.put("/a.png", bomb())))
    answer = tab.get(address(message))
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_file_says_its_name_and_size(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, {**image(host.put("/x/receipt.pdf", PDF + b"x" * 3000, "application/pdf")), "kind": "file"})
    state = text_of(tab.get(address(message) + "state/", headers=PART))
    assert "receipt.pdf" in state
    assert "KB" in state.replace("\xa0", " ")
    assert 'filename="receipt.pdf"' in tab.get(address(message)).headers["Content-Disposition"]


# --- what goes wrong ------------------------------------------------------------------------------------------------------


def test_what_is_gone_says_so_and_is_tried_again_when_asked(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, image(f"{host.base}/late.png"))
    answer = tab.get(address(message) + "?small")
    assert answer.status_code == 424
    assert "no longer hands out" in answer.content.decode()
    assert tab.get(address(message)).status_code == 424
    assert host.asked == ["/late.png"]
    state = text_of(tab.get(address(message) + "state/", headers=PART))
    assert "data-medium-again" in state
    host.put("/late.png", picture())
    assert "<img" in text_of(tab.post(address(message) + "state/", headers=PART))
    assert tab.get(address(message)).status_code == 200
    assert host.asked == ["/late.png"] * 2


def test_trouble_is_asked_about_again_a_minute_later(tab: Client, desk: Desk, host: FileHost) -> None:
    host.put("/a.png", b"", status=500)
    message = hang_on(desk, image(f"{host.base}/a.png"))
    assert tab.get(address(message)).status_code == 424
    with tenant(desk.workspace.pk):
        StoredFile.objects.update(retry_at=now())
    host.put("/a.png", picture())
    assert tab.get(address(message)).status_code == 200


def test_what_is_too_large_is_not_taken(tab: Client, desk: Desk, host: FileHost, settings: LazySettings) -> None:
    settings.MEDIA_FILE_BYTES = 1024 * 1024
    message = hang_on(desk, image(host.put("/a.png", b"\x89PNG\r\n\x1a\n" + b"x" * 1024 * 1024)))
    answer = tab.get(address(message))
    assert (answer.status_code, answer.content.decode()) == (424, "This file is larger than 1 MB.")
    assert rows(desk)[0].key == ""


def test_what_never_ends_is_given_up(tab: Client, desk: Desk, host: FileHost, settings: LazySettings) -> None:
    settings.CALL_SECONDS = 1.0
    message = hang_on(desk, image(host.put("/a.png", picture(), hang=True)))
    answer = tab.get(address(message))
    assert answer.status_code == 424
    assert "in time" in answer.content.decode()


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/a.png", "https://169.254.169.254/latest/meta-data/", "http://localhost/a.png", "https://[::1]/"],
)
def test_nothing_private_is_called(tab: Client, desk: Desk, url: str) -> None:
    message = hang_on(desk, image(url))
    answer = tab.get(address(message))
    assert (answer.status_code, "calls nobody" in answer.content.decode()) == (424, True)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_practice_networks_files_are_fetched_under_each_name(tab: Client, desk: Desk, host: FileHost, name: str) -> None:
    host.put("/a.png", picture())
    here = host.base.replace("127.0.0.1", name)
    moved = f"http://{name}:1/a.png"
    message = hang_on(desk, image(f"{here}/a.png"), image(moved), image(f"{here.replace('http', 'https')}/a.png"))
    assert tab.get(address(message)).status_code == tab.get(address(message, 1)).status_code == 200
    assert tab.get(address(message, 2)).status_code == 424
    assert host.asked == ["/a.png", "/a.png"]


def test_only_addresses_of_the_web_are_asked(tab: Client, desk: Desk) -> None:
    message = hang_on(desk, image("ftp://files.example/a"), image("file:///etc/passwd"), {"kind": "image", "reference": "x"})
    for number in range(3):
        assert "no address" in tab.get(address(message, number)).content.decode()


def test_a_redirect_is_followed_and_a_circle_is_not(tab: Client, desk: Desk, host: FileHost) -> None:
    host.put("/a.png", b"", status=302, location="/b.png")
    host.put("/b.png", picture())
    host.put("/round.png", b"", status=302, location="/round.png")
    message = hang_on(desk, image(f"{host.base}/a.png"), image(f"{host.base}/round.png"))
    assert tab.get(address(message)).status_code == 200
    assert "circles" in tab.get(address(message, 1)).content.decode()


def test_a_workspace_has_so_much_room(tab: Client, desk: Desk, host: FileHost, settings: LazySettings) -> None:
    settings.MEDIA_WORKSPACE_BYTES = 10
    message = hang_on(desk, image(host.put("/a.png", picture())), image(host.put("/b.png", picture())))
    assert tab.get(address(message)).status_code == 200
    assert "no room left" in tab.get(address(message, 1)).content.decode()


def test_pages_go_on_while_files_are_fetched(tab: Client, desk: Desk, host: FileHost, settings: LazySettings) -> None:
    settings.MEDIA_FETCHES = 1
    message = hang_on(desk, image(host.put("/a.png", picture())))
    with files._hands.on((0, 0, "another")):
        assert tab.get(address(message), headers=PART).status_code == 429
        assert tab.get(page_of(desk), headers=PART).status_code == 200
    assert tab.get(address(message)).status_code == 200


def test_one_workspaces_slow_files_are_not_all_that_is_waited_for(
    tab: Client, desk: Desk, host: FileHost, settings: LazySettings
) -> None:
    settings.MEDIA_FETCHES = 4
    message = hang_on(desk, image(host.put("/a.png", picture())))
    with files._hands.on((0, 0, "slow")), files._hands.on((0, 0, "slower")):
        with pytest.raises(files.Busy), files._hands.on((0, 0, "a third")):
            pass
        assert tab.get(address(message)).status_code == 200


def test_a_file_that_is_kept_no_longer_is_said_to_be(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, image(host.put("/a.png", picture())))
    assert tab.get(address(message)).status_code == 200
    vault.forget(rows(desk)[0].large_key, workspace_id=desk.workspace.pk)
    assert tab.get(address(message)).status_code == 404


# --- who may ------------------------------------------------------------------------------------------------------------


def test_what_is_gone_on_the_network_is_shown_no_more(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, image(host.put("/a.png", picture())))
    assert tab.get(address(message)).status_code == 200
    with tenant(desk.workspace.pk):
        Message.objects.filter(pk=message).update(deleted_at=now())
    assert tab.get(address(message)).status_code == 404


def test_a_hidden_channel_hides_its_files(tab: Client, desk: Desk, host: FileHost, monkeypatch: pytest.MonkeyPatch) -> None:
    message = hang_on(desk, image(host.put("/a.png", picture())))
    monkeypatch.setattr(selectors, "visible_channel_ids", list)
    assert tab.get(address(message)).status_code == 404
    assert host.asked == []


def test_there_is_nothing_at_other_places(tab: Client, desk: Desk, host: FileHost) -> None:
    message = hang_on(desk, image(host.put("/a.png", picture())))
    for number in (1, 99):
        assert tab.get(address(message, number)).status_code == 404
    assert tab.get(address(message + 1_000_000)).status_code == 404


def test_two_who_fetch_at_once_keep_one(desk: Desk, host: FileHost) -> None:
    """Two processes: the second one's bytes are thrown away again, and the first one's row stands."""
    message = hang_on(desk, image(host.put("/a.png", picture())))
    first = attached_service.attached(workspace_id=desk.workspace.pk, message_id=message, number=0).file
    media = files.Media("image", f"{host.base}/a.png")
    kept = files.keep(picture(), workspace_id=desk.workspace.pk)
    again = files._written(desk.workspace.pk, desk.channel.pk, files.source_of(media), media, kept=kept)
    assert (again.id, again.key, again.state) == (first.id, first.key, FileState.KEPT)
    with pytest.raises(vault.NoSuchFile):
        vault.read_kept(kept.key, workspace_id=desk.workspace.pk)
