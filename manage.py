#!/usr/bin/env python3
"""The one entry point.

`python3 manage.py up|down|status|test` need nothing but Python; every other word is a Django command and runs inside
`.venv`. This file keeps to syntax that an old Python can read, so that it can say it is too old.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - checked here before anything newer is read
    sys.stderr.write(
        "Rabta needs Python 3.11 or newer and this is "
        + ".".join(str(part) for part in sys.version_info[:2])
        + ": run it with a newer one (Debian 12 and Ubuntu 24.04 call it python3; macOS: brew install python).\n"
    )
    sys.exit(1)

from config.boot.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv))
