"""How WhatsApp rates a number, and how many people it may write to first: for the channel page.

developers.facebook.com/documentation/business-messaging/whatsapp/messaging-limits and …/reference/whatsapp-business-phone-number,
read 2026-11: since 2025-10 the limit is the whole business's (`whatsapp_business_manager_messaging_limit`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks._graph_wire import Line, ask
from social.networks._shapes import string
from social.networks.errors import Rejected, Text

FIELDS = "quality_rating,whatsapp_business_manager_messaging_limit"
QUALITY: Mapping[str, Text] = {
    "GREEN": gettext_lazy("People like this number's messages: its quality is high."),
    "YELLOW": gettext_lazy("Some people blocked or reported this number: its quality is medium."),
    "RED": gettext_lazy("Many people blocked or reported this number: its quality is low, and WhatsApp may let it send less."),
}
#: TIER_250, TIER_2K, TIER_10K, TIER_100K, TIER_UNLIMITED.
THOUSANDS = {"K": 1000}


def ask_for(line: Line, number: str) -> dict[str, Any]:
    """What the cursor keeps of it; nothing where the token is not told. Raises Unauthorized, TryLater."""
    try:
        answer = ask(line, lambda graph: graph.get_object(number, fields=FIELDS))
    except Rejected:
        return {}
    found = {
        "quality": string(answer.body.get("quality_rating"))[:20],
        "limit": string(answer.body.get("whatsapp_business_manager_messaging_limit"))[:20],
    }
    return {name: value for name, value in found.items() if value}


def remarks(cursor: Mapping[str, Any]) -> Iterator[Text]:
    """Sentences for the channel page. Pure."""
    quality, limit = string(cursor.get("quality")), string(cursor.get("limit")).removeprefix("TIER_")
    if quality in QUALITY:
        yield QUALITY[quality]
    figure = limit.removesuffix("K")
    if figure.isascii() and figure.isdigit():
        most = int(figure) * THOUSANDS.get(limit[-1:], 1)
        yield _("So many people may be written to first within a day: {number}").format(number=most)
