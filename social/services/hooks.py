"""The door for networks that call us: who is meant, is it genuine, store, and only then say yes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from django.db import connection
from django.utils.translation import gettext as _

from activity.services.log import record
from core.errors import NotFound, RabtaError
from core.jobs import ring
from core.tenancy import tenant
from social.models import ChannelState
from social.networks import network_of, networks
from social.networks.base import Network
from social.networks.errors import Forged, Malformed, NetworkError, TryLater, Unauthorized, Unsupported
from social.networks.features import Capability
from social.networks.values import Access, Greeting, Hook, Page
from social.services import credentials, ears, files, subscribing
from social.services.addresses import HEARD, channel_behind, channels_of
from social.services.delivering import learn
from social.services.pulling import insert_items, make_due
from social.services.rechecking import bury

log = structlog.get_logger("rabta.hooks")

STATE = "SELECT network, state FROM social_channel WHERE workspace_id = %s AND id = %s"
#: What must be asked for stands with the channel's cursor, once; more than so many names are no longer taken.
WANT = """
UPDATE social_pull
SET wanted = (SELECT coalesce(jsonb_agg(DISTINCT name), '[]') FROM jsonb_array_elements(wanted || %s) AS t (name))
WHERE workspace_id = %s AND channel_id = %s AND jsonb_array_length(wanted) < 500
"""
#: The most of an unreadable body that is kept for a person to look at, in bytes.
KEPT_BYTES = 100_000
#: No network tells of more accounts in one call.
MOST_ACCOUNTS = 200


class NotAsked(RabtaError):
    """This network only calls; it asks nothing first."""

    status = 405
    code = "method_not_allowed"


class NotNow(RabtaError):
    """It cannot be told just now whether the caller is the network, which calls again. Nothing was kept."""

    status = 503
    code = "not_now"


class NotGenuine(RabtaError):
    """The caller did not prove to be the network. Nothing was kept."""

    status = 401
    code = "forged"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a call: how many items were new, and what the caller wants to hear, where it wants more than a yes."""

    new: int
    answer: Greeting | None = None


def receive(*, key: str, hook: Hook) -> Taken:
    """Store what a network hands over, once however often it does. Whatever was new is committed then.

    A genuine body that cannot be understood is set aside whole on its channel, visible there: its sender has done its part.
    Raises NotFound for a key that leads nowhere or to a channel that is not connected (the network tries again later), NotGenuine,
    NotNow.
    """
    return _take(*_listener(key), hook)


def receive_for_app(*, slug: str, hook: Hook) -> Taken:
    """The same for a call to the one address of this installation's own app: every channel it is about takes its part.

    Raises NotFound for a network that has no such address, NotGenuine, NotNow. A call about nobody here is a yes: its sender did
    its part.
    """
    network = networks().get(slug)
    try:
        if network is None:
            raise Unsupported("No such network.")
        accounts = network.addressees(hook)
    except Unsupported as error:
        raise NotFound(_("Nothing listens at this address.")) from error
    except Forged as error:
        log.warning("hook_refused", network=slug, code=error.code)
        raise NotGenuine(error.reason, code=error.code) from error
    except TryLater as error:
        raise NotNow(error.reason) from error
    except Malformed as error:
        log.warning("hook_unreadable", network=slug, code=error.code)
        return Taken(0)
    new = 0
    for workspace_id, channel_id in channels_of(slug, sorted(set(accounts))[:MOST_ACCOUNTS]):
        try:
            new += _take(workspace_id, channel_id, network, hook).new
        except NotGenuine:
            # A channel with an app of its owner's own hears from that one.
            continue
    return Taken(new)


def greet_for_app(*, slug: str, query: Mapping[str, str]) -> Greeting:
    """As `greet`, for that address."""
    network = networks().get(slug)
    try:
        if network is None:
            raise Unsupported("No such network.")
        return network.greet_app(query)
    except Unsupported as error:
        raise NotFound(_("Nothing listens at this address.")) from error
    except Forged as error:
        log.warning("greeting_refused", network=slug, code=error.code)
        raise NotGenuine(error.reason, code=error.code) from error


