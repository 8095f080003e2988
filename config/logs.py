"""One line of JSON a log event, from structlog and the standard library alike.

Secrets of channels never get this far: see core/http.py. Those that stand in addresses (invitations, password resets) are cut out
here, since Django names the path of what it refuses.
"""

import logging
import re
from typing import Any

import structlog

#: A part of a path that is long enough to open something: links carry 256 random bits, password resets 128 and more.
_SECRET_PART = re.compile(r"(?<=/)[\w.~%-]{30,}")


def without_secret_links(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """A structlog processor: what opens something by being known does not stand in the log."""
    for name in ("event", "request"):
        if isinstance(event.get(name), str):
            event[name] = _SECRET_PART.sub("…", event[name])
    return event


_shared: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]

structlog.configure(
    processors=[*_shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


class Formatter(structlog.stdlib.ProcessorFormatter):
    """The standard library's door into structlog's renderer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(
            foreign_pre_chain=_shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_secret_links,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )


logging.captureWarnings(True)
