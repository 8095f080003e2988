"""Answering a mail, and finding out afterwards what became of it."""

from dataclasses import replace
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from core.clock import now
from social.networks._email_box import Box
from social.networks._email_compose import Answered, Letter, ascii_address, composed
from social.networks._email_ids import external_prefix, message_id, message_id_of, message_ids, our_message_id
from social.networks._email_imap import Talk, talk
from social.networks._email_mime import address_key
from social.networks._email_read import base_subject, written_to
from social.networks._email_smtp import Carrier
from social.networks._wire import Patience
from social.networks.errors import NetworkError, Rejected
from social.networks.values import Found, Outgoing, Receipt

INBOX_NAME = "INBOX"


def send_once(box: Box, carrier: Carrier, outgoing: Outgoing, pace: Patience) -> Receipt:
    """Send once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says.

    Looking up the mail that is answered is not sending: whatever goes wrong there, nothing was sent.
    """
    name = our_message_id(outgoing, box.domain)
    try:
        recipient = ascii_address(address_key(outgoing.to))
    except ValueError as error:
        raise Rejected(_("Mail to this address cannot be sent from here."), code="bad_address") from error
    with talk(box, pace) as line:
        earlier = _sent_before(line, name)
        if earlier is not None:
            return earlier
        answered = _answered(line, box, outgoing)
    sender = _sender(box, outgoing, answered)
    answered = replace(answered, our_address=sender)
    moment = now()
    letter = Letter(outgoing.text, outgoing.signature, outgoing.quote, outgoing.automatic)
    written = composed(box, to=recipient, letter=letter, message_id=name, answered=answered, at=moment, files=outgoing.media)
    mail = written.as_bytes()
    carrier.carry(mail, sender=sender, recipient=recipient)
    _keep_copy(box, pace, mail, name, moment)
    return Receipt(external_id=name, occurred_at=moment)


def _sent_before(line: Talk, name: str) -> Receipt | None:
    """The receipt of an earlier try that went through, when the server keeps what was sent."""
    folder = line.sent_folder()
    if not folder:
        return None
    return next(iter(_receipts(line, folder, name)), None)


def _receipts(line: Talk, folder: str, name: str) -> list[Receipt]:
    # A search matches parts of an id as well; only the whole one is proof.
    found = [arrived for head, arrived in line.fields_of(folder, "HEADER", "Message-ID", name) if message_id(head) == name]
    return [Receipt(external_id=name, occurred_at=arrived.astimezone(UTC) if arrived else None) for arrived in found[:1]]


def _answered(line: Talk, box: Box, outgoing: Outgoing) -> Answered:
    """What the answer must know of the mail above it. One that cannot be found again is answered by its id alone."""
    external = outgoing.in_reply_to
    if not external:
        return Answered()
    identifier = message_id_of(external)
    criteria = ("HEADER", "Message-ID", identifier) if identifier else ("FROM", outgoing.to)
    for folder in (INBOX_NAME, *line.archives()):
        for head, _arrived in line.fields_of(folder, *criteria):
            prefix = external_prefix(head)
            if external == prefix or external.startswith(f"{prefix}-"):
                return Answered(
                    message_id=message_id(head),
                    references=tuple(message_ids(head.get("references")) or message_ids(head.get("in-reply-to"))[:1]),
                    subject=base_subject(head),
                    our_address=written_to(head, box.addresses, main=box.address),
                )
    return Answered(message_id=identifier)


def _sender(box: Box, outgoing: Outgoing, answered: Answered) -> str:
    """The address to answer from: the one that was written to, as long as it is still ours."""
    return next((one for one in (outgoing.sender, answered.our_address) if one in box.addresses), box.address)


def _keep_copy(box: Box, pace: Patience, mail: bytes, name: str, moment: datetime) -> None:
    """Put a copy among the sent mails, where the server does not do it by itself. The mail is sent whether this works or not."""
    try:
        with talk(box, pace) as line:
            folder = line.sent_folder()
            # Google keeps what passes through its own server (support.google.com/mail/answer/78892, read 2026-11).
            if folder and not line.client.has_capability("X-GM-EXT-1") and not _receipts(line, folder, name):
                line.client.append(folder, mail, (b"\\Seen",), moment)
    except NetworkError:
        return


def find(box: Box, outgoing: Outgoing, pace: Patience) -> Found:
    """Our mail among those sent, or in our own inbox when it was to ourselves. Raises Unauthorized, TryLater.

    Only what is found is proof: a server for outgoing mail shows nobody what it took, so that nothing found is no whole list.
    """
    name = our_message_id(outgoing, box.domain)
    with talk(box, pace) as line:
        for folder in filter(None, (line.sent_folder(), INBOX_NAME)):
            receipts = _receipts(line, folder, name)
            if receipts:
                return Found(receipts=tuple(receipts), complete=True)
    return Found(receipts=(), complete=False)
