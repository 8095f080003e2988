"""What an answer carries besides its words where answers are letters: a signature, the original below it, its sender's address."""

import re
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.selectors import workspace_name
from inbox.models import Conversation, Message
from social.networks import network_of

#: So much of the original is quoted.
MAX_QUOTED = 20_000
_VARIABLE = re.compile(r"\{(name|team|company)\}")


def signature_of(conversation: Conversation, member: Membership | None) -> str:
    """What stands below this member's answers here: their own signature, then the channel's, filled in. Empty where none is."""
    if not network_of(conversation.channel.network).letters:
        return ""
    texts = [text for text in (member.user.signature if member else "", conversation.channel.signature) if text]
    known = {
        "name": member.user.display_name if member else "",
        "team": conversation.team.name if conversation.team else "",
        # Asked for only where it stands in one of them.
        "company": workspace_name(conversation.workspace_id) if any("{company}" in text for text in texts) else "",
    }
    return "\n\n".join(filled for text in texts if (filled := _filled(text, known)))


def _filled(text: str, known: dict[str, str]) -> str:
    """The text with its variables; a line that held nothing but variables of which nothing is known is left out."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        filled = _VARIABLE.sub(lambda found: known[found[1]], line)
        if filled.strip() or not line.strip():
            lines.append(filled.rstrip())
    return "\n".join(lines).strip()


def dress(conversation: Conversation, *, member: Membership | None, answered: Message | None, signed: bool) -> dict[str, Any]:
    """Further fields of the `Outgoing`. Nothing for networks of no letters."""
    if not network_of(conversation.channel.network).letters:
        return {}
    return {
        "sender": answered.written_to if answered else "",
        "signature": signature_of(conversation, member) if signed else "",
        "quote": _quote(conversation, answered) if conversation.channel.quotes_original and answered else {},
    }


def _quote(conversation: Conversation, answered: Message) -> dict[str, str]:
    """The message that is answered, under a line in its own language that every program of mail recognises."""
    text = answered.shown_body[:MAX_QUOTED]
    if not text:
        return {}
    name = answered.identity.name or answered.identity.handle if answered.identity else conversation.contact.name
    with translation.override(answered.lang if answered.lang in ("ur", "fa", "ar") else "en"):
        moment = date_format(localtime(answered.occurred_at), "DATETIME_FORMAT")
        above = _("On {date}, {name} wrote:").format(date=moment, name=name)
    return {"above": above, "text": text}
