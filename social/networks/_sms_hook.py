"""Twilio's calls to us: is it its hand, and what does it bring.

twilio.com/docs/usage/webhooks/webhooks-security, …/messaging/guides/webhook-request and …/guides/track-outbound-message-status,
and for calls …/voice/twiml, all read 2026-11. The signature (HMAC-SHA1 with the Auth Token) is made over the address that Twilio
called and the form's sorted fields.
"""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from django.utils.translation import gettext as _
from twilio.request_validator import RequestValidator, add_port, remove_port

from core.clock import now
from social.networks import _sms_voice
from social.networks._sms_calls import OVER, TAKEN, version_id
from social.networks._sms_read import MESSAGES
from social.networks._sms_send import fate_of
from social.networks._sms_wire import sid
from social.networks.errors import Forged, Malformed
from social.networks.fates import Fate
from social.networks.values import Access, Envelope, Greeting, Hook, Page

HEADER = "x-twilio-signature"
#: The choice of a channel whose calls another system takes.
ELSEWHERE = "elsewhere"
#: More fields than this no call of Twilio's has.
MAX_FIELDS = 200
#: What Twilio hears where nothing is to be done: an empty document (twilio.com/docs/messaging/twiml).
NOTHING = Greeting('<?xml version="1.0" encoding="UTF-8"?><Response/>', "text/xml; charset=utf-8")


class Form(dict[str, list[str]]):
    """A form's fields, each with all its values, as the library's validator asks for them."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def opened(access: Access, hook: Hook) -> dict[str, str]:
    """The fields of a call that was proven to be Twilio's. Raises Forged, Malformed."""
    token, said = access.secrets.get("auth_token", ""), hook.headers.get(HEADER, "")
    try:
        text = hook.body.decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:  # not UTF-8, or a flood of fields: Twilio signs neither
        raise Forged("The body is no form of Twilio's.", code="bad_form") from None
    form = Form()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    right = _signatures(token, hook, form) if token and said else []
    if not any(hmac.compare_digest(made.encode(), said.encode()) for made in right):
        raise Forged("The call is not signed with this account's Auth Token.", code="bad_signature")
    if not form:
        raise Malformed(_("The body is no call of Twilio's."), code="no_call")
    return {name: values[0] for name, values in form.items()}


def _signatures(token: str, hook: Hook, form: Form) -> list[str]:
    """With and without the port: Twilio signs either."""
    address, maker = urlsplit(hook.url), RequestValidator(token)
    return [maker.compute_signature(shaped(address), form) for shaped in (remove_port, add_port)]


def unpacked(access: Access, hook: Hook) -> Page:
    """What a call brings: a customer's message, a word on one of ours, or somebody who rings. Another number's is nothing to us."""
    form = opened(access, hook)
    if form.get("CallSid"):
        return _call(access, form, hook)
    if form.get("MessageSid") or form.get("SmsSid"):
        return _message(access, form, key_of(hook))
    raise Malformed(_("The body is no call of Twilio's."), code="no_call")


def key_of(hook: Hook) -> str:
    """The key that the address carries which we gave for one message."""
    return parse_qs(urlsplit(hook.url).query).get("key", [""])[0][:100]


def is_about(access: Access, form: Mapping[str, Any]) -> bool:
    """Whether a call is about this channel's number, or its messaging service."""
    return access.external_id in (form.get("To"), form.get("From"), form.get("MessagingServiceSid"))


def _message(access: Access, form: dict[str, str], key: str) -> Page:
    identifier = sid(form.get("MessageSid") or form.get("SmsSid"), *MESSAGES)
    if not is_about(access, form):
        return Page((), {}, answer=NOTHING)
    if not identifier:
        return Page((), {}, broken=((_("The message has no usable number."), form),), answer=NOTHING)
    status = form.get("MessageStatus") or form.get("SmsStatus") or "received"
    if status in ("received", "receiving"):
        payload = {"kind": "message", "form": form, "seen_at": now().isoformat(timespec="seconds")}
        return Page((Envelope(identifier, payload),), {}, answer=NOTHING)
    fate: Fate | None = fate_of(identifier, status, form.get("ErrorCode"), key=key)
    return Page((), {}, fates=(fate,) if fate else (), answer=NOTHING)


# --- telephone calls ------------------------------------------------------------------------------------------------
def _call(access: Access, form: dict[str, str], hook: Hook) -> Page:
    """A caller rings, or what became of the call. The answer says what they hear next."""
    if not is_about(access, form) or not form.get("Direction", "inbound").startswith("inbound"):
        return Page((), {}, answer=NOTHING)
    address, step = hook.url.partition("?")[0], parse_qs(urlsplit(hook.url).query).get("step", [""])[0]
    if step == "dialled":
        taken = form.get("DialCallStatus") in TAKEN
        return _told(form, step, _sms_voice.hang_up() if taken else _sms_voice.take_message(access.secrets, address))
    if step == "recorded":
        # An empty recording is the call's end and nothing more.
        return _told(form, "recorded" if form.get("RecordingUrl") else "ended", _sms_voice.hang_up())
    status = form.get("CallStatus", "")
    if status in OVER:
        # Whoever was led on, and whoever left a message, is told of where that happened.
        led = status == "completed" and bool(access.secrets.get("forward") or access.secrets.get("answers") == ELSEWHERE)
        return Page((), {}, answer=NOTHING) if led else _told(form, "ended", NOTHING)
    if status != "ringing":
        return Page((), {}, answer=NOTHING)
    return _told(form, "ringing", _sms_voice.lead_on(access.secrets, address))


def _told(form: dict[str, str], step: str, answer: Greeting) -> Page:
    payload = {"kind": "call", "form": form, "step": step, "seen_at": now().isoformat(timespec="seconds")}
    identifier = version_id(payload)
    if not identifier:
        return Page((), {}, broken=((_("The call has no usable number."), form),), answer=answer)
    return Page((Envelope(identifier, payload),), {}, answer=answer)
