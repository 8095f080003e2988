"""How WhatsApp's Cloud API words things (developers.facebook.com/docs/whatsapp/cloud-api, read 2026-11)."""

import hashlib
import hmac
import json
from typing import Any

from social.networks.values import Hook

NUMBER, ALI, SECRET = "106540352242922", "923001234567", "secret-of-the-app"
TIME = 1795685401


def message(number: int | str, **fields: Any) -> dict[str, Any]:
    return {
        "from": ALI,
        "id": f"wamid.{number}",
        "timestamp": str(TIME),
        "type": "text",
        "text": {"body": f"complaint {number}"},
        **fields,
    }


def status(identifier: str, word: str, *, key: str = "", **fields: Any) -> dict[str, Any]:
    callback = {"biz_opaque_callback_data": key} if key else {}
    return {"id": identifier, "status": word, "timestamp": str(TIME), "recipient_id": ALI, **callback, **fields}


def body(*, messages: list[Any] | None = None, statuses: list[Any] | None = None, number: str = NUMBER) -> bytes:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": number},
        "contacts": [{"profile": {"name": "Ali"}, "wa_id": ALI}],
        **({"messages": messages} if messages is not None else {}),
        **({"statuses": statuses} if statuses is not None else {}),
    }
    entry = {"id": "102290129340398", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


def signed(content: bytes, secret: str = SECRET) -> Hook:
    made = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return Hook({"x-hub-signature-256": f"sha256={made}"}, content)
