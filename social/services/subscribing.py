"""Hubs that call when a feed has changed: asking them to, renewing it before their promise ends, and asking them to stop.

What is wanted is noted by the poll that found the hub (`note`, in its own transaction); a sweep rings for what is due. The hub asks
back at the channel's webhook (`promised`, from hooks.py) while or after it is asked. Polls go on in any case.
"""

import secrets as tokens
from typing import Any

import structlog
from django.db import connection

from core.http import not_after
from core.jobs import ring
from core.tenancy import current_workspace_id, tenant
from social.models import Channel, Credential
from social.networks import network_of
from social.networks.base import Network
from social.networks.errors import NetworkError, TryLater
from social.networks.hubs import Hub
from social.services import credentials
from social.services.leases import call_seconds

log = structlog.get_logger("rabta.subscribing")

#: Until it is asked again when a hub accepted and never asked back, or refused; doubled from the first to the last.
FIRST_SECONDS = 300.0
LONGEST_SECONDS = 86_400.0
DENIED_SECONDS = 7 * 86_400.0
#: Asked for anew when so much of the promised time is over.
RENEWED_AFTER = 0.9

NOTE = """
INSERT INTO social_subscription AS s (workspace_id, channel_id, hub, topic, address, due_at, failures, error_code, error)
VALUES (%s, %s, %s, %s, %s, clock_timestamp(), 0, '', '')
ON CONFLICT (workspace_id, channel_id) DO UPDATE SET hub = excluded.hub, topic = excluded.topic, address = excluded.address,
    promised_at = NULL, until = NULL, failures = 0, error_code = '', error = '', due_at = clock_timestamp()
WHERE (s.hub, s.topic, s.address) IS DISTINCT FROM (excluded.hub, excluded.topic, excluded.address)
"""
#: Due again later whatever comes of it: twice at the same time it would only be asked twice.
CLAIM = """
UPDATE social_subscription s SET failures = least(s.failures + 1, 1000),
       due_at = clock_timestamp() + least(%s * power(2, least(s.failures, 20)), %s) * interval '1 second'
FROM social_channel c
WHERE s.workspace_id = %s AND s.channel_id = %s AND s.due_at <= clock_timestamp()
  AND c.workspace_id = s.workspace_id AND c.id = s.channel_id AND c.state = 'connected'
RETURNING s.hub, s.topic, c.network
"""
STUMBLE = """
UPDATE social_subscription SET error_code = %s, error = %s, due_at = greatest(due_at, clock_timestamp() + %s * interval '1 second')
WHERE workspace_id = %s AND channel_id = %s
"""
PROMISED = """
UPDATE social_subscription SET promised_at = coalesce(promised_at, clock_timestamp()), failures = 0, error_code = '', error = '',
       until = clock_timestamp() + %s * interval '1 second', due_at = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND channel_id = %s
"""
DENIED = """
UPDATE social_subscription SET promised_at = NULL, until = NULL, error_code = 'denied',
       due_at = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND channel_id = %s
"""
AGAIN = """
UPDATE social_subscription SET promised_at = NULL, until = NULL, failures = 0, due_at = clock_timestamp()
WHERE workspace_id = %s AND channel_id = %s
"""
END = "DELETE FROM social_subscription WHERE workspace_id = %s AND channel_id = %s RETURNING hub, topic"


def note(cursor: Any, *, workspace_id: int, channel_id: int, hub: Hub, address: str) -> None:
    """Want to be called by this hub at this address, in the caller's transaction. What is wanted already stays as it is."""
    cursor.execute(NOTE, [workspace_id, channel_id, hub.url, hub.topic, address])


def due(*, limit: int = 100) -> list[tuple[int, int]]:
    """(workspace, channel) of what a hub should be asked for. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id, channel_id FROM social_due_subscriptions(%s)", [limit])
        return [(row[0], row[1]) for row in cursor.fetchall()]


def subscribe(*, workspace_id: int, channel_id: int) -> bool:
    """Ask one channel's hub to call, if that is due. Returns whether it accepted; it asks back before it does."""
    claimed = _claim(workspace_id, channel_id)
    if claimed is None:
        return False
    network, hub = claimed
    try:
        access = credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
        with not_after(call_seconds(network)):
            network.subscribe(access, hub)
    except NetworkError as error:
        log.info("hub_refused", channel=channel_id, code=error.code)
        seconds = error.seconds if isinstance(error, TryLater) else LONGEST_SECONDS
        with tenant(workspace_id), connection.cursor() as cursor:
            cursor.execute(STUMBLE, [error.code[:40], str(error.reason), seconds, workspace_id, channel_id])
        return False
    return True


def _claim(workspace_id: int, channel_id: int) -> tuple[Network, Hub] | None:
    """The right to ask, its secret and topic in the vault before the hub can ask back."""
    with tenant(workspace_id), connection.cursor() as cursor:
        cursor.execute(CLAIM, [FIRST_SECONDS, LONGEST_SECONDS, workspace_id, channel_id])
        row = cursor.fetchone()
        if row is None:
            return None
        channel = Channel.objects.get(id=channel_id)
        known = set(Credential.objects.filter(channel_id=channel_id).values_list("field", flat=True))
        # The same secret at each renewal: pings on their way are signed with it.
        if "hub_secret" not in known:
            credentials.add_secret(channel=channel, field="hub_secret", secret=tokens.token_urlsafe(32))
        credentials.add_secret(channel=channel, field="hub_topic", secret=row[1])
    return network_of(row[2]), Hub(row[0], row[1])


def promised(*, workspace_id: int, channel_id: int, seconds: float) -> None:
    """A hub said for how long it will call; 0 that it will not."""
    with tenant(workspace_id), connection.cursor() as cursor:
        if seconds > 0:
            cursor.execute(PROMISED, [seconds, seconds * RENEWED_AFTER, workspace_id, channel_id])
        else:
            cursor.execute(DENIED, [DENIED_SECONDS, workspace_id, channel_id])


def again(*, workspace_id: int, channel_id: int) -> None:
    """The secrets are new ones: what a hub promised is worth nothing any more. In the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, [workspace_id, channel_id])


def end(*, channel: Channel) -> None:
    """Nothing is wanted any more; the hub is asked to stop after the commit. In the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(END, [current_workspace_id(), channel.id])
        row = cursor.fetchone()
    if row is not None:
        ring("social.tasks.unsubscribe", current_workspace_id(), channel.id, *row)


def unsubscribe(*, workspace_id: int, channel_id: int, hub: Hub) -> bool:
    """Ask a hub to stop calling a channel that is disconnected. Tried once: its promise ends by itself, and nothing listens."""
    with tenant(workspace_id):
        channel = Channel.objects.filter(id=channel_id).first()
        hook_url = credentials.hook_url_of(channel) if channel else ""
    if channel is None:
        return False
    network = network_of(channel.network)
    try:
        with not_after(call_seconds(network)):
            network.unsubscribe(hub, hook_url=hook_url)
    except NetworkError as error:
        log.info("hub_keeps_calling", channel=channel_id, code=error.code)
        return False
    return True


