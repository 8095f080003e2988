"""The public door of web chat: pages of the sites that a channel names ask here, without cookies and without sessions.

Which page asks, the browser says (`Origin`); who asks, the body. Everything is answered in JSON, in the visitor's language.
"""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from core.direction import RTL_LANGUAGES
from core.errors import Invalid, RabtaError
from social.services import chatting
from social.services.chatting import Line, Place
from social.views.chat_words import color_of, words

#: A line has 5,000 characters at most; in JSON each may take twelve bytes.
MAX_BYTES = 80_000
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
                    chatting.slow_down(place, address=_address(request), what=request.method or "")
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
        response["Access-Control-Allow-Headers"] = "Content-Type"
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


def _address(request: HttpRequest) -> str:
    """Where it comes from, as sign-in's limits count it; one bucket for all whom a proxy does not name."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return "unknown"


def _body(request: HttpRequest) -> Mapping[str, Any]:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise _Refused(415, "no_files", _("Files cannot be sent in this chat. Say it in words, or give a link."), field="files")
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
    if found.get("files") is not None:
        raise Invalid(_("Files cannot be sent in this chat. Say it in words, or give a link."), field="files", code="no_files")
    return found


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
            "words": words(),
        }


@_door("POST")
def chat_say(request: HttpRequest, place: Place) -> dict[str, Any]:
    """Take one line: 200 once it is committed, also when it had been before."""
    given = _body(request)
    person = chatting.person_of(place, given)
    line = chatting.say(place, person, address=_address(request), given=given)
    return {"line": _drawn(line), "away": place.is_away}


@_door("POST")
def chat_read(request: HttpRequest, place: Place) -> dict[str, Any]:
    """What both sides said after a line. POST, so that no token stands in an address."""
    given = _body(request)
    person = chatting.person_of(place, given)
    lines, more = chatting.read(place, person, address=_address(request), after=given.get("after"))
    return {"lines": [_drawn(line) for line in lines], "more": more, "away": place.is_away}


def _drawn(line: Line) -> dict[str, Any]:
    return {"number": line.number, "ours": line.ours, "text": line.text, "at": line.said_at.isoformat()}
