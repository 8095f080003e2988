"""Line one, second half: stored items become conversations and messages, a batch at a time, by set-based statements.

One transaction a batch: a worker that dies leaves the items stored and nothing else; a sweep rings for them again. What one item
does wrong is kept with it, and its neighbours go on.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.direction import script_language
from core.push import group_name, push_changed
from core.tenancy import tenant
from crm.services.identities import Known, Seen, resolve
from crm.services.timeline import Happening, add
from inbox.services import auto_answers, threads
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import Malformed
from social.networks.values import Item
from social.services import stored
from social.services.delivering import take_word

log = structlog.get_logger("rabta.ingest")
#: So many pages are digested together when several wait; a page of a network has a hundred items at most.
PAGES = 2

#: The channel, and the lock that lets one batch a workspace and network make people: two channels may meet the same person.
CHANNEL = """
SELECT network, external_id, auto_answer, pg_advisory_xact_lock(hashtextextended('ingest:' || workspace_id || ':' || network, 0))
FROM social_channel WHERE workspace_id = %s AND id = %s
"""


@dataclass(frozen=True, slots=True)
class Account:
    """The channel a batch came through."""

    workspace_id: int
    channel_id: int
    external_id: str
    network: Network
    #: What answers a person's words by itself; empty: nothing does.
    auto_answer: str = ""


def ingest(*, workspace_id: int, channel_id: int) -> int:
    """Digest everything stored on one channel. Returns how many items were taken up (set aside ones included)."""
    total = 0
    while True:
        try:
            taken = _ingest_batch(workspace_id, channel_id)
        except (OperationalError, InterfaceError):
            # The database went away or chose us as a deadlock's victim: nothing was written, the sweep comes back.
            raise
        except Exception as error:  # noqa: BLE001 - one item may have poisoned the batch: find it by taking them singly
            log.warning("batch_failed", channel=channel_id, error=repr(error))
            total += _ingest_singly(workspace_id, channel_id)
            continue
        total += len(taken.items)
        # Fewer pages than asked for: the pile was at its end, so a look at an empty one is saved. How many items they held
        # says nothing: a worker that died may have left a long row of small pages.
        if taken.pages < PAGES:
            return total


def _ingest_batch(workspace_id: int, channel_id: int, *, only: int | None = None) -> stored.Taken:
    # What a crash of Postgres takes with it lies on the pile again.
    with tenant(workspace_id, step="ingest.batch", repeatable=True):
        account = _account(workspace_id, channel_id)
        if account is None:
            return stored.Taken()
        taken = stored.claim(channel_id=channel_id, pages=PAGES, only=only)
        if taken.items:
            _digest(account, taken.items)
    return taken


def _ingest_singly(workspace_id: int, channel_id: int) -> int:
    """Take the next pages' items one by one; the one that fails is set aside with its reason. Returns how many were taken."""
    with tenant(workspace_id, step="ingest.split"):
        pages = stored.split(channel_id=channel_id, pages=PAGES)
    for page in pages:
        try:
            _ingest_batch(workspace_id, channel_id, only=page)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            log.exception("item_set_aside", channel=channel_id)
            _set_page_aside(workspace_id, channel_id, page, error)
    return len(pages)


def _set_page_aside(workspace_id: int, channel_id: int, page: int, error: Exception) -> None:
    """By its number, never by its turn: another worker may have taken it meanwhile, and the next in turn is innocent."""
    reason = _("Rabta could not store this item ({error}).").format(error=type(error).__name__)
    code = "database" if isinstance(error, DatabaseError) else "internal"
    with tenant(workspace_id, step="ingest.aside"):
        taken = stored.claim(channel_id=channel_id, pages=1, only=page)
        stored.set_aside((item.id, code, reason) for item in taken.items)


def _account(workspace_id: int, channel_id: int) -> Account | None:
    with connection.cursor() as cursor:
        cursor.execute(CHANNEL, [workspace_id, channel_id])
        row = cursor.fetchone()
    return Account(workspace_id, channel_id, row[1], network_of(row[0]), row[2]) if row else None


