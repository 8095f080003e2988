"""Files through X: handed over before the post, pictures in one go, films and GIFs in parts, and named in it.

docs.x.com/x-api/media: upload-media, media-upload-chunked and create-metadata, read 2026-11. tweepy 4.17 speaks the old upload with
OAuth 1 only, so its own `request` is used with the addresses of API v2. X works on a film after it was taken: nobody waits for that
here, the message goes back to the queue and the film is asked for again when X says (`ready`).
"""

import base64
from collections.abc import Mapping
from functools import partial
from typing import Any

import tweepy
from django.utils.translation import gettext as _

from social.networks._shapes import mapping, string
from social.networks._wire import Unanswered, number
from social.networks._x_read import is_id
from social.networks._x_wire import Line, unreadable
from social.networks.errors import Rejected, Text, TryLater
from social.networks.values import Attachment, Outgoing

#: docs.x.com/x-api/media/quickstart/best-practices, read 2026-11: pictures up to 5 MB, four with a post, one with a message; a GIF
#: up to 15 MB and a film up to 512 MB, each alone. A GIF is held to 15 MB whether it moves or not.
PICTURES = ("image/jpeg", "image/png", "image/webp")
GIF = "image/gif"
FILMS = ("video/mp4", "video/quicktime")
TYPES = (*PICTURES, GIF, *FILMS)
ALONE = (GIF, *FILMS)
PICTURE_BYTES, GIF_BYTES, MAX_BYTES = 5 * 1024 * 1024, 15 * 1024 * 1024, 512 * 1024 * 1024
PART_BYTES = 4 * 1024 * 1024
PER_POST, PER_MESSAGE = 4, 1
MAX_ALT = 1000
#: How long X may work on a film when it does not say itself when to ask again, in seconds.
WORKING_SECONDS = 5.0


def most_bytes(mime: str) -> int:
    """How large a file of this type may be."""
    return PICTURE_BYTES if mime in PICTURES else GIF_BYTES if mime == GIF else MAX_BYTES


def refusal(outgoing: Outgoing) -> Text | None:
    """Four pictures, or one film, or one GIF. None when it fits."""
    if len(outgoing.media) > 1 and any(file.mime in ALONE for file in outgoing.media):
        return _("X takes up to four pictures, or one film, or one GIF.")
    return None


def calls_for(file: Attachment) -> int:
    """How many questions handing over a file takes."""
    return 2 if file.mime in PICTURES else 3 + -(-file.size // PART_BYTES)


def upload(line: Line, outgoing: Outgoing, file: Attachment) -> str:
    """Hand over one file with what it shows. Returns its id. Raises Rejected, TryLater, Unauthorized."""
    kind = "image" if file.mime in PICTURES else "gif" if file.mime == GIF else "video"
    category = f"{'dm' if outgoing.kind == 'direct' else 'tweet'}_{kind}"
    if kind == "image":
        document = {"media": base64.b64encode(file.content).decode(), "media_category": category, "media_type": file.mime}
        identifier = _id_in(_asked(line, "/2/media/upload", document))
    else:
        identifier = _in_parts(line, file, category)
    # X keeps descriptions of pictures only.
    if file.alt and outgoing.kind != "direct" and kind != "video":
        shows = {"alt_text": {"text": file.alt[:MAX_ALT]}}
        _asked(line, "/2/media/metadata", {"id": identifier, "metadata": shows})
    return identifier


def _in_parts(line: Line, file: Attachment, category: str) -> str:
    begun = {"media_type": file.mime, "total_bytes": len(file.content), "media_category": category}
    identifier = _id_in(_asked(line, "/2/media/upload/initialize", begun))
    for number_of, start in enumerate(range(0, len(file.content), PART_BYTES)):
        part = base64.b64encode(file.content[start : start + PART_BYTES]).decode()
        _asked(line, f"/2/media/upload/{identifier}/append", {"media": part, "segment_index": number_of})
    return _id_in(_asked(line, f"/2/media/upload/{identifier}/finalize", {}))


def _id_in(document: Mapping[str, Any]) -> str:
    identifier = string(mapping(document.get("data")).get("id"))
    if not is_id(identifier):
        raise TryLater(_("X answered with something that is not its API's."), seconds=15.0, code="garbled")
    return identifier


def check_ready(line: Line, file: Attachment) -> None:
    """Return when X has done its work on a film or GIF. Raises TryLater with the pause X asks for, Rejected, Unauthorized."""
    try:
        answer = line.ask(partial(_status, file.handle))
    except Unanswered as error:
        raise error.as_trouble("X") from error
    if not answer.good:
        raise unreadable(answer)
    data = mapping(mapping(answer.body).get("data"))
    if string(data.get("id")) != file.handle:
        raise TryLater(_("X answered with something that is not its API's."), seconds=15.0, code="garbled")
    work = mapping(data.get("processing_info"))
    state = string(work.get("state"))
    if state == "failed":
        words = string(mapping(work.get("error")).get("message")) or _("without saying why")
        raise Rejected(_("X cannot show this file: {words}").format(words=words), code="media_failed")
    if state in ("pending", "in_progress"):
        wait = number(str(work.get("check_after_secs")))
        pause = min(max(float(wait or WORKING_SECONDS), 1.0), 120.0)
        raise TryLater(_("X is still working on the file. It goes out by itself."), seconds=pause, code="media_working")


def _status(identifier: str, client: tweepy.Client) -> Any:
    return client.request("GET", "/2/media/upload", params={"command": "STATUS", "media_id": identifier})


def _asked(line: Line, route: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        answer = line.ask(partial(_post, route, document))
    except Unanswered as error:
        raise error.as_trouble("X") from error
    if answer.status == 403:
        reason = _("This sign-in does not cover files. Connect the account again to add that: {words}").format(words=answer.words)
        raise Rejected(reason, code="scope")
    if not answer.good:
        raise unreadable(answer)
    return mapping(answer.body)


def _post(route: str, document: Mapping[str, Any], client: tweepy.Client) -> Any:
    return client.request("POST", route, json=dict(document))


def fits(row: Mapping[str, Any], outgoing: Outgoing) -> bool | None:
    """Whether a post of ours that was read back carries as many files as were sent; None where it says nothing of them."""
    keys = mapping(row.get("attachments")).get("media_keys")
    if not isinstance(keys, list):
        return None if outgoing.media else True
    return len(keys) == len(outgoing.media)
