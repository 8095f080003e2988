"""The ledger: every write the network accepted, once, in order. The fault tests count lost and doubled from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .clock import now_ms

if TYPE_CHECKING:
    from .world import World


def write(
    world: World, *, kind: str, user_id: int, object_id: int, text: str = "", parent_id: int | None = None,
    request_id: str = "", trouble: str = "", origin: str,
) -> None:  # fmt: skip
    """Note an accepted write inside the caller's transaction."""
    world.store.db.execute(
        "INSERT INTO ledger (request_id, kind, user_id, accepted_ms, object_id, text, parent_id, trouble, origin)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (request_id, kind, user_id, now_ms(), object_id, text, parent_id, trouble, origin),
    )


def read(
    world: World, *, since: int = 0, kind: str | None = None, user_id: int | None = None, origin: str | None = None,
    limit: int = 10_000,
) -> list[dict[str, Any]]:  # fmt: skip
    """Entries after sequence number `since`, oldest first."""
    conditions, values = ["seq > ?"], [since]
    for column, value in (("kind", kind), ("user_id", user_id), ("origin", origin)):
        if value is not None:
            conditions.append(f"{column} = ?")
            values.append(value)  # type: ignore[arg-type]
    rows = world.store.all(f"SELECT * FROM ledger WHERE {' AND '.join(conditions)} ORDER BY seq LIMIT ?", [*values, limit])
    return [
        {
            "seq": row["seq"],
            "request_id": row["request_id"],
            "kind": row["kind"],
            "user_id": str(row["user_id"]),
            "accepted_ms": row["accepted_ms"],
            "object_id": str(row["object_id"]),
            "text": row["text"],
            "parent_id": str(row["parent_id"]) if row["parent_id"] else None,
            "trouble": row["trouble"],
            "origin": row["origin"],
        }
        for row in rows
    ]