def _digest(account: Account, raw: list[stored.StoredItem]) -> None:
    items, problems = _understand(account, raw)
    if items:
        people = resolve(_people(account, items))
        written = threads.write(account.channel_id, _incoming(account, items, people))
        fates = [item.fate for item in items if item.fate is not None]
        if fates:
            take_word(workspace_id=account.workspace_id, channel_id=account.channel_id, fates=fates)
        add(
            Happening(m.contact_id, m.kind, m.message_id, m.conversation_id, account.channel_id, m.occurred_at, m.text)
            for m in written.new
        )
        if account.auto_answer:
            auto_answers.answer(channel_id=account.channel_id, text=account.auto_answer, new=written.new)
        if written.conversation_ids:
            record(
                "messages.stored",
                actor_id=None,
                subject=f"social.Channel:{account.channel_id}",
                data={"conversations": written.conversation_ids, "messages": [m.message_id for m in written.new]},
            )
            push_changed(group_name(account.workspace_id, "channel", account.channel_id), written.conversation_ids)
        if written.rings:
            push_changed(group_name(account.workspace_id, "rings", account.channel_id), written.rings, kind="rings")
    stored.set_aside(problems)


def _understand(account: Account, raw: list[stored.StoredItem]) -> tuple[list[Item], list[tuple[int, str, str]]]:
    items: list[Item] = []
    problems: list[tuple[int, str, str]] = []
    for stored_item in raw:
        try:
            items.append(account.network.read(stored_item.payload, account_id=account.external_id))
        except Malformed as error:
            problems.append((stored_item.id, error.code, str(error.reason)))
        except Exception as error:
            log.exception("item_unreadable", channel=account.channel_id)
            reason = _("Rabta does not understand this item ({error}).").format(error=type(error).__name__)
            problems.append((stored_item.id, "internal", reason))
    return items, problems


def _customer(item: Item) -> str:
    """The network's id of the customer an item belongs to; an unnamed one when the network withholds the author."""
    if item.ours:
        return item.counterpart_id
    return item.author.external_id if item.author else f"unknown-{item.thread_key}"[:160]


def _people(account: Account, items: Iterable[Item]) -> Iterable[Seen]:
    for item in items:
        if item.silent and item.author is None:
            continue
        customer = _customer(item)
        if not customer:
            continue
        author = item.author if item.author and not item.ours else None
        yield Seen(
            network=account.network.slug,
            scope=item.scope,
            external_id=customer,
            handle=author.handle if author else "",
            name=author.name if author else "",
            profile=author.profile if author else {},
            at=item.occurred_at,
            language=language_of(item),
        )


def language_of(item: Item) -> str:
    """The language the network gave, else the one its letters betray, else nothing."""
    return item.lang if 2 <= len(item.lang) <= 5 and item.lang not in ("und", "zxx") else script_language(item.text) or ""


def _context(item: Item) -> dict[str, Any] | None:
    """What stands around a message, where anything does."""
    quoted = {"quoted": asdict(item.quoted)} if item.quoted else {}
    return {**quoted, **({"found_by": item.found_by} if item.found_by else {})} or None


def _incoming(
    account: Account, items: Iterable[Item], people: dict[tuple[str, str], Known]
) -> Iterable[threads.Incoming]:
    for item in items:
        if item.silent:
            continue
        known = people.get((item.scope, _customer(item)))
        unwelcome = known is not None and known.unwelcome
        yield threads.Incoming(
            external_id=item.root_id,
            revision=item.revision,
            ours=item.ours,
            visibility=item.visibility,
            identity_id=known.identity_id if known else None,
            contact_id=known.contact_id if known else None,
            thread_key=item.thread_key,
            parent_id=item.parent_id,
            text=item.text,
            lang=language_of(item),
            url=item.url,
            media=[medium.as_json() for medium in item.media],
            occurred_at=item.occurred_at,
            call=asdict(item.call) if item.call else None,
            withheld=item.withheld,
            asks=item.asks and not unwelcome,
            raises=item.raises and not unwelcome,
            hushed=unwelcome,
            program=item.program.value if item.program else "",
            above=item.above,
            below=item.below,
            has_original=item.has_original,
            written_to=item.written_to[:160],
            context=_context(item),
        )
