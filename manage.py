#!/usr/bin/env python3
"""The one entry point.

`python3 manage.py up|down|status|test` need nothing but Python; every other word is a Django command and runs inside
`.venv`. This file keeps to syntax that an old Python can read, so that it can say it is too old.
"""

import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "Rabta needs Python 3.11 or newer and this is %d.%d: run it with a newer one (Debian 12 and Ubuntu 24.04 have it "
        "as python3, macOS: brew install python).\n" % sys.version_info[:2]  # noqa: UP031 - an old Python must read it
    )
    sys.exit(1)

from config.boot.command import main  # noqa: E402 - only a Python that passed the check can read it

if __name__ == "__main__":
    sys.exit(main(sys.argv))
