"""How often something may be done: counts in fixed windows, kept in Valkey.

While Valkey is away nothing is limited, which the log says (core/cache.py): a limit protects, it does not decide.
"""

import hashlib

from django.core.cache import cache

from core.clock import now


def take(name: str, *, most: int, seconds: int, amount: int = 1) -> int:
    """Count one more of `name`, or `amount` more. Returns 0 while at most `most` stand in this window of `seconds`, else the
    seconds left of it.

    `name` may hold what strangers sent: only its hash becomes a key.
    """
    moment = int(now().timestamp())
    key = f"limit:{hashlib.sha256(name.encode()).hexdigest()[:32]}:{seconds}:{moment // seconds}"
    cache.add(key, 0, seconds * 2)
    try:
        count = cache.incr(key, amount)
    except ValueError:  # it ran out between the two lines
        return 0
    return 0 if count <= most else seconds - moment % seconds
