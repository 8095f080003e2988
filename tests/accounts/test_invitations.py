"""Invitations: one link, one address, one use, a week at most, never more than their maker may give."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Invitation, Membership, User
from accounts.policies import Role
from accounts.secrets import token_hash
from accounts.services.invitations import accept_invitation, invite, revoke_invitation
from accounts.services.members import change_role, deactivate_member
from core import clock
from core.errors import Conflict, Forbidden, Invalid, NotFound, RabtaError
from core.tenancy import tenant
from tests.accounts.factories import PASSWORD, Cast, make_user, membership_in, signed_in
from tests.accounts.rows import everything

pytestmark = pytest.mark.django_db


def link_from(page: Any) -> str:
    """The path of the link a page shows."""
    text = page.content.decode()
    start = text.index("/join/")
    return text[start : text.index("<", start)]


@pytest.fixture
def shifted() -> Any:
    """Move the clock; it comes back by itself."""
    yield clock.shift
    clock.shift(timedelta(0))


def test_a_link_makes_a_member_once(cast: Cast) -> None:
    page = signed_in(cast.user("owner")).post(
        "/w/meridian/people/invitations/",
        {"email": "New@People.example", "role": "agent", "days": 7, "team": cast.team.pk},
    )
    assert page.status_code == 200
    link = link_from(page)
    new = signed_in(make_user("new@people.example"))
    shown = new.get(link, follow=True)
    assert "Meridian" in shown.content.decode()
    assert shown.redirect_chain == [("/join/", 302)]
    assert new.post("/join/").headers["Location"] == "/w/meridian/"
    with tenant(cast.meridian.pk):
        row = Membership.objects.get(user__email="new@people.example")
        assert row.role == Role.AGENT
        assert [seat.team_id for seat in row.seats.all()] == [cast.team.pk]
    again = signed_in(make_user("other@people.example"))
    assert again.get(link).status_code == 404
    assert new.get(link).status_code == 404
    assert new.get("/join/").headers["Location"] == "/"
    assert new.post("/join/").status_code == 404


def test_who_signs_up_by_a_link_lands_in_the_workspace(cast: Cast) -> None:
    """Signing up accepts the invitation; the page it then returns to must not call the used link dead."""
    _row, secret = invite(by=cast.member("owner"), email="nova@people.example", role="agent")
    browser = Client()
    assert "I am new here" in browser.get(f"/join/{secret}/", follow=True).content.decode()
    form = browser.get("/accounts/signup/?next=/join/").content.decode()
    assert "Create a workspace</h1>" not in form
    values = {"name": "Nova", "email": "nova@people.example", "password1": "tr0ub4dor-horse-9", "next": "/join/"}
    arrived = browser.post("/accounts/signup/", values, follow=True)
    assert arrived.status_code == 200
    assert arrived.redirect_chain[-1][0].startswith("/w/meridian/")


def test_the_link_is_shown_once_and_kept_nowhere(cast: Cast) -> None:
    browser = signed_in(cast.user("owner"))
    page = browser.post("/w/meridian/people/invitations/", {"email": "a@b.example", "role": "agent", "days": 7})
    secret = link_from(page).removeprefix("/join/").rstrip("/")
    assert len(secret) >= 22  # 128 bits in base64
    assert secret not in browser.get("/w/meridian/people/").content.decode()
    assert secret not in str(everything(cast.meridian))
    assert page.headers["Cache-Control"] == "no-store"


def test_signing_up_with_a_link_makes_no_workspace(cast: Cast) -> None:
    _row, secret = invite(by=cast.member("owner"), email="new@people.example", role="sales")
    browser = Client()
    browser.get(f"/join/{secret}/")
    form = browser.get("/accounts/signup/").content.decode()
    assert "new@people.example" in form
    assert 'name="workspace"' not in form
    answer = browser.post("/accounts/signup/", {"name": "New", "email": "new@people.example", "password1": PASSWORD})
    assert answer.status_code == 302, answer.content
    assert browser.get("/").headers["Location"] == "/w/meridian/"
    user = User.objects.get(email="new@people.example")
    assert membership_in(cast.meridian, user).role == Role.SALES
    assert browser.get("/w/meridian/people/").status_code == 200


def test_signing_up_with_a_link_takes_the_invited_address_only(cast: Cast) -> None:
    _row, secret = invite(by=cast.member("owner"), email="new@people.example", role="sales")
    browser = Client()
    browser.get(f"/join/{secret}/")
    answer = browser.post("/accounts/signup/", {"name": "Thief", "email": "thief@people.example", "password1": PASSWORD})
    assert answer.status_code == 200
    assert not User.objects.filter(email="thief@people.example").exists()


def test_somebody_else_cannot_take_the_link(cast: Cast) -> None:
    _row, secret = invite(by=cast.member("owner"), email="new@people.example", role="admin")
    thief = signed_in(cast.outsider)
    thief.get(f"/join/{secret}/")
    before = everything(cast.meridian)
    assert thief.post("/join/").status_code == 403
    assert everything(cast.meridian) == before


@pytest.mark.parametrize("days", [1, 3, 7])
def test_a_link_dies_of_age(cast: Cast, shifted: Any, days: int) -> None:
    _row, secret = invite(by=cast.member("owner"), email="new@people.example", role="agent", days=days)
    shifted(timedelta(days=days) - timedelta(minutes=1))
    assert Client().get(f"/join/{secret}/").status_code == 302
    shifted(timedelta(days=days) + timedelta(seconds=1))
    assert Client().get(f"/join/{secret}/").status_code == 404
    with pytest.raises(NotFound):
        accept_invitation(hashed=token_hash(secret), user=make_user("new@people.example"))


@pytest.mark.parametrize("days", [0, -1, 8, 365])
def test_no_link_lives_longer_than_a_week(cast: Cast, days: int) -> None:
    with pytest.raises(Invalid) as refused:
        invite(by=cast.member("owner"), email="a@b.example", role="agent", days=days)
    assert refused.value.field == "days"


@pytest.mark.parametrize("token", ["", " ", "%20", "%00", "x", "null", "0" * 43, "..", "é", "%F0%9F%98%80", "a" * 5000])
def test_a_token_nobody_made_is_not_found(cast: Cast, token: str) -> None:
    invite(by=cast.member("owner"), email="a@b.example", role="agent")
    assert Client().get(f"/join/{token}/", follow=True).status_code == 404
    assert signed_in(cast.outsider).post("/join/").status_code == 404


def test_the_hash_is_no_link(cast: Cast) -> None:
    row, _secret = invite(by=cast.member("owner"), email="a@b.example", role="agent")
    assert Client().get(f"/join/{row.token_hash}/").status_code == 404


def test_a_revoked_link_is_dead_and_only_its_own_workspace_can_revoke_it(cast: Cast) -> None:
    row, secret = invite(by=cast.member("owner"), email="new@people.example", role="agent")
    with pytest.raises(NotFound):
        revoke_invitation(by=cast.member("owner", of="zarrin"), invitation_id=row.pk)
    assert signed_in(cast.user("owner", of="zarrin")).post(f"/w/zarrin/people/invitations/{row.pk}/revoke/").status_code == 404
    assert Client().get(f"/join/{secret}/").status_code == 302
    revoke_invitation(by=cast.member("owner"), invitation_id=row.pk)
    revoke_invitation(by=cast.member("owner"), invitation_id=row.pk)
    assert Client().get(f"/join/{secret}/").status_code == 404


def test_an_invitation_of_one_workspace_opens_no_other(cast: Cast) -> None:
    """Whatever workspace a browser was in, the link's own is joined and no other is touched."""
    _row, secret = invite(by=cast.member("owner"), email=cast.outsider.email, role="agent")
    before = everything(cast.zarrin, cast.outside)
    browser = signed_in(cast.outsider)
    browser.get("/w/elsewhere/people/")
    browser.get(f"/join/{secret}/")
    assert browser.post("/join/", {"workspace": "zarrin", "slug": "zarrin"}).headers["Location"] == "/w/meridian/"
    assert everything(cast.zarrin, cast.outside) == before
    assert browser.get("/w/zarrin/people/").status_code == 404


