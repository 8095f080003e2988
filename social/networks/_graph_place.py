"""Entering our address at Meta: at the app what it calls, and at each account that the app hears of it.

developers.facebook.com/docs/graph-api/reference/app/subscriptions, …/reference/page/subscribed_apps and
…/whatsapp/embedded-signup, read 2026-11. An app has one address for each kind of account. That of our own app is
`/hooks/app/<network>/`, for all channels; that of an owner's app is the channel's, and the first of their channels has it.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from social.networks._graph_wire import app_secret_of, ask, ask_list, client
from social.networks._placing import Elsewhere
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Patience
from social.networks.errors import Rejected, Text
from social.networks.values import Access

#: Which app, what it calls, the address, the account.
CALLS = 4


def verify_token() -> str:
    """What our own app says when it asks whether its address is ours. Made from its secret, so that nothing more must be kept."""
    secret = settings.FACEBOOK_APP_SECRET
    return hmac.new(secret.encode(), b"rabta: webhook", hashlib.sha256).hexdigest()[:40] if secret else ""


def own_app(access: Access) -> bool:
    """Whether the account was connected through this installation's app."""
    return bool(settings.FACEBOOK_APP_SECRET) and app_secret_of(access) == settings.FACEBOOK_APP_SECRET


def place(
    access: Access,
    patience: Patience,
    whom: Text,
    *,
    slug: str,
    kind: str,
    fields: Iterable[str],
    accounts: Mapping[str, Iterable[str]],
    mine: Callable[[str], bool],
) -> None:
    """Have Meta call us about this account. `accounts` are edges' owners → the fields they want. Raises Elsewhere and as `ask`."""
    share = Patience(patience.read_seconds, patience.all_in() / CALLS)
    secret = app_secret_of(access)
    ours = own_app(access)
    url = f"{settings.BASE_URL}/hooks/app/{slug}/" if ours else access.hook_url
    word = verify_token() if ours else access.secrets.get("verify_token", "")
    if not word:
        raise Rejected(_("There is no verify token. Connect the account again with one."), code="no_verify_token")
    with client(access, settings.GRAPH_API_BASE, share, whom) as line:
        app = settings.FACEBOOK_APP_ID
        if not ours or not app:
            app = string(ask(line, lambda graph: graph.get_object("app", fields="id")).body.get("id"))
    app_access = Access("", {"access_token": f"{app}|{secret}", "app_secret": secret})
    wanted = set(fields)
    with client(app_access, settings.GRAPH_API_BASE, share, whom) as line:
        _answer, rows = ask_list(line, lambda graph: graph.get_object(f"{app}/subscriptions"))
        row = next((row for row in mappings(rows) if row.get("object") == kind and row.get("active") is not False), {})
        standing = string(row.get("callback_url"))
        heard = {string(mapping(field).get("name")) or string(field) for field in row.get("fields") or ()}
        if standing and standing != url and not (ours and standing.startswith(f"{settings.BASE_URL}/")) and not mine(standing):
            raise Elsewhere(_("The app calls another address."), code="elsewhere")
        if standing != url or not wanted <= heard:
            form = {"object": kind, "callback_url": url, "verify_token": word, "fields": ",".join(sorted(wanted | heard - {""}))}
            ask(line, lambda graph: graph.put_object(app, "subscriptions", include_values="true", **form))
    with client(access, settings.GRAPH_API_BASE, share, whom) as line:
        for account, names in accounts.items():
            more: dict[str, Any] = {"subscribed_fields": ",".join(names)} if names else {}
            ask(line, lambda graph, account=account, more=more: graph.put_object(account, "subscribed_apps", **more))  # type: ignore[misc]
