"""Talking to the server that keeps the mailbox: IMAPClient over a socket of core/sockets.py, and what its troubles mean."""

import imaplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from imapclient import IMAPClient
from imapclient.exceptions import CapabilityError, LoginError

from core.http import OutboundRefused
from core.sockets import PolicySocket, PolicyTLSSocket, open_socket, tls_context
from social.networks._email_box import TLS_PORTS, Box
from social.networks._email_mime import MAX_HEAD, Head, head_of
from social.networks._wire import LIMITED_SECONDS, TROUBLE_SECONDS, Patience
from social.networks.errors import NetworkError, TryLater, Unauthorized

#: What one talk may bring: a page of mails and their dressing.
MAX_TALK_BYTES = 24 * 1024 * 1024
#: The longest piece a server may announce at once. It is believed before it is read, so it has to be reasonable.
MAX_LITERAL_BYTES = 4 * 1024 * 1024
#: Of several mails that match, the newest so many are looked at.
MATCHES = 20
_SENT_NAMES = ("sent", "sent items", "sent mail", "sent messages", "inbox.sent", "inbox/sent")
#: What a server says that lets nobody in just now.
_BUSY = ("[unavailable]", "[limit]", "[inuse]", "[serverbug]", "temporar", "try again", "too many")
_ARCHIVES = (b"\\All", b"\\Archive")
#: What a parser makes of garbage, beside the errors it means to raise.
_GARBAGE = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RecursionError, OverflowError, MemoryError)


@dataclass(slots=True)
class Talk:
    """An open, signed-in talk."""

    client: IMAPClient
    _folders: list[tuple[tuple[bytes, ...], str]] | None = field(default=None)

    def folders(self) -> list[tuple[tuple[bytes, ...], str]]:
        """Flags and names of the folders, asked for once."""
        if self._folders is None:
            listed = self.client.list_folders()
            self._folders = [(flags, name) for flags, _delimiter, name in listed if isinstance(name, str)]
        return self._folders

    def sent_folder(self) -> str:
        """The folder for sent mail: the one that says so (RFC 6154), else one that is called so. Empty without any."""
        names = {name.lower(): name for _flags, name in self.folders()}
        flagged = self._flagged((b"\\Sent",))
        return next(iter(flagged), "") or next((names[name] for name in _SENT_NAMES if name in names), "")

    def archives(self) -> list[str]:
        """Where mails may lie that somebody moved out of the inbox."""
        return self._flagged(_ARCHIVES)

    def _flagged(self, wanted: tuple[bytes, ...]) -> list[str]:
        small = tuple(flag.lower() for flag in wanted)
        return [name for flags, name in self.folders() if any(isinstance(f, bytes) and f.lower() in small for f in flags)]

    def fields_of(self, folder: str, *criteria: str) -> list[tuple[Head, datetime | None]]:
        """Fields and arrival of the newest mails in a folder that match, newest first; it is open for reading afterwards."""
        self.client.select_folder(folder, readonly=True)
        found = self.client.search(list(criteria))
        uids = sorted(uid for uid in found if isinstance(uid, int))[-MATCHES:]
        answers = self.client.fetch(uids, ["INTERNALDATE", f"BODY.PEEK[HEADER]<0.{MAX_HEAD}>"]) if uids else {}
        heads: list[tuple[Head, datetime | None]] = []
        for uid in reversed(uids):
            answer = answers.get(uid, {})
            block = answer.get(b"BODY[HEADER]<0>", answer.get(b"BODY[HEADER]"))
            arrived = answer.get(b"INTERNALDATE")
            if isinstance(block, bytes):
                heads.append((head_of(block), arrived if isinstance(arrived, datetime) else None))
        return heads


class _Line(imaplib.IMAP4):
    """imaplib over a socket that is open already."""

    def __init__(self, opened: PolicySocket | PolicyTLSSocket) -> None:
        self._opened = opened
        super().__init__("")

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        return self._opened

    def read(self, size: int) -> bytes:
        # Python sets so much memory aside before a byte has come.
        if size > MAX_LITERAL_BYTES:
            raise self.abort("The server announced more than was asked for.")
        return super().read(size)


