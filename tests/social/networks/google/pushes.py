"""How Pub/Sub calls, with a key of the tests' own.

docs.cloud.google.com/pubsub/docs/push (the envelope) and …/authenticate-push-subscriptions (the token),
developers.google.com/my-business/reference/notifications/rest/v1/NotificationSetting (what is told), read 2026-11.
"""

import base64
import json
import time
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from social.networks.values import Hook
from tests.social.networks.google.shapes import LOCATION, review_id
from tests.social.networks.servers import Says

TOPIC = "projects/shop/topics/reviews"
PUSHER = "push@shop.iam.gserviceaccount.com"
ADDRESS = "https://rabta.example/hooks/abcdefghijklmnopqrstuv/"
KEY = "tests-1"


@cache
def signer(name: str = KEY) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_key(name: str = KEY) -> jwt.PyJWK:
    """What a reader of the set below has of it."""
    return jwt.PyJWK.from_dict(jwt.algorithms.RSAAlgorithm.to_jwk(signer(name).public_key(), as_dict=True), "RS256")


def key_set(*names: str) -> Says:
    """What Google says of its keys (www.googleapis.com/oauth2/v3/certs)."""
    algorithm = jwt.algorithms.RSAAlgorithm
    rows: list[dict[str, Any]] = []
    for name in names or (KEY,):
        public = algorithm.to_jwk(signer(name).public_key(), as_dict=True)
        rows.append({"kid": name, "use": "sig", "alg": "RS256", "kty": "RSA", "n": public["n"], "e": public["e"]})
    return Says(200, json.dumps({"keys": rows}).encode(), {"content-type": "application/json", "cache-control": "max-age=21600"})


def token(*, key: str = KEY, name: str = "", algorithm: str = "RS256", secret: Any = None, **claims: Any) -> str:
    second = int(time.time())
    said = {
        "aud": ADDRESS,
        "azp": "113774264463038321964",
        "email": PUSHER,
        "sub": "113774264463038321964",
        "email_verified": True,
        "exp": second + 3600,
        "iat": second,
        "iss": "https://accounts.google.com",
        **claims,
    }
    said = {name: value for name, value in said.items() if value is not None}
    signed_with = signer(key) if secret is None else secret
    return jwt.encode(said, signed_with, algorithm=algorithm, headers={"kid": name or key})


def envelope(location: str = LOCATION, *, number: int = 1, data: Any = None) -> bytes:
    place = f"accounts/7001/locations/{location}"
    told = {"type": "NEW_REVIEW", "location_name": place, "review_name": f"{place}/reviews/{review_id(number)}"}
    inner = json.dumps(told).encode() if data is None else data
    message = {
        "attributes": {},
        "data": base64.b64encode(inner).decode(),
        "messageId": "2070443601311540",
        "message_id": "2070443601311540",
        "publishTime": "2026-11-27T10:00:00.000Z",
        "publish_time": "2026-11-27T10:00:00.000Z",
    }
    return json.dumps({"message": message, "subscription": "projects/shop/subscriptions/reviews"}).encode()


def push(body: bytes | None = None, *, bearer: str | None = None, url: str = ADDRESS, **claims: Any) -> Hook:
    shown = token(**claims) if bearer is None else bearer
    return Hook({"authorization": f"Bearer {shown}"}, envelope() if body is None else body, url)
