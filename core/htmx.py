"""What the server says to a page that is already open: a toast, a place to go. htmx reads the headers."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment. Restoring history and boosted navigation want the whole page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Request-Type", "partial") != "full"
        and headers.get("HX-History-Restore-Request") != "true"
    )


def page_or_part(
    request: HttpRequest, *, page: str, part: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render `part` for htmx and `page` for all others; the page includes the same file, so they agree."""
    response = render(request, part if wants_part(request) else page, context, status=status)
    # The two answers share an address: a cache or the back button must not serve one for the other.
    response["Vary"] = "HX-Request, HX-Request-Type, Cookie"
    return response


def add_event(response: HttpResponse, name: str, detail: dict[str, Any]) -> HttpResponse:
    """Have the browser fire the event `name` once the answer is drawn. Adds to events already there."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    events[name] = detail
    # Header values are Latin-1: json.dumps escapes the rest.
    response["HX-Trigger"] = json.dumps(events)
    return response


def toast(
    response: HttpResponse,
    text: str,
    *,
    tone: str = "info",
    undo_url: str = "",
    undo_label: str = "",
    seconds: float = 6,
) -> HttpResponse:
    """Show `text` for `seconds`; with `undo_url` it carries a button that posts there."""
    return add_event(
        response,
        "rabta:toast",
        {
            "text": str(text),
            "tone": tone,
            "undoUrl": undo_url,
            "undoLabel": str(undo_label),
            "seconds": seconds,
        },
    )


def go(url: str) -> HttpResponse:
    """An empty answer that makes htmx load `url` as a whole page."""
    response = HttpResponse(status=204)
    response["HX-Redirect"] = url
    return response
