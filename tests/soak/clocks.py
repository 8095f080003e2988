"""Time that is moved: the product's, its database's and the practice network's clocks, all by the same amount.

The database is a throw-away one of our own, in which the functions of time are put in the shade of others by its superuser before
the first table is made. They read how far ahead to be from a sequence, which no transaction holds back.
"""

import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from tests.practice.conftest import Network

#: What SQL may ask the time with. CURRENT_TIMESTAMP is none of them, and used nowhere.
SHADED = ("clock_timestamp", "statement_timestamp", "transaction_timestamp", "now")
SHADE = """
ALTER FUNCTION pg_catalog.{name}() RENAME TO real_{name};
CREATE FUNCTION pg_catalog.{name}() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
SELECT pg_catalog.real_{name}() + pg_catalog.pg_sequence_last_value({number}) * interval '1 millisecond' $$;
"""


@contextmanager
def connected(url: str, database: str) -> Iterator[Any]:
    """A cursor of the superuser's, each statement a transaction."""
    parts = urlsplit(url)
    made = psycopg2.connect(host=parts.hostname, port=parts.port, user=parts.username, password=parts.password, dbname=database)
    # `with made` would open a transaction all the same.
    made.autocommit = True
    try:
        yield made.cursor()
    finally:
        made.close()


def shade(cursor: Any) -> int:
    """Put the clock of the cursor's database under our hand. Returns the number of the sequence that moves it."""
    cursor.execute("CREATE SCHEMA soak; CREATE SEQUENCE soak.ahead MINVALUE 0; GRANT SELECT ON SEQUENCE soak.ahead TO PUBLIC;")
    cursor.execute("SELECT setval('soak.ahead', 0), 'soak.ahead'::regclass::oid")
    number = int(cursor.fetchone()[1])
    for name in SHADED:
        cursor.execute(SHADE.format(name=name, number=number))
    return number


class Clocks:
    """All clocks of one soak."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.write_bytes(bytes(8))
        self.ahead_ms = 0

    def go_to(self, moment: datetime, cursor: Any, network: Network) -> None:
        """Move every clock to `moment`, never backwards; whoever looked before has seen less."""
        ahead = moment - datetime.now(UTC)
        self.ahead_ms = max(self.ahead_ms, ahead // timedelta(milliseconds=1))
        # The network first: what it makes from here on lies ahead of nobody who then asks.
        network.call("PUT", "/clock", ahead_ms=self.ahead_ms)
        cursor.execute("SELECT setval('soak.ahead', %s)", [self.ahead_ms])
        with self.file.open("r+b") as stream:
            stream.write(struct.pack("q", self.ahead_ms))

    def now(self) -> datetime:
        """The moment all of them show."""
        return datetime.fromtimestamp(time.time() + self.ahead_ms / 1000, UTC)
