"""Every address of people's rooms against every role: who may, succeeds; who may not, gets 403; outsiders 404; strangers the
sign-in page. After a refusal nothing has changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.urls import URLPattern, reverse

from accounts import urls
from accounts.policies import ROLES, Permission, Role
from accounts.services.invitations import invite
from accounts.services.teams import add_to_team
from accounts.services.tokens import create_token
from core.tenancy import tenant
from tests.accounts.factories import Cast, make_member, make_user, signed_in
from tests.accounts.rows import everything, undone

pytestmark = pytest.mark.django_db
P = Permission


@dataclass(frozen=True)
class Ids:
    """Real rows of Meridian that an address can name."""

    guest: int
    gone: int
    invitation: int
    token: int
    team: int
    seated: int


@dataclass(frozen=True)
class Door:
    """One address: how it is called, and the right it wants."""

    name: str
    permission: Permission
    method: str = "post"
    address: Callable[[Ids], dict[str, int]] = lambda ids: {}
    form: Callable[[Ids], dict[str, Any]] = lambda ids: {}
    #: Whether a success writes something.
    writes: bool = True


DOORS = [
    Door("people", P.PEOPLE_VIEW, "get", writes=False),
    Door("api_me", P.CONVERSATIONS_VIEW, "get", writes=False),
    Door("tokens", P.TOKENS_MANAGE, "get", writes=False),
    Door("tokens", P.TOKENS_MANAGE, form=lambda ids: {"name": "Script", "days": 5}),
    Door("token_revoke", P.TOKENS_MANAGE, address=lambda ids: {"token_id": ids.token}),
    Door("invitation_create", P.PEOPLE_INVITE, form=lambda ids: {"email": "a@b.example", "role": "viewer", "days": 3}),
    Door("invitation_revoke", P.PEOPLE_INVITE, address=lambda ids: {"invitation_id": ids.invitation}),
    Door("workspace_rename", P.WORKSPACE_MANAGE, form=lambda ids: {"name": "Other"}),
    Door("member_role", P.ROLES_GRANT, address=lambda ids: {"membership_id": ids.guest}, form=lambda ids: {"role": "agent"}),
    Door("member_deactivate", P.PEOPLE_MANAGE, address=lambda ids: {"membership_id": ids.guest}),
    Door("member_reactivate", P.PEOPLE_MANAGE, address=lambda ids: {"membership_id": ids.gone}),
    Door("team_create", P.TEAMS_MANAGE, form=lambda ids: {"name": "Another"}),
    Door("team_rename", P.TEAMS_MANAGE, address=lambda ids: {"team_id": ids.team}, form=lambda ids: {"name": "Another"}),
    Door("team_delete", P.TEAMS_MANAGE, address=lambda ids: {"team_id": ids.team}),
    Door("team_add", P.TEAMS_MANAGE, address=lambda ids: {"team_id": ids.team}, form=lambda ids: {"member": ids.guest}),
    Door(
        "team_remove",
        P.TEAMS_MANAGE,
        address=lambda ids: {"team_id": ids.team, "membership_id": ids.seated},
    ),
    Door("member_leave", P.PEOPLE_VIEW),
]


@pytest.fixture
def ids(cast: Cast) -> Ids:
    """Real rows of Meridian."""
    owner = cast.member(Role.OWNER)
    guest = make_member(cast.meridian, make_user("guest@people.example"), Role.VIEWER)
    gone = make_member(cast.meridian, make_user("gone@people.example"), Role.VIEWER, is_active=False)
    make_member(cast.meridian, make_user("second@people.example"), Role.OWNER)
    invitation, _link = invite(by=owner, email="invited@people.example", role=Role.VIEWER)
    token, _secret = create_token(by=owner, name="Nightly")
    seated = cast.member(Role.AGENT)
    add_to_team(by=owner, team_id=cast.team.pk, membership_id=seated.pk)
    return Ids(guest.pk, gone.pk, invitation.pk, token.pk, cast.team.pk, seated.pk)


def test_every_address_of_this_room_is_in_the_table() -> None:
    named = {
        pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern) and "<slug:slug>" in str(pattern.pattern)
    }
    assert named == {door.name for door in DOORS}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method}-{door.name}")
def test_it_opens_for_the_right_roles_only(cast: Cast, ids: Ids, door: Door) -> None:
    address = reverse(door.name, kwargs={"slug": "meridian", **door.address(ids)})
    before = everything(cast.meridian, cast.outside)

    for role in Role:
        browser = signed_in(cast.user(role))
        with undone():
            answer = getattr(browser, door.method)(address, door.form(ids))
            if door.permission in ROLES[role]:
                assert answer.status_code in (200, 302), (role, answer.content[:500])
                assert "/accounts/" not in answer.headers.get("Location", "")
                assert (everything(cast.meridian, cast.outside) != before) == door.writes, role
                continue
            assert answer.status_code == 403, role
        assert everything(cast.meridian, cast.outside) == before, role

    answer = getattr(signed_in(cast.outsider), door.method)(address, door.form(ids))
    assert answer.status_code == 404
    stranger = getattr(signed_out(), door.method)(address, door.form(ids))
    assert (stranger.status_code, stranger.headers.get("Location", "")[:16]) in {
        (302, "/accounts/login/"),
        (401, ""),
    }
    assert everything(cast.meridian, cast.outside) == before


@pytest.mark.parametrize("door", [d for d in DOORS if d.address(Ids(1, 1, 1, 1, 1, 1))], ids=lambda door: door.name)
def test_ones_own_workspace_does_not_open_anothers_rows(cast: Cast, ids: Ids, door: Door) -> None:
    """The outsider is owner at home; Meridian's ids under the home slug name nothing."""
    before = everything(cast.meridian, cast.outside)
    address = reverse(door.name, kwargs={"slug": "elsewhere", **door.address(ids)})
    answer = signed_in(cast.outsider).post(address, door.form(ids))
    assert answer.status_code == 404
    assert everything(cast.meridian, cast.outside) == before


def test_a_foreign_id_in_a_form_is_nothing_too(cast: Cast, ids: Ids) -> None:
    with tenant(cast.outside.pk):
        own_team = cast_team(cast)
    before = everything(cast.meridian, cast.outside)
    browser = signed_in(cast.outsider)
    assert browser.post(f"/w/elsewhere/people/teams/{own_team}/seats/", {"member": ids.guest}).status_code == 404
    answer = browser.post(
        "/w/elsewhere/people/invitations/", {"email": "x@y.example", "role": "viewer", "days": 3, "team": ids.team}
    )
    assert answer.status_code == 422
    assert everything(cast.meridian, cast.outside) == before


def test_viewing_the_page_of_people_costs_the_same_for_any_number(
    cast: Cast, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    browser = signed_in(cast.user("owner"))
    browser.get("/w/meridian/people/")
    with django_assert_max_num_queries(30) as few:
        browser.get("/w/meridian/people/")
    for number in range(12):
        make_member(cast.meridian, make_user(f"p{number}@people.example"), Role.AGENT)
    with django_assert_num_queries(len(few)):
        browser.get("/w/meridian/people/")


def cast_team(cast: Cast) -> int:
    from accounts.models import Team

    return Team.objects.get().pk


def signed_out() -> Any:
    from django.test import Client

    return Client()
