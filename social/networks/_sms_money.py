"""What a text or a call cost: Twilio says so a moment after it is over, in the same row (price is null until then).

twilio.com/docs/messaging/api/message-resource and …/voice/api/call-resource (price, price_unit), read 2026-11: a negative amount
in a string, and a currency by its three letters.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from social.networks._shapes import mapping, string
from social.networks._sms_read import MESSAGES, moment_of
from social.networks._sms_wire import sid
from social.networks.brought import Cost

MOST = Decimal(1_000_000)


def costs_of(rows: Iterable[Any]) -> tuple[Cost, ...]:
    """The prices that are known by now. What is still null comes when the row is read again: soon, or at night."""
    found = []
    for row in rows:
        entry = mapping(row)
        identifier = sid(entry.get("sid"), *MESSAGES, "CA")
        currency, when = string(entry.get("price_unit")).upper(), moment_of(entry.get("date_created") or entry.get("start_time"))
        try:
            amount = -Decimal(string(entry.get("price")))
        except InvalidOperation:
            continue
        named = len(currency) == 3 and currency.isascii() and currency.isalpha()
        if identifier and when and named and amount.is_finite() and 0 <= amount < MOST:
            found.append(Cost(identifier, amount, currency, when))
    return tuple(found)
