"""The two demo workspaces: people, channels, six weeks of conversations, and the same on the practice network."""

import json
import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from core.clock import now as clock_now
from core.tenancy import tenant
from demo.generate import generate
from demo.networks import SITE
from demo.plans import PLANS
from demo.services.chat import open_chat
from demo.services.elsewhere import settle_elsewhere
from demo.services.history import NETWORK, History
from demo.services.square import Snowflakes, Square, iso
from demo.services.staffing import Office, logins, new_password, open_office
from demo.shapes import Person, Thread, WorkspacePlan
from inbox.models import Conversation, Message
from inbox.services.counting import fold
from social.models import Channel, Delivery, Pull
from social.networks.values import Outgoing, Tokens
from social.services.credentials import store_tokens

SEED = 1405
LOGINS = "demo-logins.json"
Progress = Callable[[int, int, str], None]


def load_demo(
    *,
    conversations: int = 3000,
    now: datetime | None = None,
    progress: Progress = lambda done, total, text: None,
    tell: Callable[[str], None] = lambda text: None,
) -> list[dict[str, str]]:
    """Make the demo workspaces that are not there yet, each in one transaction. Returns and writes the log-ins.

    A run that is killed leaves a workspace whole or not at all; what it had told the practice network is told again. Then the first
    one is connected on all other networks, one by one (elsewhere.py); `tell` gets a line about each that cannot be.
    """
    moment = now or clock_now()
    password = _password()
    found: list[dict[str, str]] = []
    for number, plan in enumerate(PLANS.values()):
        progress(number, len(PLANS), f"Demo workspace: {plan.name}")
        if not _exists(plan):
            _load(plan, conversations=conversations, moment=moment, password=password, salt=number)
        found += logins(plan, password)
    _write_logins(found)
    for network, trouble in settle_elsewhere(next(iter(PLANS.values())), moment):
        progress(len(PLANS), len(PLANS), f"Demo workspace: {network}")
        if trouble:
            tell(f"The demo has no {network}: {' '.join(trouble.split())[:300]}")
    with connection.cursor() as cursor:
        for table in ("inbox_conversation", "inbox_message", "crm_contact", "crm_identity", "crm_interaction"):
            cursor.execute(f"ANALYZE {table}")
    progress(len(PLANS), len(PLANS), "Demo workspaces")
    return found


def _password() -> str:
    """The one of an earlier run: its people may exist already."""
    try:
        rows = json.loads((settings.STATE_DIR / LOGINS).read_text(encoding="utf-8"))
        return str(rows[0]["password"])
    except (OSError, ValueError, LookupError, TypeError):
        return new_password()


def _write_logins(rows: list[dict[str, str]]) -> None:
    path = settings.STATE_DIR / LOGINS
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as text:
        json.dump(rows, text, ensure_ascii=False, indent=1)


def _exists(plan: WorkspacePlan) -> bool:
    """Whether the plan's boss is there: they are made in the same transaction as everything else."""
    boss = next(person for person in plan.staff if person.role == "admin")
    return User.objects.filter(email=boss.email).exists()


def _load(plan: WorkspacePlan, *, conversations: int, moment: datetime, password: str, salt: int) -> None:
    threads = list(generate(SEED + salt, plan, conversations, moment))
    flakes = Snowflakes(salt)
    square = Square() if Square.is_there() else None
    ids = _people(plan, threads, flakes, square)
    with transaction.atomic():
        office = open_office(plan, password=password)
        with tenant(office.workspace.pk):
            channels = _channels(plan, office, ids, square, moment)
            history = History(office, channels, ids, flakes)
            for thread in threads:
                history.add(thread)
            history.write()
            _troubles(office, moment)
            fold()
            if square:
                # Inside the transaction on purpose: a demo whose other half is missing must not be kept.
                square.posts(sorted(history.posts, key=lambda post: int(post["id"])), history.directs)
                if salt == 0:  # the square has one shop, with room for one chat
                    open_chat(SITE, square, moment)
            cursor = _cursor(history)
            for channel in channels.values():
                Pull.objects.create(channel=channel, due_at=moment, cursor=cursor)


