"""From generated threads to rows: contacts, conversations, messages and the timeline, by whole batches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from core.folding import fold
from core.names import clean_name
from crm.models import Contact, Identity, Interaction
from crm.services.timeline import snippet
from demo.services.rows import fresh_ids, insert_rows
from demo.services.square import Snowflakes, iso
from demo.services.staffing import Office
from demo.shapes import Person, Thread, Turn
from inbox.models import Conversation, Message, Priority
from inbox.services.threads import LIST_SNIPPET
from social.models import Channel

NETWORK = "x"
#: What the network names itself; Roman Urdu and Finglish it guesses at, as X does.
NETWORK_LANGUAGES = ("en", "ur", "fa", "ar")
PRIORITIES = {"low": Priority.LOW, "normal": Priority.NORMAL, "high": Priority.HIGH, "urgent": Priority.URGENT}
Row = dict[str, Any]


@dataclass(slots=True)
class Talk:
    """One conversation in the making: all turns that one customer shares with one channel in one thread."""

    person: Person
    channel: Channel
    thread_key: str
    private: bool
    thread: Thread
    turns: list[tuple[Turn, str, str]] = field(default_factory=list)
    """Turn, its id on the network (empty for notes), the id it answers."""


class History:
    """Collects one workspace's threads, then writes them all."""

    def __init__(self, office: Office, channels: dict[str, Channel], ids: dict[str, str], flakes: Snowflakes) -> None:
        self.office = office
        self.channels = channels
        self.ids = ids
        self.flakes = flakes
        self.talks: dict[tuple[int, str, str], Talk] = {}
        self.posts: list[dict[str, Any]] = []
        self.directs: list[dict[str, Any]] = []

    def add(self, thread: Thread) -> None:
        """Give every turn its id, and its place in a conversation and on the network."""
        channel = self.channels[thread.account]
        numbers = ["" if turn.kind == "note" else self.flakes.at(turn.at) for turn in thread.turns]
        if thread.kind == "dm":
            key = "-".join(sorted((channel.external_id, self._id(thread.person)), key=int))
        else:
            key = next(number for number in numbers if number)
        for index, turn in enumerate(thread.turns):
            customer = self._customer(thread, turn)
            parent = numbers[turn.reply_to] if turn.reply_to is not None else ""
            talk = self.talks.setdefault(
                (channel.pk, key, customer.handle), Talk(customer, channel, key, thread.kind == "dm", thread)
            )
            if thread.turns[-1].at >= talk.thread.turns[-1].at:
                # Several private threads with one person are one conversation: how it stands is the latest's.
                talk.thread = thread
            talk.turns.append((turn, numbers[index], parent))
            self._on_the_square(thread, turn, numbers[index], parent)

    def _customer(self, thread: Thread, turn: Turn) -> Person:
        """Whose conversation a turn belongs to: a passer-by's words and our answers to them are the passer-by's."""
        if turn.author == "bystander" and turn.person is not None:
            return turn.person
        if turn.author == "brand" and turn.reply_to is not None:
            answered = thread.turns[turn.reply_to]
            if answered.author == "bystander" and answered.person is not None:
                return answered.person
        return thread.person

    def _id(self, person: Person) -> str:
        return self.ids[person.handle.lower()]

    def _on_the_square(self, thread: Thread, turn: Turn, number: str, parent: str) -> None:
        if turn.kind == "note":
            return
        writer = turn.person.handle if turn.person else thread.account
        if thread.kind == "dm":
            other = thread.account if turn.person else thread.person.handle
            self.directs.append({"id": number, "from": writer, "to": other, "text": turn.text, "created_at": iso(turn.at)})
            return
        post: dict[str, Any] = {"id": number, "author": writer, "text": turn.text, "created_at": iso(turn.at), "likes": turn.likes}
        if turn.lang in NETWORK_LANGUAGES:
            post["lang"] = turn.lang
        self.posts.append(post | ({"reply_to": parent} if parent else {}))

    def write(self) -> None:
        """Everything into the database: five kinds of rows, each by batches."""
        people = {talk.person.handle.lower(): talk.person for talk in self.talks.values()}
        contacts, identities = self._people(people)
        talks = [talk for talk in self.talks.values() if talk.turns]
        conversations: list[Row] = []
        messages: list[Row] = []
        happenings: list[Row] = []
        numbers = iter(fresh_ids(Message, sum(len(talk.turns) for talk in talks)))
        for talk, conversation_id in zip(talks, fresh_ids(Conversation, len(talks)), strict=True):
            talk.turns.sort(key=lambda entry: entry[0].at)
            handle = talk.person.handle.lower()
            conversations.append(self._conversation(talk, conversation_id, contacts[handle]))
            for entry in talk.turns:
                message = self._message(talk, conversation_id, identities[handle], *entry)
                message["id"] = next(numbers)
                messages.append(message)
                happenings.append(_happening(contacts[handle], message))
        insert_rows(Conversation, conversations)
        insert_rows(Message, messages)
        insert_rows(Interaction, happenings)

    def _people(self, people: dict[str, Person]) -> tuple[dict[str, int], dict[str, int]]:
        newest: dict[str, datetime] = {}
        oldest: dict[str, datetime] = {}
        for talk in self.talks.values():
            handle, times = talk.person.handle.lower(), [turn.at for turn, _n, _p in talk.turns]
            newest[handle] = max(*times, newest.get(handle, min(times)))
            oldest[handle] = min(*times, oldest.get(handle, max(times)))
        contact_ids = dict(zip(people, fresh_ids(Contact, len(people)), strict=True))
        identity_ids = dict(zip(people, fresh_ids(Identity, len(people)), strict=True))
        insert_rows(
            Contact,
            [
                {
                    "id": contact_ids[key],
                    "name": clean_name(person.display_name),
                    "folded": fold(f"{person.display_name} {person.handle}")[:400],
                    "location": person.location,
                    "language": person.language[:10],
                    "created_at": oldest[key],
                    "last_interaction_at": newest[key],
                }
                for key, person in people.items()
            ],
        )
        insert_rows(
            Identity,
            [
                {
                    "id": identity_ids[key],
                    "contact_id": contact_ids[key],
                    "network": NETWORK,
                    "external_id": self._id(person),
                    "handle": person.handle,
                    "name": clean_name(person.display_name),
                    "profile": {
                        "description": person.bio,
                        "location": person.location,
                        "followers": person.followers,
                        "created_at": person.joined.isoformat(),
                    },
                    "first_seen_at": oldest[key],
                    "last_seen_at": newest[key],
                }
                for key, person in people.items()
            ],
        )
        return contact_ids, identity_ids

    def _conversation(self, talk: Talk, number: int, contact_id: int) -> Row:
        spoken = [turn for turn, _n, _p in talk.turns if turn.kind != "note"]
        last = spoken[-1]
        waiting = _trailing(spoken)
        thread = talk.thread
        own = thread.person.handle == talk.person.handle
        status = ("pending" if thread.status == "snoozed" else thread.status) if own else "resolved"
        assignee = self.office.members.get(thread.assignee_key or "")
        team = self.office.teams.get(thread.team_key or "")
        return {
            "id": number,
            "channel_id": talk.channel.pk,
            "contact_id": contact_id,
            "thread_key": talk.thread_key,
            "visibility": "private" if talk.private else "public",
            "status": status,
            "priority": int(PRIORITIES[thread.priority]),
            "assignee_id": assignee.pk if assignee else None,
            "team_id": team.pk if team else None,
            "snippet": snippet(last.text, limit=LIST_SNIPPET),
            "snippet_lang": last.lang[:10],
            "last_direction": "out" if last.author == "brand" else "in",
            "last_activity_at": last.at,
            "waiting_since": waiting[0].at if waiting and status != "resolved" else None,
            "message_count": len(talk.turns),
            "unread_count": len(waiting) if waiting and status == "open" else 0,
            "created_at": talk.turns[0][0].at,
        }

    def _message(self, talk: Talk, conversation_id: int, identity_id: int, turn: Turn, number: str, parent: str) -> Row:
        ours = turn.author == "brand"
        author = self.office.members.get(turn.agent_key or "")
        return {
            "id": 0,
            "conversation_id": conversation_id,
            "channel_id": talk.channel.pk,
            "external_id": (f"dm-{number}" if talk.private else number) if number else None,
            "direction": "note" if turn.kind == "note" else "out" if ours else "in",
            "visibility": "private" if talk.private or turn.kind == "note" else "public",
            "identity_id": None if ours else identity_id,
            "author_id": author.pk if author else None,
            "body": turn.text,
            "lang": turn.lang[:10],
            "parent_external_id": "" if talk.private else parent,
            "url": self._url(talk, turn, number),
            "occurred_at": turn.at,
            "stored_at": turn.at,
            "delivery_state": "sent" if ours and turn.kind != "note" else "",
        }

    def _url(self, talk: Talk, turn: Turn, number: str) -> str:
        if talk.private or not number:
            return ""
        writer = turn.person.handle if turn.person else talk.channel.handle
        return f"{settings.PRACTICE_URL or 'https://x.com'}/{writer}/status/{number}"


def _trailing(turns: Sequence[Turn]) -> list[Turn]:
    """The customer's words that nobody answered yet."""
    found: list[Turn] = []
    for turn in reversed(turns):
        if turn.author == "brand":
            break
        found.append(turn)
    return found[::-1]


def _happening(contact_id: int, message: Row) -> Row:
    kind = "note" if message["direction"] == "note" else f"message_{message['direction']}"
    return {
        "contact_id": contact_id,
        "kind": kind,
        "source_id": message["id"],
        "thread_id": message["conversation_id"],
        "channel_id": message["channel_id"],
        "occurred_at": message["occurred_at"],
        "snippet": snippet(message["body"]),
    }
