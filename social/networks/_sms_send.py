"""Sending through Twilio, finding again what was sent, and what became of it.

twilio.com/docs/messaging/api/message-resource and twilio.com/docs/api/errors, read 2026-11. There is no key against repetition:
the address that Twilio calls about a message carries ours, and the list shows what was taken.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from twilio.rest import Client

from social.networks._shapes import mapping, string
from social.networks._sms_read import MESSAGES, moment_of, party
from social.networks._sms_text import same
from social.networks._sms_wire import LABEL, SITE, Answer, Line, ask, next_page, rows_of, sid, unreadable
from social.networks._wire import Unanswered
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, Text, TryLater, Unauthorized
from social.networks.fates import Fate
from social.networks.values import Access, Found, Outgoing, Receipt

UNSENT_SECONDS = 5.0
#: So many pages of one person's messages are looked through.
FIND_PAGES = 3
PAGE_ROWS = 50
#: Twilio's clock and ours.
SKEW = timedelta(seconds=2)
ACCEPTED = frozenset({"accepted", "queued", "sending", "sent", "delivered", "read", "partially_delivered"})
LOST = frozenset({"failed", "undelivered", "canceled"})

#: Refusals and failures by Twilio's numbers, in our own words; what is not here is told as it came.
REASONS: Mapping[int, tuple[str, Text]] = {
    21211: ("bad_number", gettext_lazy("This is not a telephone number that exists.")),
    21214: ("bad_number", gettext_lazy("This is not a telephone number that can be reached.")),
    21217: ("bad_number", gettext_lazy("This is not a telephone number that exists.")),
    21606: ("bad_sender", gettext_lazy("The account may not send from this channel's number. Look at it in the Twilio Console.")),
    21603: ("bad_sender", gettext_lazy("The account may not send from this channel's number. Look at it in the Twilio Console.")),
    21408: (
        "no_region",
        gettext_lazy("The account may not send to this country. Allow it in the Twilio Console: Messaging, Geo permissions."),
    ),
    21608: ("trial", gettext_lazy("A trial account may write only to numbers that were verified in the Twilio Console.")),
    21610: ("opted_out", gettext_lazy("This person wrote STOP. Nobody may write to them until they write START.")),
    21611: ("queue_full", gettext_lazy("Too many messages from this number already wait at Twilio. Try again later.")),
    21612: ("no_route", gettext_lazy("Twilio cannot carry a message from this channel's number to that one.")),
    21614: ("no_mobile", gettext_lazy("This number cannot receive text messages: it is no mobile number.")),
    21617: ("too_long", gettext_lazy("The text is too long for a text message.")),
    30003: ("unreachable", gettext_lazy("The telephone was switched off or out of reach, and the message was not kept for it.")),
    30004: ("blocked", gettext_lazy("The message was blocked: this person, or their provider, takes none from this number.")),
    30005: ("unknown_number", gettext_lazy("This number is not in use any more.")),
    30006: ("landline", gettext_lazy("This number is a landline, or its provider cannot be reached.")),
    30007: ("filtered", gettext_lazy("The provider took the message for spam and dropped it.")),
    30008: ("not_delivered", gettext_lazy("The provider did not deliver the message, and does not say why.")),
    30034: ("unregistered", gettext_lazy("This channel's number is not registered for messages to the United States (A2P 10DLC).")),
    63038: ("daily_limit", gettext_lazy("The account has sent as many messages today as it may.")),
}


def target_of(outgoing: Outgoing) -> str:
    """The number to write to. Empty for what names nobody."""
    return party(outgoing.to or outgoing.thread_key)


def send_once(line: Line, access: Access, outgoing: Outgoing) -> Receipt:
    """Say it once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    number = target_of(outgoing)
    if not number:
        raise Rejected(_("A text message needs a number to go to."), code="no_place")
    own = access.external_id
    fields: dict[str, Any] = {"from_": own} if own.startswith("+") else {"messaging_service_sid": own}
    if access.hook_url:
        # What became of it is told there; `key` says of which of our tries, whatever became of the answer.
        fields["status_callback"] = f"{access.hook_url}?key={outgoing.key}" if outgoing.key else access.hook_url
    if outgoing.media:
        fields["media_url"] = [file.address for file in outgoing.media]
    if outgoing.text:
        fields["body"] = outgoing.text
    doubt: NetworkError
    try:
        answer = line.ask(lambda client: client.messages.create(to=number, **fields))
    except Unanswered as error:
        trouble = error.as_trouble(LABEL)
        if error.unsent:
            doubt = TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code)
        else:
            doubt = OutcomeUnknown(trouble.reason, code="unanswered")
    else:
        identifier = sid(mapping(answer.body).get("sid"), *MESSAGES) if answer.good else ""
        if identifier:
            return Receipt(identifier, occurred_at=moment_of(answer.body.get("date_created")))
        doubt = unsent(answer)
    raise doubt


def unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means."""
    if answer.status == 401:
        return Unauthorized(_("Twilio no longer accepts this account's keys."), code="unauthorized")
    if answer.status == 429:
        trouble = unreadable(answer)
        return OutcomeUnknown(trouble.reason, code="rate_limited", hold_seconds=answer.wait_seconds())
    if answer.refuses and answer.status in (400, 403, 404):
        code, reason = in_words(answer.code, answer.words)
        return Rejected(reason, code=code)
    reason = _("Twilio gave no clear answer (status {status}).").format(status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


def in_words(number: int, words: str) -> tuple[str, Text]:
    """A refusal or a failure for people."""
    known = REASONS.get(number)
    if known:
        return known[0], str(known[1])
    if words:
        return f"code_{number}", _("Twilio refused it: {words}").format(words=words)
    return f"code_{number}", _("The message was not delivered (Twilio's number {number}).").format(number=number)


def fate_of(identifier: str, status: str, error: Any, *, key: str = "") -> Fate | None:
    """What a state says of a message of ours; None for what says nothing."""
    if status in ACCEPTED:
        return Fate(identifier, key)
    if status not in LOST:
        return None
    text = string(error)
    code, reason = in_words(int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0, "")
    return Fate(identifier, key, reason=reason, code=code)


def find_sent(line: Line, access: Access, outgoing: Outgoing, *, since: datetime) -> Found:
    """Our own messages to this person since then that say the same, oldest first.

    Asked for without a day: what still waits has no day on which it was sent.
    """
    number, own = target_of(outgoing), access.external_id
    is_number = own.startswith("+")
    filters = {"to": number, **({"from_": own} if is_number else {})}
    receipts: list[Receipt] = []
    following, complete = "", False
    for _page in range(FIND_PAGES):
        answer = ask(line, _question(following, filters), "messages")
        moments: list[datetime | None] = []
        for row in rows_of(answer, "messages"):
            entry = mapping(row)
            identifier, made = sid(entry.get("sid"), *MESSAGES), moment_of(entry.get("date_created"))
            moments.append(made)
            mine = is_number or entry.get("messaging_service_sid") == own
            spoken = string(entry.get("direction")).startswith("outbound") and _says(outgoing, entry)
            if identifier and mine and spoken and made and made >= since - SKEW:
                receipts.append(Receipt(identifier, occurred_at=made))
        following = next_page(answer, line.account)
        known = [moment for moment in moments if moment]
        complete = None not in moments and (not following or (bool(known) and max(known) < since - SKEW))
        if complete or not following:
            break
    return Found(tuple(reversed(receipts)), complete)


def _says(outgoing: Outgoing, entry: Mapping[str, Any]) -> bool:
    """Whether a row has the same words and as many files. A message of files alone has an empty body."""
    body, files = string(entry.get("body")), string(entry.get("num_media")) or "0"
    if files != str(len(outgoing.media)):
        return False
    return same(outgoing.text, body) if outgoing.text.strip() else not body.strip()


def _question(following: str, filters: Mapping[str, str]) -> Any:
    def question(client: Client) -> Any:
        if following:
            return client.messages.get_page(f"{SITE}{following}")
        return client.messages.page(page_size=PAGE_ROWS, **filters)

    return question
