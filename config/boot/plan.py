"""What `up` is going to run: which servers are ours, which addresses, which environment the processes get."""

import os
from dataclasses import dataclass
from pathlib import Path

from config.boot import postgres, valkey
from config.boot.keyring import Keyring
from config.boot.layout import Layout
from config.boot.trouble import Trouble


@dataclass(frozen=True)
class Outside:
    """Servers the environment names instead of ours. None where ours is used."""

    database_url: str | None
    owner_url: str | None
    redis_url: str | None

    @property
    def any(self) -> bool:
        return bool(self.database_url or self.redis_url)


@dataclass(frozen=True)
class Ports:
    """Ports of one run. `practice` is None without the practice network."""

    web: int
    practice: int | None
    postgres: int
    valkey: int
    #: Where the practice network's mailboxes are read, and where it takes mail.
    imap: int = 0
    smtp: int = 0


def outside(environ: dict[str, str]) -> Outside:
    """The servers named by DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL. Raises Trouble for half a database."""
    named = {name: environ.get(name) or None for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")}
    for missing, given in (("DATABASE_URL", "DATABASE_OWNER_URL"), ("DATABASE_OWNER_URL", "DATABASE_URL")):
        if named[given] and not named[missing]:
            raise Trouble(
                f"{given} is set but {missing} is missing: set both (the owner migrates, the application's role runs), "
                "or neither to use the embedded database."
            )
    return Outside(named["DATABASE_URL"], named["DATABASE_OWNER_URL"], named["REDIS_URL"])


def django_environment(
    layout: Layout, keys: Keyring, ports: Ports, out: Outside, *, base_url: str, environ: dict[str, str]
) -> dict[str, str]:
    """What the Django processes get on top of the person's own environment.

    A secret or client id that the person's environment names wins over ours; with the practice network running, X's
    addresses and ids are those of the practice network.
    """
    result = {
        "DATABASE_URL": out.database_url or postgres.url("rabta_app", keys.app_password, ports.postgres),
        "DATABASE_OWNER_URL": out.owner_url or postgres.url("rabta_owner", keys.owner_password, ports.postgres),
        "REDIS_URL": out.redis_url or valkey.url(keys.valkey_password, ports.valkey),
        "SECRET_KEY": environ.get("SECRET_KEY") or keys.secret_key,
        "FIELD_KEYS": environ.get("FIELD_KEYS") or keys.field_keys,
        "RABTA_BASE_URL": base_url,
        "RABTA_STATE_DIR": str(layout.state),
        "RABTA_EMBEDDED": "0" if out.any else "1",
    }
    if ports.practice is not None:
        practice = f"http://localhost:{ports.practice}"
        result |= {
            "PRACTICE_URL": practice,
            "X_API_BASE": practice,
            "MASTODON_API_BASE": practice,
            "TELEGRAM_API_BASE": practice,
            "BLUESKY_API_BASE": practice,
            "TWILIO_API_BASE": practice,
            "CUSTOM_API_BASE": practice,
            "EMAIL_IMAP_BASE": f"imap://127.0.0.1:{ports.imap}",
            "EMAIL_SMTP_BASE": f"smtp://127.0.0.1:{ports.smtp}",
            "GRAPH_API_BASE": practice,
            "FACEBOOK_APP_ID": keys.x_client_id,
            "FACEBOOK_APP_SECRET": keys.x_client_secret,
            "GOOGLE_API_BASE": practice,
            "GOOGLE_CLIENT_ID": keys.x_client_id,
            "GOOGLE_CLIENT_SECRET": keys.x_client_secret,
            "GOOGLE_PUBSUB_TOPIC": "projects/practice/topics/reviews",
            "GOOGLE_PUBSUB_ACCOUNT": "push@practice.iam.gserviceaccount.com",
            "MICROSOFT_API_BASE": practice,
            "MICROSOFT_CLIENT_ID": keys.x_client_id,
            "MICROSOFT_CLIENT_SECRET": keys.x_client_secret,
            # Practice is polled every few seconds, which would use up a real day's units in hours.
            "YOUTUBE_DAILY_UNITS": "1000000",
            "LINKEDIN_API_BASE": practice,
            "LINKEDIN_CLIENT_ID": keys.x_client_id,
            "LINKEDIN_CLIENT_SECRET": keys.x_client_secret,
            "REDDIT_API_BASE": practice,
            "REDDIT_CLIENT_ID": keys.x_client_id,
            "REDDIT_CLIENT_SECRET": keys.x_client_secret,
            "X_CLIENT_ID": keys.x_client_id,
            "X_CLIENT_SECRET": keys.x_client_secret,
            "PRACTICE_ADMIN_KEY": keys.practice_admin_key,
        }
    return result


def process_environment(extra: dict[str, str], environ: dict[str, str] | None = None) -> dict[str, str]:
    """The whole environment of one process: the person's own, ours on top, without what would mislead a Python."""
    result = dict(os.environ if environ is None else environ)
    for misleading in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
        result.pop(misleading, None)
    return result | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "RABTA_BOOTED": "1"} | extra


def fallback_home(layout: Layout) -> Path:
    """Where Postgres lives when it must really be another user and the checkout may lie below a closed home."""
    name = "-".join(part for part in layout.root.parts[1:] if part)[-60:].replace(" ", "_")
    return Path("/var/lib") / f"rabta-{name}"
