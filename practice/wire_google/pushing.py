"""Google's notifications of reviews: the setting of an account, Cloud Pub/Sub's push subscriptions, and the tokens they call with.

developers.google.com/my-business/reference/notifications/rest/v1/NotificationSetting and …/my-business/content/notification-setup,
docs.cloud.google.com/pubsub/docs/push and …/authenticate-push-subscriptions, read 2026-11. Every business is one owner's, so there
is one setting. The topic in it must be known: one with a push subscription, as anybody may make them (`PUT /google/push`).
"""

from __future__ import annotations

import base64
import json
import secrets
import sqlite3
from functools import cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from .. import calling, people, trouble
from ..clock import now_ms
from ..wire.gate import Answer, Call
from . import render
from .gate import Refusal, missing

if TYPE_CHECKING:
    from ..control import Order
    from ..world import World

KEY_NAME = "practice-1"
#: Pub/Sub calls again for days; here a minute is enough.
WAITS = (500, 1000, 2000, 4000, 8000, 16_000, 30_000)
TOKEN_SECONDS = 3600
KINDS = {"add": "NEW_REVIEW", "edited": "UPDATED_REVIEW"}
TROUBLES = ("twice", "reorder", "hold")


@cache
def signer() -> rsa.RSAPrivateKey:
    """The key of this process. Nobody else's: a product that believes it was led here."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certs(_call: Call) -> Answer:
    """GET /oauth2/v3/certs: its public half."""
    shown = jwt.algorithms.RSAAlgorithm.to_jwk(signer().public_key(), as_dict=True)
    key = {**shown, "kid": KEY_NAME, "alg": "RS256", "use": "sig", "key_ops": None}
    found = {name: value for name, value in key.items() if value is not None}
    return Answer({"keys": [found]}, headers={"cache-control": "public, max-age=22318"})


# --- the setting ---------------------------------------------------------------------------------------------------------
def _setting(world: World) -> sqlite3.Row | None:
    row: sqlite3.Row | None = world.store.one("SELECT * FROM google_setting")
    return row


def _shown(world: World) -> dict[str, Any]:
    row = _setting(world)
    kinds = row["kinds"].split(",") if row is not None and row["kinds"] else []
    shown: dict[str, Any] = {"name": f"{render.ACCOUNT}/notificationSetting"}
    return shown | ({"pubsubTopic": row["topic"], "notificationTypes": kinds} if row is not None else {})


def _own(call: Call) -> None:
    if f"accounts/{call.path['account']}" != render.ACCOUNT:
        raise missing("", "Requested entity was not found.")


def setting(call: Call) -> Answer:
    """GET /v1/accounts/:account/notificationSetting."""
    _own(call)
    return Answer(_shown(call.world))


def set_setting(call: Call) -> Answer:
    """PATCH of the same: the topic, and what is announced there."""
    _own(call)
    given = call.json if isinstance(call.json, dict) else {}
    topic, kinds = str(given.get("pubsubTopic") or ""), given.get("notificationTypes") or []
    if set(call.query.get("updateMask", "").split(",")) != {"pubsubTopic", "notificationTypes"} or not isinstance(kinds, list):
        raise Refusal(400, "", "Request contains an invalid argument: update_mask.")
    if topic and call.world.store.one("SELECT 1 FROM google_pushes WHERE topic = ?", (topic,)) is None:
        raise Refusal(403, "", f"mybusiness-api-pubsub@system.gserviceaccount.com may not publish to {topic}.")
    with call.world.store.write() as db:
        db.execute("DELETE FROM google_setting")
        if topic and kinds:
            db.execute("INSERT INTO google_setting VALUES (?, ?)", (topic, ",".join(map(str, kinds))))
    return Answer(_shown(call.world))


# --- calling -------------------------------------------------------------------------------------------------------------
def subscribe(order: Order) -> Any:
    """A push subscription: calls for what is announced on a topic, in a service account's name; none with an empty address."""
    given = order.take("topic", url="", account="push@practice.iam.gserviceaccount.com")
    calling.check_near(str(given["url"]))
    with order.world.store.write() as db:
        db.execute("DELETE FROM google_pushes WHERE topic = ?", (str(given["topic"]),))
        db.execute("INSERT INTO google_pushes VALUES (?, ?, ?)", (str(given["topic"]), str(given["url"]), str(given["account"])))
    return {"subscribed": bool(given["url"])}


def list_calls_made(order: Order) -> Any:
    return calling.bell(order.world).describe(people.get(order.world, order.path["who"]))


GOOGLE_WORK: tuple[tuple[str, str, Any], ...] = (
    ("PUT", "/google/push", subscribe),
    ("GET", "/google/{who}/calls", list_calls_made),
)


def token(url: str, account: str) -> str:
    """What Pub/Sub shows of itself to whoever it calls."""
    second = now_ms() // 1000
    claims = {
        "iss": "https://accounts.google.com", "aud": url, "azp": "113774264463038321964", "sub": "113774264463038321964",
        "email": account, "email_verified": True, "iat": second, "exp": second + TOKEN_SECONDS,
    }  # fmt: skip
    return jwt.encode(claims, signer(), algorithm="RS256", headers={"kid": KEY_NAME})


def post(world: World, row: sqlite3.Row, verb: str) -> None:
    """A review was written or changed: whoever subscribed to the topic of its business hears of it."""
    announced = _setting(world)
    kind = KINDS.get(verb, "")
    if row["network"] != "google" or row["reply_to_id"] is not None:
        return
    if announced is None or kind not in announced["kinds"].split(","):
        return
    for mentioned in world.store.all("SELECT user_id FROM mentions WHERE post_id = ?", (row["id"],)):
        brand = people.get(world, mentioned["user_id"])
        if brand["is_brand"] and brand["network"] == "google":
            _push(world, announced["topic"], brand, row, kind)


def _push(world: World, topic: str, brand: sqlite3.Row, row: sqlite3.Row, kind: str) -> None:
    place = f"{render.ACCOUNT}/locations/{brand['id']}"
    told = {"type": kind, "location_name": place, "review_name": f"{place}/reviews/{render.review_id(row['id'])}"}
    fired = world.trouble.draw(groups=("hook",), writes=False, lists=True, documents=False, user_id=brand["id"], names=TROUBLES)
    hold = fired.get("hold")
    late = hold is not None and trouble.is_held(hold, item_id=row["id"], stored_ms=row["stored_ms"], now_ms=now_ms())
    for push in world.store.all("SELECT * FROM google_pushes WHERE topic = ? AND url <> ''", (topic,)):
        message = {
            "data": base64.b64encode(json.dumps(told).encode()).decode(), "attributes": {}, "messageId": secrets.token_hex(8),
            "publishTime": render.moment(now_ms()),
        }  # fmt: skip
        said = {"message": message, "subscription": topic.replace("/topics/", "/subscriptions/")}
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token(push['url'], push['account'])}"}
        due = now_ms() + (int(hold.options["ms"]) if late and hold is not None else 0)
        for _time in range(2 if "twice" in fired else 1):
            ring = calling.Ring(brand["id"], push["url"], json.dumps(said).encode(), headers, due, {"body": told}, waits=WAITS)
            calling.bell(world).waiting.append(ring)
