"""What the outbox is told of a reply: whom it goes to, what it answers, how it is to be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from inbox.models import Conversation, Message, Visibility
from social.networks import network_of
from social.networks.values import Attachment, Outgoing
from social.selectors import templates_of


@dataclass(frozen=True, slots=True)
class Dress:
    """What all parts of one reply share: what it answers, whether in private, which approved text it is, and a letter's dress."""

    answered: Message | None
    alone: bool
    template: Mapping[str, Any]
    letter: Mapping[str, Any]

    def over(self, conversation: Conversation, message: Message, media: tuple[Attachment, ...]) -> Outgoing:
        """What the outbox is to send for a message."""
        heard_at = self.answered.occurred_at if self.answered else None
        plain = outgoing_of(conversation, message, heard_at, media, alone=self.alone)
        return replace(plain, template=self.template, **self.letter)


def approved_text(conversation: Conversation, key: str, parameters: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The words of an approved text, and what the network is told of it. Raises Invalid naming `template` or `parameters`."""
    known = {template.key: template for template in templates_of(conversation.channel)}
    template = known.get(key) if conversation.visibility == Visibility.PRIVATE else None
    if template is None:
        raise Invalid(_("This channel has no such template."), field="template")
    # WhatsApp refuses line breaks, tabs and runs of blanks in what is filled in.
    values = [" ".join(value.replace("\x00", "").split()) for value in parameters]
    if len(values) != template.variables or not all(values):
        raise Invalid(_("Fill in everything this template asks for."), field="parameters")
    form = {"form": dict(template.form)} if template.form else {}
    return template.filled(values), {"name": template.name, "language": template.language, "parameters": values, **form}


def outgoing_of(
    conversation: Conversation,
    message: Message,
    heard_at: datetime | None,
    media: tuple[Attachment, ...],
    *,
    alone: bool = False,
) -> Outgoing:
    """What is to be sent for a message; `alone` answers a public comment in private."""
    if conversation.visibility == Visibility.PRIVATE or alone:
        customer = conversation.contact.identities.filter(network=conversation.channel.network).values_list(
            "external_id", flat=True
        )
        return Outgoing(
            kind="private_reply" if alone else "direct",
            text=message.body,
            in_reply_to=message.parent_external_id,
            to=customer.first() or "",
            thread_key=conversation.thread_key,
            heard_at=heard_at.isoformat() if heard_at else "",
            media=media,
        )
    return Outgoing(
        kind="reply",
        text=message.body,
        in_reply_to=message.parent_external_id,
        thread_key=conversation.thread_key,
        media=media,
    )


def manner_of(outgoing: Outgoing) -> dict[str, Any]:
    """How a reply was to go, as a draft keeps it."""
    template = outgoing.template
    if template:
        return {"template": f"{template['name']}|{template['language']}", "parameters": list(template.get("parameters", []))}
    return {"privately": True} if outgoing.kind == "private_reply" else {}


def parts_of(conversation: Conversation, text: str, *, whole: bool) -> tuple[str, ...]:
    """The texts as which a reply goes: several that follow each other where it is too long for one public answer and the network
    lets answers stand as a thread. With `whole` it is one in any case. Pure.
    """
    network = network_of(conversation.channel.network)
    if whole or conversation.visibility != Visibility.PUBLIC or not network.threads_replies:
        return (text,)
    return network.parts_of(text) or (text,)
