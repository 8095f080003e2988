"""The demo workspaces as rows, and the same people and posts on a practice network."""

import json
import stat
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth import authenticate
from django.db import connection

from accounts.models import Membership, Team, User
from accounts.selectors import places_of
from core.tenancy import tenant
from crm.models import Contact, Identity, Interaction
from crm.services.timeline import snippet
from demo.plans import PLANS
from demo.services.load import LOGINS, load_demo
from inbox.models import Conversation, ConversationCount, Message
from inbox.services.threads import LIST_SNIPPET
from social.models import Channel, Delivery, Pull
from social.networks import network_of
from social.services import chatting
from tests.social.networks.servers import Practice

NOW = datetime(2026, 11, 23, 16, 5, tzinfo=UTC)
MANY = 60


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    found = Practice(tmp_path_factory.mktemp("practice"))
    yield found
    found.close()


@pytest.fixture
def square(network: Practice, settings: Any, tmp_path: Path) -> Practice:
    network.reset()
    settings.PRACTICE_URL = network.url
    settings.PRACTICE_ADMIN_KEY = Practice.ADMIN_KEY
    settings.STATE_DIR = tmp_path
    return network


@pytest.fixture
def workspaces(square: Practice, db: None) -> dict[str, int]:
    load_demo(conversations=MANY, now=NOW)
    return opened()


def opened() -> dict[str, int]:
    """The demo workspaces as their own bosses find them: nobody sees a workspace they do not belong to."""
    bosses = User.objects.filter(email__in=[person.email for plan in PLANS.values() for person in plan.staff])
    return {place.workspace.slug: place.workspace.pk for boss in bosses for place in places_of(boss)}


def each(workspaces: dict[str, int]) -> Iterator[str]:
    for slug, number in workspaces.items():
        with tenant(number):
            yield slug


def census() -> Counter[str]:
    found: Counter[str] = Counter(users=User.objects.count())
    for number in opened().values():
        with tenant(number):
            for model in (Membership, Team, Channel, Contact, Identity, Conversation, Message, Interaction, Delivery, Pull):
                found[model.__name__] += model.objects.count()
    return found


def test_every_row_agrees_with_its_neighbours(workspaces: dict[str, int]) -> None:
    assert set(workspaces) == set(PLANS)
    for slug in each(workspaces):
        conversations = list(Conversation.objects.select_related("contact"))
        assert len(conversations) >= 0.8 * MANY
        by_conversation: dict[int, list[Message]] = {}
        for message in Message.objects.order_by("occurred_at", "id"):
            by_conversation.setdefault(message.conversation_id, []).append(message)
        for row in conversations:
            messages = by_conversation[row.pk]
            spoken = [message for message in messages if message.direction != "note"]
            assert row.message_count == len(messages)
            assert row.snippet == snippet(spoken[-1].body, limit=LIST_SNIPPET)
            assert row.last_activity_at == spoken[-1].occurred_at <= NOW
            assert row.last_direction == spoken[-1].direction
            assert row.created_at == messages[0].occurred_at
            assert row.contact.last_interaction_at >= spoken[-1].occurred_at
            assert (row.waiting_since is not None) == (row.last_direction == "in" and row.status != "resolved")
            assert {message.channel_id for message in messages} == {row.channel_id}
            assert all((message.author_id is not None) == (message.direction != "in") for message in messages)
        assert Message.objects.count() == Interaction.objects.count() == sum(row.message_count for row in conversations)
        assert Contact.objects.count() == Identity.objects.count()
        assert {row.assignee_id for row in conversations} <= {None, *Membership.objects.values_list("pk", flat=True)}
        assert slug in PLANS


def test_ids_grow_with_time_and_are_nobody_elses(workspaces: dict[str, int]) -> None:
    seen: set[str] = set()
    for _slug in each(workspaces):
        rows = list(
            Message.objects.exclude(external_id=None).order_by("occurred_at", "id").values_list("external_id", "occurred_at")
        )
        numbers = [(at, int(number.removeprefix("dm-"))) for number, at in rows]
        assert [number for _at, number in numbers] == [number for _at, number in sorted(numbers)]
        assert not seen & {number for number, _at in rows}
        seen |= {number for number, _at in rows}


def test_the_counters_are_exact(workspaces: dict[str, int]) -> None:
    for _slug in each(workspaces):
        told: Counter[tuple[int, int, str]] = Counter()
        for row in ConversationCount.objects.all():
            told[row.channel_id, row.assignee_id, row.status] += row.number
        exact = Counter((row.channel_id, row.assignee_id or 0, row.status) for row in Conversation.objects.all())
        assert exact == +told


