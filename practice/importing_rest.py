"""Bulk import of what has no people of the square behind it, or no words: mails, the blog, telephone calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import clock, people
from .problems import BadField
from .wire_mail.boxes import INBOX, SENT, Boxes, written

if TYPE_CHECKING:
    from .world import World

ORIGIN = "import"


@dataclass(frozen=True)
class Row:
    """One row, and how an error names it."""

    fields: dict[str, Any]
    where: str

    def text(self, name: str, longest: int = 5000) -> str:
        value = self.fields.get(name, "")
        if not isinstance(value, str) or len(value) > longest:
            raise BadField(f"{self.where}.{name}", f"must be text of at most {longest} characters")
        return value

    @property
    def created_ms(self) -> int:
        try:
            return clock.parse_time(str(self.fields.get("created_at")))
        except ValueError:
            raise BadField(f"{self.where}.created_at", "is not an ISO 8601 time with zone") from None


def load_mails(world: World, rows: list[Row]) -> int:
    """Mails of people: into the inbox each is for, and among those sent. One whose `id` lies there is skipped."""
    boxes, made = Boxes(world), 0
    for row in rows:
        identifier = f"<{row.text('id', 200)}>"
        sender, to = row.text("from"), row.text("to")
        values = {"html": None, "in_reply_to": None, "references": None, "headers": None, "attachments": None, **row.fields}
        values = {"name": "", "subject": "", **values}
        if any(identifier.encode() in mail.source for mail in boxes.mails(to, INBOX)):
            continue
        moment = row.created_ms
        try:
            to, source = written(values, identifier=identifier, moment=datetime.fromtimestamp(moment / 1000, UTC))
        except BadField as problem:
            raise BadField(f"{row.where}.{problem.field}", problem.reason) from problem
        boxes.put(sender, SENT, source, received_ms=moment, origin=ORIGIN)
        boxes.put(to, INBOX, source, received_ms=moment, origin=ORIGIN)
        made += 1
    return made


def load_blog(world: World, rows: list[Row]) -> int:
    """Posts, and with `under` (a post's title) comments. The same words of the same person are skipped."""
    made = 0
    for row in rows:
        name, title, text, under = (row.text(field) for field in ("name", "title", "text", "under"))
        same = "SELECT 1 FROM blog WHERE name = ? AND title = ? AND text = ?"
        if world.store.one(same, (name, title, text)) is not None:
            continue
        above = world.store.one("SELECT id FROM blog WHERE post_id IS NULL AND title = ?", (under,)) if under else None
        if under and above is None:
            raise BadField(f"{row.where}.under", "is no post's title")
        world.store.db.execute(
            "INSERT INTO blog (post_id, name, title, text, created_ms) VALUES (?, ?, ?, ?, ?)",
            (above["id"] if above is not None else None, name, title, text, row.created_ms),
        )
        made += 1
    return made


def load_calls(world: World, rows: list[Row]) -> int:
    """Calls that nobody took. One of the same two at the same moment is skipped."""
    made = 0
    for row in rows:
        person, brand = (people.get(world, row.fields.get(name), f"{row.where}.{name}") for name in ("from", "to"))
        moment = row.created_ms
        same = "SELECT 1 FROM phone_calls WHERE person_id = ? AND brand_id = ? AND created_ms = ?"
        if world.store.one(same, (person["id"], brand["id"], moment)) is not None:
            continue
        world.store.db.execute(
            "INSERT INTO phone_calls (id, leg_id, person_id, brand_id, status, created_ms, ended_ms)"
            " VALUES (?, ?, ?, ?, 'no-answer', ?, ?)",
            (world.ids.at(moment), world.ids.at(moment), person["id"], brand["id"], moment, moment + RANG_MS),
        )
        made += 1
    return made


RANG_MS = 20_000
#: By the name of the list: the fields of a row, and what loads them.
OTHERS: dict[str, tuple[set[str], Callable[[World, list[Row]], int]]] = {
    "mails": ({"id", "from", "to", "name", "subject", "text", "created_at"}, load_mails),
    "blog": ({"name", "title", "text", "under", "created_at"}, load_blog),
    "calls": ({"from", "to", "created_at"}, load_calls),
}
