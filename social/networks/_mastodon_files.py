"""Files through Mastodon: handed over before the post, and named in it (docs.joinmastodon.org/methods/media#v2, read 2026-11).

A large one is worked on after its upload was taken (202); a post that names it too early is refused with 422: nothing was posted.
"""

import io

from django.utils.translation import gettext as _

from social.networks._mastodon_wire import Line, unreadable
from social.networks._shapes import mapping, string
from social.networks._wire import Unanswered
from social.networks.errors import Rejected, TryLater
from social.networks.values import Attachment, Outgoing

#: docs.joinmastodon.org/user/posting#media, read 2026-11: pictures up to 16 MB, films and sound up to 99 MB; four pictures, or one
#: of the others. An instance may allow less, and says so.
TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "video/mp4", "video/webm", "video/quicktime",
         "audio/mpeg", "audio/ogg", "audio/wav", "audio/flac", "audio/mp4", "audio/aac")  # fmt: skip
ALONE = tuple(mime for mime in TYPES if not mime.startswith("image/"))
MAX_BYTES = 16 * 1024 * 1024
PER_POST = 4
MAX_ALT = 1500
#: How long an instance may work on a film before it can be posted, between two tries, in seconds.
WORKING_SECONDS = 10.0


def upload(line: Line, file: Attachment) -> str:
    """Hand over one file with what it shows. Returns its id. Raises Rejected, TryLater, Unauthorized."""
    # By the second address for media, which every server has known since 2020.
    line.client.mastodon_major, line.client.mastodon_minor, line.client.mastodon_patch = 4, 0, 0
    try:
        answer = line.ask(
            lambda client: client.media_post(
                io.BytesIO(file.content),
                mime_type=file.mime,
                description=file.alt[:MAX_ALT] or None,
                file_name=file.name.encode("ascii", "ignore").decode() or "file",
            )
        )
    except Unanswered as error:
        raise error.as_trouble("Mastodon") from error
    if answer.status == 403 and "outside the authorized scopes" in answer.words.lower():
        raise Rejected(_("The access token does not cover files. Connect again with the right write:media."), code="scope")
    if answer.status in (413, 422) and answer.body is not None:
        reason = _("The instance does not take this file: {words}").format(words=answer.words or answer.status)
        raise Rejected(reason, code="file_refused")
    identifier = string(mapping(answer.body).get("id"))
    if not answer.good or not identifier:
        trouble = unreadable(answer)
        raise trouble
    return identifier


def still_working(words: str) -> TryLater | None:
    """The refusal of a post whose film is not ready: “Cannot attach files that have not finished processing”."""
    if "finished processing" not in words.lower():
        return None
    return TryLater(_("The instance is still working on a file."), seconds=WORKING_SECONDS, code="file_not_ready")


def fits(row: object, outgoing: Outgoing) -> bool:
    """Whether a post of ours that was read back carries as many files as were sent."""
    there = mapping(row).get("media_attachments")
    return len(there) == len(outgoing.media) if isinstance(there, list) else not outgoing.media


def refusal(outgoing: Outgoing) -> str | None:
    """Four pictures, or one of anything else. None when it fits."""
    if len(outgoing.media) > 1 and any(file.kind != "image" for file in outgoing.media):
        return _("Mastodon takes several pictures, or one film or sound.")
    return None
