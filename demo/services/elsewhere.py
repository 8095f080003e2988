"""The first demo workspace on every other network: what customers said there, and our account connected, so that it is read.

In two steps for each network, either of which may be the last one before a kill: one import over there, which is whole or nothing
and skips what it has; then the connecting here. Who finds the channel leaves that network alone, also when
somebody disconnected it.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import requests
from django.conf import settings

from accounts.models import User
from accounts.selectors import place_of
from core.errors import RabtaError
from core.tenancy import tenant
from demo.networks import SCENES, Scene
from demo.services.square import Snowflakes, Square, iso
from demo.shapes import WorkspacePlan
from social.models import Channel, ChannelState
from social.networks import network_of
from social.networks.values import Hook
from social.services.connecting import connect_with_tokens
from social.services.hooks import receive

#: Seconds, for tokens that nothing would renew.
FOR_YEARS = 10 * 365 * 86_400
#: The series of the first network's ids; each counts in one of its own, workspaces in those from 0 on.
SERIES = 40


def settle_elsewhere(plan: WorkspacePlan, moment: datetime) -> Iterator[tuple[str, str]]:
    """Make and connect what is missing, one network a turn: its name, and why it could not be connected (empty when it is).

    Outside of any transaction. Nothing happens where the practice network does not stand in for a network.
    """
    boss = next(person for person in plan.staff if person.role == "admin")
    owner = User.objects.get(email=boss.email)
    place = place_of(owner, plan.slug)
    if place is None or not Square.is_there():
        return
    workspace_id = place.workspace.pk
    with tenant(workspace_id):
        known = set(Channel.objects.values_list("network", flat=True))
    square = Square()
    for scene in SCENES:
        if not _is_played(scene):
            continue
        trouble = ""
        try:
            if scene.network not in known:
                tell(square, scene, moment)
                values = _credentials(square, scene)
                channel = connect_with_tokens(
                    network=scene.network, values=values, workspace_id=workspace_id, actor_id=place.membership.pk
                )
                if scene.bell:
                    address = f"{settings.BASE_URL}/hooks/{channel.hook_key}/"
                    square.call(scene.bell.format(account=scene.account), {"url": address, **scene.bell_words}, method="PUT")
            if scene.only_calls:
                hand_over(square, scene, workspace_id)
        except (RabtaError, requests.RequestException) as error:
            trouble = str(error) or type(error).__name__
        yield scene.network, trouble


def _is_played(scene: Scene) -> bool:
    """Whether the practice network stands in for it. Feeds are anybody's: that one lives over there always."""
    return scene.place == "blog" or network_of(scene.network).is_practice()


def tell(square: Square, scene: Scene, moment: datetime) -> None:
    """Play the customers, unless it was done: then the account is there already. One import: whole, or nothing of it."""
    rows: dict[str, list[dict[str, Any]]] = {}
    if scene.place == "square":
        if scene.account in square.brands():
            return
        rows["people"] = _people(scene)
    flakes = Snowflakes(SERIES + SCENES.index(scene))
    numbers: dict[str, str] = {}
    names = {guest.who: guest.name for guest in scene.guests}
    for line in scene.lines:
        at = moment - timedelta(minutes=line.minutes)
        common = {"text": line.text, "created_at": iso(at)}
        if scene.place == "mail":
            common |= {"id": f"{line.minutes}.{line.who}", "from": line.who, "name": names[line.who], "to": scene.account}
            rows.setdefault("mails", []).append(common | {"subject": line.subject})
        elif scene.place == "blog":
            title = next((other.subject for other in scene.lines if other.key == line.under), "") if line.under else ""
            rows.setdefault("blog", []).append(common | {"name": names[line.who], "title": line.subject, "under": title})
        elif line.private and not scene.direct_posts:
            rows.setdefault("dms", []).append(common | {"from": line.who, "to": scene.account, "id": flakes.at(at)})
        else:
            number = flakes.at(at)
            numbers[line.key] = number
            post: dict[str, Any] = common | {"author": line.who or scene.account, "id": number}
            post |= {"reply_to": numbers[line.under]} if line.under else {}
            post |= {"stars": line.stars} if line.stars else {}
            post |= {"visibility": "direct"} if line.private else {}
            rows.setdefault("posts", []).append(post)
    for who, minutes in scene.missed_calls:
        row = {"from": who, "to": scene.account, "created_at": iso(moment - timedelta(minutes=minutes))}
        rows.setdefault("calls", []).append(row)
    square.call("/import", rows)


def _people(scene: Scene) -> list[dict[str, Any]]:
    shop: dict[str, Any] = {
        "handle": scene.account, "name": scene.name, "is_brand": True, "verified": True, "location": "Leeds",
        "network": scene.network,
    }  # fmt: skip
    rows = [shop | ({"id": str(scene.number)} if scene.number else {})]
    for guest in scene.guests:
        row = {
            "handle": guest.who, "name": guest.name, "lang": guest.lang, "location": guest.place, "bio": guest.bio,
            "face": guest.face or guest.who, "network": scene.network,
        }  # fmt: skip
        rows.append(row | ({"id": str(guest.number)} if guest.number else {}))
    return rows


def _credentials(square: Square, scene: Scene) -> dict[str, str]:
    """What a person would type into the form of that network."""
    told = {"account": scene.account, "practice": settings.PRACTICE_URL, "secret": settings.X_CLIENT_SECRET}
    if scene.place == "square":
        tokens = square.tokens(scene.account, seconds=None if scene.renews else FOR_YEARS)
        told |= {"id": square.brands()[scene.account], "token": tokens["access_token"], "refresh": tokens["refresh_token"]}
    return {name: value.format(**told) for name, value in scene.credentials.items()}


def hand_over(square: Square, scene: Scene, workspace_id: int) -> None:
    """Call our own door as the network would with all that customers wrote: who calls only once finds nobody while we start.

    Each `up` does, since what was handed over before is nothing new. In WhatsApp's words (developers.facebook.com/docs/whatsapp/
    cloud-api/webhooks/payload-examples, read 2026-11).
    """
    brand = square.brands()[scene.account]
    with tenant(workspace_id):
        channel = Channel.objects.filter(network=scene.network, external_id=brand, state=ChannelState.CONNECTED).first()
    if channel is None:
        return
    names = {str(guest.number): guest.name for guest in scene.guests}
    said = [row for row in square.directs(scene.account) if row["from"] in names]
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": channel.handle, "phone_number_id": brand},
        "contacts": [{"profile": {"name": name}, "wa_id": number} for number, name in names.items()],
        "messages": [
            {"from": row["from"], "id": f"wamid.{row['id']}", "timestamp": str(row["created_ms"] // 1000), "type": "text",
             "text": {"body": row["text"]}}
            for row in said
        ],
    }  # fmt: skip
    entry = {"id": f"1{brand}", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    signature = hmac.new(settings.X_CLIENT_SECRET.encode(), body, hashlib.sha256).hexdigest()
    receive(key=channel.hook_key, hook=Hook({"x-hub-signature-256": f"sha256={signature}"}, body))
