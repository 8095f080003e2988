"""Entering our address at Twilio, for texts and calls to a number.

twilio.com/docs/phone-numbers/api/incomingphonenumber-resource, read 2026-11. A new number calls Twilio's own demonstration.
"""

from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from social.networks._placing import Elsewhere, is_ours
from social.networks._shapes import mappings, string
from social.networks._sms_wire import Line, ask, rows_of, sid
from social.networks.errors import Rejected

#: Looking at the number, and changing it.
CALLS = 2
DEMO = "demo.twilio.com"


def place(line: Line, number: str, url: str, *, voice: bool) -> None:
    """Have Twilio call `url` about texts to the number, and with `voice` about calls. Raises Elsewhere, Rejected, TryLater,
    Unauthorized.
    """
    answer = ask(line, lambda twilio: twilio.incoming_phone_numbers.page(phone_number=number), "incoming_phone_numbers")
    row = next((row for row in mappings(rows_of(answer, "incoming_phone_numbers")) if row.get("phone_number") == number), None)
    identifier = sid(string(row.get("sid")), "PN") if row else ""
    if not row or not identifier:
        raise Rejected(_("This number is not one of the account's."), code="not_ours")
    wanted = {"sms_url": url, **({"voice_url": url, "status_callback": url} if voice else {})}
    standing = {name: string(row.get(name)) for name in wanted}
    if any(not is_ours(found, url) and urlsplit(found).hostname != DEMO for found in standing.values()):
        raise Elsewhere(_("Twilio calls another address."), code="elsewhere")
    if standing != wanted:
        methods = {name.replace("_url", "_method") if name.endswith("_url") else f"{name}_method": "POST" for name in wanted}
        ask(line, lambda twilio: twilio.incoming_phone_numbers(identifier).update(**wanted, **methods), "sid")
