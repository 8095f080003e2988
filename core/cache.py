"""A cache that forgets instead of failing: Valkey being down must not take pages with it."""

from typing import Any

import redis
import structlog
from django.core.cache.backends.redis import RedisCache

log = structlog.get_logger("rabta.cache")


class ForgivingRedisCache(RedisCache):
    """Reads answer the default and writes are skipped while Valkey is away; each such moment is logged.

    allauth's rate limits live here. They open while Valkey is down, which the log says; sign-in itself stays possible.
    """

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        try:
            return super().get(key, default, version)
        except (redis.RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))
            return default

    def set(self, key: Any, value: Any, timeout: Any = 300, version: Any = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except (redis.RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))

    def add(self, key: Any, value: Any, timeout: Any = 300, version: Any = None) -> bool:
        try:
            return super().add(key, value, timeout, version)
        except (redis.RedisError, OSError) as error:
            # “It was not there”: whoever takes a lock here goes on, as without one.
            log.warning("cache_away", error=str(error))
            return True

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        try:
            return int(super().incr(key, delta, version))
        except (redis.RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))
            return delta

    def delete(self, key: Any, version: Any = None) -> bool:
        try:
            return super().delete(key, version)
        except (redis.RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))
            return False