def test_one_workspace_sees_nothing_of_the_other(workspaces: dict[str, int]) -> None:
    tables = ("inbox_conversation", "inbox_message", "crm_contact", "crm_identity", "crm_interaction", "social_channel")
    contacts: dict[str, set[int]] = {}
    for slug in each(workspaces):
        contacts[slug] = set(Contact.objects.values_list("pk", flat=True))
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT DISTINCT workspace_id FROM {table}")
                assert cursor.fetchall() == [(workspaces[slug],)], table
    assert not set.intersection(*contacts.values())


def test_the_log_ins_work_and_only_their_owner_reads_them(workspaces: dict[str, int], tmp_path: Path) -> None:
    path = tmp_path / LOGINS
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = json.loads(path.read_text(encoding="utf-8"))
    for slug in workspaces:
        assert {"agent", "sales", "admin"} <= {row["role"] for row in rows if row["workspace"] == slug}
    for row in rows:
        assert authenticate(email=row["email"], password=row["password"]) is not None, row["email"]
    for _slug in each(workspaces):
        assert Membership.objects.filter(role="owner").count() == 1
    persian = User.objects.get(email="maryam@zarrinhome.example")
    assert (persian.language, persian.calendar, persian.time_zone) == ("fa", "jalali", "Asia/Tehran")


def test_a_second_run_changes_nothing(workspaces: dict[str, int], tmp_path: Path) -> None:
    before, logins = census(), (tmp_path / LOGINS).read_text(encoding="utf-8")
    load_demo(conversations=MANY, now=NOW)
    assert census() == before
    assert (tmp_path / LOGINS).read_text(encoding="utf-8") == logins


def test_a_run_that_breaks_leaves_nothing_and_the_next_one_completes(
    square: Practice, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_args: object, **_options: object) -> None:
        raise RuntimeError("pulled the plug")

    with monkeypatch.context() as patch:
        patch.setattr("demo.services.load.fold", breaks)
        with pytest.raises(RuntimeError):
            load_demo(conversations=20, now=NOW)
    assert not User.objects.exists()
    load_demo(conversations=20, now=NOW)
    assert set(opened()) == set(PLANS)


def test_two_replies_are_in_trouble(workspaces: dict[str, int]) -> None:
    for _slug in each(workspaces):
        assert set(Delivery.objects.values_list("state", flat=True)) == {"failed", "needs_decision"}
        for message in Message.objects.filter(delivery_state__in=("failed", "needs_decision")):
            assert message.delivery_error
            assert message.conversation.has_trouble


def test_the_practice_network_tells_the_same(workspaces: dict[str, int], square: Practice) -> None:
    """Every public message stands there under its id, its parent too, and the account was named: so it can be answered."""
    there = {post["id"]: post for post in square.call("GET", "/posts", limit=5000)["posts"]}
    checked = 0
    for _slug in each(workspaces):
        for message in Message.objects.filter(visibility="public").exclude(external_id=None):
            post = there[message.external_id]
            assert post["text"].endswith(message.body), "X may put handles in front of a reply, nothing else"
            assert post["conversation_id"] == message.conversation.thread_key
            if message.parent_external_id:
                assert post["reply_to"] == message.parent_external_id
                assert message.parent_external_id in there
            if message.direction == "in":
                handle = message.conversation.channel.handle
                assert f"@{handle}".lower() in post["text"].lower()
            checked += 1
    assert checked > MANY


def test_without_a_practice_network_it_loads_all_the_same(settings: Any, tmp_path: Path, db: None) -> None:
    settings.PRACTICE_URL, settings.STATE_DIR = "", tmp_path
    load_demo(conversations=10, now=NOW)
    assert set(opened()) == set(PLANS)
    for number in opened().values():
        with tenant(number):
            assert set(Channel.objects.values_list("state", "practice")) == {("disconnected", False)}
            assert Conversation.objects.exists()


def test_the_shop_carries_the_first_workspaces_chat(workspaces: dict[str, int], square: Practice) -> None:
    page = requests.get(f"{square.url}/shop/", timeout=10).text
    chats = {}
    for slug in each(workspaces):
        chats[slug] = [channel for channel in Channel.objects.all() if network_of(channel.network).hosted]
    (channel,) = chats.pop(next(iter(PLANS)))
    assert not any(chats.values())
    assert f'data-key="{channel.hook_key}"' in page
    place = chatting.enter(key=channel.hook_key, origin=square.url)
    assert not place.is_away
