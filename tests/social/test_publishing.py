"""Posts: one text for several channels, each with its own delivery, once however often it is asked for. Through both doors."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.policies import Role
from core.clock import now
from core.errors import Conflict
from core.tenancy import tenant
from social.models import Channel, Delivery, DeliveryState, Post
from social.networks.values import Outgoing
from social.services import outbox, publishing
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.conftest import Program, program_of
from tests.inbox.factories import make_channel
from tests.inbox.test_screens_list import PART, statements, text_of
from tests.pictures import MP4, PDF, picture

pytestmark = pytest.mark.django_db
PAGE = "/w/meridian/posts/"


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def channels(cast: Cast) -> list[Channel]:
    """An account on X and one on Bluesky; the latter takes 300 characters, pictures only."""
    x = make_channel(cast.meridian, name="Rabta Shop")
    blue = make_channel(cast.meridian, account="did:plc:abcdefghijklmnopqrstuvwx", name="Anar")
    with tenant(cast.meridian.pk):
        Channel.objects.filter(pk=blue.pk).update(network="bluesky")
        blue.refresh_from_db()
    return [x, blue]


@pytest.fixture
def tab(cast: Cast) -> Client:
    return signed_in(cast.user("owner"), raise_request_exception=False)


@pytest.fixture
def program(cast: Cast) -> Program:
    return program_of(cast)


class Door:
    """A page or the API, asked for the same."""

    def __init__(self, name: str, tab: Client, program: Program) -> None:
        self.name, self.tab, self.program = name, tab, program

    def publish(self, body: str, *channels: Channel, key: str = "", **more: Any) -> Any:
        numbers = [channel.pk for channel in channels]
        if self.name == "api":
            headers = {"Idempotency-Key": key} if key else {}
            return self.program.post("posts", {"body": body, "channels": numbers, **more}, **headers)
        fields = {"body": body, "channel": numbers, "idempotency_key": key, **more}
        return self.tab.post(PAGE, fields, headers=PART)

    def take_back(self, post: Post) -> Any:
        if self.name == "api":
            return self.program.post(f"posts/{post.pk}/take-back")
        return self.tab.post(f"{PAGE}{post.pk}/take-back/")


@pytest.fixture(params=["page", "api"])
def door(request: pytest.FixtureRequest, tab: Client, program: Program) -> Door:
    return Door(request.param, tab, program)


def rows(cast: Cast) -> list[Delivery]:
    with tenant(cast.meridian.pk):
        return list(Delivery.objects.select_related("channel", "post").order_by("channel_id"))


def attach(tab: Client, content: bytes, name: str = "shop.png") -> Any:
    return tab.post(f"{PAGE}files/?name={name}", content, content_type="application/octet-stream", headers=PART)


def number_of(answer: Any) -> int:
    return int(text_of(answer).partition('name="media" value="')[2].partition('"')[0])


# --- publishing -----------------------------------------------------------------------------------------------------------


def test_one_post_becomes_one_delivery_a_channel(door: Door, cast: Cast, channels: list[Channel]) -> None:
    answer = door.publish(" From Monday on we open at nine. ", *channels)
    assert answer.status_code in (200, 201), answer.content
    first, second = rows(cast)
    assert [row.channel_id for row in (first, second)] == [channel.pk for channel in channels]
    for row in (first, second):
        assert Outgoing.from_json(row.outgoing) == Outgoing("post", "From Monday on we open at nine.")
        assert (row.state, row.lane, row.post_id) == ("queued", f"post:{row.post_id}", first.post_id)
        # It may be taken back for a while, as a reply may.
        assert row.not_before > now()


def test_where_one_channel_cannot_take_it_nothing_is_published_and_each_says_why(
    door: Door, cast: Cast, channels: list[Channel]
) -> None:
    answer = door.publish("x" * 281, *channels)
    assert answer.status_code == 422
    assert "too long for X" in answer.content.decode()
    both = door.publish("x" * 301, *channels)
    assert "too long for X" in both.content.decode()
    assert "too long for Bluesky" in both.content.decode()
    if door.name == "api":
        assert [entry["channel"] for entry in both.json()["error"]["detail"]["refusals"]] == [channels[1].pk, channels[0].pk]
    assert door.publish("", *channels).status_code == 422
    assert door.publish("Hello.").status_code == 422
    assert rows(cast) == []
    with tenant(cast.meridian.pk):
        assert not Post.objects.exists()


def test_pressed_twice_it_is_published_once(door: Door, cast: Cast, channels: list[Channel]) -> None:
    for _time in range(2):
        assert door.publish("Hello.", *channels, key="k1").status_code in (200, 201)
    assert len(rows(cast)) == 2
    for other in (("Other.", channels), ("Hello.", channels[:1])):
        assert door.publish(other[0], *other[1], key="k1").status_code == 409
    assert len(rows(cast)) == 2


def test_it_can_be_planned_and_taken_back(door: Door, cast: Cast, channels: list[Channel]) -> None:
    tomorrow = now() + timedelta(days=1)
    assert door.publish("Sale!", *channels, send_at=tomorrow.isoformat()).status_code in (200, 201)
    planned = rows(cast)
    assert {row.not_before for row in planned} == {tomorrow}
    post = planned[0].post
    assert post is not None
    assert post.send_at == tomorrow
    with tenant(cast.meridian.pk):
        # On one channel it is under way already; on the other it is stopped.
        Delivery.objects.filter(pk=planned[0].pk).update(state=DeliveryState.SENDING)
    assert door.take_back(post).status_code in (200, 302)
    assert [row.state for row in rows(cast)] == ["sending", "cancelled"]
    refused = door.take_back(post)
    assert refused.status_code == (409 if door.name == "api" else 302)


@pytest.mark.parametrize("when", ["2020-01-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00", "soon"])
def test_a_time_that_is_over_too_far_or_none_is_refused(door: Door, cast: Cast, channels: list[Channel], when: str) -> None:
    assert door.publish("Sale!", *channels, send_at=when).status_code == 422
    assert rows(cast) == []


def test_a_bell_is_wound_for_what_leaves_soon_only(
    cast: Cast, channels: list[Channel], django_capture_on_commit_callbacks: Any
) -> None:
    """A bell that waits for days would lie in a worker's hands; the sweep finds the row when it is due."""
    member = cast.member("owner")
    for send_at, bells in ((None, 1), (now() + timedelta(days=2), 0)):
        with django_capture_on_commit_callbacks() as rung, tenant(cast.meridian.pk):
            publishing.publish(member=member, channel_ids=[channels[0].pk], body=f"Sale! {send_at}", send_at=send_at)
        assert len(rung) == bells


