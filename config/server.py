"""`python -m config.server --port N`: the web process of one machine."""

import argparse
import os

import uvicorn

from config.startup import begin


def main() -> None:
    """Serve pages and sockets on one port until told to stop."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8420)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    begin()
    uvicorn.run(
        "config.asgi:application",
        host=options.host,
        port=options.port,
        lifespan="off",
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=65536,
        timeout_graceful_shutdown=5,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
