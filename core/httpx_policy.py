"""The policy of core/http.py under libraries that speak httpx: each of their requests goes out through a requests session."""

import logging
from typing import Any

import httpx
import requests

#: It notes the address of each call, and some networks' addresses hold a token.
logging.getLogger("httpx").setLevel(logging.WARNING)

#: Headers that belong to one stretch of the way: the session sets its own.
_ONE_STRETCH = frozenset({"host", "connection", "accept-encoding", "content-length", "transfer-encoding"})
#: What they say of the body as it travelled is no longer true of the body as it was read.
_TRAVELLED = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})


class PolicyTransport(httpx.BaseTransport):
    """An httpx transport over a session of `core.http.session_under_policy`.

    The session's adapter decides what may be called, how long and how much is waited for; the session decides on redirects, so
    that httpx never meets one. What goes wrong is raised as requests' own errors: whoever asks whether a question can have left
    this machine has one family of errors to judge.
    """

    def __init__(self, session: requests.Session) -> None:
        self.session = session

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask once, and return an answer that was read whole. Raises requests exceptions."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _ONE_STRETCH}
        asked = requests.Request(request.method, str(request.url), headers=headers, data=request.read())
        heard = self.session.send(self.session.prepare_request(asked))
        kept = [(name, value) for name, value in heard.headers.items() if name.lower() not in _TRAVELLED]
        return httpx.Response(heard.status_code, headers=kept, content=heard.content, request=request)


def httpx_options(session: requests.Session) -> dict[str, Any]:
    """What to build an httpx client with so that nothing leaves but through `session`.

    Given a transport, httpx asks no proxy of the environment either.
    """
    return {"transport": PolicyTransport(session)}
