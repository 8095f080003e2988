"""Texts that WhatsApp has approved: every number here has the same four; one wants a picture, one has blanks everywhere."""

from __future__ import annotations

import json
import re
from typing import Any

from ..wire.gate import Answer, Call
from . import files
from .gate import Refusal, missing
from .paging import asked, page

BLANK = re.compile(r"\{\{\d+\}\}")
EVERYWHERE = ("Parcel {{1}}", "{{1}}, it comes {{2}}.", "{{1}}")
TEXTS = {
    ("parcel_update", "en"): "Hello {{1}}, your parcel {{2}} is on its way.",
    ("go_on", "ur"): "السلام علیکم، کیا ہم گفتگو جاری رکھیں؟ یہاں جواب دیں۔",
}


def approved(call: Call) -> Answer:
    """GET /:account/message_templates."""
    if call.me["network"] != "whatsapp":
        raise missing(call.path["id"])
    rows: list[dict[str, Any]] = [
        {"name": name, "language": language, "status": "APPROVED", "category": "UTILITY", "id": str(number),
         "components": [{"type": "BODY", "text": text}, {"type": "FOOTER", "text": "Chowk"}]}
        for number, ((name, language), text) in enumerate(TEXTS.items(), 1)
    ]  # fmt: skip
    picture = [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look!"}]
    rows.append({"name": "look", "language": "en", "status": "APPROVED", "id": "9", "components": picture})
    button = {"type": "URL", "text": "Follow it", "url": f"https://anar.example/{EVERYWHERE[2]}"}
    parts = [{"type": "HEADER", "format": "TEXT", "text": EVERYWHERE[0]}, {"type": "BODY", "text": EVERYWHERE[1]}]
    parts.append({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}, button]})
    rows.append({"name": "on_its_way", "language": "en", "status": "APPROVED", "id": "10", "components": parts})
    return page(call, rows, {})


def filled(call: Call) -> tuple[str, list[int]]:
    """Words and file of the template a send names. Unknown ones, and wrong numbers of parameters, are refused as WhatsApp does."""
    try:
        given = json.loads(asked(call, "template"))
        text = TEXTS.get((str(given["name"]), str(given["language"]["code"])))
        if given["name"] == "look":
            (part,) = given["components"]
            return "Look!", files.own(call, part["parameters"][0]["image"]["id"])
        parts = given.get("components", [])
        if given["name"] == "on_its_way":
            _check(parts)
            text = "\n".join(EVERYWHERE)
        values = [str(value["text"]) for part in parts for value in part["parameters"]]
    except (ValueError, KeyError, TypeError):
        raise Refusal(100, "(#100) Invalid parameter") from None
    if text is None:
        raise Refusal(132001, "(#132001) Template name does not exist in the translation", status=404)
    if len(values) != text.count("{{"):
        raise Refusal(132000, "(#132000) Number of parameters does not match the expected number of params")
    for value in values:
        text = BLANK.sub(lambda _blank, value=value: value, text, count=1)
    return text, []


def _check(parts: list[Any]) -> None:
    """Each value must go where its blank is."""
    places = [(part["type"], part.get("sub_type"), part.get("index")) for part in parts]
    if places != [("header", None, None), ("body", None, None), ("button", "url", "1")]:
        raise Refusal(132012, "(#132012) Parameter format does not match format in the created template")
