"""Whose mailbox it is and where it lives: what the connect form gave, with sensible guesses from the address."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from social.networks._email_mime import address_key
from social.networks._email_oauth import provider_of
from social.networks.errors import Rejected
from social.networks.values import Access

IMAP_PORT, SMTP_PORT = 993, 465
#: Encrypted from the first byte; on every other port the talk begins in plain text and is encrypted before the password is said.
TLS_PORTS = frozenset({993, 465})
#: Where the large providers' mailboxes live (their help pages, read 2026-11): reading, sending, port for sending.
_PROVIDERS: Mapping[str, tuple[str, str, int]] = {
    "gmail.com": ("imap.gmail.com", "smtp.gmail.com", 465),
    "googlemail.com": ("imap.gmail.com", "smtp.gmail.com", 465),
    "yahoo.com": ("imap.mail.yahoo.com", "smtp.mail.yahoo.com", 465),
    "aol.com": ("imap.aol.com", "smtp.aol.com", 465),
    "icloud.com": ("imap.mail.me.com", "smtp.mail.me.com", 587),
    "me.com": ("imap.mail.me.com", "smtp.mail.me.com", 587),
    "outlook.com": ("outlook.office365.com", "smtp-mail.outlook.com", 587),
    "hotmail.com": ("outlook.office365.com", "smtp-mail.outlook.com", 587),
    "live.com": ("outlook.office365.com", "smtp-mail.outlook.com", 587),
    "fastmail.com": ("imap.fastmail.com", "smtp.fastmail.com", 465),
    "gmx.com": ("imap.gmx.com", "mail.gmx.com", 587),
    "gmx.net": ("imap.gmx.net", "mail.gmx.net", 587),
    "zoho.com": ("imap.zoho.com", "smtp.zoho.com", 465),
    "yandex.com": ("imap.yandex.com", "smtp.yandex.com", 465),
}
_HOST = re.compile(r"^(?=.{4,253}$)(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})+$")
#: Further addresses whose mail arrives in the same mailbox, at most.
ALIASES = 20


@dataclass(frozen=True, slots=True)
class Box:
    """One mailbox. `addresses` are all that count as ours, the main one first."""

    address: str
    addresses: tuple[str, ...]
    sender_name: str
    user: str
    password: str = field(repr=False)
    imap_host: str
    imap_port: int
    smtp_host: str
    smtp_port: int
    #: Signs in instead of a password, where somebody signed in at the provider (_email_oauth.py).
    token: str = field(default="", repr=False)
    #: Who sends: empty for the mailbox's own server, else a provider with an API (`_email_esp.PROVIDERS`).
    sends_with: str = ""
    api_key: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def box_of(access: Access) -> Box:
    """The mailbox some secrets are for. Raises Rejected naming the field that cannot be."""
    given = access.secrets
    address = _address(given.get("address", ""), field="address")
    imap_guess, smtp_guess, smtp_port = guess(address.rpartition("@")[2])
    further = [part for part in re.split(r"[,;]", given.get("aliases", "")) if part.strip()]
    if len(further) > ALIASES:
        raise Rejected(_("Give at most {number} further addresses.").format(number=ALIASES), code="too_many", field="aliases")
    aliases = [_address(part, field="aliases") for part in further]
    sends_with, api_key = given.get("sends_with", ""), given.get("api_key", "")
    if sends_with and not api_key:
        raise Rejected(_("This provider sends with an API key."), code="required", field="api_key")
    sending = {"sends_with": sends_with, "api_key": api_key, "webhook_secret": given.get("webhook_secret", "")}
    provider = provider_of(given)
    if provider is not None:
        return Box(
            address=address,
            addresses=tuple(dict.fromkeys((address, *aliases))),
            sender_name=given.get("sender_name", "").strip()[:100],
            user=address,
            password="",
            imap_host=provider.imap_host,
            imap_port=IMAP_PORT,
            smtp_host=provider.smtp_host,
            smtp_port=provider.smtp_port,
            token=_one_line(given.get("access_token", ""), field="access_token"),
            **sending,
        )
    return Box(
        address=address,
        addresses=tuple(dict.fromkeys((address, *aliases))),
        sender_name=given.get("sender_name", "").strip()[:100],
        user=_one_line(given.get("user", "") or address, field="user"),
        password=_one_line(given.get("password", ""), field="password"),
        imap_host=_host(given.get("imap_host", "") or imap_guess, field="imap_host"),
        imap_port=_port(given.get("imap_port", ""), IMAP_PORT, field="imap_port"),
        smtp_host=_host(given.get("smtp_host", "") or smtp_guess, field="smtp_host"),
        smtp_port=_port(given.get("smtp_port", ""), smtp_port, field="smtp_port"),
        **sending,
    )


def guess(domain: str) -> tuple[str, str, int]:
    """Where a domain's mailboxes probably live: server for reading, server for sending, its port."""
    return _PROVIDERS.get(domain, (f"imap.{domain}", f"smtp.{domain}", SMTP_PORT))


def _address(text: str, *, field: str) -> str:
    key = address_key(text)
    if not key or not key.isascii():
        raise Rejected(_("This is no e-mail address. Write it like this: help@example.com"), code="bad_address", field=field)
    return key


def _host(text: str, *, field: str) -> str:
    host = text.strip().lower().rstrip(".")
    if not _HOST.match(host):
        raise Rejected(_("This is no name of a server. Write it like this: imap.example.com"), code="bad_host", field=field)
    return host


def _port(text: str, usual: int, *, field: str) -> int:
    typed = text.strip()
    if not typed:
        return usual
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6 and 0 < int(typed) < 65536):
        raise Rejected(_("A port is a number from 1 to 65535."), code="bad_port", field=field)
    return int(typed)


def _one_line(text: str, *, field: str) -> str:
    """What is said inside a line of IMAP or SMTP may not end that line."""
    if not text or not text.isprintable():
        raise Rejected(_("This holds characters that cannot be in it."), code="bad_characters", field=field)
    return text
