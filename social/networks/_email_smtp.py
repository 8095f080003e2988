"""Handing one mail over to the server that sends it, and what each of its answers proves (RFC 5321).

`Carrier` is the seam: whoever can say "accepted", "refused", "later" or "nobody knows" can carry a channel's mail.
"""

import base64
import re
import smtplib
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from core.http import OutboundRefused
from core.sockets import PolicySocket, PolicyTLSSocket, open_socket, tls_context
from social.networks._email_box import TLS_PORTS, Box
from social.networks._text import clean
from social.networks._wire import LIMITED_SECONDS, Patience
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized

UNSENT_SECONDS = 5.0
#: Greylisting servers want to be asked again after some minutes.
GREYLIST_SECONDS = 300.0
MAX_TALK_BYTES = 256 * 1024
MAX_WORDS = 200


class Carrier(Protocol):
    """Something that carries mail."""

    def check(self) -> None:
        """Sign in and leave. Raises Unauthorized, TryLater."""

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """Hand over once. Returns when it was accepted; raises Rejected, TryLater (nothing was accepted), Unauthorized,
        OutcomeUnknown.
        """


class _Refused(Exception):
    """The server said no, at a point where it had accepted nothing."""

    def __init__(self, code: int, words: bytes) -> None:
        super().__init__(code)
        self.code = code
        self.words = clean(" ".join(words[:2000].decode("utf-8", "replace").split()))[:MAX_WORDS]


class _Line(smtplib.SMTP):
    """smtplib over a socket that is open already."""

    def __init__(self, opened: PolicySocket | PolicyTLSSocket, *, host: str, name: str) -> None:
        self._opened = opened
        super().__init__(local_hostname=name)
        #: The name its certificate must carry when the talk is encrypted later.
        self._host = host

    def _get_socket(self, host: str, port: int, timeout: float) -> PolicySocket | PolicyTLSSocket:
        return self._opened

    def say(self, command: str, words: str, *good: int) -> None:
        """One command. Raises _Refused for every answer but the good ones."""
        code, said = self.docmd(command, words)
        if code not in good:
            raise _Refused(code, said)