def _take(workspace_id: int, channel_id: int, network: Network, hook: Hook) -> Taken:
    try:
        access: Access = credentials.open_access(workspace_id=workspace_id, channel_id=channel_id)
        page = network.unpack(access, hook)
    except (Forged, Unauthorized) as error:
        log.warning("hook_refused", channel=channel_id, code=error.code)
        raise NotGenuine(error.reason, code=error.code) from error
    except TryLater as error:
        raise NotNow(error.reason) from error
    except Malformed as error:
        page = _unreadable(hook, error)
    except Exception as error:
        log.exception("hook_unreadable", channel=channel_id)
        reason = _("Rabta does not understand this call ({error}).").format(error=type(error).__name__)
        page = _unreadable(hook, NetworkError(reason, code="internal"))
    files.keep_enclosed(workspace_id=workspace_id, channel_id=channel_id, enclosed=page.files)
    with tenant(workspace_id, step="hook.store"), connection.cursor() as cursor:
        new = insert_items(cursor, workspace_id=workspace_id, channel_id=channel_id, page=page)
        if new:
            cursor.execute(HEARD, [new, workspace_id, channel_id])
        if page.wanted:
            cursor.execute(WANT, [json.dumps(page.wanted), workspace_id, channel_id])
        for hidden in (True, False):
            if ids := sorted(name for name, state in page.hidden.items() if state is hidden):
                record(
                    "items.hidden",
                    actor_id=None,
                    subject=f"social.Channel:{channel_id}",
                    data={"channel": channel_id, "ids": ids, "hidden": hidden},
                )
        if page.more:
            make_due(channel_id=channel_id)
    if page.more:
        ring("social.tasks.pull", workspace_id, channel_id)
    if page.rings:
        ears.called(workspace_id=workspace_id, channel_id=channel_id)
    if page.fates:
        learn(workspace_id=workspace_id, channel_id=channel_id, fates=page.fates)
    if page.gone:
        bury(workspace_id=workspace_id, channel_id=channel_id, external_ids=sorted(set(page.gone)))
    return Taken(new, page.answer)


def greet(*, key: str, query: Mapping[str, str]) -> Greeting:
    """What a network wants to hear that asks, before its first call, whether this address is ours. Nothing is kept but its promise.

    Raises NotFound as `receive`, NotGenuine, NotAsked for networks that do not ask.
    """
    workspace_id, channel_id, network, state = _behind(key)
    try:
        if state == ChannelState.DISCONNECTED and network.places_hook:
            return network.farewell(query)
        _refuse_idle(network, state)
        greeting = network.greet(credentials.open_access(workspace_id=workspace_id, channel_id=channel_id), query)
    except Unsupported as error:
        raise NotAsked(error.reason) from error
    except (Forged, Unauthorized) as error:
        log.warning("greeting_refused", channel=channel_id, code=error.code)
        raise NotGenuine(error.reason, code=error.code) from error
    if greeting.promised_seconds is not None:
        subscribing.promised(workspace_id=workspace_id, channel_id=channel_id, seconds=greeting.promised_seconds)
    return greeting


def _listener(key: str) -> tuple[int, int, Network]:
    """Workspace, channel and network behind a key of a channel that may be called. Raises NotFound."""
    workspace_id, channel_id, network, state = _behind(key)
    _refuse_idle(network, state)
    return workspace_id, channel_id, network


def _behind(key: str) -> tuple[int, int, Network, str]:
    row = channel_behind(key)
    if row is None:
        raise NotFound(_("Nothing listens at this address."))
    workspace_id, channel_id = row
    slug, state = _state(workspace_id, channel_id)
    return workspace_id, channel_id, network_of(slug), state


def _refuse_idle(network: Network, state: str) -> None:
    # A paused channel reads nothing, and is the caller's to try again; what a network does not repeat, polling mends.
    if state not in (ChannelState.CONNECTED, ChannelState.NEEDS_RECONNECT) or Capability.WEBHOOKS not in network.capabilities:
        raise NotFound(_("Nothing listens at this address."))


def _state(workspace_id: int, channel_id: int) -> tuple[str, str]:
    with tenant(workspace_id, step="hook.channel"), connection.cursor() as cursor:
        cursor.execute(STATE, [workspace_id, channel_id])
        slug, state = cursor.fetchone()
    return slug, state


def _unreadable(hook: Hook, error: NetworkError) -> Page:
    """The whole body as one thing that waits for a person."""
    text = hook.body[:KEPT_BYTES].decode("utf-8", "replace").replace("\x00", "�")
    return Page((), {}, broken=((str(error.reason), {"body": json.loads(json.dumps(text)), "code": error.code}),))
