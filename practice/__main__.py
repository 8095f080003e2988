"""`python -m practice --host 127.0.0.1 --port N --store DIR`."""

from __future__ import annotations

import sys

import uvicorn

from .app import create_app
from .settings import BadSettings, read_settings
from .world import World


def main() -> int:
    """Serve until told to stop; 2 when a setting is wrong."""
    try:
        settings = read_settings(sys.argv[1:])
    except BadSettings as problem:
        sys.stderr.write(f"practice network: {problem}\n")
        return 2
    world = World(settings)
    config = uvicorn.Config(
        create_app(world), host=settings.host, port=settings.port, http="h11", loop="asyncio", log_level="warning",
        access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=2,
    )  # fmt: skip
    uvicorn.Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
