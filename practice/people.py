"""People and brands of the network."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from . import texts
from .clock import now_ms
from .problems import BadField

if TYPE_CHECKING:
    from .world import World

TEXT_FIELDS = {"name": 100, "bio": 400, "lang": 8, "location": 100, "face": 64}
FLAGS = ("is_brand", "verified", "suspended", "protected", "dm_open")
COUNTS = ("followers", "following")
#: Where people live. Each belongs to one network for good, and the networks do not see each other.
NETWORKS = (
    "x", "mastodon", "bluesky", "telegram", "facebook", "instagram", "whatsapp", "youtube", "google", "reddit", "linkedin", "sms",
    "email", "custom",
)  # fmt: skip


def find(world: World, who: str | int) -> sqlite3.Row | None:
    """A person by id or by handle (with or without @, any case)."""
    text = str(who).strip().removeprefix("@")
    if text.isdigit():
        row = world.store.one("SELECT * FROM people WHERE id = ?", (int(text),)) if len(text) < 20 else None
        if row is not None:
            return row
    return world.store.one("SELECT * FROM people WHERE handle_key = ?", (text.lower(),))


def get(world: World, who: Any, field: str = "account") -> sqlite3.Row:
    """Like `find`, but raises `BadField` naming the field when there is nobody."""
    if not isinstance(who, (str, int)) or isinstance(who, bool) or not str(who).strip():
        raise BadField(field, "give a handle or an id")
    row = find(world, who)
    if row is None:
        raise BadField(field, f"nobody here is called {who}")
    return row


def on(world: World, who: str | int, network: str) -> sqlite3.Row | None:
    """A person as seen from one network: those of the others are nobody there."""
    row = find(world, who)
    return row if row is not None and row["network"] == network else None


def find_id(world: World, handle: str, network: str = "x") -> int | None:
    """The id behind a handle on a network, from memory: entities of thousands of imported posts ask for it."""
    person_id = world.handles.get(handle.lower())
    return person_id if person_id is not None and world.homes.get(person_id) == network else None


def load_handles(world: World) -> None:
    """Fill the memory of handles after a start or a reset."""
    rows = world.store.all("SELECT id, handle_key, is_brand, network FROM people")
    world.handles = {row["handle_key"]: row["id"] for row in rows}
    world.brands = {row["id"] for row in rows if row["is_brand"]}
    world.homes = {row["id"]: row["network"] for row in rows}


def clean(values: dict[str, Any]) -> dict[str, Any]:
    """Check the changeable fields of a person. Raises `BadField` on an unknown field or a bad value."""
    cleaned: dict[str, Any] = {}
    for field, value in values.items():
        if field in TEXT_FIELDS:
            if not isinstance(value, str) or len(value) > TEXT_FIELDS[field]:
                raise BadField(field, f"must be text of at most {TEXT_FIELDS[field]} characters")
            if field == "name" and not value.strip():
                raise BadField(field, "must not be empty")
            cleaned[field] = value
        elif field in FLAGS:
            if not isinstance(value, bool):
                raise BadField(field, "must be true or false")
            cleaned[field] = int(value)
        elif field in COUNTS:
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise BadField(field, "must be a whole number, 0 or more")
            cleaned[field] = value
        else:
            known = ", ".join([*TEXT_FIELDS, *FLAGS, *COUNTS])
            raise BadField(field, f"not a field of a person; known: {known}")
    return cleaned


def clean_names(values: dict[str, Any]) -> dict[str, Any]:
    """Refuse names that are not fields before they are passed on as arguments. Raises `BadField`."""
    clean(values)
    return values


def create(
    world: World, *, handle: Any, name: Any, person_id: int | None = None, created_ms: int | None = None,
    origin: str = "control", network: Any = "x", **fields: Any,
) -> sqlite3.Row:  # fmt: skip
    """Add a person or brand. Raises `BadField` when the handle is malformed or taken, or a field is wrong."""
    if not isinstance(handle, str) or not texts.HANDLE.fullmatch(handle.removeprefix("@")):
        raise BadField("handle", "must be 1 to 15 letters, digits or underscores")
    handle = handle.removeprefix("@")
    if not isinstance(name, str) or not name.strip():
        raise BadField("name", "must not be empty")
    if network not in NETWORKS:
        raise BadField("network", f"must be one of {', '.join(NETWORKS)}")
    cleaned = clean({"name": name, **fields})
    if handle.lower() in world.handles:
        raise BadField("handle", f"@{handle} is taken")
    person_id = person_id if person_id is not None else world.ids.next()
    values = {
        "id": person_id,
        "handle": handle,
        "handle_key": handle.lower(),
        "created_ms": created_ms if created_ms is not None else now_ms(),
        "origin": origin,
        "network": network,
        **cleaned,
    }
    values.setdefault("face", f"brand:{handle.lower()}" if values.get("is_brand") else handle.lower())
    columns = ", ".join(values)
    with world.store.write() as db:
        try:
            db.execute(f"INSERT INTO people ({columns}) VALUES ({', '.join('?' * len(values))})", list(values.values()))
        except sqlite3.IntegrityError as error:
            raise BadField("id", f"{person_id} is already somebody") from error
    world.handles[handle.lower()] = person_id
    if cleaned.get("is_brand"):
        world.brands.add(person_id)
    world.homes[person_id] = network
    world.ids.seen(person_id)
    return get(world, person_id)


def change(world: World, who: Any, **fields: Any) -> sqlite3.Row:
    """Change fields of a person (also suspend, protect). Raises `BadField`."""
    person = get(world, who)
    cleaned = clean(fields)
    if cleaned:
        assignments = ", ".join(f"{field} = ?" for field in cleaned)
        with world.store.write() as db:
            db.execute(f"UPDATE people SET {assignments} WHERE id = ?", [*cleaned.values(), person["id"]])
            if cleaned.get("is_brand", person["is_brand"]) != person["is_brand"]:
                db.execute("UPDATE posts SET by_brand = ? WHERE author_id = ?", (cleaned["is_brand"], person["id"]))
                load_handles(world)
    return get(world, person["id"])


def everyone(world: World, *, brands: bool | None = None, network: str | None = None) -> list[sqlite3.Row]:
    """All people, brands first, then by name of handle; `brands` narrows to brands or to customers, `network` to one."""
    return world.store.all(
        "SELECT * FROM people WHERE coalesce(is_brand = ?1, 1) AND coalesce(network = ?2, 1) ORDER BY is_brand DESC, handle_key",
        (None if brands is None else int(brands), network),
    )


def describe(person: sqlite3.Row) -> dict[str, Any]:
    """A person as the control API and the page show them; the id is text, as on the wire."""
    return {
        "id": str(person["id"]),
        **{field: person[field] for field in ("handle", "name", "bio", "lang", "location", "face", "origin", "network")},
        **{field: bool(person[field]) for field in FLAGS},
        **{field: person[field] for field in COUNTS},
        "created_ms": person["created_ms"],
    }
