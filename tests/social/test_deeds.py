"""Deeds on messages: asked once, done in order, done again where nobody heard the answer, and told to a person in the end."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from core.clock import now
from core.errors import Conflict, Invalid
from core.tenancy import tenant
from social.models import Channel, DeedRow, Delivery
from social.networks.values import Deed, DeedKind
from social.services import connecting, deeds, outbox
from tests.accounts.factories import make_user, make_workspace
from tests.social.networks.servers import Practice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def practice(_practice: Practice, settings: Any) -> Practice:
    _practice.reset()
    settings.PRACTICE_URL = settings.X_API_BASE = _practice.url
    settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = Practice.CLIENT_ID, Practice.CLIENT_SECRET
    _practice.person("brand", is_brand=True)
    _practice.person("ali")
    return _practice


@pytest.fixture
def channel(practice: Practice) -> Channel:
    workspace = make_workspace("Deeds", owner=make_user("owner@deeds.example", name="Owner"))
    return connecting.connect_with_tokens(
        network="x", values=practice.tokens("brand"), workspace_id=workspace.pk, actor_id=None
    )


def ask(channel: Channel, kind: DeedKind, post: str, *, ours: bool = False) -> DeedRow:
    with tenant(channel.workspace_id):
        return deeds.ask(channel=channel, deed=Deed(kind, post, "public", ours), before="", actor_id=None)


def work(channel: Channel) -> int:
    return deeds.act(workspace_id=channel.workspace_id, channel_id=channel.pk)


def make_due(channel: Channel) -> None:
    with tenant(channel.workspace_id):
        DeedRow.objects.filter(state="queued").update(not_before=now() - timedelta(seconds=1))


def states(channel: Channel) -> list[tuple[str, str]]:
    with tenant(channel.workspace_id):
        return list(DeedRow.objects.order_by("id").values_list("kind", "state"))


def newest(channel: Channel) -> DeedRow:
    with tenant(channel.workspace_id):
        return DeedRow.objects.latest("id")


def done_on_network(practice: Practice) -> list[str]:
    return [entry["kind"] for entry in practice.ledger() if entry["origin"] == "api" and entry["kind"] not in ("token", "refresh")]


def test_what_is_so_is_not_asked_again_and_what_is_overtaken_is_dropped(practice: Practice, channel: Channel) -> None:
    post = practice.post("ali", "@brand help")
    first = ask(channel, DeedKind.LIKE, post)
    assert ask(channel, DeedKind.LIKE, post).pk == first.pk
    ask(channel, DeedKind.UNLIKE, post)
    ask(channel, DeedKind.LIKE, post)
    assert states(channel) == [("like", "dropped"), ("unlike", "dropped"), ("like", "queued")]
    assert work(channel) == 1
    assert states(channel)[-1] == ("like", "done")
    assert ask(channel, DeedKind.LIKE, post).state == "done"
    assert done_on_network(practice) == ["like"]
    # Deleting leaves nothing else to be done.
    ours = practice.post("brand", "News")
    ask(channel, DeedKind.DELETE, ours, ours=True)
    assert work(channel) == 1
    assert practice.call("GET", f"/posts/{ours}")["deleted"]


def test_deeds_on_one_message_keep_their_order(practice: Practice, channel: Channel) -> None:
    post, other = practice.post("ali", "@brand help"), practice.post("ali", "@brand help too")
    row = ask(channel, DeedKind.LIKE, post)
    with tenant(channel.workspace_id):
        # The first is under way, by somebody who froze.
        DeedRow.objects.filter(pk=row.pk).update(state="doing", leased_until=now() + timedelta(seconds=60), generation=1)
    ask(channel, DeedKind.UNLIKE, post)
    ask(channel, DeedKind.LIKE, other)
    assert work(channel) == 0, "one at a time on a channel"
    with tenant(channel.workspace_id):
        DeedRow.objects.filter(pk=row.pk).update(leased_until=now() - timedelta(seconds=1))
    assert (channel.workspace_id, channel.pk) in deeds.due_deeds()
    assert work(channel) == 3
    assert [state for _kind, state in states(channel)] == ["done"] * 3
    assert practice.call("GET", f"/posts/{post}")["likes"] == 0
    assert practice.call("GET", f"/posts/{other}")["likes"] == 1


@pytest.mark.parametrize("lie", ["swallow", "after500", "after429", "garble", "500", "html", "hang"])
def test_whatever_is_unclear_is_done_again(practice: Practice, channel: Channel, lie: str, settings: Any) -> None:
    settings.CALL_SECONDS = 2
    post = practice.post("ali", "@brand help")
    ask(channel, DeedKind.LIKE, post)
    practice.trouble(lie, group="write", count=1)
    assert work(channel) == 1
    row = newest(channel)
    assert (row.state, row.attempts, bool(row.error)) == ("queued", 1, True)
    assert row.not_before > now()
    practice.calm()
    make_due(channel)
    assert work(channel) == 1
    assert (newest(channel).state, newest(channel).error) == ("done", "")
    assert practice.call("GET", f"/posts/{post}")["likes"] == 1
    assert done_on_network(practice) == ["like"]


def test_after_many_tries_a_person_is_told_and_may_ask_again(practice: Practice, channel: Channel) -> None:
    post = practice.post("ali", "@brand help")
    ask(channel, DeedKind.LIKE, post)
    practice.trouble("500", group="write", count=1)
    with tenant(channel.workspace_id):
        DeedRow.objects.update(attempts=deeds.MAX_ATTEMPTS - 1)
    work(channel)
    failed = newest(channel)
    assert (failed.state, failed.attempts, bool(failed.error)) == ("failed", deeds.MAX_ATTEMPTS, True)
    again = ask(channel, DeedKind.LIKE, post)
    assert again.pk != failed.pk
    assert work(channel) == 1
    assert newest(channel).state == "done"


def test_a_refusal_is_told_at_once(practice: Practice, channel: Channel) -> None:
    ask(channel, DeedKind.HIDE, practice.post("ali", "@brand below nobody's post"))
    work(channel)
    assert (newest(channel).state, newest(channel).error_code) == ("failed", "not_permitted")
    post = practice.post("ali", "@brand soon gone")
    practice.call("DELETE", f"/posts/{post}")
    ask(channel, DeedKind.LIKE, post)
    work(channel)
    assert (newest(channel).state, newest(channel).error_code) == ("failed", "gone")


def test_a_sign_in_that_ran_out_is_renewed_and_one_that_was_taken_away_waits(practice: Practice, channel: Channel) -> None:
    post = practice.post("ali", "@brand help")
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    ask(channel, DeedKind.LIKE, post)
    assert work(channel) == 2
    assert newest(channel).state == "done"
    practice.call("POST", "/tokens/revoke", {"account": "brand"})
    ask(channel, DeedKind.UNLIKE, post)
    work(channel)
    assert newest(channel).state == "queued"
    with tenant(channel.workspace_id):
        assert Channel.objects.get().state == "needs_reconnect"
    assert deeds.due_deeds() == []
    connecting.connect_with_tokens(
        network="x", values=practice.tokens("brand"), workspace_id=channel.workspace_id, actor_id=None
    )
    assert deeds.due_deeds() == [(channel.workspace_id, channel.pk)]
    assert work(channel) == 1
    assert newest(channel).state == "done"


def test_what_is_not_offered_or_disconnected_is_refused(practice: Practice, channel: Channel) -> None:
    with pytest.raises(Invalid) as caught:
        ask(channel, DeedKind.EDIT, "1", ours=True)
    assert caught.value.field == "text"
    with pytest.raises(Invalid):
        ask(channel, DeedKind.DELETE, "1")
    with tenant(channel.workspace_id):
        Channel.objects.update(state="disconnected")
        channel.refresh_from_db()
    with pytest.raises(Conflict):
        ask(channel, DeedKind.LIKE, "1")
    assert states(channel) == []


def test_nobody_misses_what_was_deleted_on_purpose(practice: Practice, channel: Channel) -> None:
    kept, removed = practice.post("brand", "stays"), practice.post("brand", "goes")
    with tenant(channel.workspace_id):
        for post in (kept, removed):
            Delivery.objects.create(
                channel=channel, idempotency_key=post, lane="1", outgoing={}, state="sent", external_id=post, not_before=now(),
                created_at=now(), settled_at=now(),
            )  # fmt: skip
    ask(channel, DeedKind.DELETE, removed, ours=True)
    with tenant(channel.workspace_id):
        assert outbox.miss(channel_id=channel.pk, external_ids=[kept, removed]) == 1
        assert Delivery.objects.get(external_id=removed).missing_since is None


def test_the_sweep_asks_fairly(practice: Practice, channel: Channel) -> None:
    other = make_workspace("Other", owner=make_user("owner@other.example", name="Other"))
    practice.person("second", is_brand=True)
    theirs = connecting.connect_with_tokens(
        network="x", values=practice.tokens("second"), workspace_id=other.pk, actor_id=None
    )
    ask(theirs, DeedKind.LIKE, practice.post("ali", "@second help"))
    ask(channel, DeedKind.LIKE, practice.post("ali", "@brand help"))
    assert {place[0] for place in deeds.due_deeds(limit=2)} == {channel.workspace_id, other.pk}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM social_deed")
        assert cursor.fetchone()[0] == 0, "nobody sees deeds outside of a workspace"
