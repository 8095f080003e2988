"""What could not be sent, on all channels at once: listed with its reason, tried again, given up, decided. Through both doors."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services.delivery_states import mirror
from social.models import Channel, Delivery
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program, cast, desk, program  # noqa: F401 - fixtures used by the tests here
from tests.inbox.factories import Desk, make_channel
from tests.inbox.test_api_conversations import refused

pytestmark = pytest.mark.django_db
PAGE = "/w/meridian/outbox/"
Act = Callable[..., int]


def state(number: int | None) -> str:
    return str(Delivery.objects.get(pk=number).state)


def failures(channel: Channel, number: int, **fields: Any) -> list[int]:
    with tenant(channel.workspace_id):
        rows = Delivery.objects.bulk_create(
            Delivery(
                channel=channel,
                idempotency_key=f"crowd-{channel.pk}-{place}",
                lane="1",
                outgoing={"kind": "reply", "text": f"crowd {place}"},
                state="failed",
                not_before=now(),
                created_at=now(),
                **fields,
            )
            for place in range(number)
        )
    return [row.pk for row in rows]


@pytest.fixture(params=["page", "api"])
def act(request: pytest.FixtureRequest, cast: Cast, program: Program) -> Act:  # noqa: F811
    """Do something to a delivery and answer the status, with what the page calls success as 200."""
    if request.param == "page":
        tab = signed_in(cast.user("owner"), raise_request_exception=False)

        def by_page(number: int | None, deed: str, arrived: bool | None = None) -> int:
            data = {} if arrived is None else {"arrived": "yes" if arrived else "no"}
            answer = tab.post(f"{PAGE}{number}/{deed}/", data)
            return 200 if answer.status_code == 302 else answer.status_code

        return by_page

    def by_api(number: int | None, deed: str, arrived: bool | None = None) -> int:
        return int(program.post(f"outbox/{number}/{deed}", None if arrived is None else {"arrived": arrived}).status_code)

    return by_api


def test_trying_again(desk: Desk, act: Act) -> None:  # noqa: F811
    assert act(desk.failed.delivery_id, "retry") == 200
    with tenant(desk.workspace.pk):
        assert state(desk.failed.delivery_id) == "queued"
    assert act(desk.failed.delivery_id, "retry") == 404, "it is no longer in this list"


def test_giving_up(desk: Desk, act: Act) -> None:  # noqa: F811
    assert act(desk.failed.delivery_id, "discard") == 200
    with tenant(desk.workspace.pk):
        assert state(desk.failed.delivery_id) == "cancelled"
        mirror([desk.failed.delivery_id or 0])
        assert Message.objects.get(pk=desk.failed.pk).delivery_state == "cancelled"
        mirror([desk.doubtful.delivery_id or 0])
        assert Conversation.objects.get(pk=desk.conversation.pk).has_trouble, "the doubtful one is still there"


@pytest.mark.parametrize(("arrived", "becomes"), [(True, "sent"), (False, "queued")])
def test_deciding(desk: Desk, act: Act, arrived: bool, becomes: str) -> None:  # noqa: F811
    assert act(desk.doubtful.delivery_id, "decide", arrived) == 200
    with tenant(desk.workspace.pk):
        assert state(desk.doubtful.delivery_id) == becomes


def test_doubt_is_neither_retried_nor_given_up(desk: Desk, act: Act) -> None:  # noqa: F811
    """It may have arrived: sending it again would double it, discarding it would hide it."""
    for deed in ("retry", "discard"):
        assert act(desk.doubtful.delivery_id, deed) in (200, 409)
        with tenant(desk.workspace.pk):
            assert state(desk.doubtful.delivery_id) == "needs_decision"
    act(desk.failed.delivery_id, "decide", True)
    with tenant(desk.workspace.pk):
        assert state(desk.failed.delivery_id) == "failed"


def test_what_is_on_its_way_is_not_here(desk: Desk, act: Act) -> None:  # noqa: F811
    for deed in ("retry", "discard"):
        assert act(desk.queued.delivery_id, deed) == 404


def test_the_page_lists_reason_and_age_of_all_channels(desk: Desk, cast: Cast) -> None:  # noqa: F811
    other = make_channel(desk.workspace, name="Second")
    (theirs,) = failures(other, 1, error="X refused it: no such post", attempts=2)
    tab = signed_in(cast.user("owner"))
    page = tab.get(PAGE).content.decode()
    shown = re.findall(r'id="delivery-(\d+)"', page)
    assert shown == [str(number) for number in (theirs, desk.doubtful.delivery_id, desk.failed.delivery_id)]
    assert "as the test says" in page
    assert "X refused it: no such post" in page
    assert "2 tries" in page
    assert "Second" in page
    only = tab.get(PAGE, {"state": "needs_decision"}).content.decode()
    assert re.findall(r'id="delivery-(\d+)"', only) == [str(desk.doubtful.delivery_id)]
    one = tab.get(PAGE, {"channel": other.pk}).content.decode()
    assert re.findall(r'id="delivery-(\d+)"', one) == [str(theirs)]
    assert tab.get(PAGE, {"state": "sent"}).status_code == 422
    assert tab.get(PAGE, {"before": "x"}).status_code == 422


def test_it_is_paged_and_costs_the_same_at_any_length(desk: Desk, cast: Cast) -> None:  # noqa: F811
    tab = signed_in(cast.user("owner"))
    tab.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        tab.get(PAGE)
    made = failures(desk.channel, 40)
    with CaptureQueriesContext(connection) as many:
        page = tab.get(PAGE).content.decode()
    assert len(many) == len(few)
    more = re.search(r'href="([^"]*before=\d+[^"]*)"', page)
    assert more
    rest = tab.get(more[1].replace("&amp;", "&")).content.decode()
    seen = [int(number) for text in (page, rest) for number in re.findall(r'id="delivery-(\d+)"', text)]
    assert seen == [*reversed(made), desk.doubtful.delivery_id, desk.failed.delivery_id]


def test_the_inbox_leads_here_with_a_count(desk: Desk, cast: Cast) -> None:  # noqa: F811
    tab = signed_in(cast.user("owner"))
    page = tab.get("/w/meridian/inbox/").content.decode()
    assert f'href="{PAGE}"' in page
    assert re.search(r'id="count-outbox"[^>]*>2<', page)
    tab.post(f"{PAGE}{desk.failed.delivery_id}/discard/")
    assert re.search(r'id="count-outbox"[^>]*>1<', tab.get("/w/meridian/inbox/").content.decode())


def test_when_all_arrived_it_says_so(desk: Desk, cast: Cast) -> None:  # noqa: F811
    with tenant(desk.workspace.pk):
        Delivery.objects.update(state="sent")
    assert "Everything that was sent arrived." in signed_in(cast.user("owner")).get(PAGE).content.decode()


def test_a_viewer_looks_and_changes_nothing(desk: Desk, cast: Cast) -> None:  # noqa: F811
    tab = signed_in(cast.user("viewer"))
    page = tab.get(PAGE).content.decode()
    assert "as the test says" in page
    for deed in ("retry", "discard", "decide"):
        assert f"/{deed}/" not in page
        assert tab.post(f"{PAGE}{desk.failed.delivery_id}/{deed}/", {"arrived": "yes"}).status_code == 403
    with tenant(desk.workspace.pk):
        assert state(desk.failed.delivery_id) == "failed"


def test_the_api_lists_page_by_page(desk: Desk, program: Program) -> None:  # noqa: F811
    made = failures(desk.channel, 3)
    first = program.get("outbox", limit=3).json()
    rest = program.client.get(first["next"]).json()
    ids = [row["id"] for row in first["results"] + rest["results"]]
    assert ids == [*reversed(made), desk.doubtful.delivery_id, desk.failed.delivery_id]
    assert rest["next"] is None
    row = rest["results"][-1]
    assert (row["state"], row["error"], row["channel"], row["text"]) == (
        "failed",
        "as the test says",
        desk.channel.pk,
        "failed parcel",
    )
    assert [row["id"] for row in program.get("outbox", state="needs_decision").json()["results"]] == [desk.doubtful.delivery_id]
    refused(program.get("outbox", state="sent"), 422, "state")
    refused(program.get("outbox", channel="x"), 422, "channel")
    refused(program.post(f"outbox/{desk.doubtful.delivery_id}/decide", {"arrived": "yes"}), 422, "arrived")
    refused(program.post(f"outbox/{desk.doubtful.delivery_id}/discard"), 409, "state")