# --- who, where -----------------------------------------------------------------------------------------------------------


def test_only_who_may_publish_does(cast: Cast, channels: list[Channel]) -> None:
    agent = signed_in(cast.user(Role.AGENT), raise_request_exception=False)
    assert agent.post(PAGE, {"body": "Hello.", "channel": channels[0].pk}).status_code == 403
    page = text_of(agent.get(PAGE))
    assert 'name="body"' not in page
    supervisor = signed_in(cast.user(Role.SUPERVISOR))
    assert supervisor.post(PAGE, {"body": "Hello.", "channel": channels[0].pk}).status_code == 302
    (row,) = rows(cast)
    with tenant(cast.meridian.pk):
        Delivery.objects.filter(pk=row.pk).update(state=DeliveryState.FAILED)
    # What an agent may do about a reply that failed, they may not about a post.
    assert agent.post(f"/w/meridian/outbox/{row.pk}/retry/").status_code == 403
    assert "See the post" in text_of(agent.get("/w/meridian/outbox/"))
    assert supervisor.post(f"/w/meridian/outbox/{row.pk}/retry/").status_code == 302
    assert rows(cast)[0].state == "queued"


def test_channels_that_take_no_posts_are_refused(door: Door, cast: Cast, channels: list[Channel]) -> None:
    elsewhere = make_channel(cast.outside)
    with tenant(cast.meridian.pk):
        Channel.objects.filter(pk=channels[1].pk).update(state="disconnected")
    for wrong in (elsewhere, channels[1]):
        assert door.publish("Hello.", channels[0], wrong).status_code == 422
    assert rows(cast) == []
    with tenant(cast.meridian.pk):
        Channel.objects.filter(pk=channels[1].pk).update(state="needs_reconnect")
    assert door.publish("Hello.", *channels).status_code in (200, 201)
    assert [row.state for row in rows(cast)] == ["queued", "waiting"]


# --- files ----------------------------------------------------------------------------------------------------------------


def test_a_picture_goes_along_everywhere_and_is_shown(tab: Client, cast: Cast, channels: list[Channel]) -> None:
    number = number_of(attach(tab, picture()))
    fields = {"body": "", "channel": [c.pk for c in channels], "media": str(number), f"alt-{number}": "The shop"}
    assert tab.post(PAGE, fields).status_code == 302
    for row in rows(cast):
        (file,) = Outgoing.from_json(row.outgoing).media
        assert (file.kind, file.name, file.alt) == ("image", "shop.png", "The shop")
    page = text_of(tab.get(PAGE))
    assert f"/posts/files/{number}/" in page
    viewer = signed_in(cast.user(Role.VIEWER), raise_request_exception=False)
    assert viewer.get(f"{PAGE}files/{number}/").headers["Content-Type"] == "image/webp"
    # Once: the next post needs a file of its own.
    assert tab.post(PAGE, fields).status_code == 409


def test_a_file_that_nobody_sent_yet_is_its_members(tab: Client, cast: Cast, channels: list[Channel]) -> None:
    number = number_of(attach(tab, picture()))
    other = signed_in(cast.user(Role.ADMIN), raise_request_exception=False)
    assert other.get(f"{PAGE}files/{number}/").status_code == 404
    assert other.post(PAGE, {"body": "x", "channel": channels[0].pk, "media": number}).status_code == 422


