"""What every page of the square shares: templates, the strict content policy, and who may ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from .settings import is_loopback

HERE = Path(__file__).parent
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True,
)  # fmt: skip
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self';"
    " connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


def page(template: str, *, status: int = 200, form_targets: str = "", guest: str = "", **values: Any) -> HTMLResponse:
    """Render a page. `form_targets` adds origins a form may lead to: browsers check redirects after a form too.
    `guest` is an origin whose script the page carries and may speak with.
    """
    html = TEMPLATES.get_template(template).render(**values)
    policy = POLICY + (f" {form_targets}" if form_targets else "")
    if guest:
        policy = policy.replace("script-src 'self'", f"script-src 'self' {guest}")
        policy = policy.replace("connect-src 'self'", f"connect-src 'self' {guest} {guest.replace('http', 'ws', 1)}")
    return HTMLResponse(
        html,
        status,
        # `no-referrer` would turn the Origin of our own forms into `null`, which `from_here` rightly refuses.
        headers={
            "content-security-policy": policy, "x-content-type-options": "nosniff", "referrer-policy": "same-origin",
            "cache-control": "no-store",
        },
    )  # fmt: skip


def from_here(request: Request) -> bool:
    """Whether a request was made by our own page, not by some other site the same browser has open.

    The host must be loopback (a name that an attacker points at 127.0.0.1 is not), and a write must come from
    the same origin.
    """
    if not is_loopback(request.url.hostname or ""):
        return False
    if request.method in ("GET", "HEAD"):
        return True
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.url.netloc}":
        return False
    return request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
