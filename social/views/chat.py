"""The public door of web chat: pages of the sites that a channel names ask here, without cookies and without sessions.

Which page asks, the browser says (`Origin`); who asks, the body. Everything is answered in JSON, in the visitor's language.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import wraps
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.addresses import client_address
from core.direction import RTL_LANGUAGES
from core.errors import RabtaError
from social.models import StoredFile
from social.networks.fates import Fate
from social.networks.values import Media
from social.services import chat_files, chatting, delivering
from social.services.chatting import Line, Place
from social.views.chat_words import color_of, words

#: A line has 5,000 characters at most; in JSON each may take twelve bytes.
MAX_BYTES = 80_000
#: Who hands a file over, as percent-encoded JSON: a file's body is its bytes, and no token stands in an address.
WHO = "Rabta-Who"
#: Seconds for which a browser may remember that it may ask.
REMEMBER_SECONDS = 600

View = Callable[..., HttpResponse]


class _Refused(RabtaError):
    """A request that cannot be read."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message, code=code, field=field)
        self.status = status


def _door(method: str) -> Callable[[Callable[..., Any]], View]:
    """Let pages of the channel's own sites ask by one method, and tell everybody else, in words, why not.

    CORS as the Fetch standard has it: the one origin that asked is named, never `*`, no credentials, and caches keep origins apart.
    """

    def wrap(view: Callable[..., Any]) -> View:
        @csrf_exempt
        @wraps(view)
        def asked(request: HttpRequest, key: str) -> HttpResponse:
            place: Place | None = None
            with translation.override(_language(request.GET.get("lang"), request.headers.get("Accept-Language", ""))):
                try:
                    if request.method not in (method, "OPTIONS"):
                        raise _Refused(405, "method_not_allowed", _("This address takes {method} only.").format(method=method))
                    place = chatting.enter(key=key, origin=request.headers.get("Origin", ""))
                    chatting.slow_down(place, address=client_address(request), what=request.method or "")
                    response = HttpResponse(status=204) if request.method == "OPTIONS" else JsonResponse(view(request, place))
                except RabtaError as error:
                    response = _refusal(error)
            return _shared(response, place, method)

        return asked  # type: ignore[no-any-return]

    return wrap


def _refusal(error: RabtaError) -> HttpResponse:
    body = {"code": error.code, "message": str(error), "field": error.field, "detail": error.detail or None}
    response = JsonResponse({"error": body}, status=error.status)
    if "seconds" in error.detail:
        response["Retry-After"] = str(error.detail["seconds"])
    return response


def _shared(response: HttpResponse, place: Place | None, method: str) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Vary"] = "Origin"
    if place is not None:
        response["Access-Control-Allow-Origin"] = place.origin
        response["Access-Control-Allow-Methods"] = method
        response["Access-Control-Allow-Headers"] = f"Content-Type, {WHO}"
        response["Access-Control-Expose-Headers"] = "Retry-After"
        response["Access-Control-Max-Age"] = str(REMEMBER_SECONDS)
    return response


def _language(asked: str | None, accepted: str) -> str:
    """The language to answer in: what the widget says, else the browser's first that we speak."""
    known = [code for code, _label in settings.LANGUAGES]
    for wanted in [asked or "", *accepted.split(",")]:
        code = wanted.strip().partition(";")[0].partition("-")[0].lower()
        if code in known:
            return code
    return known[0]


