"""Understanding one stored telephone call of Twilio's. Pure functions.

twilio.com/docs/voice/api/call-resource, …/voice/api/recording, …/voice/twiml and …/voice/twiml/dial#action, read 2026-11. An
envelope is

    {"kind": "call", "item": {a row of the list}, "legs": [calls it led to], "recordings": [rows], "elsewhere": false, "seen_at": …}
    {"kind": "call", "form": {what a webhook brought}, "step": "ringing", "seen_at": "…"}

A call comes several times, as it goes on, each time as a later version of the same: whoever knows more has the last word, and that
is the list, which alone knows of every leg and recording.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.reasons import CALL
from social.networks._shapes import mapping, mappings, string
from social.networks._sms_read import is_ours, likely, moment_of, party, seen_at
from social.networks._sms_wire import sid
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.senders import PhoneCall
from social.networks.values import Author, Item, Media

#: What a webhook tells, in its order, and which version of the call that is; lists come behind all of them.
STEPS = {"ringing": 0, "ended": 2, "dialled": 2, "recorded": 3}
LISTED = 4
MAX_RECORDINGS = 20
#: States after which nothing more happens (…/voice/api/call-resource#call-status-values).
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
#: What a `Dial` says of whoever was rung at the other end.
TAKEN = frozenset({"completed", "answered"})
MAX_SECONDS = 7 * 86_400
WORDS = {
    ("ringing", False): gettext_noop("Calls us now"),
    ("answered", False): gettext_noop("Answered call, {time}"),
    ("missed", False): gettext_noop("Missed call"),
    ("voicemail", False): gettext_noop("Missed call with a message, {time}"),
    ("ringing", True): gettext_noop("We call now"),
    ("answered", True): gettext_noop("We called, {time}"),
    ("missed", True): gettext_noop("We called, nobody answered"),
    ("voicemail", True): gettext_noop("We called, {time}"),
}


def seconds(value: Any) -> int:
    """A length as Twilio writes it, in seconds: digits in a string."""
    text = string(value)
    return min(int(text), MAX_SECONDS) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def revision_of(payload: Mapping[str, Any]) -> int:
    """Which version of its call an envelope is."""
    if mapping(payload.get("form")):
        return STEPS.get(string(payload.get("step")), 0)
    return LISTED + min(len(mappings(payload.get("recordings"))), MAX_RECORDINGS)


def version_id(payload: Mapping[str, Any]) -> str:
    """A name for what an envelope brings, or nothing for what cannot be told apart."""
    own = sid(mapping(payload.get("item")).get("sid") or mapping(payload.get("form")).get("CallSid"), "CA")
    revision = revision_of(payload)
    return f"{own}~{revision}" if own and revision else own


def read_call(payload: Mapping[str, Any]) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    row, form = mapping(payload.get("item")), mapping(payload.get("form"))
    if not row and not form:
        raise Malformed(_("The item holds nothing."), code="no_item")
    identifier = version_id(payload)
    if not identifier:
        raise Malformed(_("The call has no usable number."), code="bad_id")
    own = identifier.partition("~")[0]
    ours = bool(row) and is_ours(row)
    other = party((row.get("to") if ours else row.get("from")) if row else form.get("From"))
    call = _of_list(payload) if row else _of_hook(payload)
    stated = row.get("start_time") or row.get("date_created")
    minutes, rest = divmod(call.seconds, 60)
    return Item(
        external_id=identifier,
        root_id=own,
        revision=revision_of(payload),
        visibility="private",
        ours=ours,
        # Whoever hides their number is somebody else each time.
        author=None if ours or not other else Author(other, handle=other, name=_name(row, form, other)),
        counterpart_id=(other or f"unknown-{own}") if ours else "",
        text=CALL + WORDS[call.state, ours].format(time=f"{minutes}:{rest:02}"),
        lang="",
        occurred_at=likely(moment_of(stated) if row else seen_at(payload), payload, stated),
        thread_key=other or own,
        media=_recordings(payload),
        call=call,
    )


def _name(row: Mapping[str, Any], form: Mapping[str, Any], other: str) -> str:
    """The caller's name, where the account pays for it (…/voice/api/call-resource, caller_name)."""
    name = clean(string(row.get("caller_name") or form.get("CallerName"))).strip()[:120]
    return "" if name == other else name


def _of_list(payload: Mapping[str, Any]) -> PhoneCall:
    """A call that is over."""
    row = mapping(payload.get("item"))
    status, lasted, ours = string(row.get("status")), seconds(row.get("duration")), is_ours(row)
    if status != "completed":
        return PhoneCall("missed")
    if ours:
        return PhoneCall("answered", lasted)
    legs = mappings(payload.get("legs"))
    taken = [seconds(leg.get("duration")) for leg in legs if string(leg.get("status")) in TAKEN]
    if taken:
        return PhoneCall("answered", max(taken))
    spoken = [seconds(r.get("duration")) for r in mappings(payload.get("recordings")) if r.get("source") == "RecordVerb"]
    if spoken:
        return PhoneCall("voicemail", max(spoken))
    # Without a leg: who heard our announcement missed us; where another system takes the calls, it took this one.
    return PhoneCall("answered", lasted) if payload.get("elsewhere") is True and not legs else PhoneCall("missed")


def _of_hook(payload: Mapping[str, Any]) -> PhoneCall:
    """A call as a webhook tells of it."""
    form, step = mapping(payload.get("form")), string(payload.get("step"))
    if step == "recorded":
        return PhoneCall("voicemail", seconds(form.get("RecordingDuration")))
    if step == "dialled":
        taken = string(form.get("DialCallStatus")) in TAKEN
        return PhoneCall("answered", seconds(form.get("DialCallDuration"))) if taken else PhoneCall("missed")
    return PhoneCall("missed") if step == "ended" else PhoneCall("ringing")


def _recordings(payload: Mapping[str, Any]) -> tuple[Media, ...]:
    """What was recorded. Hearing it takes the account's keys, so only its path is kept."""
    form = mapping(payload.get("form"))
    paths = [_path(string(form.get("RecordingUrl")).removeprefix("https://api.twilio.com"))] if form else []
    paths += [_path(string(row.get("uri"))) for row in mappings(payload.get("recordings"))[:MAX_RECORDINGS]]
    return tuple(Media("audio", reference=path) for path in paths if path)


def _path(uri: str) -> str:
    """A recording's path inside the account, without an ending; nothing for what leads elsewhere."""
    good = uri.startswith("/2010-04-01/Accounts/") and "/Recordings/RE" in uri and ".." not in uri
    return clean(uri.removesuffix(".json"))[:300] if good else ""
