"""X's calls to us: is it X's hand, is this address ours, and what do they hold.

docs.x.com/x-api/webhooks (introduction, quickstart) and x-api/activity/event-payloads, read 2026-11. Both the question before the
first call (and once an hour after) and every call are proved with the consumer secret of the app, over the bytes as they came. What
a call brings has the ids that polls give it, so that whatever both bring stands once; polls go on as before and find what calls
missed.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from social.networks import _x_pages
from social.networks._shapes import mapping, mappings, string
from social.networks._x_read import DIRECT, MENTIONS
from social.networks.errors import Forged, Malformed
from social.networks.values import Access, Envelope, Greeting, Hook, Page

SIGNATURE = "x-twitter-webhooks-signature"
SECRET = "consumer_secret"  # noqa: S105 - a name
MAX_TOKEN = 500
#: Event → the feed whose items it holds. `post.create` is our own account's and is not among them.
FEEDS = {"post.mention.create": MENTIONS, "post.reply.create": MENTIONS, "dm.received": DIRECT}


def secret_of(access: Access) -> str:
    """The consumer secret of the app that calls: the channel's own, else this installation's."""
    return access.secrets.get(SECRET, "") or str(settings.X_CONSUMER_SECRET)


def signed(secret: str, body: bytes) -> str:
    """How X proves that it said this."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def greeting(access: Access, query: Mapping[str, str]) -> Greeting:
    """The answer to X's question whether this address is ours. Raises Forged where the channel knows no consumer secret."""
    token, secret = query.get("crc_token", ""), secret_of(access)
    if not token or len(token) > MAX_TOKEN:
        raise Forged(_("X asks with a token, and this call has none."), code="no_token")
    if not secret:
        raise Forged(_("This channel knows no consumer secret: connect it again with one."), code="no_secret")
    document = {"response_token": signed(secret, token.encode("utf-8", "replace"))}
    return Greeting(json.dumps(document), "application/json")


def unpack(access: Access, hook: Hook) -> Page:
    """What a call holds for this account. Raises Forged, and Malformed for a signed body that is none of X's."""
    secret = secret_of(access)
    given = hook.headers.get(SIGNATURE, "")
    if not secret or not hmac.compare_digest(signed(secret, hook.body).encode(), given.encode("utf-8", "replace")):
        raise Forged(_("The signature does not fit the body and the channel's consumer secret."), code="wrong_signature")
    try:
        document = json.loads(hook.body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not document:
        raise Malformed(_("The body is not a JSON object."), code="no_object")
    items: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    for feed, post, includes in _said(document, access.external_id):
        whole = {"data": [post], "includes": includes, "meta": {"result_count": 1}}
        found, odd, _ids = _x_pages.envelopes(whole, feed)
        items |= {envelope.external_id: envelope for envelope in found}
        broken += odd
    return Page(tuple(items.values()), {}, broken=tuple(broken))


def _said(document: Mapping[str, Any], account_id: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """(feed, post or event, what it refers to) of everything that is about this account; the rest is not ours to keep."""
    if "data" in document:
        data = mapping(document.get("data"))
        feed = FEEDS.get(string(data.get("event_type")))
        if feed is not None and string(mapping(data.get("filter")).get("user_id")) == account_id:
            yield feed, _plain(mapping(data.get("payload"))), mapping(data.get("includes"))
        return
    if string(document.get("for_user_id")) == account_id:
        yield from _older(document, account_id)


def _plain(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Numbers come with twins that end in `_str`; the twins are what a poll would give."""
    twins = {name.removesuffix("_str"): value for name, value in payload.items() if name.endswith("_str")}
    return {**{name: value for name, value in payload.items() if not name.endswith("_str")}, **twins}


# --- the older shape --------------------------------------------------------------------------------------------------
def _older(document: Mapping[str, Any], account_id: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Account Activity, as version 1.1 wrote it (developer.x.com/en/docs/x-api/enterprise/account-activity-api/guides/
    account-activity-data-objects, read 2026-11), turned into what version 2 says. Our own posts and passed-on ones are left out.
    """
    for status in mappings(document.get("tweet_create_events")):
        user = mapping(status.get("user"))
        if string(user.get("id_str")) != account_id and "retweeted_status" not in status:
            yield MENTIONS, _status(status), {"users": [_user(user)]}
    people = mapping(document.get("users"))
    for event in mappings(document.get("direct_message_events")):
        if event.get("type") == "message_create":
            said = mapping(event.get("message_create"))
            sender = mapping(people.get(string(said.get("sender_id"))))
            yield DIRECT, _message(event, said), {"users": [_user(sender)] if sender else []}


def _status(status: Mapping[str, Any]) -> dict[str, Any]:
    whole = mapping(status.get("extended_tweet"))
    identifier = string(status.get("id_str"))
    references = [
        {"type": kind, "id": string(status.get(name))}
        for kind, name in (("replied_to", "in_reply_to_status_id_str"), ("quoted", "quoted_status_id_str"))
        if string(status.get(name))
    ]
    return {
        "id": identifier,
        "text": whole.get("full_text") or status.get("full_text") or status.get("text"),
        "entities": _entities(mapping(whole.get("entities") or status.get("entities"))),
        "author_id": string(mapping(status.get("user")).get("id_str")),
        "created_at": _time(string(status.get("timestamp_ms"))),
        "lang": status.get("lang"),
        "referenced_tweets": references,
        # It names no conversation: the thread of what is answered is found by its id, and a poll says it properly.
        "conversation_id": string(status.get("conversation_id_str")) or identifier,
    }


def _entities(entities: Mapping[str, Any]) -> dict[str, Any]:
    return {"urls": [dict(entry) for entry in mappings(entities.get("urls"))]}


def _message(event: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    data, sender = mapping(said.get("message_data")), string(said.get("sender_id"))
    other = string(mapping(said.get("target")).get("recipient_id"))
    pair = sorted((name for name in (sender, other) if name.isdigit()), key=int)
    return {
        "id": string(event.get("id")),
        "text": data.get("text"),
        "entities": _entities(mapping(data.get("entities"))),
        "sender_id": sender,
        "dm_conversation_id": "-".join(pair) if len(pair) == 2 else "",
        "created_at": _time(string(event.get("created_timestamp"))),
        "event_type": "MessageCreate",
    }


def _user(user: Mapping[str, Any]) -> dict[str, Any]:
    name = string(user.get("id_str")) or string(user.get("id"))
    return {
        "id": name,
        "username": user.get("screen_name"),
        "name": user.get("name"),
        "description": user.get("description"),
        "location": user.get("location"),
        "profile_image_url": user.get("profile_image_url_https"),
        "verified": user.get("verified"),
        "protected": user.get("protected"),
    }


def _time(milliseconds: str) -> str:
    """Milliseconds since 1970 as version 2 writes a moment."""
    if not (milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) < 15):
        return milliseconds
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).isoformat()
