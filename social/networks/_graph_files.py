"""Files through Meta's Graph: handed over by a call of their own, and named by what it answers.

developers.facebook.com/docs/whatsapp/cloud-api/reference/media and …/messenger-platform/send-messages/saving-assets, read 2026-11.
A handed over file that nothing names is seen by nobody.
"""

import json

from django.utils.translation import gettext as _

from social.networks._graph_wire import Line, ask, unreadable
from social.networks._shapes import string
from social.networks._wire import Answer
from social.networks.errors import Text
from social.networks.values import Attachment, Outgoing

MEGABYTE = 1024 * 1024
#: …/cloud-api/reference/media#supported-media-types, read 2026-11. Documents may have 100 MB, more than is kept here.
WHATSAPP_TYPES = (
    "image/jpeg", "image/png", "video/mp4", "video/3gpp", "audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg",
    "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)  # fmt: skip
WHATSAPP_BYTES = 16 * MEGABYTE
WHATSAPP_IMAGE_BYTES = 5 * MEGABYTE
CAPTION = 1024
#: …/messenger-platform/send-messages#sending-attachments, read 2026-11.
MESSENGER_BYTES = 25 * MEGABYTE
#: …/graph-api/reference/page/photos, read 2026-11: JPEG, BMP, PNG, GIF, TIFF up to 10 MB.
COMMENT_TYPES = ("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff")
COMMENT_BYTES = 10 * MEGABYTE
#: What a comment's picture is called when it is read back.
PICTURES = ("photo", "animated_image", "sticker", "animated_image_share")
#: …/documentation/business-messaging/instagram-messaging/features/attachment-upload, of 2026-06-30.
INSTAGRAM_TYPES = (
    "image/png", "image/jpeg", "image/gif", "video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm",
    "audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "application/pdf",
)  # fmt: skip
INSTAGRAM_IMAGE_BYTES = 8 * MEGABYTE


def to_number(line: Line, number: str, file: Attachment) -> str:
    """Hand a file to a WhatsApp number. Returns its id. Raises Rejected, TryLater, Unauthorized."""
    form = {"messaging_product": "whatsapp", "type": file.mime}
    return _named(line, f"{number}/media", form, "file", file, "id")


def to_page(line: Line, on: str, file: Attachment, *, platform: str = "") -> str:
    """Hand a file to a Page for Messenger, or for the platform of that name.

    Returns its id. Raises Rejected, TryLater, Unauthorized.
    """
    said = {"attachment": {"type": file.kind, "payload": {"is_reusable": True}}}
    form = {"message": json.dumps(said), **({"platform": platform} if platform else {})}
    return _named(line, f"{on}/message_attachments", form, "filedata", file, "attachment_id")


def to_album(line: Line, on: str, file: Attachment) -> str:
    """Hand a picture to a Page that shows it nowhere, for a comment to name (…/graph-api/reference/page/photos, read 2026-11).

    Returns its id. Raises Rejected, TryLater, Unauthorized.
    """
    return _named(line, f"{on}/photos", {"published": "false"}, "source", file, "id")


def comment_form(outgoing: Outgoing) -> dict[str, str]:
    """What a comment says: words, a picture that was handed over, or both (…/graph-api/reference/object/comments, read 2026-11)."""
    said = {"message": outgoing.text} if outgoing.text or not outgoing.media else {}
    return said | ({"attachment_id": outgoing.media[0].handle} if outgoing.media else {})


def _named(line: Line, path: str, form: dict[str, str], field: str, file: Attachment, answers: str) -> str:
    name = file.name.encode("ascii", "ignore").decode().replace('"', "") or "file"
    parts = {field: (name, file.content, file.mime)}
    answer = ask(line, lambda graph: graph.request(f"{graph.version}/{path}", post_args=dict(form), files=parts, method="POST"))
    identifier = string(answer.body.get(answers))
    if not identifier or len(identifier) > 200:
        raise unreadable(Answer(answer.status, answer.headers, None), line.whom)
    return identifier


def whatsapp_form(outgoing: Outgoing) -> dict[str, str]:
    """A message of one file with its words, where such a file may have some (…/cloud-api/messages/image-messages and its like)."""
    (file,) = outgoing.media
    kind = "document" if file.kind == "file" else file.kind
    said = {"id": file.handle}
    if outgoing.text and kind != "audio":
        said["caption"] = outgoing.text
    if kind == "document" and file.name:
        said["filename"] = file.name
    return {"type": kind, kind: json.dumps(said)}


def messenger_message(outgoing: Outgoing) -> dict[str, object]:
    """What a message says: words, or one file that was handed over."""
    if not outgoing.media:
        return {"text": outgoing.text}
    (file,) = outgoing.media
    return {"attachment": {"type": file.kind, "payload": {"attachment_id": file.handle}}}


def whatsapp_refusal(outgoing: Outgoing, label: Text) -> Text | None:
    """What of a file's words and size does not go through WhatsApp; None when it does."""
    wanted = str((outgoing.template.get("form") or {}).get("file", ""))
    if outgoing.template and [file.kind for file in outgoing.media] != ([wanted] if wanted else []):
        kinds = {"image": _("Picture"), "video": _("Video"), "file": _("File")}
        words = _("This template goes with one file of this kind: {kind}")
        return words.format(kind=kinds.get(wanted, wanted)) if wanted else _("This template takes no file along.")
    for file in outgoing.media:
        if file.kind == "image" and file.size > WHATSAPP_IMAGE_BYTES:
            words = _("{name} is larger than {network} takes: {limit} MB.")
            return words.format(name=file.name or file.mime, network=label, limit=WHATSAPP_IMAGE_BYTES // MEGABYTE)
        if outgoing.template:
            continue
        if file.kind == "audio" and outgoing.text.strip():
            return _("{network} sends a sound without words. Send them one after the other.").format(network=label)
        if len(outgoing.text) > CAPTION:
            words = _("The text is too long for {network}: {length} of {limit} characters.")
            return words.format(network=label, length=len(outgoing.text), limit=CAPTION)
    return None


def messenger_refusal(outgoing: Outgoing, label: Text, *, pictures_below_posts: bool = False) -> Text | None:
    """Why files cannot go there: not below posts (but for pictures, where those can), and not together with words. None when they
    can.
    """
    if not outgoing.media:
        return None
    if outgoing.kind == "reply" and pictures_below_posts:
        odd = next((file for file in outgoing.media if file.mime not in COMMENT_TYPES or file.size > COMMENT_BYTES), None)
        words = _("Below posts {network} takes pictures of at most {limit} MB: {name}")
        return words.format(network=label, limit=COMMENT_BYTES // MEGABYTE, name=odd.name or odd.mime) if odd else None
    if outgoing.kind != "direct":
        return _("{network} takes files in private messages only.").format(network=label)
    if outgoing.text.strip():
        return _("{network} sends a file or words, not both in one message. Send them one after the other.").format(network=label)
    return None


def instagram_refusal(outgoing: Outgoing, label: Text) -> Text | None:
    """Why files cannot go through Instagram; None when they can."""
    large = next((file for file in outgoing.media if file.kind == "image" and file.size > INSTAGRAM_IMAGE_BYTES), None)
    if large is not None:
        words = _("{name} is larger than {network} takes: {limit} MB.")
        return words.format(name=large.name or large.mime, network=label, limit=INSTAGRAM_IMAGE_BYTES // MEGABYTE)
    return messenger_refusal(outgoing, label)
