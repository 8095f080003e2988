"""Attachments of mails: fetched from the mailbox when somebody looks, since only their names are stored (RFC 9051, 2045).

A mail is found again by its Message-ID, in the inbox, the archive or among the sent; one that was deleted there has no attachments
any more. It is fetched in pieces, as servers announce no more than that at once, and taken apart as when it was first read.
"""

from django.conf import settings
from django.utils.translation import gettext as _

from social.networks._email_ids import message_id
from social.networks._email_imap import Talk
from social.networks._email_mime import MAX_HEAD, body_of, head_of, leaves, split
from social.networks._email_pages import mapping_of
from social.networks._media import too_large
from social.networks.errors import Rejected
from social.networks.values import Media, Opened

PIECE_BYTES = 2 * 1024 * 1024
#: The longest mail that is fetched for what hangs on it; a talk brings no more (`_email_imap.MAX_TALK_BYTES`).
MAIL_BYTES = 20 * 1024 * 1024
MATCHES = 5


def open_attachment(line: Talk, media: Media) -> Opened:
    """One attachment. Raises Rejected when mail or attachment is gone, or too large, and what `talk` turns into words."""
    number, _blank, mail = media.reference.partition(" ")
    if not number.isdigit() or not mail or len(number) > 4:
        raise Rejected(_("The network gives no address from which this file can be fetched."), code="no_address")
    for folder in filter(None, ("INBOX", *line.archives(), line.sent_folder())):
        source = _source(line, folder, mail)
        if source is not None:
            return _part(source, int(number))
    raise Rejected(_("The mail is no longer in the mailbox, and its attachments with it."), code="gone")


def _source(line: Talk, folder: str, mail: str) -> bytes | None:
    """The whole mail of this id in a folder, without NUL as it was read; None when it is not there."""
    line.client.select_folder(folder, readonly=True)
    found = sorted(uid for uid in line.client.search(["HEADER", "Message-ID", mail]) if isinstance(uid, int))[-MATCHES:]
    for uid in reversed(found):
        whole = b""
        while len(whole) <= MAIL_BYTES:
            answer = mapping_of(line.client.fetch([uid], [f"BODY.PEEK[]<{len(whole)}.{PIECE_BYTES}>"]).get(uid))
            piece = next((value for name, value in answer.items() if name.startswith(b"BODY[]") and isinstance(value, bytes)), b"")
            if not whole and message_id(head_of(piece[:MAX_HEAD])) != mail:
                break
            whole += piece
            if len(piece) < PIECE_BYTES:
                return whole.replace(b"\x00", b"")
        if len(whole) > MAIL_BYTES:
            raise too_large()
    return None


def _part(source: bytes, number: int) -> Opened:
    mail = split(source)
    # The order in which `_email_read.attachments` lists them.
    listed = [
        part
        for part in leaves(mail)
        if part.attached and not (mail.kind == "multipart/report" and part.kind.startswith("message/"))
    ]
    if number >= len(listed):
        raise Rejected(_("This mail has no such attachment."), code="gone")
    content = body_of(source, listed[number])
    if len(content) > settings.MEDIA_FILE_BYTES:
        raise too_large()
    return Opened(content, name=listed[number].file_name)
