"""What a sending provider tells later of what it took: delivered, came back, unwanted. anymail checks the signature and parses."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from anymail.exceptions import AnymailError
from anymail.webhooks.mailgun import MailgunTrackingWebhookView
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.core.exceptions import SuspiciousOperation
from django.test import RequestFactory
from django.utils.translation import gettext as _

from core.clock import now
from social.networks._email_box import Box
from social.networks._email_ids import read_ours
from social.networks._email_mime import address_key
from social.networks._email_programs import fate_of
from social.networks._email_read import moment_of
from social.networks._shapes import string
from social.networks.errors import Forged, Malformed
from social.networks.fates import Fate
from social.networks.senders import Program
from social.networks.values import Author, Envelope, Hook, Item, Page

_NAME = re.compile(r"^rabta\.[0-9a-f]{20}\.t[0-9a-f]{24}\.[0-9a-f]{12}$")
#: anymail's own names for what happened, the same for every provider.
_DELIVERED, _COMPLAINED = "delivered", "complained"
_LOST = frozenset({"bounced", "rejected", "failed"})


def told(box: Box, hook: Hook) -> Page:
    """What a provider's call says. Raises Forged unless it is signed as this channel's provider signs, Malformed."""
    if not box.webhook_secret:
        raise Forged(_("This channel has no secret by which its provider's calls are known."), code="no_secret")
    view: Any
    if box.sends_with == "postmark":
        view = PostmarkTrackingWebhookView(webhook_secret=[box.webhook_secret])
    elif box.sends_with in ("mailgun", "mailgun_eu"):
        view = MailgunTrackingWebhookView(webhook_signing_key=box.webhook_secret, webhook_secret=[])
    else:
        raise Forged(_("This channel sends by its mailbox's own server, which calls nobody."), code="no_provider")
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in hook.headers.items() if name == "authorization"}
    kind = hook.headers.get("content-type", "application/json")
    # anymail's views read a Django request; this one never travels.
    request = RequestFactory().generic("POST", "/", hook.body, content_type=kind, **named)  # type: ignore[arg-type]
    try:
        view.run_validators(request)
    except SuspiciousOperation as error:
        raise Forged(_("The call is not signed as the provider signs."), code="bad_signature") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Forged(_("The call is not signed as the provider signs."), code="bad_signature") from error
    try:
        events = view.parse_events(request)
    except (AnymailError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Malformed(_("The provider's call is not of a form that is known."), code="unknown_form") from error
    fates: list[Fate] = []
    items: list[Envelope] = []
    for event in events:
        name = _name(event, box)
        if not name:
            continue
        fates += _fates(event, name)
        if event.event_type == _COMPLAINED:
            items.append(_complaint(event, name))
    return Page(tuple(items), {}, fates=tuple(fates))


def _name(event: Any, box: Box) -> str:
    """Our Message-ID, which the provider was given to say again; empty for mail that we did not send."""
    given = string(event.metadata.get("rabta")) if isinstance(event.metadata, Mapping) else ""
    name = f"<{given}@{box.domain[-80:].lstrip('.-')}>" if _NAME.match(given) else ""
    return name if read_ours(name) else ""


def _fates(event: Any, name: str) -> list[Fate]:
    key = string(event.metadata.get("rabta_key"))
    if event.event_type == _DELIVERED:
        return [Fate(name, key=key, reached="delivered")]
    if event.event_type not in _LOST:
        return []
    said = " ".join(str(part) for part in (event.mta_response, event.description) if part)
    found = fate_of(name, said, words=string(event.description)[:200])
    return [Fate(name, key=key, reason=found.reason, code=found.code)]


def _complaint(event: Any, name: str) -> Envelope:
    """Stored as an item of its own: whoever answers this person next should know."""
    moment = event.timestamp if isinstance(event.timestamp, datetime) else now()
    payload = {
        "complaint": name,
        "recipient": address_key(string(event.recipient)),
        "received": moment.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return Envelope(f"complaint-{name[1:-1]}"[:160], payload)


def read_complaint(payload: Mapping[str, Any]) -> Item:
    """What a stored complaint means. Raises Malformed."""
    name, person = string(payload.get("complaint")), address_key(string(payload.get("recipient")))
    thread, moment = read_ours(name), moment_of(payload.get("received"))
    if not thread or not person or moment is None:
        raise Malformed(_("This complaint names no mail of ours."), code="no_mail")
    identifier = f"complaint-{name[1:-1]}"[:160]
    return Item(
        external_id=identifier,
        root_id=identifier,
        revision=0,
        visibility="private",
        ours=False,
        author=Author(person, person),
        counterpart_id="",
        text=_("Reported our mail as unwanted. Further mail may not arrive, and harms our name with the provider."),
        lang="",
        occurred_at=moment,
        thread_key=thread,
        parent_id=name,
        program=Program.NOTICE,
    )