class _Client(IMAPClient):
    """IMAPClient over a socket that is open already. It logs nothing: what it would log are passwords and people's mail."""

    def __init__(self, host: str, opened: PolicySocket | PolicyTLSSocket) -> None:
        self._opened = opened
        super().__init__(host, ssl=False)
        self._imap.debug = 0
        self.normalise_times = False

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - IMAPClient's own name
        return _Line(self._opened)


@contextmanager
def talk(box: Box, pace: Patience) -> Iterator[Talk]:
    """A signed-in talk. Whatever goes wrong inside, in the talk too, is TryLater or Unauthorized: reading decides nothing."""
    try:
        opened = open_socket(
            box.imap_host,
            box.imap_port,
            base=settings.EMAIL_IMAP_BASE,
            tls=box.imap_port in TLS_PORTS,
            read_seconds=pace.read_seconds,
            total_seconds=pace.total_seconds,
            max_bytes=MAX_TALK_BYTES,
        )
    except OutboundRefused as error:
        raise TryLater(
            _("The call was not allowed to leave this machine."), seconds=TROUBLE_SECONDS, code="not_allowed"
        ) from error
    except (OSError, ValueError) as error:
        reason = _("The mail server {host} cannot be reached.").format(host=box.imap_host)
        raise TryLater(reason, seconds=TROUBLE_SECONDS, code="unreachable") from error
    with opened:
        try:
            client = _Client(box.imap_host, opened)
            _encrypt(client, opened)
            _sign_in(client, box)
            yield Talk(client)
        except NetworkError:
            raise
        except CapabilityError as error:
            reason = _("The mail server does not offer what is needed.")
            raise TryLater(reason, seconds=LIMITED_SECONDS, code="incapable") from error
        except (imaplib.IMAP4.abort, OSError) as error:
            reason = _("The mail server did not answer completely, or not in time.")
            raise TryLater(reason, seconds=TROUBLE_SECONDS, code="unanswered") from error
        except imaplib.IMAP4.error as error:
            reason = _("The mail server refused the question.")
            raise TryLater(reason, seconds=TROUBLE_SECONDS, code="refused") from error
        except _GARBAGE as error:
            reason = _("The mail server answered with something that is no IMAP.")
            raise TryLater(reason, seconds=TROUBLE_SECONDS, code="garbled") from error
        _say_goodbye(client)


def _encrypt(client: IMAPClient, opened: PolicySocket | PolicyTLSSocket) -> None:
    """No password leaves in plain text, except to a practice server on this machine."""
    if isinstance(opened, PolicyTLSSocket) or settings.EMAIL_IMAP_BASE:
        return
    client.starttls(tls_context())


def _sign_in(client: IMAPClient, box: Box) -> None:
    """Raises Unauthorized for a refused password, TryLater when the server only has no time for it (RFC 5530)."""
    try:
        if not box.token:
            client.login(box.user, box.password)
        elif client.has_capability("AUTH=OAUTHBEARER") and not client.has_capability("AUTH=XOAUTH2"):
            client.oauthbearer_login(box.user, box.token)
        else:
            client.oauth2_login(box.user, box.token)
    except LoginError as error:
        if any(word in str(error).lower() for word in _BUSY):
            reason = _("The mail server lets nobody in just now.")
            raise TryLater(reason, seconds=LIMITED_SECONDS, code="busy") from None
        # The library's error may repeat what was said.
        reason = _("The mail server does not accept user name and password.")
        if box.token:
            reason = _("The mail server does not accept the sign-in of this mailbox.")
        raise Unauthorized(reason, code="unauthorized") from None


def _say_goodbye(client: IMAPClient) -> None:
    try:
        client.logout()
    except (imaplib.IMAP4.error, OSError, *_GARBAGE):
        return  # what was asked is answered
