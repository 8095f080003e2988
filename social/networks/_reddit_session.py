"""Signing in at Reddit, through prawcore: by its own page with a refresh token that stays, or with a “script” app's password.

github.com/reddit-archive/reddit/wiki/OAuth2 and praw.readthedocs.io (Authenticating via OAuth), read 2026-11: a code works once, an
access token lasts a day or less, a refresh token of a permanent sign-in until the person takes it back (or a year without use). A
“script” app gets no refresh token: its password opens another session. A refused password is a 200 with `error`, a wrong app a 401.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from prawcore import Authorizer, ScriptAuthorizer, TrustedAuthenticator

from core.clock import now
from social.networks._reddit_wire import NAME, Answer, Door, door, garbled, heard_of, hosts, unreadable
from social.networks._shapes import mapping, string
from social.networks._wire import Patience, Unanswered
from social.networks.errors import Rejected, TryLater, Unauthorized, Unsupported
from social.networks.values import Access, Tokens

#: www.reddit.com/api/v1/scopes: who one is, reading, one's own comments (to find what was sent), messages, writing, mending and
#: deleting what one wrote, removing and approving where one moderates.
SCOPES = ("identity", "read", "history", "privatemessages", "submit", "edit", "modposts")
#: What an admin typed, which a new session must not lose.
TYPED = ("client_id", "client_secret", "username", "password", "subreddits", "search")


def app_of(access: Access) -> tuple[str, str]:
    """The app a sign-in belongs to: its own, or the installation's."""
    if access.secrets.get("client_id"):
        return access.secrets["client_id"], access.secrets.get("client_secret", "")
    return settings.REDDIT_CLIENT_ID, settings.REDDIT_CLIENT_SECRET


def authorize_url(*, state: str, redirect_uri: str) -> str:
    """Reddit's consent page. Raises Unsupported when the installation has no app at Reddit."""
    if not settings.REDDIT_CLIENT_ID:
        reason = _("Signing in at {network} is not set up here: {setting} is missing.")
        raise Unsupported(reason.format(network=NAME, setting="REDDIT_CLIENT_ID"), code="not_set_up")
    query = {
        "client_id": settings.REDDIT_CLIENT_ID,
        "response_type": "code",
        "state": state,
        "redirect_uri": redirect_uri,
        "duration": "permanent",
        "scope": " ".join(SCOPES),
    }
    return f"{hosts()['reddit_url']}/api/v1/authorize?{urlencode(query)}"


def exchange(patience: Patience, *, code: str, redirect_uri: str) -> Tokens:
    """Trade the code of a finished sign-in for tokens. Raises Rejected, TryLater."""
    app = settings.REDDIT_CLIENT_ID, settings.REDDIT_CLIENT_SECRET
    answer = _granted("", app, patience, lambda there: Authorizer(authenticator=there).authorize(code), redirect_uri=redirect_uri)
    if answer.status in (400, 401, 403) or (answer.good and answer.error):
        words = answer.words or answer.error or str(answer.status)
        reason = _("{network} refused the sign-in: {words}").format(network=NAME, words=words)
        raise Rejected(reason, code=answer.error or "refused")
    return _tokens(answer, {})


def open_session(access: Access, patience: Patience) -> Tokens:
    """A session from whatever was kept or typed: the refresh token, else the password. Raises Unauthorized, TryLater."""
    kept, app = access.secrets, app_of(access)
    if kept.get("refresh_token"):

        def grant(there: TrustedAuthenticator) -> None:
            Authorizer(authenticator=there, refresh_token=kept["refresh_token"]).refresh()

    elif kept.get("username") and kept.get("password"):

        def grant(there: TrustedAuthenticator) -> None:
            ScriptAuthorizer(authenticator=there, username=kept["username"], password=kept["password"]).refresh()

    else:
        raise Unauthorized(_("There is no refresh token: connect the account again."), code="not_refreshable")
    reason = _("{network} no longer renews the sign-in of this account. Connect it again.").format(network=NAME)
    if not "".join(app).isascii():
        # No app has such a name, and the way it is asked with carries no such letters.
        raise Unauthorized(reason, code="bad_app")
    answer = _granted(access.handle or kept.get("username", ""), app, patience, grant)
    if answer.status in (400, 401, 403) or (answer.good and answer.error):
        raise Unauthorized(reason, code=answer.error or "refused")
    return _tokens(answer, kept)


def _granted(
    username: str,
    app: tuple[str, str],
    patience: Patience,
    grant: Callable[[TrustedAuthenticator], None],
    *,
    redirect_uri: str | None = None,
) -> Answer:
    with door(username, patience) as (heard, options):
        there = TrustedAuthenticator(client_id=app[0], client_secret=app[1], redirect_uri=redirect_uri, requestor=Door(**options))
        try:
            return heard_of(heard, lambda: grant(there))
        except Unanswered as error:
            raise error.as_trouble(NAME) from error


def _tokens(answer: Answer, kept: Any) -> Tokens:
    body = mapping(answer.body)
    token = string(body.get("access_token"))
    if not answer.good or not token:
        trouble = unreadable(answer) if not answer.good else garbled()
        seconds = trouble.seconds if isinstance(trouble, TryLater) else 60.0
        raise TryLater(trouble.reason, seconds=seconds, code=trouble.code)
    secrets = {name: kept[name] for name in TYPED if kept.get(name)} | {"access_token": token}
    renewed = string(body.get("refresh_token")) or kept.get("refresh_token", "")
    if renewed:
        secrets["refresh_token"] = renewed
    lasts = body.get("expires_in")
    expires_at = now() + timedelta(seconds=lasts) if isinstance(lasts, int | float) and 0 < lasts < 1e9 else None
    return Tokens(secrets=secrets, expires_at=expires_at)
