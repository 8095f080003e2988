"""Handing mail over to a provider with an HTTP API instead of the mailbox's own server: django-anymail's backends behind `Carrier`.

anymail knows each provider's form and answers; asking goes through our own session, under the policy, and is judged here: what was
not clearly taken or refused is nobody's knowledge, and is never sent a second time by itself (docs/adr/email.md).
"""

import email
import email.policy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import requests
from anymail.backends import mailgun, postmark
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _

from social.networks._email_box import Box
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import LIMITED_SECONDS, Patience, json_of, never_left, number, pause, session
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, Text, TryLater, Unauthorized

UNSENT_SECONDS = 5.0
MAX_WORDS = 300
#: What anymail puts into fields of their own, or the provider writes itself.
_OWN_FIELDS = frozenset({"from", "to", "subject", "date", "mime-version", "content-type", "content-transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: how anymail is told of it, and where its API lives. Of `Box` and address of the API, what its backend takes."""

    label: Text
    api: str
    base: Callable[[], str]
    backend: Callable[[Box, str], Any]
    #: What asks whether the key is right: path and headers or sign-in.
    question: Callable[[Box], tuple[str, dict[str, Any]]]
    #: Fields by which it keeps our Message-ID, on which threads hang.
    keeps_id: Mapping[str, str]


#: postmarkapp.com/developer (API overview, Server API, Email API), documentation.mailgun.com (Messages, Domains); read by way of
#: django-anymail 15.2's backends and from memory, 2026-11. Not tried against the providers themselves.
PROVIDERS: Mapping[str, Provider] = {
    "postmark": Provider(
        label="Postmark",
        api="https://api.postmarkapp.com/",
        base=lambda: str(settings.POSTMARK_API_BASE),
        backend=lambda box, api: postmark.EmailBackend(server_token=box.api_key, api_url=api),
        question=lambda box: ("server", {"headers": {"X-Postmark-Server-Token": box.api_key, "Accept": "application/json"}}),
        keeps_id={"X-PM-KeepID": "true"},
    ),
    "mailgun": Provider(
        label="Mailgun",
        api="https://api.mailgun.net/v3/",
        base=lambda: str(settings.MAILGUN_API_BASE),
        backend=lambda box, api: mailgun.EmailBackend(api_key=box.api_key, sender_domain=box.domain, api_url=api),
        question=lambda box: (f"domains/{box.domain}", {"auth": ("api", box.api_key)}),
        keeps_id={},
    ),
    "mailgun_eu": Provider(
        label="Mailgun EU",
        api="https://api.eu.mailgun.net/v3/",
        base=lambda: str(settings.MAILGUN_API_BASE),
        backend=lambda box, api: mailgun.EmailBackend(api_key=box.api_key, sender_domain=box.domain, api_url=api),
        question=lambda box: (f"domains/{box.domain}", {"auth": ("api", box.api_key)}),
        keeps_id={},
    ),
}


@dataclass(frozen=True, slots=True)
class EspCarrier:
    """A provider that sends for a mailbox. `key` is the engine's own name for what is sent, which comes back in webhooks."""

    box: Box
    pace: Patience
    key: str = ""

    @property
    def provider(self) -> Provider:
        return PROVIDERS[self.box.sends_with]

    def check(self) -> None:
        path, options = self.provider.question(self.box)
        try:
            with session(self.provider.base(), self.pace) as opened:
                answer = opened.get(self.provider.api + path, **options)
        except requests.RequestException as error:
            reason = _("{network} cannot be reached.").format(network=self.provider.label)
            raise TryLater(reason, seconds=UNSENT_SECONDS, code="unreachable") from error
        if not 200 <= answer.status_code < 300:
            raise self._checked_refusal(answer)

    def _checked_refusal(self, answer: requests.Response) -> NetworkError:
        if answer.status_code in (401, 403):
            return Unauthorized(_("{network} does not accept this key.").format(network=self.provider.label), code="unauthorized")
        if answer.status_code == 404:
            reason = _("{network} does not know the domain {domain}.").format(network=self.provider.label, domain=self.box.domain)
            return Rejected(reason, code="unknown_domain", field="sends_with")
        reason = _("{network} did not answer completely, or not in time.").format(network=self.provider.label)
        return TryLater(reason, seconds=LIMITED_SECONDS, code="unanswered")

    def carry(self, mail: bytes, *, sender: str, recipient: str) -> None:
        try:
            backend = self.provider.backend(self.box, self.provider.api)
            message = as_django(mail, recipient=recipient, further=self.provider.keeps_id)
            message.metadata = self._metadata(message)  # type: ignore[attr-defined]
            with session(self.provider.base(), self.pace) as opened:
                # An open session is used as it is, and left open for its owner to close.
                backend.session = opened
                backend.send_messages([message])
        except AnymailRecipientsRefused as error:
            raise Rejected(self._refused(_words(error)), code="recipient_refused") from error
        except AnymailRequestsAPIError as error:
            raise self._judged(error) from error
        except AnymailAPIError as error:
            # Something came back that anymail cannot read: it may have been taken.
            raise self._unknown() from error
        except (AnymailError, ValueError) as error:
            reason = _("This mail cannot be sent through {network}.").format(network=self.provider.label)
            raise Rejected(reason, code="not_sendable") from error

    def _metadata(self, message: EmailMultiAlternatives) -> dict[str, str]:
        """What the provider says again in its webhooks. Postmark takes values of 80 characters, in which the domain may not fit."""
        name = str(message.extra_headers.get("Message-ID", "")).strip("<>").rpartition("@")[0]
        return {"rabta": name[:80], "rabta_key": self.key[:80]} if self.key else {"rabta": name[:80]}

    def _judged(self, error: AnymailRequestsAPIError) -> NetworkError:
        answer: requests.Response | None = error.response
        label = self.provider.label
        if answer is None:
            cause = error.__cause__
            if cause is not None and never_left(cause):
                reason = _("{network} cannot be reached.").format(network=label)
                return TryLater(reason, seconds=UNSENT_SECONDS, code="unreachable")
            return self._unknown()
        status, words = answer.status_code, _words(error)
        if status in (401, 403):
            return Unauthorized(_("{network} does not accept this key.").format(network=label), code="unauthorized")
        if status == 429:
            reason = _("{network} wants it later.").format(network=label)
            return TryLater(reason, seconds=pause(number(answer.headers.get("Retry-After"))), code="limited")
        if 400 <= status < 500 and words:
            # Only what the provider says in its own form is its no; a page of something in between proves nothing.
            return Rejected(self._refused(words), code=f"esp_{status}")
        return self._unknown()

    def _refused(self, words: str) -> str:
        return _("{network} refused it: {words}").format(network=self.provider.label, words=words)

    def _unknown(self) -> OutcomeUnknown:
        reason = _("{network} did not say whether it took the mail.").format(network=self.provider.label)
        return OutcomeUnknown(reason, code="unanswered")


def _words(error: AnymailError) -> str:
    """What the provider itself said, from its JSON."""
    answer = getattr(error, "response", None)
    body = mapping(json_of(answer)) if answer is not None else {}
    said = string(body.get("Message")) or string(body.get("message"))
    return clean(" ".join(said.split()))[:MAX_WORDS]


def as_django(mail: bytes, *, recipient: str, further: Mapping[str, str]) -> EmailMultiAlternatives:
    """A finished mail as Django's mail backends take it: the same words, files and fields."""
    parsed = email.message_from_bytes(mail, policy=email.policy.default.clone(max_line_length=990))
    assert isinstance(parsed, EmailMessage)
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    fields = {name: str(value) for name, value in parsed.items() if name.lower() not in _OWN_FIELDS}
    message = EmailMultiAlternatives(
        subject=str(parsed["subject"]),
        body=plain.get_content().replace("\r\n", "\n") if plain else "",
        from_email=str(parsed["from"]),
        to=[recipient],
        headers={**fields, **further},
    )
    if html is not None:
        message.attach_alternative(html.get_content(), "text/html")
    for part in parsed.iter_attachments():
        content = part.get_payload(decode=True)
        message.attach(part.get_filename() or "file", content if isinstance(content, bytes) else b"", part.get_content_type())
    return message
