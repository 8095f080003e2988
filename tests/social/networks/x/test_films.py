"""Films and GIFs through X: handed over in parts, waited for without waiting, alone in a post."""

import base64
import dataclasses
from typing import Any

import pytest

from social.networks import _x_files
from social.networks.errors import Rejected, TryLater
from social.networks.values import Outgoing
from social.networks.x import X
from tests.social.networks.servers import Asked, Says, Scripted
from tests.social.networks.uploads import attachment
from tests.social.networks.x.test_contract import BASE, TestX

NETWORK = X(read_seconds=2.0, total_seconds=8.0)
ACCESS = TestX().access()
NAME = str(BASE + 80)
POST = Outgoing("post", "Look!")
CONTENT = bytes(range(256)) * 40_000


def film(mime: str = "video/mp4", **more: Any) -> Any:
    kind = "video" if mime.startswith("video/") else "image"
    return attachment(**{"kind": kind, "mime": mime, "size": len(CONTENT), "content": CONTENT, **more})


def work(**info: Any) -> Says:
    return Says.json({"data": {"id": NAME, "processing_info": info} if info else {"id": NAME}})


def takes(asked: Asked) -> Says:
    return work(state="pending", check_after_secs=1)


@pytest.mark.parametrize(
    ("mime", "kind", "category"),
    [("video/mp4", "post", "tweet_video"), ("image/gif", "reply", "tweet_gif"), ("video/mp4", "direct", "dm_video")],
)
def test_it_is_handed_over_whole_in_parts(
    scripted: Scripted, settings: Any, mime: str, kind: Any, category: str
) -> None:
    settings.X_API_BASE = scripted.url
    scripted.says(takes)
    assert NETWORK.upload(ACCESS, dataclasses.replace(POST, kind=kind), film(mime)) == NAME
    begun, *parts, done = scripted.asked
    assert (begun.path, begun.json()["media_category"], begun.json()["total_bytes"]) == (
        "/2/media/upload/initialize", category, len(CONTENT),
    )  # fmt: skip
    assert [part.json()["segment_index"] for part in parts] == [0, 1, 2]
    assert b"".join(base64.b64decode(part.json()["media"]) for part in parts) == CONTENT
    assert max(len(base64.b64decode(part.json()["media"])) for part in parts) == _x_files.PART_BYTES
    assert done.path == f"/2/media/upload/{NAME}/finalize"


def test_while_x_works_on_it_we_come_back_when_it_says(scripted: Scripted, settings: Any) -> None:
    settings.X_API_BASE = scripted.url
    ready = film(handle=NAME, content=b"")
    for state in ("pending", "in_progress"):
        scripted.says(work(state=state, check_after_secs=7))
        with pytest.raises(TryLater) as caught:
            NETWORK.ready(ACCESS, ready)
        assert (caught.value.seconds, caught.value.code) == (7.0, "media_working")
        assert scripted.asked[0].query == {"command": "STATUS", "media_id": NAME}
    for says in (work(), work(state="succeeded")):
        scripted.says(says)
        NETWORK.ready(ACCESS, ready)
    scripted.says(work(state="failed", error={"message": "InvalidMedia"}))
    with pytest.raises(Rejected, match="InvalidMedia"):
        NETWORK.ready(ACCESS, ready)
    scripted.says(Says.json({"data": {"id": "1"}}))
    with pytest.raises(TryLater):
        NETWORK.ready(ACCESS, ready)


def test_pictures_are_not_asked_about(scripted: Scripted, settings: Any) -> None:
    settings.X_API_BASE = scripted.url
    NETWORK.ready(ACCESS, attachment(handle=NAME))
    assert scripted.asked == []


def test_four_pictures_or_one_film_or_one_gif() -> None:
    picture, gif, movie = attachment(), film("image/gif"), film()
    for fine in ((picture,) * 4, (gif,), (movie,)):
        assert NETWORK.media_refusal(dataclasses.replace(POST, media=fine)) is None
    for wrong in ((picture,) * 5, (gif, picture), (movie, movie), (movie, picture)):
        assert NETWORK.media_refusal(dataclasses.replace(POST, media=wrong))
    for large in (attachment(size=6 << 20), film("image/gif", size=16 << 20), film(size=513 << 20), film("video/webm")):
        assert NETWORK.media_refusal(dataclasses.replace(POST, media=(large,)))
    for fits in (attachment(size=4 << 20), film("image/gif", size=14 << 20), film(size=500 << 20)):
        assert NETWORK.media_refusal(dataclasses.replace(POST, media=(fits,))) is None
