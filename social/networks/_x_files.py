"""Files through X: handed over before the post, in one go, and named in it.

docs.x.com/x-api/media: upload-media and create-metadata, read 2026-11. tweepy 4.17 speaks the old upload with OAuth 1 only, so its
own `request` is used with the addresses of API v2.
"""

import base64
from collections.abc import Mapping
from functools import partial
from typing import Any

import tweepy
from django.utils.translation import gettext as _

from social.networks._shapes import mapping, string
from social.networks._wire import Unanswered
from social.networks._x_read import is_id
from social.networks._x_wire import Line, unreadable
from social.networks.errors import Rejected, TryLater
from social.networks.values import Attachment, Outgoing

#: docs.x.com/x-api/media/quickstart/best-practices, read 2026-11: pictures up to 5 MB, four with a post, one with a message. A GIF
#: that moves may be larger and stands alone; it is held to the same here. Films need an upload in parts, which is not spoken.
TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
MAX_BYTES = 5 * 1024 * 1024
PER_POST, PER_MESSAGE = 4, 1
MAX_ALT = 1000


def upload(line: Line, outgoing: Outgoing, file: Attachment) -> str:
    """Hand over one picture with what it shows. Returns its id. Raises Rejected, TryLater, Unauthorized."""
    category = "dm_image" if outgoing.kind == "direct" else "tweet_image"
    document = {"media": base64.b64encode(file.content).decode(), "media_category": category, "media_type": file.mime}
    identifier = string(mapping(_asked(line, "/2/media/upload", document).get("data")).get("id"))
    if not is_id(identifier):
        raise TryLater(_("X answered with something that is not its API's."), seconds=15.0, code="garbled")
    if file.alt and outgoing.kind != "direct":
        shows = {"alt_text": {"text": file.alt[:MAX_ALT]}}
        _asked(line, "/2/media/metadata", {"id": identifier, "metadata": shows})
    return identifier


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
