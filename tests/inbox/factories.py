"""Rows of both lines for tests, made as the product makes them: stored items that ingest digests, replies through the service."""

import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.models import Membership, Workspace
from core.clock import now
from core.tenancy import tenant
from crm.models import Contact
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.delivery_states import mirror
from inbox.services.ingest import ingest
from social.models import Channel, Delivery, Pull, RawItem, RawState
from social.networks import network_of
from social.networks.values import Envelope, Page, Tokens
from social.services import credentials
from social.services.pulling import Claim, store_page

_numbers = itertools.count(1_900_000_000_000_000_000)


def make_channel(workspace: Workspace, *, account: str = "", name: str = "Brand") -> Channel:
    """A connected account with sealed tokens; its next reading is far away."""
    moment = now()
    with tenant(workspace.pk):
        channel = Channel.objects.create(
            network="x",
            external_id=account or str(next(_numbers)),
            name=name,
            handle=name.lower(),
            connected_at=moment,
            created_at=moment,
        )
        credentials.store_tokens(channel=channel, tokens=Tokens(secrets={"access_token": f"token-of-{channel.pk}"}))
        Pull.objects.create(channel=channel, due_at=moment + timedelta(days=1), last_finished_at=moment)
    return channel


def post(channel: Channel, text: str, *, author: str = "71", thread: str = "", at: Any = None) -> dict[str, Any]:
    """A public post as X's network file stores it."""
    identifier = str(next(_numbers))
    return {
        "feed": "mentions",
        "post": {
            "id": identifier,
            "text": text,
            "author_id": author,
            "conversation_id": thread or identifier,
            "created_at": (at or now()).isoformat(),
            "edit_history_tweet_ids": [identifier],
        },
        "author": {"id": author, "username": f"person{author}", "name": f"Person {author}"},
        "media": [],
        "referenced": [],
        "seen_at": now().isoformat(),
    }


def direct(channel: Channel, text: str, *, author: str = "71") -> dict[str, Any]:
    """A direct message as X's network file stores it."""
    identifier = str(next(_numbers))
    return {
        "feed": "dm",
        "post": {
            "id": identifier,
            "text": text,
            "sender_id": author,
            "dm_conversation_id": f"{author}-{channel.external_id}",
            "created_at": now().isoformat(),
        },
        "author": {"id": author, "username": f"person{author}", "name": f"Person {author}"},
        "media": [],
        "referenced": [],
        "seen_at": now().isoformat(),
    }


def store(channel: Channel, *payloads: dict[str, Any]) -> None:
    """Store these items as one page of a poll."""
    items = tuple(Envelope(f"{payload['feed']}-{payload['post']['id']}", payload) for payload in payloads)
    with tenant(channel.workspace_id):
        pull = Pull.objects.get(channel=channel)
    claim = Claim(channel.workspace_id, channel.pk, pull.fence, pull.cursor, network_of(channel.network))
    store_page(claim, Page(items=items, cursor=pull.cursor))


def hear(channel: Channel, *payloads: dict[str, Any]) -> None:
    """Store these items and let ingest digest them."""
    store(channel, *payloads)
    ingest(workspace_id=channel.workspace_id, channel_id=channel.pk)


def set_aside(channel: Channel) -> RawItem:
    """An item that ingest could not digest."""
    broken = post(channel, "never read")
    name = f"mentions-broken-{broken['post']['id']}"
    broken["post"]["id"] = f"broken-{broken['post']['id']}"
    hear(channel, broken)
    with tenant(channel.workspace_id):
        return RawItem.objects.get(channel=channel, external_id=name, state=RawState.SET_ASIDE)


def force_state(message: Message, state: str) -> None:
    """Let a delivery have ended so, as the sender would have written it, and carry that to its message."""
    with tenant(message.workspace_id):
        Delivery.objects.filter(id=message.delivery_id).update(state=state, error="as the test says", settled_at=now())
        mirror([message.delivery_id or 0])


@dataclass
class Desk:
    """One workspace's rows of both lines: a channel, a public thread and a private one, and a message of each kind."""

    workspace: Workspace
    member: Membership
    channel: Channel
    conversation: Conversation
    private: Conversation
    contact: Contact
    incoming: Message
    queued: Message
    failed: Message
    doubtful: Message
    note: Message
    aside: RawItem


def make_desk(workspace: Workspace, member: Membership, *, account: str = "", word: str = "parcel") -> Desk:
    """Rows of every kind, with `word` in every text, so that a leak can be searched for."""
    channel = make_channel(workspace, account=account)
    first = post(channel, f"@brand where is my {word}?")
    hear(channel, first, direct(channel, f"my order number of the {word}"))
    with tenant(workspace.pk):
        conversation = Conversation.objects.get(channel=channel, visibility="public")
        private = Conversation.objects.get(channel=channel, visibility="private")
        made = {
            name: replies.reply(member=member, conversation_id=conversation.pk, body=f"{name} {word}", undo_seconds=3600)
            for name in ("queued", "failed", "doubtful")
        }
        note = replies.note(member=member, conversation_id=conversation.pk, body=f"note {word}")
    force_state(made["failed"], "failed")
    force_state(made["doubtful"], "needs_decision")
    aside = set_aside(channel)
    with tenant(workspace.pk):
        return Desk(
            workspace=workspace,
            member=member,
            channel=channel,
            conversation=Conversation.objects.select_related("contact").get(pk=conversation.pk),
            private=private,
            contact=Contact.objects.get(pk=conversation.contact_id),
            incoming=Message.objects.get(conversation=conversation, direction="in"),
            note=note,
            aside=aside,
            **made,
        )
