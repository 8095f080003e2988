"""Every address below a workspace, asked by everybody: the owner succeeds on real rows, then nobody else gets anything, and nothing
has changed after."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.policies import ROLES, Role
from core.tenancy import tenant
from inbox.models import Upload
from tests.tenancy.operations import OPERATIONS, Operation
from tests.tenancy.world import SECRET_WORD, World, undone

pytestmark = pytest.mark.django_db
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Addresses that answer all methods alike, since they only send the browser on.
SENDING_ON = {"workspace"}


def addresses(patterns: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the project with its whole route."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, route)
        else:
            yield route, entry


def of_a_workspace() -> dict[str, str]:
    """Name → route of every address that names a workspace."""
    return {str(entry.name): route for route, entry in addresses() if "<slug:slug>" in route}


def test_every_address_is_in_the_table() -> None:
    assert {operation.name for operation in OPERATIONS} == set(of_a_workspace())


def test_every_row_of_the_table_names_what_its_address_does() -> None:
    routes = of_a_workspace()
    for operation in OPERATIONS:
        wanted = {part.partition(":")[2].partition(">")[0] for part in routes[operation.name].split("<")[1:]} - {"slug", "network"}
        assert set(operation.arguments) == wanted, operation


def test_methods_that_are_not_in_the_table_do_nothing(connected_world: World) -> None:
    world = connected_world
    before = world.state()
    declared = {(operation.name, operation.method) for operation in OPERATIONS}
    for operation in {operation.name: operation for operation in OPERATIONS}.values():
        for method in METHODS:
            if (operation.name, method) in declared or operation.name in SENDING_ON:
                continue
            answer = world.browser("owner").generic(method, operation.address("meridian", world.ids), "{}", "application/json")
            assert answer.status_code == 405, (method, operation.name)
    assert world.state() == before


def succeeds(operation: Operation, answer: Any) -> None:
    """Done, and not by being sent to the sign-in page."""
    assert answer.status_code in (200, 201, 204, 302), (str(operation), answer.status_code, answer.content[:600])
    assert "/accounts/" not in answer.headers.get("Location", ""), str(operation)


def prepared(operation: Operation, world: World, who: str) -> Any:
    data = operation.data(world)
    return data if operation.prepare is None else {**data, **operation.prepare(world.browser(who), world)}


def test_the_owner_succeeds_then_nobody_else_gets_anything(connected_world: World) -> None:
    world = connected_world
    untouched = world.state()
    for operation in OPERATIONS:
        address = operation.address("meridian", world.ids)
        with undone():
            data = prepared(operation, world, "owner")
            before = world.state()
            succeeds(operation, operation.ask(world.browser("owner"), address, data))
            if operation.writes is not None:
                assert (world.state() != before) == operation.writes, str(operation)
        with undone():
            data = prepared(operation, world, "owner")
            before = world.state()

            outsider = operation.ask(world.browser("outsider"), address, data)
            assert outsider.status_code == 404, (str(operation), outsider.status_code)
            assert SECRET_WORD not in outsider.content.decode(), str(operation)

            stranger = operation.ask(world.browser("stranger"), address, data)
            if operation.is_api:
                assert stranger.status_code == 401, str(operation)
            else:
                assert stranger.status_code == 302, str(operation)
                assert stranger.headers["Location"].startswith("/accounts/login/"), str(operation)

            token = operation.ask(world.browser("stranger"), address, data, authorization=f"Bearer {world.own_token}")
            assert token.status_code == (404 if operation.is_api else 302), str(operation)
            assert SECRET_WORD not in token.content.decode(), str(operation)

            dead = operation.ask(world.browser("stranger"), address, data, authorization="Bearer rbt_nobody-made-this")
            assert dead.status_code == (401 if operation.is_api else 302), str(operation)
            assert world.state() == before, str(operation)
    assert world.state() == untouched


def test_anothers_ids_are_nothing_in_ones_own_workspace(connected_world: World) -> None:
    """The outsider is owner at home, and asks there for Meridian's rows."""
    world = connected_world
    before = world.state()
    asked = 0
    for operation in OPERATIONS:
        if operation.prepare is not None:
            continue
        address = operation.address("elsewhere", world.ids)
        with undone():
            answer = operation.ask(world.browser("outsider"), address, operation.data(world))
            assert SECRET_WORD not in answer.content.decode(), str(operation)
            if operation.arguments:
                assert answer.status_code == 404, (str(operation), answer.status_code)
                assert world.state() == before, str(operation)
                asked += 1
    assert asked > 20


