"""The network's own small store: one SQLite file in WAL mode.

The whole process is one event loop and one connection, so every service call is atomic by itself; `write()`
makes it durable as one transaction. With `synchronous=NORMAL` a killed process loses nothing it had committed.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
  id INTEGER PRIMARY KEY, handle TEXT NOT NULL, handle_key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  bio TEXT NOT NULL DEFAULT '', lang TEXT NOT NULL DEFAULT 'en', location TEXT NOT NULL DEFAULT '',
  is_brand INTEGER NOT NULL DEFAULT 0, verified INTEGER NOT NULL DEFAULT 0,
  followers INTEGER NOT NULL DEFAULT 0, following INTEGER NOT NULL DEFAULT 0, face TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL, suspended INTEGER NOT NULL DEFAULT 0, protected INTEGER NOT NULL DEFAULT 0,
  dm_open INTEGER NOT NULL DEFAULT 1, origin TEXT NOT NULL DEFAULT 'control', network TEXT NOT NULL DEFAULT 'x');
CREATE TABLE IF NOT EXISTS posts (
  id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL, text TEXT NOT NULL, wire TEXT NOT NULL,
  lang TEXT NOT NULL, created_ms INTEGER NOT NULL, stored_ms INTEGER NOT NULL,
  conversation_id INTEGER NOT NULL, reply_to_id INTEGER, reply_to_user_id INTEGER, quote_id INTEGER,
  first_id INTEGER NOT NULL, edits TEXT NOT NULL, replaced_by INTEGER, deleted_ms INTEGER,
  hidden INTEGER NOT NULL DEFAULT 0, media TEXT NOT NULL DEFAULT '[]', likes INTEGER NOT NULL DEFAULT 0,
  replies INTEGER NOT NULL DEFAULT 0, quotes INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL,
  by_brand INTEGER NOT NULL DEFAULT 0, names_brand INTEGER NOT NULL DEFAULT 0,
  origin TEXT NOT NULL, network TEXT NOT NULL DEFAULT 'x', visibility TEXT NOT NULL DEFAULT 'public', edited_ms INTEGER,
  stars INTEGER);
CREATE INDEX IF NOT EXISTS posts_author ON posts (author_id, id);
CREATE INDEX IF NOT EXISTS posts_conversation ON posts (conversation_id, id);
CREATE INDEX IF NOT EXISTS posts_first ON posts (first_id);
CREATE INDEX IF NOT EXISTS posts_version ON posts (version);
CREATE TABLE IF NOT EXISTS mentions (
  user_id INTEGER NOT NULL, post_id INTEGER NOT NULL, PRIMARY KEY (user_id, post_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS likes (
  post_id INTEGER NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (post_id, user_id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS dms (
  id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, event_type TEXT NOT NULL, sender_id INTEGER NOT NULL,
  text TEXT NOT NULL DEFAULT '', media TEXT NOT NULL DEFAULT '[]', created_ms INTEGER NOT NULL,
  stored_ms INTEGER NOT NULL, version INTEGER NOT NULL, origin TEXT NOT NULL,
  edited_ms INTEGER, deleted_ms INTEGER, reaction TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS dms_conversation ON dms (conversation, id);
CREATE INDEX IF NOT EXISTS dms_version ON dms (version);
CREATE TABLE IF NOT EXISTS dm_members (
  user_id INTEGER NOT NULL, conversation TEXT NOT NULL, PRIMARY KEY (user_id, conversation)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS media (
  id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL, mime TEXT NOT NULL, category TEXT NOT NULL DEFAULT '',
  width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0, alt TEXT NOT NULL DEFAULT '',
  total_bytes INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0, created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS media_parts (
  media_id INTEGER NOT NULL, segment INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (media_id, segment));
CREATE TABLE IF NOT EXISTS tokens (
  access TEXT PRIMARY KEY, refresh TEXT UNIQUE, user_id INTEGER NOT NULL, scopes TEXT NOT NULL,
  expires_ms INTEGER NOT NULL, created_ms INTEGER NOT NULL, revoked INTEGER NOT NULL DEFAULT 0,
  rotated INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS tokens_user ON tokens (user_id);
CREATE TABLE IF NOT EXISTS codes (
  code TEXT PRIMARY KEY, user_id INTEGER NOT NULL, redirect_uri TEXT NOT NULL, challenge TEXT NOT NULL,
  scopes TEXT NOT NULL, expires_ms INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS apps (
  client_id TEXT PRIMARY KEY, secret TEXT NOT NULL, redirect_uri TEXT NOT NULL, scopes TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL, kind TEXT NOT NULL,
  user_id INTEGER NOT NULL, accepted_ms INTEGER NOT NULL, object_id INTEGER NOT NULL,
  text TEXT NOT NULL DEFAULT '', parent_id INTEGER, trouble TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS send_keys (
  user_id INTEGER NOT NULL, key TEXT NOT NULL, post_id INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blog (
  id INTEGER PRIMARY KEY AUTOINCREMENT, post_id INTEGER, name TEXT NOT NULL, title TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL, created_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS blog_comments ON blog (post_id, id);
CREATE TABLE IF NOT EXISTS telegram_updates (
  update_id INTEGER PRIMARY KEY AUTOINCREMENT, bot_id INTEGER NOT NULL, kind TEXT NOT NULL, object_id INTEGER NOT NULL,
  stamp INTEGER NOT NULL, seen_ms INTEGER NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0, UNIQUE (bot_id, kind, object_id, stamp));
CREATE TABLE IF NOT EXISTS telegram_hooks (bot_id INTEGER PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS graph_hooks (brand_id INTEGER PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS x_hooks (brand_id INTEGER PRIMARY KEY, url TEXT NOT NULL, secret TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS graph_apps (
  secret TEXT NOT NULL, object TEXT NOT NULL, url TEXT NOT NULL, fields TEXT NOT NULL, PRIMARY KEY (secret, object)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS phone_hooks (brand_id INTEGER PRIMARY KEY, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS phone_calls (
  id INTEGER PRIMARY KEY, leg_id INTEGER NOT NULL, person_id INTEGER NOT NULL, brand_id INTEGER NOT NULL, status TEXT NOT NULL,
  created_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL DEFAULT 0, seconds INTEGER NOT NULL DEFAULT 0,
  answered INTEGER NOT NULL DEFAULT 0, leg_to TEXT NOT NULL DEFAULT '', leg_status TEXT NOT NULL DEFAULT '',
  leg_seconds INTEGER NOT NULL DEFAULT 0, recording_seconds INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT, mailbox TEXT NOT NULL, folder TEXT NOT NULL, source BLOB NOT NULL,
  received_ms INTEGER NOT NULL, size INTEGER NOT NULL, origin TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS mails_folder ON mails (mailbox, folder, id);
CREATE TABLE IF NOT EXISTS hub (topic TEXT NOT NULL, callback TEXT NOT NULL, secret TEXT NOT NULL, until_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS google_setting (topic TEXT NOT NULL, kinds TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS google_pushes (topic TEXT NOT NULL, url TEXT NOT NULL, account TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rules (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

TABLES = (
    "people", "posts", "mentions", "likes", "dms", "dm_members", "media", "media_parts",
    "tokens", "codes", "apps", "ledger", "send_keys", "rules", "blog", "telegram_updates", "telegram_hooks", "phone_hooks",
    "graph_hooks", "graph_apps", "x_hooks", "phone_calls", "mails", "hub",
    "google_setting", "google_pushes",
)  # fmt: skip


# Columns that stores of earlier days lack: table, column, what it is.
ADDED = (
    ("people", "network", "TEXT NOT NULL DEFAULT 'x'"),
    ("posts", "network", "TEXT NOT NULL DEFAULT 'x'"),
    ("posts", "visibility", "TEXT NOT NULL DEFAULT 'public'"),
    ("posts", "edited_ms", "INTEGER"),
    ("posts", "stars", "INTEGER"),
    ("dms", "edited_ms", "INTEGER"),
    ("dms", "deleted_ms", "INTEGER"),
    ("dms", "reaction", "TEXT NOT NULL DEFAULT ''"),
)


class Store:
    """One connection to the store; rows come back as `sqlite3.Row`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(folder / "practice.sqlite3", isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute("PRAGMA busy_timeout=5000")
        self.db.executescript(SCHEMA)
        for table, column, kind in ADDED:
            if column not in {row["name"] for row in self.all(f"PRAGMA table_info({table})")}:
                self.db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        self.version = max(
            self.one("SELECT coalesce(max(version), 0) AS v FROM posts")["v"],
            self.one("SELECT coalesce(max(version), 0) AS v FROM dms")["v"],
        )

    def close(self) -> None:
        """Fold the write-ahead log into the file and let go of it."""
        self.db.close()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction; nested calls join the outer one. Rolls back when the body raises."""
        if self.db.in_transaction:
            yield self.db
            return
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield self.db
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first row, or None."""
        return self.db.execute(sql, values).fetchone()

    def all(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Every row."""
        return self.db.execute(sql, values).fetchall()

    def next_version(self) -> int:
        """A number for a change; the page asks for everything after the last number it saw."""
        self.version += 1
        return self.version

    def biggest_id(self) -> int:
        """The greatest snowflake in use, so that ids keep rising over a restart."""
        tables = ("people", "posts", "dms", "media")
        return max(self.one(f"SELECT coalesce(max(id), 0) AS id FROM {table}")["id"] for table in tables)

    def read_rule(self, name: str) -> Any:
        """A stored rule of the network, or None."""
        row = self.one("SELECT value FROM rules WHERE name = ?", (name,))
        return None if row is None else json.loads(row["value"])

    def save_rule(self, name: str, value: Any) -> None:
        """Keep a rule of the network over restarts."""
        with self.write() as db:
            db.execute("INSERT OR REPLACE INTO rules VALUES (?, ?)", (name, json.dumps(value)))

    def clear(self) -> None:
        """Forget everything. The version keeps rising, so open pages notice."""
        with self.write() as db:
            for table in TABLES:
                db.execute(f"DELETE FROM {table}")
