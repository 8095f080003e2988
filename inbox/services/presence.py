"""Who is here: which member looks at which conversation, and who writes there. Kept in Valkey for seconds, never in Postgres.

A page says where it is (`inbox/consumers.py`); what it said runs out by itself when it falls silent, as a laptop does that sleeps.
Members are told apart, not their devices: two pages of one person are one person.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import redis
from django.conf import settings

from core.push import group_name, tell_now

#: How long a look is believed, and that somebody writes. Pages say both again well within this time.
LOOK_SECONDS = 45.0
WRITE_SECONDS = 15.0
#: A workspace's set goes with its last page.
SET_SECONDS = 300
#: Change one page's line, let go of what ran out, and answer all that stood there before, in one step. The clock is Valkey's own:
#: web processes of several machines share it.
STEP = """
local set, old, new, seconds = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local over = redis.call('ZRANGEBYSCORE', set, '-inf', now)
if #over > 0 then redis.call('ZREMRANGEBYSCORE', set, '-inf', now) end
local known = 0
if old ~= '' then known = redis.call('ZREM', set, old) end
local others = redis.call('ZRANGE', set, 0, -1)
if new ~= '' then
  redis.call('ZADD', set, now + seconds, new)
  redis.call('EXPIRE', set, ARGV[4])
end
return {over, known, others}
"""
#: Member → whether they write.
People = dict[int, bool]


@dataclass(frozen=True, slots=True)
class Here:
    """One page that shows a conversation."""

    conversation_id: int
    channel_id: int
    member_id: int
    writes: bool
    #: The page's socket: no two are alike.
    socket: str

    def spelt(self) -> str:
        """As it stands in Valkey."""
        return f"{self.conversation_id} {self.channel_id} {self.member_id} {int(self.writes)} {self.socket}"

    @classmethod
    def read(cls, text: str) -> "Here":
        """The opposite."""
        conversation, channel, member, writes, socket = text.split(" ", 4)
        return cls(int(conversation), int(channel), int(member), writes == "1", socket)


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=1)


def move(workspace_id: int, *, old: Here | None, new: Here | None) -> list[Here]:
    """A page went from `old` to `new` (None: nowhere). Those who see the conversations' channels are told of what changed by it,
    and of what ran out meanwhile: one push a conversation, none where the people stay the same. Returns who is here now.

    Raises redis.RedisError or OSError while Valkey is away.
    """
    seconds = WRITE_SECONDS if new is not None and new.writes else LOOK_SECONDS
    given = [old.spelt() if old else "", new.spelt() if new else "", seconds, SET_SECONDS]
    answer: Any = _redis().eval(STEP, 1, f"rabta:here:{group_name(workspace_id)}", *given)
    over, known, others = answer
    ran_out = [Here.read(line.decode()) for line in over]
    stay = [Here.read(line.decode()) for line in others]
    before = [*stay, *ran_out, *([old] if old and known else [])]
    after = [*stay, *([new] if new else [])]
    touched = {(here.conversation_id, here.channel_id) for here in (*ran_out, *(here for here in (old, new) if here))}
    for conversation_id, channel_id in sorted(touched):
        people = people_in(after, conversation_id)
        if people != people_in(before, conversation_id):
            told = {"type": "present", "conversation": conversation_id, "who": [list(one) for one in people.items()]}
            tell_now(group_name(workspace_id, "channel", channel_id), told)
    return after


def sweep(workspace_id: int) -> list[Here]:
    """Let go of what ran out, and tell. Raises like `move`."""
    return move(workspace_id, old=None, new=None)


def take_over(workspace_id: int, here: Here) -> None:
    """Tell everybody who writes in that conversation that this member answers now; their words stay theirs."""
    told = {"type": "taken", "conversation": here.conversation_id, "by": here.member_id}
    tell_now(group_name(workspace_id, "channel", here.channel_id), told)


def people_in(lines: Iterable[Here], conversation_id: int) -> People:
    """Who is in a conversation, by number; whoever writes on one of their devices writes."""
    found: People = {}
    for here in lines:
        if here.conversation_id == conversation_id:
            found[here.member_id] = found.get(here.member_id, False) or here.writes
    return dict(sorted(found.items()))
