"""The pretend blog from connecting to the inbox, through pages and services, as a person would."""

from typing import Any

import pytest
import requests

from accounts.policies import Role
from core.errors import Invalid
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from inbox.services.ingest import ingest
from social.models import Channel, Credential, Delivery, Pull, RawItem
from social.services import connecting, pulling
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import program_of
from tests.social.networks.servers import Practice

pytestmark = pytest.mark.django_db
CONNECT = "/w/meridian/channels/connect/"


def write(practice: Practice, path: str, **values: str) -> str:
    """Play somebody on the blog. Returns the page it leads to."""
    answer = requests.post(practice.url + path, data=values, headers={"Origin": practice.url}, timeout=10, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


@pytest.fixture
def post(practice: Practice) -> str:
    """The page of a post on the blog."""
    return write(practice, "/blog/", name="Parisa", title="My kettle", text="The lid rattles.")


@pytest.fixture
def channel(practice: Practice, post: str, cast: Cast) -> Channel:
    owner = cast.member(Role.OWNER)
    return connecting.connect_with_tokens(
        network="feed", values={"address": f"{practice.url}/blog/"}, workspace_id=cast.meridian.pk, actor_id=owner.pk
    )


def arrive(cast: Cast, channel: Channel) -> None:
    """Read the feed and digest what came."""
    with tenant(cast.meridian.pk):
        pulling.make_due(channel_id=channel.pk)
    pulling.pull(workspace_id=cast.meridian.pk, channel_id=channel.pk)
    ingest(workspace_id=cast.meridian.pk, channel_id=channel.pk)
    with tenant(cast.meridian.pk):
        assert Pull.objects.get(channel=channel).error == ""
        assert not RawItem.objects.filter(state="set_aside").exists()


def conversation_of(name: str) -> Conversation:
    return Conversation.objects.select_related("contact").get(contact__name=name)


def test_the_page_offers_the_blog_and_a_pages_address_connects_its_feed(practice: Practice, post: str, cast: Cast) -> None:
    tab = signed_in(cast.user(Role.OWNER))
    shown = tab.get(CONNECT).content.decode()
    assert f"{practice.url}/blog/" in shown
    refused = tab.post(f"{CONNECT}feed/tokens/", {"address": f"{practice.url}{post}/nothing"})
    assert refused.status_code == 422
    assert f'value="{practice.url}{post}/nothing"' in refused.content.decode(), "an address is no secret and stays to be mended"
    made = tab.post(f"{CONNECT}feed/tokens/", {"address": f"{practice.url}/blog/"})
    assert made.status_code == 302
    page = tab.get(made["location"]).content.decode()
    assert "Kettle and Lamp" in page
    assert f"{practice.url}/blog/feed.xml" in page
    assert 'id="sends"' not in page, "nothing is ever sent there"
    with tenant(cast.meridian.pk):
        channel = Channel.objects.get()
        assert (channel.network, channel.external_id, channel.practice) == ("feed", f"{practice.url}/blog/feed.xml", True)
        assert [row.field for row in Credential.objects.all()] == ["address"]


@pytest.mark.parametrize("address", ["", "https://127.0.0.1/feed", "https://10.0.0.1/", "not an address", "https://blog.example/\nx"])
def test_an_address_that_will_not_do_is_refused_at_its_field(practice: Practice, cast: Cast, address: str) -> None:
    with pytest.raises(Invalid) as caught:
        connecting.connect_with_tokens(network="feed", values={"address": address}, workspace_id=cast.meridian.pk, actor_id=None)
    assert caught.value.field == "address"
    with tenant(cast.meridian.pk):
        assert not Channel.objects.exists()


def test_an_address_may_be_written_in_any_letters(practice: Practice, post: str, cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        connecting.connect_with_tokens(
            network="feed", values={"address": f"{practice.url}/blog/خوراک"}, workspace_id=cast.meridian.pk, actor_id=None
        )
    assert caught.value.code == "status_404", "it was asked for"


def test_posts_and_comments_arrive_once_each_under_who_wrote_them(
    practice: Practice, post: str, channel: Channel, cast: Cast
) -> None:
    write(practice, post, name="علی", text="میرا بھی 👋")
    arrive(cast, channel)
    arrive(cast, channel)
    write(practice, post, name="Sara", text="Mine too")
    arrive(cast, channel)
    with tenant(cast.meridian.pk):
        rows = list(Message.objects.order_by("id").values_list("identity__name", "body"))
        assert rows == [("Parisa", "My kettle\n\nThe lid rattles."), ("علی", "میرا بھی 👋"), ("Sara", "Mine too")]
        first = Message.objects.get(identity__name="Parisa")
        threads = set(Conversation.objects.values_list("thread_key", flat=True))
        assert threads == {first.external_id}
        assert {row.parent_external_id for row in Message.objects.exclude(id=first.id)} == {first.external_id}
        assert first.url == practice.url + post


def test_nobody_can_be_answered_through_either_door_and_notes_stay(channel: Channel, cast: Cast) -> None:
    arrive(cast, channel)
    member = cast.member(Role.OWNER)
    with tenant(cast.meridian.pk):
        thread = conversation_of("Parisa")
        with pytest.raises(Invalid) as caught:
            replies.reply(member=member, conversation_id=thread.id, body="Sorry!")
        assert "Open the page" in str(caught.value)
    program = program_of(cast)
    refused = program.post(f"conversations/{thread.id}/messages", {"kind": "reply", "body": "Sorry!"})
    assert refused.status_code == 422, refused.content
    assert "Open the page" in refused.content.decode()
    tab = signed_in(cast.user(Role.OWNER))
    address = f"/w/meridian/inbox/{thread.id}/"
    tab.post(f"{address}write/", {"kind": "reply", "body": "Sorry!", "idempotency_key": "a"})
    tab.post(f"{address}write/", {"kind": "note", "body": "Told them on the page", "idempotency_key": "b"})
    with tenant(cast.meridian.pk):
        assert not Delivery.objects.exists()
        assert list(Message.objects.exclude(direction="in").values_list("direction", "body")) == [("note", "Told them on the page")]


def test_the_composer_shows_a_note_and_the_way_to_the_page(practice: Practice, post: str, channel: Channel, cast: Cast) -> None:
    arrive(cast, channel)
    with tenant(cast.meridian.pk):
        thread = conversation_of("Parisa")
    shown: Any = signed_in(cast.user(Role.OWNER)).get(f"/w/meridian/inbox/{thread.id}/")
    assert shown.status_code == 200
    text = shown.content.decode()
    assert 'value="reply"' not in text
    assert 'value="resolve"' not in text
    assert '<input type="hidden" name="kind" value="note">' in text
    assert f'href="{practice.url}{post}"' in text
