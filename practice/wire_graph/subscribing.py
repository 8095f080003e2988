"""What an app calls, and whose news it hears (developers.facebook.com/docs/graph-api/reference/app/subscriptions and
…/reference/page/subscribed_apps, read 2026-11).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Any

import httpx

from .. import calling
from ..problems import BadField
from ..wire.gate import Answer, Call
from . import hooks
from .gate import APP_SECRET, Refusal

if TYPE_CHECKING:
    from ..world import World

#: The id of the app that everybody here may use.
KNOWN_APP = "1000000000001"
VERIFY_SECONDS = 3.0


def apps(world: World) -> dict[str, str]:
    """Id → secret."""
    return {world.settings.client_id: world.settings.client_secret, KNOWN_APP: APP_SECRET}


def asking(call: Call) -> tuple[str, str]:
    """Id and secret of the app whose proof the question carries."""
    token = str(call.query.get("access_token") or call.form.get("access_token") or "")
    proof = str(call.query.get("appsecret_proof") or call.form.get("appsecret_proof") or "")
    for name, secret in apps(call.world).items():
        if hmac.compare_digest(hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest(), proof):
            return name, secret
    return call.world.settings.client_id, call.world.settings.client_secret


def by_itself(call: Call) -> str:
    """The secret of the app in the address, which must ask with its own token."""
    given = str(call.query.get("access_token") or call.form.get("access_token") or "")
    secret = apps(call.world).get(call.path["id"], "")
    if not secret or not secrets.compare_digest(given.encode(), f"{call.path['id']}|{secret}".encode()):
        raise Refusal(190, "Invalid OAuth access token signature.")
    return secret


def app(call: Call) -> Answer:
    """GET /app: the app a token was given to."""
    return Answer({"id": asking(call)[0], "name": "Practice"})


def subscriptions(call: Call) -> Answer:
    """GET /:app/subscriptions."""
    rows = call.world.store.all("SELECT * FROM graph_apps WHERE secret = ?", (by_itself(call),))
    found = [
        {"object": row["object"], "callback_url": row["url"], "active": True,
         "fields": [{"name": name, "version": "v23.0"} for name in row["fields"].split(",")]}
        for row in rows
    ]  # fmt: skip
    return Answer({"data": found})


def subscribe(call: Call) -> Answer:
    """POST /:app/subscriptions: another address, once it proved that it wants to be called. All accounts that were heard follow."""
    secret, kind, url = by_itself(call), str(call.form.get("object", "")), str(call.form.get("callback_url", ""))
    network = next((network for network, name in hooks.OBJECTS.items() if name == kind), "")
    if not network or not url:
        raise Refusal(100, "(#100) Invalid parameter")
    challenge = str(secrets.randbelow(10**10))
    question = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": str(call.form.get("verify_token", ""))}
    try:
        calling.check_near(url)
        answer = httpx.get(url, params=question, timeout=VERIFY_SECONDS, trust_env=False)
    except (httpx.HTTPError, BadField) as error:
        raise Refusal(2200, f"(#2200) Callback verification failed: {type(error).__name__}") from None
    if answer.status_code != 200 or answer.text != challenge:
        raise Refusal(2200, f"(#2200) Callback verification failed with status {answer.status_code}")
    with call.world.store.write() as db:
        db.execute("INSERT OR REPLACE INTO graph_apps VALUES (?, ?, ?, ?)", (secret, kind, url, str(call.form.get("fields", ""))))
        db.execute(
            "UPDATE graph_hooks SET url = ? WHERE secret = ? AND brand_id IN (SELECT id FROM people WHERE network = ?)",
            (url, secret, network),
        )
    return Answer({"success": True})


def hear(call: Call) -> Answer:
    """POST /:page/subscribed_apps: the app hears of this account from now on."""
    _name, secret = asking(call)
    kind = hooks.OBJECTS[str(call.me["network"])]
    row: Any = call.world.store.one("SELECT url FROM graph_apps WHERE secret = ? AND object = ?", (secret, kind))
    if row is not None:
        with call.world.store.write() as db:
            db.execute("INSERT OR REPLACE INTO graph_hooks VALUES (?, ?, ?)", (call.me["id"], row["url"], secret))
    return Answer({"success": True})