def test_what_no_channel_takes_is_refused_at_once_and_what_one_takes_by_the_others(
    tab: Client, cast: Cast, channels: list[Channel]
) -> None:
    assert attach(tab, PDF, "a.pdf").status_code == 422
    assert attach(tab, b"", "a.png").status_code == 422
    large = number_of(attach(tab, picture("WEBP", (300, 300)), "a.webp"))
    assert tab.post(PAGE, {"body": "x", "channel": channels[0].pk, "media": large}, headers=PART).status_code == 200
    with tenant(cast.meridian.pk):
        Channel.objects.filter(pk=channels[0].pk).update(network="mastodon")
    film = number_of(attach(tab, MP4, "a.mp4"))
    refused = tab.post(PAGE, {"body": "x", "channel": [c.pk for c in channels], "media": film}, headers=PART)
    assert refused.status_code == 422
    assert "Bluesky does not take files of this kind" in refused.content.decode()
    # The refused post left the file free.
    assert tab.post(PAGE, {"body": "x", "channel": channels[0].pk, "media": film}, headers=PART).status_code == 200


# --- what became of it ----------------------------------------------------------------------------------------------------


def test_the_list_shows_each_channel_with_its_state_and_what_to_do(tab: Client, cast: Cast, channels: list[Channel]) -> None:
    assert tab.post(PAGE, {"body": "Hello there.", "channel": [c.pk for c in channels]}).status_code == 302
    first, second = rows(cast)
    with tenant(cast.meridian.pk):
        Delivery.objects.filter(pk=first.pk).update(state="sent", external_id="77", url="https://x.example/77")
        Delivery.objects.filter(pk=second.pk).update(state="needs_decision", error="Nobody knows.")
    page = text_of(tab.get(PAGE))
    for words in ("Hello there.", "https://x.example/77", "Needs your decision", "Nobody knows.", "It arrived"):
        assert words in page
    # Nothing about it changes by itself any more: the row does not ask again.
    assert f'hx-get="{PAGE}{first.post_id}/"' not in page
    answer = tab.post(f"{PAGE}{first.post_id}/{second.pk}/settle/", {"deed": "again"})
    assert answer.status_code == 302
    assert rows(cast)[1].state == "queued"
    assert f'hx-get="{PAGE}{first.post_id}/"' in text_of(tab.get(PAGE))
    assert tab.post(f"{PAGE}{first.post_id}/{second.pk}/settle/", {"deed": "dance"}).status_code == 422
    with tenant(cast.meridian.pk):
        stranger = outbox.queue(
            channel=channels[0], outgoing=Outgoing("reply", "x", in_reply_to="7"), lane="c", idempotency_key="r",
            not_before=now(), actor_id=None,
        )  # fmt: skip
    assert tab.post(f"{PAGE}{first.post_id}/{stranger.pk}/settle/", {"deed": "again"}).status_code == 404


def test_the_list_goes_on_and_costs_the_same_at_any_length(tab: Client, cast: Cast, channels: list[Channel]) -> None:
    member = cast.member("owner")

    def write(count: int) -> None:
        with tenant(cast.meridian.pk):
            for number in range(count):
                publishing.publish(member=member, channel_ids=[c.pk for c in channels], body=f"post {number:02}")

    write(2)
    tab.get(PAGE)
    few = statements(tab, PAGE)
    write(23)
    assert statements(tab, PAGE) == few
    first = text_of(tab.get(PAGE))
    assert first.count('class="published"') == 20
    following = text_of(tab.get(PAGE + "?before=" + first.partition("?before=")[2].partition('"')[0]))
    assert following.count('class="published"') == 5
    assert tab.get(PAGE + "?before=x").status_code == 422


def test_without_the_script_a_refusal_keeps_what_was_typed(tab: Client, channels: list[Channel]) -> None:
    answer = tab.post(PAGE, {"body": "y" * 290, "channel": [channels[0].pk]})
    page = text_of(answer, 422)
    assert "y" * 290 in page
    assert "too long for X" in page
    assert f'value="{channels[0].pk}" checked' in page


def test_a_post_is_no_reply_and_stands_in_no_conversation(tab: Client, cast: Cast, channels: list[Channel]) -> None:
    tab.post(PAGE, {"body": "Hello.", "channel": channels[0].pk})
    (row,) = rows(cast)
    assert tab.get(f"/w/meridian/inbox/deliveries/{row.pk}/").status_code == 404


def test_a_race_for_one_key_leaves_one_post(cast: Cast, channels: list[Channel], monkeypatch: pytest.MonkeyPatch) -> None:
    """The look comes too early to see the other's post: the unique key says so."""
    member = cast.member("owner")
    common: dict[str, Any] = {"member": member, "channel_ids": [channels[0].pk], "body": "x", "idempotency_key": "k"}
    with tenant(cast.meridian.pk):
        publishing.publish(**common)
        monkeypatch.setattr(publishing, "_already", lambda *given: None)
        with pytest.raises(Conflict):
            publishing.publish(**common)
    assert len(rows(cast)) == 1
