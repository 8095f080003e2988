"""Pictures through Bluesky: handed over before the post as blobs, and named in it.

docs.bsky.app/docs/advanced-guides/posts#images-embeds, lexicons com.atproto.repo.uploadBlob, app.bsky.embed.images, read 2026-11.
Nobody sees a blob that no record names; its server throws it away after some hours.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from social.networks._bluesky_wire import NAME, Line, garbled, unreadable
from social.networks._shapes import mapping, string
from social.networks._wire import Unanswered
from social.networks.errors import Rejected
from social.networks.values import Attachment, Outgoing

#: Lexicon app.bsky.embed.images, read 2026-11: four pictures of at most 1,000,000 bytes.
TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")
MAX_BYTES = 1_000_000
PER_POST = 4
MAX_ALT = 2000
IMAGES = "app.bsky.embed.images"


def upload(line: Line, file: Attachment) -> str:
    """Hand over one picture. Returns the server's description of it, for the post. Raises Rejected, TryLater, Unauthorized."""
    try:
        answer = line.ask(
            lambda client: client.invoke_procedure("com.atproto.repo.uploadBlob", content=file.content, input_encoding=file.mime)
        )
    except Unanswered as error:
        raise error.as_trouble(NAME) from error
    if answer.status == 413 and answer.body is not None:
        raise Rejected(_("Bluesky finds the file too large."), code="file_refused")
    if not answer.good:
        raise unreadable(answer)
    blob = mapping(mapping(answer.body).get("blob"))
    if not string(mapping(blob.get("ref")).get("$link")):
        raise garbled()
    return json.dumps(blob, sort_keys=True)


def embedded(files: Sequence[Attachment]) -> dict[str, Any]:
    """The part of a record that holds the pictures; nothing for a post without."""
    return {"embed": {"$type": IMAGES, "images": [_image(file) for file in files]}} if files else {}


def _image(file: Attachment) -> dict[str, Any]:
    shape = {"aspectRatio": {"width": file.width, "height": file.height}} if file.width and file.height else {}
    return {"image": json.loads(file.handle), "alt": file.alt[:MAX_ALT], **shape}


def fits(record: Mapping[str, Any], outgoing: Outgoing) -> bool:
    """Whether a record that was read back carries as many pictures as were sent."""
    embed = mapping(record.get("embed"))
    there = embed.get("images") or mapping(embed.get("media")).get("images")
    return (len(there) if isinstance(there, list) else 0) == len(outgoing.media)
