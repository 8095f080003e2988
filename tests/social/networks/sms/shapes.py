"""How Twilio words things (twilio.com/docs/messaging/api/message-resource and …/voice/api/call-resource, read 2026-11)."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from core.clock import now
from social.networks.values import Access, Hook
from tests.social.networks.servers import Says

ACCOUNT, TOKEN, NUMBER, ALI = f"AC{7:032x}", "a1b2c3d4e5f60718a1b2c3d4e5f60718", "+15550006789", "+923001234567"
LISTS = f"/2010-04-01/Accounts/{ACCOUNT}"
HOOK = "https://crm.example/hooks/AAAAAAAAAAAAAAAAAAAAAA/"


def access(number: str = NUMBER, *, hook_url: str = "", **secrets: str) -> Access:
    own = {"number": number, "account_sid": ACCOUNT, "auth_token": TOKEN, **secrets}
    return Access(number, own, number, hook_url=hook_url)


def sid(kind: str, number: int) -> str:
    return f"{kind}{number:032x}"


def rfc2822(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC))


def message(number: int, *, moment: datetime | None = None, **fields: Any) -> dict[str, Any]:
    own, when = sid("SM", number), rfc2822(moment or now())
    return {
        "sid": own,
        "account_sid": ACCOUNT,
        "messaging_service_sid": None,
        "from": ALI,
        "to": NUMBER,
        "body": f"complaint {number}",
        "direction": "inbound",
        "status": "received",
        "num_media": "0",
        "num_segments": "1",
        "date_created": when,
        "date_sent": when,
        "date_updated": when,
        "error_code": None,
        "error_message": None,
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "uri": f"{LISTS}/Messages/{own}.json",
        "subresource_uris": {"media": f"{LISTS}/Messages/{own}/Media.json"},
        **fields,
    }


def ours(number: int, text: str, *, moment: datetime | None = None, **fields: Any) -> dict[str, Any]:
    sent = {"from": NUMBER, "to": ALI, "direction": "outbound-api", "status": "delivered"}
    return message(number, moment=moment, body=text, **{**sent, **fields})


def listed(name: str, rows: list[Any], *, following: str = "") -> Says:
    address = f"{LISTS}/{name.title()}.json"
    following = f"{address}?PageSize=50&Page=1&PageToken={following}" if following else ""
    return Says.json({name: rows, "next_page_uri": following or None, "page": 0, "page_size": 50, "uri": address})


def refusal(status: int, code: int, words: str, **headers: str) -> Says:
    body = {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    return Says.json(body, status, **headers)


def form(number: int, **fields: str) -> dict[str, str]:
    own = sid("SM", number)
    return {
        "MessageSid": own,
        "SmsSid": own,
        "SmsMessageSid": own,
        "AccountSid": ACCOUNT,
        "From": ALI,
        "To": NUMBER,
        "Body": f"complaint {number}",
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
        "FromCity": "LAHORE",
        "FromCountry": "PK",
        **fields,
    }


def signature(url: str, fields: dict[str, str], token: str = TOKEN) -> str:
    """As twilio.com/docs/usage/webhooks/webhooks-security describes it, read 2026-11."""
    words = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), words.encode(), hashlib.sha1).digest()).decode()


def signed(fields: dict[str, str], *, url: str = HOOK, token: str = TOKEN) -> Hook:
    return Hook({"x-twilio-signature": signature(url, fields, token)}, urlencode(fields).encode(), url)


def call(number: int, *, moment: datetime | None = None, **fields: Any) -> dict[str, Any]:
    own, when = sid("CA", number), rfc2822(moment or now())
    return {
        "sid": own,
        "account_sid": ACCOUNT,
        "parent_call_sid": None,
        "from": ALI,
        "to": NUMBER,
        "direction": "inbound",
        "status": "completed",
        "duration": "95",
        "date_created": when,
        "start_time": when,
        "end_time": when,
        "caller_name": None,
        "answered_by": None,
        "price": None,
        "price_unit": "USD",
        "api_version": "2010-04-01",
        "uri": f"{LISTS}/Calls/{own}.json",
        **fields,
    }


def leg(number: int, parent: int, status: str, duration: str) -> dict[str, Any]:
    """Where a call was led on to."""
    on = {"parent_call_sid": sid("CA", parent), "direction": "outbound-dial", "to": "+15550001111"}
    return call(number, **on, status=status, duration=duration)


def recording(number: int, parent: int, duration: str, source: str = "RecordVerb") -> dict[str, Any]:
    own = sid("RE", number)
    uri = f"{LISTS}/Recordings/{own}.json"
    return {"sid": own, "call_sid": sid("CA", parent), "duration": duration, "source": source, "status": "completed", "uri": uri}


def voice(number: int, status: str = "ringing", **fields: str) -> dict[str, str]:
    """What a webhook says of a call."""
    return {
        "CallSid": sid("CA", number),
        "AccountSid": ACCOUNT,
        "From": ALI,
        "Caller": ALI,
        "To": NUMBER,
        "Called": NUMBER,
        "CallStatus": status,
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCountry": "PK",
        **fields,
    }