@dataclass(frozen=True, slots=True)
class SmtpCarrier:
    """The mailbox's own server for outgoing mail."""

    box: Box
    pace: Patience

    def check(self) -> None:
        self._talk(None, sender="", recipient="")

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        self._talk(mail, sender=sender, recipient=recipient)

    def _talk(self, mail: bytes | None, *, sender: str, recipient: str) -> None:
        opened = self._open()
        with opened:
            try:
                line = self._signed_in(opened)
                if mail is not None:
                    line.say("MAIL", f"FROM:<{sender}>", 250)
                    line.say("RCPT", f"TO:<{recipient}>", 250, 251)
                    line.say("DATA", "", 354)
            except _Refused as error:
                raise refusal(error.code, error.words) from error
            except (OSError, smtplib.SMTPException, ValueError) as error:
                reason = _("The server for outgoing mail did not answer completely, or not in time.")
                raise TryLater(reason, seconds=UNSENT_SECONDS, code="unanswered") from error
            if mail is not None:
                _hand_over(line, mail)
            try:
                line.docmd("QUIT")
            except (OSError, smtplib.SMTPException, ValueError):
                return  # it is accepted; how they part is no matter

    def _open(self) -> PolicySocket | PolicyTLSSocket:
        try:
            return open_socket(
                self.box.smtp_host,
                self.box.smtp_port,
                base=settings.EMAIL_SMTP_BASE,
                tls=self.box.smtp_port in TLS_PORTS,
                read_seconds=self.pace.read_seconds,
                total_seconds=self.pace.total_seconds,
                max_bytes=MAX_TALK_BYTES,
            )
        except OutboundRefused as error:
            reason = _("The call was not allowed to leave this machine.")
            raise TryLater(reason, seconds=UNSENT_SECONDS, code="not_allowed") from error
        except (OSError, ValueError) as error:
            reason = _("The mail server {host} cannot be reached.").format(host=self.box.smtp_host)
            raise TryLater(reason, seconds=UNSENT_SECONDS, code="unreachable") from error

    def _signed_in(self, opened: PolicySocket | PolicyTLSSocket) -> _Line:
        line = _Line(opened, host=self.box.smtp_host, name=self.box.domain)
        code, words = line.connect(self.box.smtp_host, self.box.smtp_port)
        if code != 220:
            raise _Refused(code, words)
        self._hello(line)
        if not isinstance(opened, PolicyTLSSocket) and not settings.EMAIL_SMTP_BASE:
            if not line.has_extn("starttls"):
                reason = _("The server for outgoing mail offers no encryption; no password is said in plain text.")
                raise TryLater(reason, seconds=LIMITED_SECONDS, code="no_encryption")
            code, words = line.starttls(context=tls_context())
            if code != 220:
                raise _Refused(code, words)
            self._hello(line)
        self._authenticate(line)
        return line

    @staticmethod
    def _hello(line: _Line) -> None:
        code, words = line.ehlo()
        if code != 250:
            raise _Refused(code, words)

    def _authenticate(self, line: _Line) -> None:
        """PLAIN, else LOGIN: smtplib's own way knows no password beyond ASCII and puts it into its errors."""
        ways = line.esmtp_features.get("auth", "").upper().split()
        user, password = self.box.user.encode(), self.box.password.encode()
        if self.box.token:
            self._authorize(line, ways)
        elif "PLAIN" in ways:
            line.say("AUTH", "PLAIN " + _base64(b"\x00" + user + b"\x00" + password), 235)
        elif "LOGIN" in ways:
            line.say("AUTH", "LOGIN", 334)
            line.say(_base64(user), "", 334)
            line.say(_base64(password), "", 235)
        else:
            reason = _("The server for outgoing mail offers no way to sign in with a password.")
            raise TryLater(reason, seconds=LIMITED_SECONDS, code="no_sign_in")

    def _authorize(self, line: _Line, ways: list[str]) -> None:
        """With a token: XOAUTH2, else OAUTHBEARER (RFC 7628). Their refusals come as a question first, which wants an answer."""
        user, token = self.box.user, self.box.token
        if "OAUTHBEARER" in ways and "XOAUTH2" not in ways:
            way, said = "OAUTHBEARER", f"n,a={user},\x01auth=Bearer {token}\x01\x01"
        else:
            way, said = "XOAUTH2", f"user={user}\x01auth=Bearer {token}\x01\x01"
        code, words = line.docmd("AUTH", f"{way} {_base64(said.encode())}")
        if code == 334:
            # OAUTHBEARER wants a lone \x01, XOAUTH2 nothing.
            code, words = line.docmd(_base64(b"\x01") if way == "OAUTHBEARER" else "")
        if code != 235:
            raise _Refused(code, words)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def refusal(code: int, words: str) -> NetworkError:
    """What a refusal means that came before anything was accepted. RFC 4954: 530, 534, 535 and 538 are about signing in."""
    if code in (530, 534, 535, 538):
        return Unauthorized(_("The server for outgoing mail does not accept user name and password."), code="unauthorized")
    if 500 <= code < 600:
        return Rejected(_("The mail server refused it: {words}").format(words=f"{code} {words}".strip()), code=f"smtp_{code}")
    if 400 <= code < 500:
        reason = _("The mail server wants it later: {words}").format(words=f"{code} {words}".strip())
        return TryLater(reason, seconds=GREYLIST_SECONDS if code in (450, 451) else LIMITED_SECONDS, code=f"smtp_{code}")
    return TryLater(_("The mail server answered with something that is no SMTP."), seconds=LIMITED_SECONDS, code="garbled")


def _hand_over(line: _Line, mail: bytes) -> None:
    """The mail itself, to the last dot. From here on silence proves nothing; a clear no still does."""
    try:
        # A line of one dot ends a mail, so each line that begins with one gets another (RFC 5321, 4.5.2).
        line.send(re.sub(rb"(?m)^\.", b"..", mail.rstrip(b"\r\n")) + b"\r\n.\r\n")
        code, said = line.getreply()
    except (OSError, smtplib.SMTPException, ValueError) as error:
        reason = _("The server for outgoing mail did not say whether it took the mail.")
        raise OutcomeUnknown(reason, code="unanswered") from error
    if code == 250:
        return
    words = _Refused(code, said).words
    if 500 <= code < 600 or (400 <= code < 500 and code != 421):
        raise refusal(code, words)
    # 421 says that the server goes away, not what becomes of the mail.
    reason = _("The server for outgoing mail gave no clear answer ({code}).").format(code=code)
    raise OutcomeUnknown(reason, code=f"smtp_{code}")
