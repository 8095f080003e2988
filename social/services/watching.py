"""Noticing what fails nowhere: a channel that is silent when it never is, and a sign-in that ends soon.

Silence is judged by the channel's own last four weeks, hour by hour: in the whole hours since its last item, each of at least three
earlier weeks had something to hear, and not just one thing. A quiet night, a slow Friday and a new channel raise nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import connection

from activity.services.log import record
from core.clock import now
from core.tenancy import current_workspace_id, tenant
from social.models import AlertKind, Channel, ChannelAlert, ChannelState, Credential, HeardHour, Pull
from social.networks import network_of

#: A sign-in that ends within this time, and that nobody but its owner renews, is told.
EXPIRY_WARNING = timedelta(days=7)
#: So many of the last four weeks must be known, and each must have heard so much in the same hours.
LEAST_WEEKS = 3
LEAST_ITEMS = 5
#: Counters older than the oldest comparison are dropped.
KEPT = timedelta(weeks=6)

#: What is not read in order is told already: only channels that were read within half an hour, without failure.
SILENT = """
WITH quiet AS (
    SELECT p.channel_id, p.newest_item_at,
           greatest(date_trunc('hour', p.newest_item_at, 'UTC') + interval '1 hour', %(hour)s - interval '7 days') AS low
    FROM social_pull p JOIN social_channel c ON c.workspace_id = p.workspace_id AND c.id = p.channel_id
    WHERE p.workspace_id = %(w)s AND c.state = 'connected' AND p.failures = 0 AND p.newest_item_at < %(hour)s
      AND p.last_finished_at > %(now)s - interval '30 minutes')
SELECT q.channel_id, q.newest_item_at FROM quiet q CROSS JOIN LATERAL (
    SELECT count(*) AS weeks, min(w.heard) AS fewest FROM (
        SELECT (SELECT coalesce(sum(h.items), 0) FROM social_heardhour h
                WHERE h.workspace_id = %(w)s AND h.channel_id = q.channel_id
                  AND h.hour >= q.low - k * interval '7 days' AND h.hour < %(hour)s - k * interval '7 days') AS heard
        FROM generate_series(1, 4) AS k
        WHERE EXISTS (SELECT 1 FROM social_heardhour f WHERE f.workspace_id = %(w)s AND f.channel_id = q.channel_id
                      AND f.hour < q.low - k * interval '7 days')) w) s
WHERE q.low < %(hour)s AND s.weeks >= %(weeks)s AND s.fewest >= %(items)s
"""


def watch(*, workspace_id: int) -> int:
    """Raise what is to be told about a workspace's channels, clear what is over. Returns how many alerts are open then.

    A few queries, whatever the number of channels; running it twice changes nothing.
    """
    moment = now()
    with tenant(workspace_id, step="watch.settle"):
        # One at a time: two would raise the same twice.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('watch:' || %s, 0))", [str(workspace_id)])
        channels = list(Channel.objects.filter(state=ChannelState.CONNECTED).order_by("id"))
        wanted = {AlertKind.EXPIRY: _ending(channels, moment), AlertKind.SILENCE: _silent(moment)}
        open_rows = {(row.kind, row.channel_id): row for row in ChannelAlert.objects.filter(cleared_at=None)}
        # Silence lasts until something is heard, however the comparison comes out later.
        heard = dict(Pull.objects.filter(channel__in=channels).values_list("channel_id", "newest_item_at"))
        for (kind, channel_id), row in open_rows.items():
            lasting = kind == AlertKind.SILENCE and channel_id in heard and heard[channel_id] == row.since
            if lasting or wanted[AlertKind(kind)].get(channel_id) == row.since:
                wanted[AlertKind(kind)].pop(channel_id, None)
            else:
                _clear([row], moment)
        for kind, found in wanted.items():
            _raise(kind, found, moment)
        HeardHour.objects.filter(hour__lt=moment - KEPT).delete()
        return ChannelAlert.objects.filter(cleared_at=None).count()


def _ending(channels: Iterable[Channel], moment: datetime) -> dict[int, datetime]:
    """Channel → when its sign-in ends, of those that end soon and that only their owner renews."""
    by_id = {channel.id: channel for channel in channels}
    fields: dict[int, set[str]] = {}
    ends: dict[int, datetime] = {}
    for row in Credential.objects.filter(channel_id__in=by_id).only("channel_id", "field", "expires_at"):
        fields.setdefault(row.channel_id, set()).add(row.field)
        if row.expires_at:
            ends[row.channel_id] = min(ends.get(row.channel_id, row.expires_at), row.expires_at)
    return {
        channel_id: end
        for channel_id, end in ends.items()
        if end <= moment + EXPIRY_WARNING and not network_of(by_id[channel_id].network).renewable(fields[channel_id])
    }


def _silent(moment: datetime) -> dict[int, datetime]:
    """Channel → its last item, of those that are silent when they never are. One query."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        place = {"w": current_workspace_id(), "weeks": LEAST_WEEKS, "items": LEAST_ITEMS}
        cursor.execute(SILENT, {**place, "now": moment, "hour": hour})
        return dict(cursor.fetchall())


def _raise(kind: AlertKind, found: Mapping[int, datetime], moment: datetime) -> None:
    for channel_id, since in found.items():
        ChannelAlert.objects.create(channel_id=channel_id, kind=kind, since=since, raised_at=moment)
        record(
            "channels.alerted",
            actor_id=None,
            subject=f"social.Channel:{channel_id}",
            data={"kind": kind.value, "since": since.isoformat()},
        )


def _clear(rows: Iterable[ChannelAlert], moment: datetime) -> None:
    for row in rows:
        row.cleared_at = moment
        row.save(update_fields=["cleared_at"])
        record("channels.alert_cleared", actor_id=None, subject=f"social.Channel:{row.channel_id}", data={"kind": row.kind})


def forget(*, channel_id: int) -> None:
    """The channel was connected anew, or let go of: what was told about it is over. In the caller's transaction."""
    _clear(ChannelAlert.objects.select_for_update().filter(channel_id=channel_id, cleared_at=None), now())


def watched_workspaces() -> list[int]:
    """Workspaces with channels to watch. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM social_watched_workspaces()")
        return [row[0] for row in cursor.fetchall()]