@pytest.mark.parametrize(
    ("giver", "role", "may"),
    [
        ("owner", "owner", True),
        ("admin", "admin", True),
        ("admin", "owner", False),
        ("supervisor", "supervisor", True),
        ("supervisor", "sales", True),
        ("supervisor", "admin", False),
        ("supervisor", "owner", False),
        ("agent", "viewer", False),
    ],
)
def test_nobody_invites_above_himself(cast: Cast, giver: str, role: str, may: bool) -> None:
    if may:
        assert invite(by=cast.member(giver), email="new@people.example", role=role)[0].role == role
        return
    before = everything(cast.meridian)
    with pytest.raises(Forbidden):
        invite(by=cast.member(giver), email="new@people.example", role=role)
    answer = signed_in(cast.user(giver)).post(
        "/w/meridian/people/invitations/", {"email": "new@people.example", "role": role, "days": 3}
    )
    assert answer.status_code in (403, 422)
    assert everything(cast.meridian) == before


@pytest.mark.parametrize(
    ("email", "role", "field"),
    [("", "agent", "email"), ("no", "agent", "email"), ("a@b.example", "king", "role"), ("a@b.example", "", "role")],
)
def test_bad_input_names_its_field(cast: Cast, email: str, role: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        invite(by=cast.member("owner"), email=email, role=role)
    assert refused.value.field == field
    page = signed_in(cast.user("owner")).post("/w/meridian/people/invitations/", {"email": email, "role": role, "days": 3})
    assert page.status_code == 422


def test_inviting_a_member_is_a_conflict(cast: Cast) -> None:
    with pytest.raises(Conflict):
        invite(by=cast.member("owner"), email=cast.user("agent").email, role="agent")


def test_a_link_does_not_outlive_its_makers_rights(cast: Cast) -> None:
    owner, admin = cast.member("owner"), cast.member("admin")
    _row, secret = invite(by=admin, email="new@people.example", role="admin")
    change_role(by=owner, membership_id=admin.pk, role="supervisor")
    assert Client().get(f"/join/{secret}/").status_code == 404
    change_role(by=owner, membership_id=admin.pk, role="admin")
    assert Client().get(f"/join/{secret}/").status_code == 302
    deactivate_member(by=owner, membership_id=admin.pk)
    assert Client().get(f"/join/{secret}/").status_code == 404


def test_a_new_link_replaces_the_former(cast: Cast) -> None:
    _row, first = invite(by=cast.member("owner"), email="new@people.example", role="agent")
    _row, second = invite(by=cast.member("owner"), email="new@people.example", role="agent")
    assert Client().get(f"/join/{first}/").status_code == 404
    assert Client().get(f"/join/{second}/").status_code == 302


def test_somebody_who_left_comes_back_as_invited(cast: Cast) -> None:
    owner = cast.member("owner")
    deactivate_member(by=owner, membership_id=cast.member("admin").pk)
    _row, secret = invite(by=owner, email=cast.user("admin").email, role="viewer")
    joined = accept_invitation(hashed=token_hash(secret), user=cast.user("admin"))
    assert (joined.pk, joined.role, joined.is_active) == (cast.member("admin").pk, Role.VIEWER, True)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_member(cast_committed: Cast) -> None:
    cast = cast_committed
    _row, secret = invite(by=cast.member("owner"), email="new@people.example", role="agent")
    user = make_user("new@people.example")
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def take() -> None:
        start.wait()
        try:
            accept_invitation(hashed=token_hash(secret), user=user)
            outcomes.append("joined")
        except RabtaError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["joined", "not_found", "not_found", "not_found"]
    with tenant(cast.meridian.pk):
        assert Invitation.objects.filter(accepted_at__isnull=False).count() == 1
