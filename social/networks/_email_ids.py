"""Names of mails: what keeps one once, which thread it belongs to, and how we call our own.

    <id@host>~1a2b3c4d          a mail with a Message-ID, and a trace of sender and date: broken programs give all theirs one id
    long-…~1a2b3c4d, none-…-…   a mail whose id is too long to be kept, or that has none
    <rabta.….t….….@example>    one of ours: made from what is sent, so that each try has the same; it carries its thread
"""

import hashlib
import json
import re

from django.utils.crypto import constant_time_compare, salted_hmac

from social.networks._email_mime import Head, addresses, decode_words
from social.networks.values import Outgoing

MAX_ID = 150
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_OURS = re.compile(r"^<rabta\.([0-9a-f]{20})\.(t[0-9a-f]{24})\.([0-9a-f]{12})@[^<>\s]+>$")
_THREAD = re.compile(r"^t[0-9a-f]{24}$")
#: Of a long line of references the first and the last ones are looked at.
MAX_REFERENCES = 100


def message_ids(value: str) -> list[str]:
    """The ids in a field, in their order. Some programs encode long ones as if they were words (Python's own among them)."""
    return _MESSAGE_ID.findall(decode_words(value) if "=?" in value else value)


def message_id(head: Head) -> str:
    """A mail's own id, or an empty string."""
    found = message_ids(head.get("message-id"))
    return found[0] if found else ""


def external_id(head: Head, body: bytes) -> str:
    """What keeps this mail once, however often and wherever it arrives."""
    own = message_id(head)
    if is_ours(own):
        return own
    prefix = external_prefix(head)
    return prefix if own else f"{prefix}-{_digest(body.split())[:16]}"


def external_prefix(head: Head) -> str:
    """The part of the external id that the fields alone tell; the whole of it when there is a Message-ID."""
    own = message_id(head)
    if is_ours(own):
        return own
    sender = next(iter(addresses(head.get("from"))), ("", ""))[1]
    trace = _digest([sender, head.get("date")])[:8]
    if not own:
        return f"none-{_digest([sender, *(head.get(name) for name in ('to', 'date', 'subject'))])[:16]}"
    return f"{own}~{trace}" if len(own) <= MAX_ID else f"long-{_digest([own])[:40]}~{trace}"


def message_id_of(external: str) -> str:
    """The Message-ID in an external id, or an empty string for mails whose id is not in it."""
    own = external if external.endswith(">") else external.rpartition("~")[0]
    return own if _MESSAGE_ID.fullmatch(own) else ""


def thread_key(head: Head, external: str) -> str:
    """The conversation a mail belongs to: that of one of our own it answers, else that of the first mail it refers to."""
    references = message_ids(head.get("references"))
    parents = message_ids(head.get("in-reply-to"))
    if len(references) > MAX_REFERENCES:
        references = references[: MAX_REFERENCES // 2] + references[-MAX_REFERENCES // 2 :]
    own = message_id(head)
    for candidate in (own, *parents[:5], *reversed(references)):
        thread = read_ours(candidate)
        if thread:
            return thread
    root = next(iter(references or parents or [own or external]))
    return thread_key_of(root)


def thread_key_of(root: str) -> str:
    """The key of the thread that begins with this id."""
    return f"t{_digest([root])[:24]}"


def our_message_id(outgoing: Outgoing, domain: str) -> str:
    """The Message-ID of one thing to send: the same for every try, and nobody else's."""
    known = outgoing.key or json.dumps(outgoing.as_json(), sort_keys=True)
    known = f"{known}~{outgoing.again}" if outgoing.again else known
    name = _digest(["rabta", known])[:20]
    thread = outgoing.thread_key if _THREAD.match(outgoing.thread_key) else thread_key_of(outgoing.thread_key or name)
    return f"<rabta.{name}.{thread}.{_proof(name, thread)}@{domain[-80:].lstrip('.-')}>"


def read_ours(identifier: str) -> str:
    """The thread that an id of ours carries; empty for those of others, and for those that only look like ours."""
    found = _OURS.match(identifier)
    return found[2] if found and constant_time_compare(found[3], _proof(found[1], found[2])) else ""


def ours_in(words: str) -> list[str]:
    """Ids of ours that stand somewhere in a text."""
    return [found for found in _MESSAGE_ID.findall(words)[:MAX_REFERENCES] if read_ours(found)]


def is_ours(identifier: str) -> bool:
    """Whether we made this id ourselves."""
    return bool(read_ours(identifier))


def _proof(name: str, thread: str) -> str:
    return salted_hmac("rabta.email.message-id", f"{name}.{thread}", algorithm="sha256").hexdigest()[:12]


def _digest(parts: list[str] | list[bytes]) -> str:
    whole = b"\x00".join(part.encode("utf-8", "replace") if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(whole).hexdigest()
