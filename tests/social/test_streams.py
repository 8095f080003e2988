"""Streams of a channel through both doors: what can be searched for, what it costs, and who may say so."""

from typing import Any

import pytest
from django.test import Client

from accounts.policies import Role
from core.clock import now
from core.tenancy import tenant
from social.models import Channel, ReadCount, Stream
from social.services import credentials
from tests.accounts.factories import Cast, make_cast, signed_in
from tests.inbox.conftest import Program, program_of
from tests.inbox.factories import make_channel
from tests.inbox.test_screens_list import text_of

pytestmark = pytest.mark.django_db
WORDS = '"rabta shop" OR #rabta'


@pytest.fixture
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def channel(cast: Cast) -> Channel:
    return make_channel(cast.meridian, name="brand")


class Door:
    """The page or the API."""

    def __init__(self, name: str, cast: Cast, channel: Channel) -> None:
        self.name, self.channel = name, channel
        self.tab = signed_in(cast.user("owner"), raise_request_exception=False)
        self.program: Program = program_of(cast)
        self.page = f"/w/meridian/channels/{channel.pk}/"

    def add(self, words: str) -> tuple[bool, str]:
        """Whether it was taken, and what was said."""
        if self.name == "api":
            answer = self.program.post(f"channels/{self.channel.pk}/streams", {"words": words})
            return answer.status_code == 201, answer.content.decode()
        answer = self.tab.post(f"{self.page}streams/", {"words": words}, follow=True)
        return "searched for from now on" in text_of(answer), answer.content.decode()

    def remove(self, stream: Stream) -> Any:
        if self.name == "api":
            return self.program.post(f"channels/{self.channel.pk}/streams/{stream.pk}/remove")
        return self.tab.post(f"{self.page}streams/{stream.pk}/remove/")


@pytest.fixture(params=["page", "api"])
def door(request: pytest.FixtureRequest, cast: Cast, channel: Channel) -> Door:
    return Door(request.param, cast, channel)


def streams(cast: Cast) -> list[Stream]:
    with tenant(cast.meridian.pk):
        return list(Stream.objects.order_by("id"))


def test_words_are_searched_for_until_somebody_takes_them_away(door: Door, cast: Cast) -> None:
    assert door.add(f"  {WORDS} ")[0]
    (row,) = streams(cast)
    assert row.words == WORDS
    taken, said = door.add(WORDS)
    assert not taken
    assert "already" in said
    access = credentials.open_access(workspace_id=cast.meridian.pk, channel_id=door.channel.pk, reading=True)
    assert [(listened.key, listened.words) for listened in access.streams] == [(str(row.pk), WORDS)]
    # Whoever sends needs to know nothing of it.
    assert credentials.open_access(workspace_id=cast.meridian.pk, channel_id=door.channel.pk).streams == ()
    assert door.remove(row).status_code in (200, 302)
    assert streams(cast) == []
    assert door.remove(row).status_code == 404


@pytest.mark.parametrize(("words", "says"), [("", "look for"), ("-rabta", "at least one word"), ("(rabta", "not closed")])
def test_what_the_network_would_refuse_is_refused_here(door: Door, cast: Cast, words: str, says: str) -> None:
    taken, said = door.add(words)
    assert not taken
    assert (door.name == "api" and not words) or says in said
    assert streams(cast) == []


def test_a_channel_has_no_more_streams_than_it_can_ask_for(door: Door, cast: Cast) -> None:
    for number in range(5):
        assert door.add(f"word{number}")[0]
    taken, said = door.add("word5")
    assert not taken
    assert door.name == "api" or "at most" in said or 'name="words"' not in said
    assert len(streams(cast)) == 5


def test_networks_that_cannot_be_searched_say_so(door: Door, cast: Cast) -> None:
    with tenant(cast.meridian.pk):
        Channel.objects.update(network="feed")
    assert not door.add("rabta")[0]
    assert 'name="words"' not in text_of(door.tab.get(door.page))


def test_the_meter_says_what_each_kind_of_reading_costs(door: Door, cast: Cast) -> None:
    assert door.add(WORDS)[0]
    (row,) = streams(cast)
    with tenant(cast.meridian.pk):
        for feed, items in (("mentions", 200), ("dm", 30), (f"search:{row.pk}", 1500), ("unknown", 9)):
            ReadCount.objects.create(channel=door.channel, feed=feed, day=now().date(), items=items)
        last_year = now().date().replace(year=2025)
        ReadCount.objects.create(channel=door.channel, feed="mentions", day=last_year, items=9999)
    if door.name == "api":
        costs = door.program.get(f"channels/{door.channel.pk}/streams").json()["costs"]
        assert [(line["feed"], line["items"], line["dollars"]) for line in costs] == [
            ("dm", 30, "0.30"), ("mentions", 200, "1.00"), (f"search:{row.pk}", 1500, "7.50"),
        ]  # fmt: skip
        return
    page = text_of(door.tab.get(door.page))
    assert "about $8.80 this month" in page
    assert "1,500 posts this month, about $7.50" in page


def test_only_who_may_manage_channels_sees_and_changes_it(cast: Cast, channel: Channel) -> None:
    supervisor: Client = signed_in(cast.user(Role.SUPERVISOR), raise_request_exception=False)
    address = f"/w/meridian/channels/{channel.pk}/"
    assert supervisor.post(f"{address}streams/", {"words": "rabta"}).status_code == 403
    assert 'name="words"' not in text_of(supervisor.get(address))
    assert streams(cast) == []
