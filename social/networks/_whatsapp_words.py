"""What a message of WhatsApp says, in whichever of its many kinds it stands; and why one of ours did not arrive.

developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages, …/support/error-codes, read 2026-11.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.reasons import NOTICE
from social.networks._graph_messages import text_of
from social.networks._shapes import mapping, mappings, string, web
from social.networks._text import clean
from social.networks.errors import Text

LONGEST = 1000
MOST_ROWS = 30
FILES = ("image", "sticker", "video", "audio", "voice", "document")
#: Why a message of ours did not arrive, by Meta's code, where its own words are of no help to who answers.
FAILED: Mapping[str, Text] = {
    "130472": gettext_lazy("Meta keeps this person out of marketing messages for an experiment of its own."),
    "131026": gettext_lazy("The number has no WhatsApp, an old one, or has not accepted its terms."),
    "131031": gettext_lazy("The account is locked. See its quality in WhatsApp Manager."),
    "131042": gettext_lazy("There is trouble with the account's payment. Mend it in WhatsApp Manager."),
    "131045": gettext_lazy("The number is not registered for sending."),
    "131047": gettext_lazy("More than a day has passed since the customer's last message: only a template may be sent."),
    "131048": gettext_lazy("Too many people reported messages of this number as spam, so it may send less for a while."),
    "131049": gettext_lazy("Meta did not deliver it, so that this person gets fewer marketing messages. Wait a day."),
    "131050": gettext_lazy("This person wants no marketing messages from this number."),
    "131051": gettext_lazy("WhatsApp does not know this kind of message."),
    "131053": gettext_lazy("WhatsApp could not read the file."),
    "131056": gettext_lazy("Too many messages to this one person in a short time. Wait a moment."),
    "132012": gettext_lazy("What was filled into the template does not fit it."),
    "132015": gettext_lazy("The template is paused, because people did not like it."),
    "132016": gettext_lazy("The template is switched off for good, because people did not like it."),
}


def failure(code: str, own_words: str) -> str:
    """Why a message did not arrive: our words for what is known, Meta's own for the rest."""
    return str(FAILED[code]) if code in FAILED else clean(own_words)[:300] or code


def words(message: Mapping[str, Any]) -> str:
    """What was said, and what the customer did instead. Raises Malformed."""
    kind = string(message.get("type"))
    said = mapping(message.get(kind))
    came_by = _advertisement(mapping(message.get("referral")))
    if kind == "text":
        return _joined(text_of({"message": said.get("body")}), came_by)
    if kind in FILES:
        return _joined(clean(string(said.get("caption"))), came_by)
    if kind == "interactive":
        return _chosen(said)
    if kind == "location":
        place = [string(said.get("name")), string(said.get("address"))]
        point = f"{said.get('latitude')}, {said.get('longitude')}" if "latitude" in said else ""
        return clean("\n".join(part for part in ("📍", *place, point) if part)[:LONGEST])
    if kind == "contacts":
        return _joined(_noticed(_("Sent contact cards.")), "\n".join(_cards(message)))
    if kind == "order":
        return _joined(_noticed(_("Sent an order.")), clean(string(said.get("text"))), "\n".join(_rows(said)))
    if kind == "request_welcome":
        return _noticed(_("Opened the chat for the first time."))
    own = clean(string(said.get("text")) or string(said.get("body")))
    return own or _noticed(_("Sent something that the network does not hand over."))


def _noticed(sentence: str) -> str:
    return f"{NOTICE}{sentence}"


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)[: LONGEST * 8]


def _chosen(said: Mapping[str, Any]) -> str:
    """A button or a row of a list that was pressed, or a form that was filled in (`nfm_reply`)."""
    pressed = mapping(said.get("button_reply")) or mapping(said.get("list_reply"))
    form = mapping(said.get("nfm_reply"))
    if pressed or not form:
        return "\n".join(clean(string(pressed.get(name))) for name in ("title", "description") if pressed.get(name))
    try:
        filled = mapping(json.loads(string(form.get("response_json"))))
    except (ValueError, RecursionError):
        filled = {}
    lines = [f"{name}: {value}" for name, value in filled.items() if name != "flow_token" and isinstance(value, str | int | float)]
    return _joined(_noticed(_("Filled in a form.")), clean("\n".join(lines[:MOST_ROWS]))[:LONGEST])


def _cards(message: Mapping[str, Any]) -> Iterator[str]:
    for card in mappings(message.get("contacts"))[:MOST_ROWS]:
        ways = [*mappings(card.get("phones")), *mappings(card.get("emails"))]
        reached = [string(row.get("phone")) or string(row.get("email")) for row in ways]
        name = string(mapping(card.get("name")).get("formatted_name"))
        yield clean(" · ".join(part for part in (name, *reached) if part))[:LONGEST]


def _rows(order: Mapping[str, Any]) -> Iterator[str]:
    for row in mappings(order.get("product_items"))[:MOST_ROWS]:
        price = f"{string(row.get('item_price')) or row.get('item_price')} {string(row.get('currency'))}".strip()
        yield clean(f"{row.get('quantity')} × {string(row.get('product_retailer_id'))} · {price}")[:200]


def _advertisement(referral: Mapping[str, Any]) -> str:
    """The advertisement that somebody came by, at the end of their first words."""
    if not referral:
        return ""
    parts = [clean(string(referral.get("headline"))) or clean(string(referral.get("body"))), web(referral.get("source_url"))]
    return "📣 " + " · ".join(part for part in parts if part)[:500] if any(parts) else ""
