"""A channel whose network does not answer is left alone: longer each time, then one single try decides (a circuit breaker).

Only silence counts, whoever met it: nobody there, no whole answer, a server's error. A network that answers, be it with a refusal
or a limit, is well. Rests end by themselves; nothing is dropped meanwhile.
"""

from typing import Any

from django.conf import settings
from django.db import connection

from core.tenancy import tenant
from social.networks.errors import NetworkError, OutcomeUnknown, TryLater
from social.services.leases import lease_seconds

#: So many calls in a row without an answer, and the channel rests.
SILENCES = 4
#: The longest rest, as a multiple of the first: five minutes, well below the time after which a person must decide about a reply.
LONGEST = 20

COUNT = """
UPDATE social_channel SET failures = least(failures + 1, 10000),
       rests_until = CASE WHEN failures + 1 >= %(n)s THEN clock_timestamp()
           + least(power(2, least(failures + 1 - %(n)s, 20)), %(longest)s) * %(first)s * interval '1 second' END
WHERE workspace_id = %(w)s AND id = %(c)s
"""
FORGET = "UPDATE social_channel SET failures = 0, rests_until = NULL WHERE workspace_id = %s AND id = %s AND failures > 0"
#: The one try after a rest: nobody else tries until its claim has run out.
TRY = """
UPDATE social_channel SET rests_until = clock_timestamp() + %s * interval '1 second'
WHERE workspace_id = %s AND id = %s AND (rests_until IS NULL OR rests_until <= clock_timestamp())
"""


def heard(*, workspace_id: int, channel_id: int, failures: int, error: BaseException | None) -> None:
    """Count how a call ended: with an answer (`error` None, or a network's own words), or in silence.

    `failures` is what the caller's claim saw. A healthy channel costs nothing here.
    """
    silent = _silent(error)
    if not silent and not failures:
        return
    with tenant(workspace_id, step="rest.count"), connection.cursor() as cursor:
        if silent:
            place = {"w": workspace_id, "c": channel_id}
            cursor.execute(COUNT, {**place, "n": SILENCES, "longest": LONGEST, "first": float(settings.REST_SECONDS)})
        else:
            cursor.execute(FORGET, [workspace_id, channel_id])


def try_once(cursor: Any, *, workspace_id: int, channel_id: int, failures: int) -> bool:
    """Whether this claimant may call, in its claim's transaction: after a rest one may, and the others wait for how it ends."""
    if failures < SILENCES:
        return True
    cursor.execute(TRY, [lease_seconds(), workspace_id, channel_id])
    return bool(cursor.rowcount == 1)


def _silent(error: BaseException | None) -> bool:
    return isinstance(error, TryLater | OutcomeUnknown) and not _spoken(error)


def _spoken(error: NetworkError) -> bool:
    """Whether the network itself said this, or our own side held the call back."""
    return error.code in SPOKEN or getattr(error, "hold_seconds", 0.0) > 0


#: Codes of limits and refusals that networks state, and of what stopped on our side.
SPOKEN = frozenset(
    {
        "duplicate", "forbidden", "internal", "limited", "no_credits", "no_entry", "not_allowed", "out_of_time",
        "rate_limited", "refreshed", "renewed_late", "renewing", "usage_capped",
    }
)  # fmt: skip
