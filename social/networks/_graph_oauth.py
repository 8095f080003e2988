"""Signing in at Meta: Facebook Login for Business, shared by Facebook, Instagram and WhatsApp.

developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow, …/facebook-login/facebook-login-for-business and
…/facebook-login/guides/access-tokens/get-long-lived, read 2026-11. The code gives a person's token of an hour or two, that one a
token of 60 days, and with it `me/accounts` gives tokens of Pages that have no end. People may untick single rights and leave out
Pages.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import requests
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from social.networks._graph_wire import Line, after_of, ask, ask_list, client, fault_of, unreadable
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Answer, Patience, Unanswered, json_of, session
from social.networks.errors import Rejected, Text, TryLater, Unsupported
from social.networks.values import Access, Tokens

DIALOG = "https://www.facebook.com"
GRAPH = "https://graph.facebook.com"
SETTINGS = ("FACEBOOK_APP_ID", "FACEBOOK_APP_SECRET")
#: Pages are listed a hundred at a time; whoever manages more than these connects the others by their tokens.
PAGES_ROWS, PAGES_ASKED = 100, 5
#: Code, long-lived token, rights.
CALLS = 3

#: What each right is for, for whoever left it out (developers.facebook.com/docs/permissions, read 2026-11).
RIGHTS: Mapping[str, Text] = {
    "pages_show_list": gettext_lazy("listing the Pages you manage"),
    "pages_read_engagement": gettext_lazy("reading posts of the Page"),
    "pages_read_user_content": gettext_lazy("reading comments and posts of visitors"),
    "pages_manage_engagement": gettext_lazy("answering, hiding and deleting comments"),
    "pages_manage_metadata": gettext_lazy("being told at once of what is new"),
    "pages_messaging": gettext_lazy("reading and answering messages"),
    "instagram_basic": gettext_lazy("seeing the Instagram account"),
    "instagram_manage_comments": gettext_lazy("reading and answering comments on Instagram"),
    "instagram_manage_messages": gettext_lazy("reading and answering messages on Instagram"),
    "whatsapp_business_management": gettext_lazy("seeing numbers and templates on WhatsApp"),
    "whatsapp_business_messaging": gettext_lazy("writing on WhatsApp"),
}


def lacks() -> tuple[str, ...]:
    """Settings without which nobody can sign in."""
    return tuple(name for name in SETTINGS if not getattr(settings, name))


def authorize_url(rights: Iterable[str], *, state: str, redirect_uri: str, whom: Text) -> str:
    """Meta's consent page. Raises Unsupported when the installation has no app there."""
    missing = lacks()
    if missing:
        reason = _("Signing in at {network} is not set up here: {setting} is missing.")
        raise Unsupported(reason.format(network=whom, setting=missing[0]), code="not_set_up")
    query = {
        "client_id": settings.FACEBOOK_APP_ID,
        "redirect_uri": redirect_uri,
        "state": state,
        "response_type": "code",
        # Else what somebody once unticked is never asked for again.
        "auth_type": "rerequest",
    }
    if settings.FACEBOOK_CONFIG_ID:
        query["config_id"] = settings.FACEBOOK_CONFIG_ID
    else:
        query["scope"] = ",".join(rights)
    return f"{settings.GRAPH_API_BASE or DIALOG}/{settings.GRAPH_VERSION}/dialog/oauth?{urlencode(query)}"


def exchange(patience: Patience, rights: Iterable[str], *, code: str, redirect_uri: str, whom: Text) -> Tokens:
    """Trade the code for the person's token of 60 days, with all rights that are needed. Raises Rejected, TryLater.

    `expires_at` is the person's token's end; None when it has none.
    """
    app = {"client_id": settings.FACEBOOK_APP_ID, "client_secret": settings.FACEBOOK_APP_SECRET}
    with session(settings.GRAPH_API_BASE, patience, calls=CALLS) as opened:
        first = _token(opened, {**app, "redirect_uri": redirect_uri, "code": code}, whom)
        short = string(first.body.get("access_token"))
        longer = _token(opened, {**app, "grant_type": "fb_exchange_token", "fb_exchange_token": short}, whom)
    token = string(longer.body.get("access_token"))
    share = Patience(patience.read_seconds, patience.all_in() / CALLS)
    with client(Access("", {"access_token": token}), settings.GRAPH_API_BASE, share, whom) as line:
        _refuse_half(line, rights)
    lasts = longer.body.get("expires_in")
    end = now() + timedelta(seconds=lasts) if isinstance(lasts, int | float) and 0 < lasts < 1e9 else None
    return Tokens(secrets={"access_token": token}, expires_at=end)