def test_anothers_ids_in_a_body_are_refused(connected_world: World) -> None:
    """References: what is written in one's own workspace cannot point into another's."""
    world = connected_world
    before = world.state()
    theirs, own = world.ids, world.own_ids
    thread = f"/inbox/{own['conversation_id']}"
    outsider = world.browser("outsider")
    api, page = "/api/v1/w/elsewhere", "/w/elsewhere"

    def patch(path: str, **body: Any) -> Any:
        return outsider.patch(f"{api}{path}", body, content_type="application/json")

    conversation = f"/conversations/{own['conversation_id']}"
    references = {
        "assignee": (patch(conversation, assignee=theirs["seated"]), 422),
        "team": (patch(conversation, team=theirs["team_id"]), 422),
        "expected assignee": (patch(conversation, assignee=own["membership_id"], expected_assignee=theirs["seated"]), 409),
        "assignee on the page": (outsider.post(f"{page}{thread}/assign/", {"assignee": theirs["seated"]}), 422),
        "team on the page": (outsider.post(f"{page}{thread}/team/", {"team": theirs["team_id"]}), 422),
        "delivery of another channel": (
            outsider.post(f"{page}/channels/{own['channel_id']}/sends/{theirs['delivery_id']}/retry/"),
            404,
        ),
        "member of a team": (outsider.post(f"{page}/people/teams/{own['team_id']}/seats/", {"member": theirs["seated"]}), 404),
        "team of an invitation": (
            outsider.post(
                f"{page}/people/invitations/",
                {"email": "x@y.example", "role": "viewer", "days": 3, "team": theirs["team_id"]},
            ),
            422,
        ),
        "item of another channel": (
            outsider.post(
                f"{api}/channels/{own['channel_id']}/set-aside/{theirs['item_id']}/discard", {}, content_type="application/json"
            ),
            404,
        ),
        "channel to connect anew": (
            outsider.post(
                f"{page}/channels/connect/x/tokens/", {**world.practice.tokens("brand"), "channel": theirs["channel_id"]}
            ),
            404,
        ),
    }
    for name, (answer, status) in references.items():
        assert answer.status_code == status, (name, answer.status_code, answer.content[:300])
    assert world.state() == before
    changes = outsider.get(f"{page}/inbox/changes/", {"since": 1, "thread_since": 1, "open": theirs["conversation_id"]})
    assert SECRET_WORD not in changes.content.decode()
    for question in (f"conversations?channel={theirs['channel_id']}", f"contacts?search={SECRET_WORD}"):
        assert outsider.get(f"{api}/{question}").json()["results"] == []


def give_own(world: World, role: Role) -> None:
    """What only its own member sees (a file on its way) is this role's."""
    with tenant(world.cast.meridian.pk):
        Upload.objects.update(member=world.cast.member(role))


@pytest.mark.parametrize("role", list(Role))
def test_each_role_does_what_the_table_says(connected_world: World, role: Role) -> None:
    world = connected_world
    world.browser(role)
    for operation in OPERATIONS:
        address = operation.address("meridian", world.ids)
        with undone():
            give_own(world, role)
            data = prepared(operation, world, role if operation.right in ROLES[role] else "owner")
            before = world.state()
            answer = operation.ask(world.browser(role), address, data)
            if operation.right in ROLES[role]:
                succeeds(operation, answer)
            else:
                assert answer.status_code == 403, (str(operation), answer.status_code)
                assert world.state() == before, str(operation)
