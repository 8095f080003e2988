"""What the inbox's templates draw: rows and messages with everything decided, so that templates only place it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission
from core.clock import now
from core.dates import day_in
from core.direction import direction_of, script_language
from core.names import addressed
from core.reasons import noticed
from inbox.models import Conversation, Direction, Message, Visibility
from inbox.selectors import ListQuery, sorts
from inbox.slots import templates_below
from inbox.views.deed_marks import DeedsShown, deeds_shown
from social.models import Channel, ChannelState, DeliveryState
from social.networks import network_of
from social.networks.base import Network

#: Messages of one person that follow each other so closely stand together.
TOGETHER = timedelta(minutes=6)
#: So much is shown of what a message answers.
ANSWERED = 160
#: Languages as codes only: networks also say that they do not know, each in its own way.
UNKNOWN_LANGUAGES = frozenset({"und", "zxx", "mul", "mis"})


@dataclass(frozen=True, slots=True)
class RowShown:
    """One row of the list."""

    item: Conversation
    url: str
    network: Network
    #: Where it stands in the list's order: the greater text, the nearer to the top.
    rank: str


@dataclass(frozen=True, slots=True)
class MessageShown:
    """One message of a thread. `kind` is post, in, out, note or event (a note that nobody wrote); the booleans are what this reader
    may do with it.
    """

    item: Message
    kind: str
    author: str
    seed: object
    handle: str
    direction: str
    lang: str
    day: str
    by: str
    new_day: bool
    follows: bool
    seconds_left: float
    may_take_back: bool
    may_retry: bool
    may_decide: bool
    deeds: DeedsShown
    #: Number and words of what it answers, where that is worth saying.
    answered: dict[str, object] | None = None
    #: Templates that other rooms put below it (inbox.slots).
    slots: Sequence[str] = ()


def conversation_url(slug: str, conversation_id: int, query: ListQuery | None = None) -> str:
    """A conversation's page; with a query it keeps the list beside it as it is."""
    address = reverse("inbox_conversation", args=[slug, conversation_id])
    parts = urlencode(query.parameters()).replace("%2C", ",") if query else ""
    return f"{address}?{parts}" if parts else address


def rows_shown(rows: Iterable[Conversation], *, slug: str, query: ListQuery) -> list[RowShown]:
    """The list's rows. No query."""
    rank = sorts()[query.sort].rank
    return [RowShown(row, conversation_url(slug, row.id, query), network_of(row.channel.network), rank(row)) for row in rows]


def messages_shown(
    conversation: Conversation, rows: Iterable[Message], *, member: Membership, whole: bool, opens_id: int | None = None
) -> list[MessageShown]:
    """A run of messages, oldest first. With `whole` they follow each other in the thread, so that days and neighbours are known;
    without, each carries its day and the page places it. `opens_id` is the post the thread began with.
    """
    may = member.may(Permission.CONVERSATIONS_REPLY)
    moment, network = now(), network_of(conversation.channel.network)
    shown: list[MessageShown] = []
    for row in rows:
        before = shown[-1] if shown and whole else None
        kind = "post" if row.id == opens_id and conversation.visibility == Visibility.PUBLIC else row.direction
        if row.direction == Direction.NOTE and row.author_id is None and noticed(row.body)[0]:
            kind = "event"
        author, seed, handle = _author(conversation, row)
        by = f"{kind}:{row.identity_id or row.author_id or 0}"
        day = day_in(row.occurred_at)
        new_day = before is None or before.day != day
        close = before is not None and row.occurred_at - before.item.occurred_at < TOGETHER
        state = row.delivery_state
        body = row.shown_body
        shown.append(
            MessageShown(
                item=row,
                kind=kind,
                author=author,
                seed=seed,
                handle=handle,
                direction=direction_of(noticed(body)[1] or noticed(body)[0]),
                lang=language_of(row.lang, body),
                day=day,
                by=by,
                new_day=new_day,
                follows=close and not new_day and before is not None and before.by == by and kind in ("in", "out"),
                seconds_left=max((row.not_before - moment).total_seconds(), 0.0) if row.not_before else 0.0,
                may_take_back=may and state in (DeliveryState.QUEUED, DeliveryState.WAITING),
                may_retry=may and state in (DeliveryState.FAILED, DeliveryState.CANCELLED),
                may_decide=may and state == DeliveryState.NEEDS_DECISION,
                deeds=deeds_shown(network, row, member),
                answered=_answered(row, before, opens_id),
                slots=templates_below(row),
            )
        )
    return shown


def _answered(row: Message, before: MessageShown | None, opens_id: int | None) -> dict[str, object] | None:
    """What a message answers. Not said of the post that everything below it answers, nor in public of the words right above."""
    told = getattr(row, "answered", None)
    if not told or row.deleted_at is not None or row.direction == Direction.NOTE or told["id"] == opens_id:
        return None
    if row.visibility == Visibility.PUBLIC and (before is None or before.item.id == told["id"]):
        return None
    if row.visibility == Visibility.PRIVATE and row.direction == Direction.OUT and row.delivery_id:
        # Answers written here name the customer's newest words, which stand right above them.
        return None
    words = "" if told["gone"] else str(told["body"]) or ("📎" if told["media"] else "")
    return {"id": told["id"], "words": words[:ANSWERED] or "…"}


def language_of(said: str, body: str) -> str:
    """The `lang` attribute of a text: the network's word where it is one, else what its letters show, else empty."""
    code = said.lower()
    if not code or code in UNKNOWN_LANGUAGES or code.startswith("q"):
        return script_language(body) or ""
    return code


def _author(conversation: Conversation, row: Message) -> tuple[str, object, str]:
    """Name, seed of the face's colour, and handle of whoever wrote it."""
    if row.direction == Direction.IN:
        identity = row.identity
        if identity is None:
            return conversation.contact.name, conversation.contact_id, ""
        return identity.name or identity.handle or conversation.contact.name, identity.contact_id, identity.handle
    if row.author is not None:
        return row.author.user.display_name, row.author.user_id, ""
    if row.direction == Direction.NOTE and (row.context or {}).get("guest"):
        return str(row.context["guest"]), f"guest {row.context['guest']}", ""  # type: ignore[index]
    return conversation.channel.name, f"channel {conversation.channel_id}", conversation.channel.handle


def channel_trouble(channel: Channel) -> str:
    """Why an answer does not leave at once, and what becomes of it; empty while the channel works."""
    name = addressed(channel.handle) or channel.name
    if channel.state == ChannelState.PAUSED:
        return _("{name} is paused. Answers wait and leave when it goes on.").format(name=name)
    if channel.state == ChannelState.NEEDS_RECONNECT:
        return _("{name} must be connected again. Answers wait until then; new messages do not arrive.").format(name=name)
    if channel.state == ChannelState.DISCONNECTED:
        return _("{name} is disconnected. Nothing arrives, and nothing can be sent.").format(name=name)
    return ""