def _body(request: HttpRequest) -> Mapping[str, Any]:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise _Refused(415, "no_files", _("Files are handed over one by one, each as a plain body."), field="files")
    if kind != "application/json":
        raise _Refused(415, "not_json", _("The body must be application/json."))
    try:
        raw = request.body
    except RequestDataTooBig:
        raw = b" " * (MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise _Refused(413, "too_large", _("This body is too large."))
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise _Refused(400, "not_json", _("The body is not JSON in UTF-8.")) from None
    if not isinstance(found, dict):
        raise _Refused(422, "not_an_object", _("The body must be a JSON object."))
    return found


def _who(request: HttpRequest) -> Mapping[str, Any]:
    """Who hands a file over, from the header."""
    try:
        found = json.loads(unquote(request.headers.get(WHO, ""), errors="strict"))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _Refused(422, "not_an_object", _("The header {name} must hold a JSON object.").format(name=WHO))
    return found


def _bytes(request: HttpRequest) -> bytes:
    """A file's bytes: what says to be larger than a file may be is refused before it is read."""
    limit = chat_files.largest()
    said = request.headers.get("Content-Length", "")
    content = b"" if said.isascii() and said.isdigit() and int(said) > limit else request.read(limit + 1)
    if len(content) > limit or (not content and said not in ("", "0")):
        shown = limit // (1024 * 1024)
        raise _Refused(413, "too_large", _("This file is larger than {limit} MB.").format(limit=shown), field="file")
    return content


@_door("GET")
def chat(request: HttpRequest, place: Place) -> dict[str, Any]:
    """What a widget needs to draw itself: looks, words, what to ask before the first line, whether somebody is there."""
    widget, channel = place.widget, place.channel
    language = widget.language or translation.get_language() or "en"
    with translation.override(language):
        away = _("Nobody is here just now. Leave your words and your e-mail address; we answer as soon as we are back.")
        return {
            "title": widget.title or channel.name,
            "greeting": widget.greeting or _("Hello! How can we help?"),
            "away": place.is_away,
            "away_words": widget.away_words or away,
            **color_of(widget.color),
            "side": widget.side,
            "theme": widget.theme,
            "language": language,
            "dir": "rtl" if language in RTL_LANGUAGES else "ltr",
            "ask": {"name": widget.ask_name, "email": widget.ask_email},
            "longest": chatting.LONGEST,
            "files": {"count": chat_files.MAX_FILES, "bytes": chat_files.largest()} if widget.takes_files else None,
            "words": words(),
        }


@_door("POST")
def chat_say(request: HttpRequest, place: Place) -> dict[str, Any]:
    """Take one line: 200 once it is committed, also when it had been before."""
    given = _body(request)
    person = chatting.person_of(place, given)
    chosen = given.get("files")

    def binding() -> tuple[list[StoredFile], list[Media]]:
        rows = chat_files.choose(place, person, handles=chosen)
        return rows, chat_files.bind(rows)

    line = chatting.say(place, person, address=client_address(request), given=given, binding=binding if chosen else None)
    return {"line": _drawn(line), "away": place.is_away}


@_door("POST")
def chat_read(request: HttpRequest, place: Place) -> dict[str, Any]:
    """What both sides said after a line. POST, so that no token stands in an address. `seen` says how far the visitor has read."""
    given = _body(request)
    person = chatting.person_of(place, given)
    lines, more = chatting.read(place, person, address=client_address(request), after=given.get("after"))
    read = [Fate(key, reached="read") for key in chatting.seen(place, person, number=given.get("seen"))]
    if read:
        delivering.learn(workspace_id=place.workspace_id, channel_id=place.channel.id, fates=read)
    return {"lines": [_drawn(line) for line in lines], "more": more, "away": place.is_away}


@_door("POST")
def chat_file(request: HttpRequest, place: Place) -> dict[str, Any]:
    """Take one file for a line to come: the body is its bytes, `name` a parameter, `Rabta-Who` says whose it is. Nothing is said by
    it, and what no line takes is thrown away after a day.
    """
    person = chatting.person_of(place, _who(request))
    chat_files.refuse_closed(place)
    name, content = request.GET.get("name", ""), _bytes(request)
    return {"file": _handed_over(chat_files.accept(place, person, address=client_address(request), name=name, content=content))}


def _handed_over(row: StoredFile) -> dict[str, Any]:
    return {"id": chat_files.handle_of(row), "kind": row.kind, "name": row.name, "size": row.size}


def _drawn(line: Line) -> dict[str, Any]:
    """A line as the widget draws it."""
    drawn = {"number": line.number, "ours": line.ours, "text": line.text, "at": line.said_at.isoformat()}
    return drawn | ({"files": [asdict(chat_files.shown(row)) for row in line.files]} if line.files else {})
