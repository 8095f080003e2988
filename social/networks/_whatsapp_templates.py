"""Texts that WhatsApp has approved for an account, which may be sent when the day after the customer's last word is over.

developers.facebook.com/docs/whatsapp/business-management-api/message-templates and …/cloud-api/guides/send-message-templates, read
2026-11. Left out are those that need what Rabta does not fill: variables in head or buttons, media, named variables.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from social.networks._graph_wire import Line, ask_list
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.values import Cursor, Outgoing, Template

#: So many are kept with the channel; an account has 250 at first.
MOST = 100
LONGEST = 1024
_NAME = re.compile(r"^[a-z0-9_]{1,512}$")
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(_[A-Za-z]{2,4})?$")
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def ask_for(line: Line, account: str) -> list[dict[str, Any]]:
    """The approved texts as they stand in the cursor. Raises Unauthorized, TryLater, Rejected."""
    fields = {"fields": "name,language,status,components", "status": "APPROVED", "limit": MOST}
    _answer, rows = ask_list(line, lambda graph: graph.get_connections(account, "message_templates", **fields))
    return list(kept(mapping(row) for row in rows))[:MOST]


def kept(rows: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Those of a list that can be filled here."""
    for row in rows:
        name, language, parts = string(row.get("name")), string(row.get("language")), mappings(row.get("components"))
        bodies = [clean(string(part.get("text"))) for part in parts if part.get("type") == "BODY"]
        others = [part for part in parts if part.get("type") != "BODY"]
        if row.get("status", "APPROVED") != "APPROVED" or not _NAME.match(name) or not _LANGUAGE.match(language):
            continue
        if len(bodies) != 1 or not 0 < len(bodies[0]) <= LONGEST or any(map(_wants_more, others)):
            continue
        found = set(_VARIABLE.findall(bodies[0]))
        if found == {str(number) for number in range(1, len(found) + 1)}:
            yield {"name": name, "language": language, "body": _VARIABLE.sub(r"{{\1}}", bodies[0]), "variables": len(found)}


def _wants_more(part: Mapping[str, Any]) -> bool:
    known = part.get("type") in ("HEADER", "FOOTER", "BUTTONS") and part.get("format", "TEXT") == "TEXT"
    return not known or "{{" in json.dumps(part)


def of_cursor(cursor: Cursor) -> tuple[Template, ...]:
    """The texts that the last poll found."""
    found = []
    for row in mappings(cursor.get("templates")):
        variables = row.get("variables")
        if isinstance(variables, int) and string(row.get("name")) and string(row.get("body")):
            found.append(Template(string(row.get("name")), string(row.get("language")), string(row.get("body")), variables))
    return tuple(found)


def form_of(outgoing: Outgoing) -> dict[str, str]:
    """The fields of a send."""
    chosen = outgoing.template
    parameters = [{"type": "text", "text": str(value)} for value in chosen.get("parameters", [])]
    template = {"name": str(chosen.get("name")), "language": {"code": str(chosen.get("language"))}}
    components = {"components": [{"type": "body", "parameters": parameters}]} if parameters else {}
    return {"type": "template", "template": json.dumps({**template, **components})}
