"""This installation's apps at servers of networks that have many: registered once, kept sealed, for all workspaces.

Called outside of any transaction: `app_for` calls the server.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from core import crypto
from core.clock import now
from core.failpoints import calling
from core.http import not_after
from core.resealing import Rotated, aged_rows, reseal_rows
from social.models import NetworkApp
from social.networks.base import NOTHING, Network
from social.networks.errors import Rejected
from social.services.leases import call_seconds

#: What the sealed facts are bound to in the place of a workspace and a channel: an app is everybody's here.
NOBODY = 0
#: A server that says more than this of an app of ours is up to something.
MOST_FACTS = 4096


def app_for(network: Network, place: str, *, redirect_uri: str) -> Mapping[str, str]:
    """Our app at that server, registered now where there is none or where the server forgot it. Raises Rejected, TryLater."""
    row = _row(network, place)
    kept = _opened(row) if row else NOTHING
    with calling("connect.app"), not_after(call_seconds(network)):
        app = network.app_at(place, kept, redirect_uri=redirect_uri)
    return kept if dict(app) == dict(kept) else _keep(network, place, app, row)


def kept_at(network: Network, place: str) -> Mapping[str, str]:
    """Our app at that server as it is kept; empty without one."""
    row = _row(network, place)
    return _opened(row) if row else NOTHING


def _row(network: Network, place: str) -> NetworkApp | None:
    return NetworkApp.objects.filter(network=network.slug, place=place).first()


def _field(network: str, place: str) -> str:
    return f"app-{network}-{place}"


def _opened(row: NetworkApp) -> Mapping[str, str]:
    """What is kept; nothing where no key of the ring opens it any more: then another app is registered and nobody loses it."""
    try:
        text = crypto.unseal(row.sealed, workspace_id=NOBODY, channel_id=NOBODY, field=_field(row.network, row.place))
    except crypto.Unreadable:
        return NOTHING
    return {str(name): str(value) for name, value in json.loads(text).items()}


def _keep(network: Network, place: str, app: Mapping[str, str], before: NetworkApp | None) -> Mapping[str, str]:
    """Keep the app. Of several that registered one at once, all go on with the one that was kept first."""
    text = json.dumps(dict(app))
    if len(text) > MOST_FACTS:
        raise Rejected(_("This server answered with something that is not its own."), code="bad_instance")
    sealed = crypto.seal(text, workspace_id=NOBODY, channel_id=NOBODY, field=_field(network.slug, place))
    facts = {"sealed": sealed, "registered_at": now()}
    if before is None:
        row, made = NetworkApp.objects.get_or_create(network=network.slug, place=place, defaults=facts)
        taken = made
    else:
        taken = bool(NetworkApp.objects.filter(pk=before.pk, sealed=before.sealed).update(**facts))
        row = before
    if taken:
        return app
    row.refresh_from_db()
    return _opened(row) or app


def rotate() -> Rotated:
    """Seal anew the apps that the newest key did not seal."""
    return reseal_rows(NetworkApp, _anew)


def aged() -> int:
    """How many apps an older key sealed."""
    return aged_rows(NetworkApp, _anew)


def _anew(row: NetworkApp) -> dict[str, str]:
    if not crypto.needs_resealing(row.sealed):
        return {}
    place: dict[str, Any] = {"workspace_id": NOBODY, "channel_id": NOBODY, "field": _field(row.network, row.place)}
    return {"sealed": crypto.seal(crypto.unseal(row.sealed, **place), **place)}
