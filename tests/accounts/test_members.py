"""Roles change within reach, a workspace keeps an owner, and who is shut out is out at once."""

import threading
from itertools import product

import pytest
from django.db import connection
from django.test import Client

from accounts.models import ApiToken, Membership
from accounts.policies import ROLES, Permission, Role, grantable_roles, reaches
from accounts.selectors import active_owners, may_stay, members_who_may, place_of
from accounts.services.members import change_role, deactivate_member, leave, reactivate_member
from accounts.services.profiles import deactivate_user
from accounts.services.tokens import create_token
from core.errors import Conflict, Forbidden, Invalid, NotFound, RabtaError
from core.tenancy import tenant
from tests.accounts.factories import Cast, make_member, make_user, signed_in
from tests.accounts.rows import everything, undone

pytestmark = pytest.mark.django_db


def test_the_table_of_roles_is_a_ladder_where_it_should_be() -> None:
    assert set(ROLES) == set(Role)
    assert ROLES[Role.OWNER] == frozenset(Permission)
    for role in Role:
        assert reaches(Role.OWNER, role)
        assert reaches(role, Role.VIEWER)
        assert reaches(role, Role.OWNER) == (role == Role.OWNER)
    assert grantable_roles(Role.SUPERVISOR) == [Role.SUPERVISOR, Role.AGENT, Role.SALES, Role.VIEWER]
    assert Permission.CONVERSATIONS_REPLY not in ROLES[Role.VIEWER]
    assert not any(str(p).endswith((".edit", ".manage", ".reply", ".connect", ".grant")) for p in ROLES[Role.VIEWER])


@pytest.mark.parametrize("actor", list(Role))
def test_nobody_gives_or_touches_what_is_above_himself(cast: Cast, actor: Role) -> None:
    make_member(cast.meridian, make_user("second@people.example"), Role.OWNER)
    targets = {role: make_member(cast.meridian, make_user(f"t-{role}@people.example"), role) for role in Role}
    by = cast.member(actor)
    before = everything(cast.meridian)
    for target, wanted in product(Role, Role):
        allowed = Permission.ROLES_GRANT in ROLES[actor] and reaches(actor, target) and reaches(actor, wanted)
        with undone():
            if allowed:
                assert change_role(by=by, membership_id=targets[target].pk, role=wanted).role == wanted
                assert (everything(cast.meridian) != before) == (target != wanted)
            else:
                with pytest.raises(Forbidden):
                    change_role(by=by, membership_id=targets[target].pk, role=wanted)
                assert everything(cast.meridian) == before


def test_the_last_owner_stays(cast: Cast) -> None:
    owner = cast.member("owner")
    before = everything(cast.meridian)
    for attempt in (
        lambda: change_role(by=owner, membership_id=owner.pk, role="admin"),
        lambda: deactivate_member(by=owner, membership_id=owner.pk),
        lambda: leave(membership=owner),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.code == "last_owner"
    assert everything(cast.meridian) == before
    browser = signed_in(cast.user("owner"))
    answer = browser.post(f"/w/meridian/people/{owner.pk}/role/", {"role": "admin"})
    assert answer.status_code == 409
    assert browser.post("/w/meridian/people/leave/").status_code == 409


def test_an_owner_who_cannot_sign_in_is_no_owner_to_rely_on(cast: Cast) -> None:
    second = make_user("second@people.example")
    make_member(cast.meridian, second, Role.OWNER)
    deactivate_user(user=second)
    with pytest.raises(Conflict):
        leave(membership=cast.member("owner"))


def test_an_owner_may_go_when_another_stays(cast: Cast) -> None:
    make_member(cast.meridian, make_user("second@people.example"), Role.OWNER)
    leave(membership=cast.member("owner"))
    assert place_of(cast.user("owner"), "meridian") is None


@pytest.mark.django_db(transaction=True)
def test_two_owners_cannot_demote_each_other_at_once(cast_committed: Cast) -> None:
    cast = cast_committed
    first = cast.member("owner")
    second = make_member(cast.meridian, make_user("second@people.example"), Role.OWNER)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def demote(by: Membership, whom: Membership) -> None:
        start.wait()
        try:
            change_role(by=by, membership_id=whom.pk, role="viewer")
            outcomes.append("done")
        except RabtaError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "forbidden"]
    with tenant(cast.meridian.pk):
        assert active_owners().count() == 1


