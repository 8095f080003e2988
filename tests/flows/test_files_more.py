"""Files of replies through the networks that name a file by what its upload answered: Bluesky, WhatsApp, Messenger."""

from base64 import b64encode
from typing import Any

import pytest

from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from social.models import Delivery
from social.networks import network_of
from social.networks.values import Media
from social.services import chosen_files
from social.services.connecting import connect_with_tokens
from social.services.credentials import open_access
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.flows.conftest import Line, network, running  # noqa: F401 - fixtures
from tests.flows.test_lines import settle_until
from tests.flows.test_meta_hooks import connect, until  # noqa: F401 - a fixture
from tests.pictures import picture
from tests.practice.conftest import Network

PICTURE = b64encode(picture(color="red")).decode()
PLACES = ["bluesky", "whatsapp", "facebook"]


@pytest.fixture
def place(request: pytest.FixtureRequest, network: Network, transactional_db: None) -> Line:  # noqa: F811
    """The shop on one of the networks, where a customer has just spoken."""
    if request.param == "bluesky":
        made: Line = request.getfixturevalue("on_bluesky")
        made.pull()
        return made
    made = request.getfixturevalue("connect")(request.param)
    made.network.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": "help"})
    until(made, lambda: Message.objects.exists())
    return made


@pytest.fixture
def on_bluesky(network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    settings.PRACTICE_URL = settings.X_API_BASE = settings.BLUESKY_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    for handle, is_brand in (("anar", True), ("sara", False)):
        network.call("POST", "/people", handle=handle, name=handle.title(), is_brand=is_brand, network="bluesky")
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member = membership_in(workspace, owner)
    values = {"handle": "anar.chowk.test", "app_password": "prac-tice-chow-kkkk"}
    channel = connect_with_tokens(network="bluesky", values=values, workspace_id=workspace.pk, actor_id=None)
    network.call("POST", "/posts", author="sara", text="@anar help")
    return Line(network, workspace, member, channel)


def answer(line: Line, text: str) -> Message:
    """Queue a reply with a picture."""
    ids = {"workspace_id": line.workspace.pk, "channel": line.channel, "member_id": line.member.pk}
    row = chosen_files.accept(**ids, name="red.png", content=picture(color="red"))
    with line.inside():
        conversation, media = Conversation.objects.get(), [(row.pk, "A red square")]
        return replies.reply(member=line.member, conversation_id=conversation.pk, body=text, media=media, undo_seconds=0)


def shown(line: Line) -> list[list[Any]]:
    """The files of what stands on the network by our hand."""
    if line.channel.network == "bluesky":
        rows = line.network.call("GET", "/posts?author=anar")["posts"]
    else:
        rows = [row for row in line.network.call("GET", "/dms?account=anar")["dms"] if row["from"] == line.channel.external_id]
    return [row["media"] for row in rows]


@pytest.mark.parametrize("place", PLACES, indirect=True)
def test_a_picture_is_posted_and_stands_on_the_network(place: Line) -> None:
    message = answer(place, "" if place.channel.network == "facebook" else "Here it is.")
    place.deliver()
    delivery: Delivery = place.of(lambda: Delivery.objects.get(id=message.delivery_id))
    assert (delivery.state, delivery.error) == ("sent", "")
    ((file,),) = shown(place)
    found = place.network.session.get(f"{place.network.base}/media/{file['id']}", timeout=5)
    assert found.content == picture(color="red")


@pytest.mark.parametrize("place", PLACES, indirect=True)
@pytest.mark.parametrize("group", ["upload", "write"])
def test_a_picture_in_doubt_is_never_doubled(place: Line, group: str) -> None:
    message = answer(place, "")
    place.network.trouble("swallow", group=group, count=1)
    place.deliver()
    delivery: Delivery = place.of(lambda: Delivery.objects.get(id=message.delivery_id))
    assert delivery.state == ("queued" if group == "upload" else "unknown")
    if group == "upload":
        # Nothing was posted by it: it is tried again.
        with place.inside():
            Delivery.objects.update(not_before="2020-01-01T00:00:00Z")
        place.deliver()
    if place.channel.network == "whatsapp":
        until(place, lambda: Delivery.objects.filter(id=message.delivery_id, state="sent").exists())
    else:
        settle_until(place, message, "sent")
    assert len(shown(place)) == 1


def test_a_customers_picture_comes_in_by_webhook(connect: Any) -> None:  # noqa: F811
    """WhatsApp names a file only; its bytes are fetched with the token when somebody looks."""
    line = connect("whatsapp")
    data = line.network.call("POST", "/uploads", by="sara", data=PICTURE)
    line.network.call("POST", "/dms", **{"from": "sara", "to": "anar", "text": "look", "media": [data["id"]]})
    message: Message = until(line, lambda: Message.objects.first())
    assert (message.body, message.media[0]["kind"], message.media[0]["reference"]) == ("look", "image", data["id"])
    access = open_access(**line.ids)
    assert network_of("whatsapp").open_media(access, Media.from_json(message.media[0])).content == picture(color="red")