def _cursor(history: History) -> dict[str, Any]:
    """Reading begins behind what was loaded: the network would only tell it again."""
    post, direct = (max((int(row["id"]) for row in rows), default=0) for rows in (history.posts, history.directs))
    mentions = {"since_id": str(post), "tail": str(post)} if post else {}
    return {"mentions": mentions, "dm": {"newest_id": str(direct)} if direct else {}}


def _people(plan: WorkspacePlan, threads: list[Thread], flakes: Snowflakes, square: Square | None) -> dict[str, str]:
    """Handle (lower case) → id on the network, for customers, passers-by and the brand's own accounts."""
    people: dict[str, Person] = {}
    for thread in threads:
        people.setdefault(thread.person.handle.lower(), thread.person)
        for turn in thread.turns:
            if turn.person:
                people.setdefault(turn.person.handle.lower(), turn.person)
    rows: list[dict[str, Any]] = [_row(person, flakes) for person in people.values()]
    born = datetime(2019, 3, 4, 9, 30, tzinfo=(threads[0].turns[0].at if threads else clock_now()).tzinfo)
    for handle, label in plan.accounts.items():
        rows.append({"handle": handle, "name": label, "is_brand": True, "verified": True, "id": flakes.at(born)})
    if square:
        return square.people(rows)
    return {str(row["handle"]).lower(): str(row["id"]) for row in rows}


def _row(person: Person, flakes: Snowflakes) -> dict[str, Any]:
    joined = datetime(person.joined.year, person.joined.month, person.joined.day, 12, tzinfo=clock_now().tzinfo)
    return {
        "handle": person.handle, "name": person.display_name, "bio": person.bio, "location": person.location,
        "lang": person.language, "followers": person.followers, "face": str(person.face_seed),
        "id": flakes.at(joined), "created_at": iso(joined),
    }  # fmt: skip


def _channels(
    plan: WorkspacePlan, office: Office, ids: dict[str, str], square: Square | None, moment: datetime
) -> dict[str, Channel]:
    boss = next(member for member in office.members.values() if member.role == "owner")
    channels = {}
    for handle, label in plan.accounts.items():
        channel = Channel.objects.create(
            network=NETWORK,
            external_id=ids[handle.lower()],
            name=label,
            handle=handle,
            state="connected" if square else "disconnected",
            practice=square is not None,
            connected_by_id=boss.pk,
            connected_at=moment,
            created_at=moment,
        )
        if square:
            store_tokens(channel=channel, tokens=Tokens(secrets=square.tokens(handle)))
        channels[handle] = channel
    return channels


def _troubles(office: Office, moment: datetime) -> None:
    """One reply that failed and one in doubt, so that a newcomer sees how they look."""
    stories = (
        ("failed", "parent_gone", "The post you answer was deleted, or its author hides it from this account."),
        ("needs_decision", "unanswered", "X did not answer completely, or not in time."),
    )
    answered = Conversation.objects.filter(visibility="public", last_direction="out").order_by("-last_activity_at")
    for (state, code, reason), conversation in zip(stories, answered[3:20:9], strict=False):
        message = Message.objects.filter(conversation=conversation, direction="out").order_by("-occurred_at").first()
        if message is None:
            continue
        outgoing = Outgoing(
            kind="reply", text=message.body, in_reply_to=message.parent_external_id, thread_key=conversation.thread_key
        )
        delivery = Delivery.objects.create(
            channel_id=conversation.channel_id,
            idempotency_key=f"demo:{state}:{office.workspace.pk}",
            lane=f"conversation:{conversation.pk}",
            outgoing=outgoing.as_json(),
            state=state,
            not_before=moment,
            attempts=1,
            attempted_at=message.occurred_at,
            first_attempted_at=message.occurred_at,
            error_code=code,
            error=reason,
            created_at=message.occurred_at,
        )
        Message.objects.filter(id=message.id).update(
            delivery_id=delivery.id, delivery_state=state, delivery_error=reason, external_id=None
        )
        Conversation.objects.filter(id=conversation.id).update(has_trouble=True, status="open")
