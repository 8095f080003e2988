"""Files of replies over the second line: handed over, then posted once, whatever the network does in between."""

from typing import Any

import pytest

from core import vault
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from social.models import Delivery
from social.networks import network_of
from social.services import chosen_files
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import make_user, make_workspace, membership_in
from tests.flows.conftest import Line, line, network, running  # noqa: F401 - fixtures
from tests.flows.test_lines import settle_until
from tests.pictures import picture
from tests.practice.conftest import Network

COLORS = ("red", "blue")


@pytest.fixture(params=["x", "mastodon"])
def place(request: pytest.FixtureRequest, network: Network, transactional_db: None, settings: Any) -> Line:  # noqa: F811
    """A brand on one of the networks that take files, on which a customer has spoken in public."""
    if request.param == "x":
        made: Line = request.getfixturevalue("line")
        made.network.post("ayesha", "@brand help")
    else:
        made = mastodon(network, settings)
    made.network.call("PATCH", "/rules", idempotency=False)
    made.pull()
    return made


def mastodon(network: Network, settings: Any) -> Line:  # noqa: F811
    settings.PRACTICE_URL = settings.X_API_BASE = settings.MASTODON_API_BASE = network.base
    settings.SETTLE_SECONDS = 0.3
    for handle, is_brand in (("anar", True), ("sara", False)):
        network.call("POST", "/people", handle=handle, name=handle.title(), is_brand=is_brand, network="mastodon")
    owner = make_user("owner@line.example", name="Owner")
    workspace = make_workspace("Line", owner=owner)
    with tenant(workspace.pk):
        member = membership_in(workspace, owner)
    token = network.call("POST", "/tokens", account="anar")["access_token"]
    values = {"instance": "mastodon.example", "access_token": token}
    channel = connect_with_tokens(network="mastodon", values=values, workspace_id=workspace.pk, actor_id=None)
    network.call("POST", "/posts", author="sara", text="@anar help")
    return Line(network, workspace, member, channel)


def answer(line: Line, text: str = "Here it is.", *, files: int = 1) -> Message:  # noqa: F811
    """Queue a reply with pictures."""
    chosen = [
        chosen_files.accept(
            workspace_id=line.workspace.pk,
            channel=line.channel,
            member_id=line.member.pk,
            name=f"{color}.png",
            content=picture(color=color),
        )
        for color in COLORS[:files]
    ]
    with line.inside():
        conversation = Conversation.objects.get()
        media = [(row.pk, f"A {row.name}") for row in chosen]
        return replies.reply(member=line.member, conversation_id=conversation.pk, body=text, media=media, undo_seconds=0)


def delivery_of(line: Line, message: Message) -> Delivery:  # noqa: F811
    found: Delivery = line.of(lambda: Delivery.objects.get(id=message.delivery_id))
    return found


def make_due(line: Line) -> None:  # noqa: F811
    with line.inside():
        Delivery.objects.filter(state="queued").update(not_before="2020-01-01T00:00:00Z")


def posted(line: Line) -> list[dict[str, Any]]:  # noqa: F811
    """What stands on the network by our hand."""
    ids = {str(entry["object_id"]) for entry in line.network.ledger() if entry["origin"] == "api" and entry["kind"] == "post"}
    return [line.network.call("GET", f"/posts/{number}") for number in sorted(ids)]


@pytest.mark.parametrize("text", ["Here it is.", ""])
def test_pictures_go_with_the_words_or_alone(place: Line, text: str) -> None:
    message = answer(place, text, files=2)
    place.deliver()
    delivery = delivery_of(place, message)
    assert (delivery.state, delivery.error) == ("sent", "")
    (post,) = posted(place)
    assert len(post["media"]) == 2
    assert [entry["alt"] for entry in post["media"]] == ["A red.png", "A blue.png"]
    shown = place.network.session.get(f"{place.network.base}/media/{post['media'][0]['id']}", timeout=5)
    assert shown.content == picture(color="red")


@pytest.mark.parametrize("lie", ["500", "429", "swallow", "after500", "garble", "html"])
def test_an_upload_that_fails_posts_nothing_and_is_tried_again(place: Line, lie: str) -> None:
    message = answer(place)
    place.network.trouble(lie, group="upload", count=1)
    place.deliver()
    assert delivery_of(place, message).state == "queued"
    assert posted(place) == []
    place.network.call("DELETE", "/trouble")
    make_due(place)
    place.deliver()
    assert delivery_of(place, message).state == "sent"
    assert len(posted(place)) == 1


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble"])
@pytest.mark.parametrize("text", ["Here it is.", ""])
def test_a_post_in_doubt_is_found_with_its_pictures_and_never_doubled(place: Line, lie: str, text: str) -> None:
    message = answer(place, text)
    place.network.trouble(lie, group="write", count=1)
    place.deliver()
    assert delivery_of(place, message).state == "unknown"
    place.network.call("DELETE", "/trouble")
    settle_until(place, message, "sent")
    assert len(posted(place)) == 1


def test_the_same_words_without_the_picture_are_another_post(place: Line) -> None:
    """An earlier answer of the same words, written elsewhere in the brand's name, is not taken for ours."""
    first = answer(place, "Here it is.", files=0)
    place.deliver()
    with place.inside():
        Delivery.objects.filter(id=first.delivery_id).update(external_id=None)
    second = answer(place, "Here it is.", files=1)
    place.network.trouble("500", group="write", count=1)
    place.deliver()
    assert delivery_of(place, second).state == "unknown"
    place.network.call("DELETE", "/trouble")
    if place.channel.handle == "brand":
        # X leaves the field out where there are none: nobody can tell, and nothing is sent again by itself.
        place.settle()
        place.deliver()
        assert delivery_of(place, second).state == "unknown"
        assert [len(post["media"]) for post in posted(place)] == [0]
        return
    settle_until(place, second, "sent")
    assert [len(post["media"]) for post in posted(place)] == [0, 1]


def test_a_file_that_is_kept_no_longer_fails_before_anything_leaves(place: Line) -> None:
    message = answer(place)
    with place.inside():
        outgoing = Delivery.objects.get(id=message.delivery_id).outgoing
    vault.forget(outgoing["media"][0]["key"], workspace_id=place.workspace.pk)
    place.deliver()
    delivery = delivery_of(place, message)
    assert (delivery.state, delivery.error_code) == ("failed", "file_gone")
    assert posted(place) == []


def test_a_claim_lost_while_a_file_is_handed_over_sends_nothing(place: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two calls somebody else took the delivery: the older sender stops where it is."""
    message = answer(place)
    kind = type(network_of(place.channel.network))
    real = kind.upload

    def slowly(self: Any, *arguments: Any) -> str:
        with place.inside():
            Delivery.objects.filter(id=message.delivery_id).update(generation=99)
        return real(self, *arguments)

    monkeypatch.setattr(kind, "upload", slowly)
    place.deliver()
    assert delivery_of(place, message).generation == 99
    assert posted(place) == []
