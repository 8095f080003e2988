"""Pushes to open pages: ids only, at most once, each with a sequence number so that a lost one is noticed.

A page that sees a gap, or reconnects, asks for everything changed since its mark (see `core.marks`), under its own permissions.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import redis
import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

log = structlog.get_logger("rabta.push")

#: More ids than this are not sent: the page catches up instead.
MAX_IDS = 100


def group_name(workspace_id: int, *parts: object) -> str:
    """A socket group; the workspace always leads its name."""
    return ".".join(["w", str(workspace_id), *map(str, parts)])


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)


def _sequence_key(group: str) -> str:
    return f"rabta:seq:{group}"


def sequences(groups: Iterable[str]) -> dict[str, int]:
    """The number of the last push of each group, in one round trip. Zero for a group that never had one."""
    names = list(groups)
    if not names:
        return {}
    values: Any = _redis().mget([_sequence_key(name) for name in names])
    return {name: int(value or 0) for name, value in zip(names, values, strict=True)}


def _publish(group: str, message: dict[str, Any]) -> None:
    """What the layer's `group_send` does, on our own connection: its way from synchronous code starts a thread and an event
    loop each time, five milliseconds of a page's forty. A test sends through here and hears in a consumer.
    """
    layer: Any = get_channel_layer()
    config: Any = settings.CHANNEL_LAYERS["default"]["CONFIG"]
    prefix = config["prefix"]
    _redis().publish(f"{prefix}__group__{group}", layer.serialize(message))


def tell_now(group: str, message: dict[str, Any]) -> None:
    """Tell the group's open sockets something fleeting, at once and without a number: what is lost is said anew in seconds.

    `message` names the consumer's method in `type`, and holds ids only. Never raises.
    """
    try:
        _publish(group, message)
    except (redis.RedisError, OSError) as error:
        log.warning("push_lost", group=group, error=str(error))


def push_changed(group: str, ids: Iterable[int], *, kind: str = "conversations") -> None:
    """Tell the group's open pages, after commit, that these rows changed. Never raises: a lost push is harmless."""
    wanted = sorted(set(ids))

    def send() -> None:
        try:
            number = int(_redis().incr(_sequence_key(group)))  # type: ignore[arg-type]
            message = {
                "type": "changed",
                "group": group,
                "seq": number,
                "kind": kind,
                "ids": wanted if len(wanted) <= MAX_IDS else [],
            }
            _publish(group, message)
        except (redis.RedisError, OSError) as error:
            log.warning("push_lost", group=group, error=str(error))

    transaction.on_commit(send)


def push_ended(group: str) -> None:
    """Tell the group's open sockets, after commit, to ask again whether they may stay. Never raises: each beat asks too."""

    def send() -> None:
        try:
            _publish(group, {"type": "ended"})
        except (redis.RedisError, OSError) as error:
            log.warning("push_lost", group=group, error=str(error))

    transaction.on_commit(send)