def _token(opened: requests.Session, query: Mapping[str, str], whom: Text) -> Answer:
    trouble: TryLater | None = None
    try:
        response = opened.get(f"{GRAPH}/{settings.GRAPH_VERSION}/oauth/access_token", params=dict(query))
    except (requests.exceptions.RequestException, OSError) as error:
        # Without its cause: the address in there holds code and secret.
        trouble = Unanswered(error).as_trouble(whom)
    if trouble is not None:
        raise trouble
    answer = Answer(response.status_code, response.headers, json_of(response))
    fault = fault_of(answer)
    if fault is not None and answer.status < 500 and not fault.transient:
        reason = _("{network} refused the sign-in: {words}").format(network=whom, words=fault.words or fault.code)
        raise Rejected(reason, code=f"code_{fault.code}")
    token = string(mapping(answer.body).get("access_token"))
    if not answer.good or not token or not (token.isascii() and token.isprintable()):
        garbled = unreadable(Answer(answer.status, answer.headers, None), whom)
        raise TryLater(garbled.reason, seconds=60.0, code=garbled.code)
    return answer


def _refuse_half(line: Line, rights: Iterable[str]) -> None:
    """Raise Rejected naming what was not granted."""
    _answer, rows = ask_list(line, lambda graph: graph.request(f"{graph.version}/me/permissions"))
    granted = {string(row.get("permission")) for row in mappings(rows) if row.get("status") == "granted"}
    missing = [str(RIGHTS.get(right, right)) for right in rights if right not in granted]
    if missing:
        reason = _("The sign-in was given without rights that are needed: {rights}. Start again and allow them.")
        raise Rejected(reason.format(rights=_(", ").join(missing)), code="scope_missing")


def pages(line: Line, fields: str) -> list[Mapping[str, Any]]:
    """The Pages a person manages and let us see, each with its own token. Raises Unauthorized, TryLater, Rejected."""
    found: list[Mapping[str, Any]] = []
    after = ""
    for _turn in range(PAGES_ASKED):
        query = {"fields": f"id,name,access_token,{fields}", "limit": PAGES_ROWS, **({"after": after} if after else {})}
        answer, rows = ask_list(line, lambda graph, query=query: graph.request(f"{graph.version}/me/accounts", query))  # type: ignore[misc]
        found += [row for row in mappings(rows) if string(row.get("access_token"))]
        after = after_of(answer.body)
        if not after:
            break
    return found


def business_accounts(patience: Patience, token: str, whom: Text) -> list[str]:
    """The WhatsApp Business accounts a person let us see. Raises as `ask`.

    …/whatsapp/embedded-signup, read 2026-11: the token itself says which; where it is for all of them, the person's businesses do.
    """
    app = f"{settings.FACEBOOK_APP_ID}|{settings.FACEBOOK_APP_SECRET}"
    with client(Access("", {"access_token": app}), settings.GRAPH_API_BASE, patience, whom) as line:
        answer = ask(line, lambda graph: graph.request(f"{graph.version}/debug_token", {"input_token": token}))
    scopes = mappings(mapping(answer.body.get("data")).get("granular_scopes"))
    named = [row.get("target_ids") for row in scopes if row.get("scope") == "whatsapp_business_management"]
    listed = [identifier for ids in named if isinstance(ids, list) for identifier in ids]
    if not listed:
        kinds = ("owned_whatsapp_business_accounts", "client_whatsapp_business_accounts")
        fields = ",".join(f"{kind}{{id}}" for kind in kinds)
        with client(Access("", {"access_token": token}), settings.GRAPH_API_BASE, patience, whom) as line:
            _answer, rows = ask_list(line, lambda graph: graph.request(f"{graph.version}/me/businesses", {"fields": fields}))
        there = [mapping(row.get(kind)).get("data") for row in mappings(rows) for kind in kinds]
        listed = [row.get("id") for found in there for row in mappings(found)]
    return list(dict.fromkeys(string(identifier) for identifier in listed if string(identifier)))
