"""Texts that WhatsApp has approved for an account, which may be sent when the day after the customer's last word is over.

developers.facebook.com/docs/whatsapp/business-management-api/message-templates and …/cloud-api/guides/send-message-templates, read
2026-11. Left out are those that need what Rabta does not fill: named variables, codes to copy, places, carousels.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from social.networks._graph_wire import Line, ask_list
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.approved import Template
from social.networks.values import Cursor, Outgoing

#: So many are kept with the channel; an account has 250 at first.
MOST = 100
LONGEST = 1024
#: How parts are read, whatever order they come in.
ORDER = {"HEADER": 0, "BODY": 1, "FOOTER": 2, "BUTTONS": 3}
FILES = {"IMAGE": "image", "VIDEO": "video", "DOCUMENT": "file"}
BUTTONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER")
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
        if row.get("status", "APPROVED") == "APPROVED" and _NAME.match(name) and _LANGUAGE.match(language):
            found = _form_from(parts)
            if found is not None:
                yield {"name": name, "language": language, **found}


def _form_from(parts: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What a person fills in, in the order in which it is read, and where each value goes; None for what is not filled here."""
    pieces: list[str] = []
    slots: list[list[Any]] = []
    file, bodies = "", 0
    for part in sorted(parts, key=lambda part: ORDER.get(string(part.get("type")), 9)):
        kind, text = string(part.get("type")), clean(string(part.get("text")))
        if kind == "HEADER" and part.get("format") in FILES:
            file = FILES[string(part.get("format"))]
        elif kind == "BODY" or (kind == "HEADER" and part.get("format", "TEXT") == "TEXT"):
            bodies += kind == "BODY"
            if not 0 < len(text) <= LONGEST or not _takes(slots, kind.lower(), text):
                return None
            pieces += [text] if kind == "BODY" or _VARIABLE.search(text) else []
        elif kind == "BUTTONS":
            for index, button in enumerate(mappings(part.get("buttons"))):
                address = clean(string(button.get("url")))
                if button.get("type") not in BUTTONS or not _takes(slots, f"button:{index}", address):
                    return None
                pieces += [f"{clean(string(button.get('text')))}: {address}"] if _VARIABLE.search(address) else []
        elif kind != "FOOTER" or "{{" in json.dumps(part):
            return None
    if bodies != 1:
        return None
    body, variables = _numbered(pieces)
    form: dict[str, Any] = {"slots": slots} if [slot[0] for slot in slots] not in ([], ["body"]) else {}
    form |= {"file": file} if file else {}
    return {"body": body, "variables": variables, **({"form": form} if form else {})}


def _takes(slots: list[list[Any]], where: str, text: str) -> bool:
    """Note how many values go there. Whether they are numbered from one on, as all are that we can name."""
    found = set(_VARIABLE.findall(text))
    if found:
        slots.append([where, len(found)])
    return found == {str(number) for number in range(1, len(found) + 1)}


def _numbered(pieces: list[str]) -> tuple[str, int]:
    """The words with the blanks of all parts counted through, and their number. A blank that comes twice in a part counts once."""
    total, found = 0, []
    for piece in pieces:
        names = {int(name) for name in _VARIABLE.findall(piece)}
        found.append(_VARIABLE.sub(partial(_shifted, by=total), piece))
        total += len(names)
    return "\n\n".join(found), total


def _shifted(blank: re.Match[str], *, by: int) -> str:
    return f"{{{{{int(blank[1]) + by}}}}}"


def of_cursor(cursor: Cursor) -> tuple[Template, ...]:
    """The texts that the last poll found."""
    found = []
    for row in mappings(cursor.get("templates")):
        variables = row.get("variables")
        if isinstance(variables, int) and string(row.get("name")) and string(row.get("body")):
            form = mapping(row.get("form"))
            found.append(Template(string(row.get("name")), string(row.get("language")), string(row.get("body")), variables, form))
    return tuple(found)


def form_of(outgoing: Outgoing) -> dict[str, str]:
    """The fields of a send."""
    chosen = outgoing.template
    values = [{"type": "text", "text": str(value)} for value in chosen.get("parameters", [])]
    form = mapping(chosen.get("form"))
    slots = form.get("slots") or ([["body", len(values)]] if values else [])
    components: list[dict[str, Any]] = []
    if outgoing.media:
        (file,) = outgoing.media
        kind = "document" if file.kind == "file" else file.kind
        said = {"id": file.handle} | ({"filename": file.name} if kind == "document" and file.name else {})
        components.append({"type": "header", "parameters": [{"type": kind, kind: said}]})
    for where, number in slots:
        given, values = values[:number], values[number:]
        kind, _colon, index = str(where).partition(":")
        button = {"sub_type": "url", "index": index} if kind == "button" else {}
        components.append({"type": kind, **button, "parameters": given})
    template = {"name": str(chosen.get("name")), "language": {"code": str(chosen.get("language"))}}
    return {"type": "template", "template": json.dumps({**template, **({"components": components} if components else {})})}
