"""Who answers for a channel, and the address at which its network calls: both can be changed, through both doors."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.policies import Role
from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from social.models import Channel
from social.services import credentials
from tests.accounts.factories import Cast, make_member, make_user, signed_in
from tests.inbox.conftest import Program, cast, desk, program  # noqa: F401 - fixtures used by the tests here
from tests.inbox.factories import Desk

pytestmark = pytest.mark.django_db
Do = Callable[..., int]


@pytest.fixture(params=["page", "api"])
def do(request: pytest.FixtureRequest, cast: Cast, program: Program) -> Do:  # noqa: F811
    """Change a channel; the status, with what the page calls success as 200."""
    if request.param == "page":
        tab = signed_in(cast.user("owner"), raise_request_exception=False)

        def by_page(channel: Channel, deed: str, **data: Any) -> int:
            answer = tab.post(f"/w/meridian/channels/{channel.pk}/{deed}/", data)
            return 200 if answer.status_code == 302 else int(answer.status_code)

        return by_page
    return lambda channel, deed, **data: int(program.post(f"channels/{channel.pk}/{deed}", data or None).status_code)


def keeper(channel: Channel) -> int | None:
    with tenant(channel.workspace_id):
        return Channel.objects.get(pk=channel.pk).connected_by_id


def test_another_answers_for_it_and_nothing_else_changes(desk: Desk, cast: Cast, do: Do) -> None:  # noqa: F811
    heir = cast.member(Role.ADMIN)
    before = credentials.open_access(workspace_id=desk.workspace.pk, channel_id=desk.channel.pk)
    assert do(desk.channel, "transfer", member=heir.pk) == 200
    assert keeper(desk.channel) == heir.pk
    assert credentials.open_access(workspace_id=desk.workspace.pk, channel_id=desk.channel.pk).secrets == before.secrets
    with tenant(desk.workspace.pk):
        assert Event.objects.filter(kind="channels.transferred").get().data["to"] == heir.pk
    assert do(desk.channel, "transfer", member=heir.pk) == 200
    with tenant(desk.workspace.pk):
        assert Event.objects.filter(kind="channels.transferred").count() == 1


def test_only_to_somebody_here_who_may_connect(desk: Desk, cast: Cast, do: Do) -> None:  # noqa: F811
    gone = make_member(cast.meridian, make_user("gone@people.example"), Role.ADMIN, is_active=False)
    foreign = cast.member("owner", of="zarrin")
    for wrong in (cast.member(Role.AGENT).pk, gone.pk, foreign.pk, 10**9):
        assert do(desk.channel, "transfer", member=wrong) == 422
    assert keeper(desk.channel) is None


def test_the_page_names_who_answers_and_offers_the_others(desk: Desk, cast: Cast) -> None:  # noqa: F811
    owner = cast.member(Role.OWNER)
    with tenant(desk.workspace.pk):
        Channel.objects.filter(pk=desk.channel.pk).update(connected_by_id=owner.pk)
    page = signed_in(cast.user("owner")).get(f"/w/meridian/channels/{desk.channel.pk}/").content.decode()
    assert "Answers for it" in page
    assert f'<option value="{cast.member(Role.ADMIN).pk}">' in page
    assert f'<option value="{owner.pk}">' not in page
    assert f'<option value="{cast.member(Role.AGENT).pk}">' not in page
    assert "/transfer/" not in signed_in(cast.user("agent")).get(f"/w/meridian/channels/{desk.channel.pk}/").content.decode()


def test_a_new_webhook_address_ends_the_old_one(desk: Desk, do: Do) -> None:  # noqa: F811
    from social.services.addresses import CHANNEL

    with tenant(desk.workspace.pk):
        hooked = Channel.objects.create(
            network="custom", external_id="shop", name="Shop", state="connected", hook_key="a" * 22, created_at=now()
        )
    assert do(hooked, "rotate-webhook") == 200
    with tenant(desk.workspace.pk):
        fresh = Channel.objects.get(pk=hooked.pk).hook_key
        assert Event.objects.filter(kind="channels.hook_renewed").count() == 1
    assert len(fresh) == 22
    from django.db import connection

    with connection.cursor() as cursor:
        found = {}
        for name, key in (("old", "a" * 22), ("new", fresh)):
            cursor.execute(CHANNEL, [key])
            found[name] = cursor.fetchone()
    assert found == {"old": None, "new": (desk.workspace.pk, hooked.pk)}
    assert do(desk.channel, "rotate-webhook") in (200, 409), "nobody calls this one"
    with tenant(desk.workspace.pk):
        assert Channel.objects.get(pk=desk.channel.pk).hook_key == ""


def test_the_api_tells_what_each_network_can_do(program: Program) -> None:  # noqa: F811
    rows = {row["slug"]: row for row in program.get("networks").json()["results"]}
    assert rows["x"]["reads_back"]
    assert not rows["feed"]["reads_back"]
    assert "mentions" in rows["x"]["capabilities"]
    assert rows["x"]["limits"]["public_length"] == 280
    assert program.get("networks", slug="x").status_code == 422