def test_a_deactivated_member_is_out_at_once(cast: Cast) -> None:
    """Page, API by session, API by token, socket's question: each was open, each is shut, with nobody signed out elsewhere."""
    admin = cast.member("admin")
    _row, secret = create_token(by=admin, name="Script")
    browser, program = signed_in(cast.user("admin")), Client(headers={"Authorization": f"Bearer {secret}"})
    session_key = browser.session.session_key

    def seen() -> tuple[int, int, int, bool]:
        return (
            browser.get("/w/meridian/people/").status_code,
            browser.get("/api/v1/w/meridian/me").status_code,
            program.get("/api/v1/w/meridian/me").status_code,
            may_stay(user_id=cast.user("admin").pk, workspace_id=cast.meridian.pk, session_key=session_key),
        )

    assert seen() == (200, 200, 200, True)
    deactivate_member(by=cast.member("owner"), membership_id=admin.pk)
    assert seen() == (404, 404, 401, False)
    assert browser.get("/me/").status_code == 200
    reactivate_member(by=cast.member("owner"), membership_id=admin.pk)
    # Back by the person's own doing only: the old token stays dead.
    assert seen() == (200, 200, 401, True)


def test_a_deactivated_person_is_out_everywhere(cast: Cast) -> None:
    user = cast.user("admin")
    _row, secret = create_token(by=cast.member("admin"), name="Script")
    browser = signed_in(user)
    key = browser.session.session_key
    deactivate_user(user=user)
    assert browser.get("/w/meridian/people/").status_code == 302
    assert browser.get("/api/v1/w/meridian/me").status_code == 401
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/w/meridian/me").status_code == 401
    assert not may_stay(user_id=user.pk, workspace_id=cast.meridian.pk, session_key=key)
    again = Client().post("/accounts/login/", {"login": user.email, "password": "correct horse battery"})
    assert again.headers.get("Location", "") != "/"


def test_leaving_ends_ones_own_tokens(cast: Cast) -> None:
    create_token(by=cast.member("admin"), name="Script")
    leave(membership=cast.member("admin"))
    with tenant(cast.meridian.pk):
        assert ApiToken.objects.filter(revoked_at=None).count() == 0


def test_a_role_that_was_taken_while_waiting_does_not_count(cast: Cast) -> None:
    """The membership in hand is older than the database: the database decides."""
    stale = cast.member("admin")
    change_role(by=cast.member("owner"), membership_id=stale.pk, role="viewer")
    assert stale.role == Role.ADMIN
    with pytest.raises(Forbidden):
        change_role(by=stale, membership_id=cast.member("agent").pk, role="viewer")


@pytest.mark.parametrize("role", ["", "king", "OWNER", None, 7])
def test_an_unknown_role_is_refused(cast: Cast, role: object) -> None:
    with pytest.raises(Invalid) as refused:
        change_role(by=cast.member("owner"), membership_id=cast.member("agent").pk, role=role)  # type: ignore[arg-type]
    assert refused.value.field == "role"


def test_a_member_of_another_workspace_is_nobody_here(cast: Cast) -> None:
    foreign = cast.member("agent", of="zarrin")
    for attempt in (change_role, deactivate_member, reactivate_member):
        with pytest.raises(NotFound):
            attempt(by=cast.member("owner"), membership_id=foreign.pk, **({"role": "viewer"} if attempt is change_role else {}))


def test_roles_of_one_person_are_separate_in_two_workspaces(cast: Cast) -> None:
    browser = signed_in(cast.both)
    assert browser.post("/w/zarrin/people/teams/", {"name": "Night"}).status_code == 302
    assert browser.post("/w/meridian/people/teams/", {"name": "Night"}).status_code == 403


def test_work_goes_to_those_who_may_do_it(cast: Cast) -> None:
    with tenant(cast.meridian.pk):
        emails = {row.user.email for row in members_who_may(Permission.CONVERSATIONS_REPLY)}
    assert "viewer@meridian.example" not in emails
    assert {"agent@meridian.example", "sales@meridian.example", "both@people.example"} <= emails
