"""API tokens: shown once, kept as a hash, good for one workspace, with their member's rights of the moment."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiToken
from accounts.services.members import change_role
from accounts.services.tokens import create_token, revoke_token
from core import clock
from core.errors import Forbidden, Invalid, NotFound
from core.tenancy import tenant
from tests.accounts.factories import Cast, signed_in
from tests.accounts.rows import everything

pytestmark = pytest.mark.django_db
ME = "/api/v1/w/meridian/me"


def program(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_a_token_acts_as_its_member(cast: Cast) -> None:
    _row, secret = create_token(by=cast.member("admin"), name="Script")
    answer = program(secret).get(ME)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["role"], body["workspace"]["slug"], body["person"]["email"]) == (
        "admin",
        "meridian",
        "admin@meridian.example",
    )
    assert "workspace.manage" in body["permissions"]
    change_role(by=cast.member("owner"), membership_id=cast.member("admin").pk, role="viewer")
    body = program(secret).get(ME).json()
    assert (body["role"], "workspace.manage" in body["permissions"]) == ("viewer", False)


def test_it_is_shown_once_and_kept_as_a_hash(cast: Cast) -> None:
    browser = signed_in(cast.user("owner"))
    page = browser.post("/w/meridian/people/tokens/", {"name": "Script", "days": 30}).content.decode()
    start = page.index("rbt_")
    secret = page[start : page.index("<", start)]
    assert len(secret) >= 4 + 22
    assert program(secret).get(ME).status_code == 200
    assert secret not in browser.get("/w/meridian/people/tokens/").content.decode()
    assert secret not in str(everything(cast.meridian))
    assert secret not in program(secret).get(ME).content.decode()


def test_it_opens_one_workspace(cast: Cast) -> None:
    _row, secret = create_token(by=cast.member("owner"), name="Script")
    assert program(secret).get("/api/v1/w/zarrin/me").status_code == 404
    assert program(secret).get("/api/v1/w/nowhere/me").status_code == 404


def test_it_opens_no_page(cast: Cast) -> None:
    _row, secret = create_token(by=cast.member("owner"), name="Script")
    assert program(secret).get("/w/meridian/people/").headers["Location"].startswith("/accounts/login/")
    assert program(secret).get("/me/").status_code == 302


@pytest.mark.parametrize("secret", ["", " ", "rbt_", "rbt_x", "null", "é", "rbt_" + "A" * 43, "a" * 9000, "%00", "\t"])
def test_what_is_no_token_is_401_in_the_one_shape(cast: Cast, secret: str) -> None:
    create_token(by=cast.member("owner"), name="Script")
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get(ME)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] in ("invalid_token", "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_wrong_token_is_not_helped_by_a_good_session(cast: Cast) -> None:
    browser = signed_in(cast.user("owner"))
    assert browser.get(ME).status_code == 200
    assert browser.get(ME, headers={"Authorization": "Bearer rbt_wrong"}).status_code == 401


def test_it_dies_of_age(cast: Cast) -> None:
    _row, secret = create_token(by=cast.member("owner"), name="Script", days=2)
    try:
        clock.shift(timedelta(days=2, seconds=-5))
        assert program(secret).get(ME).status_code == 200
        clock.shift(timedelta(days=2, seconds=1))
        assert program(secret).get(ME).status_code == 401
    finally:
        clock.shift(timedelta(0))


def test_revoking_ends_it_at_once_and_only_at_home(cast: Cast) -> None:
    row, secret = create_token(by=cast.member("owner"), name="Script")
    with pytest.raises(NotFound):
        revoke_token(by=cast.member("owner", of="zarrin"), token_id=row.pk)
    assert program(secret).get(ME).status_code == 200
    revoke_token(by=cast.member("admin"), token_id=row.pk)
    revoke_token(by=cast.member("admin"), token_id=row.pk)
    assert program(secret).get(ME).status_code == 401


def test_using_it_is_noted_once_a_minute(cast: Cast, django_assert_num_queries: Any) -> None:
    row, secret = create_token(by=cast.member("owner"), name="Script")

    def last_used() -> object:
        with tenant(cast.meridian.pk):
            return ApiToken.objects.get(pk=row.pk).last_used_at

    assert last_used() is None
    program(secret).get(ME)
    first = last_used()
    assert first is not None
    program(secret).get(ME)
    assert last_used() == first


@pytest.mark.parametrize("role", ["supervisor", "agent", "sales", "viewer"])
def test_it_takes_the_right_to_make_one(cast: Cast, role: str) -> None:
    with pytest.raises(Forbidden):
        create_token(by=cast.member(role), name="Script")


@pytest.mark.parametrize(
    ("name", "days", "field"), [("", 5, "name"), (" ", 5, "name"), ("x" * 81, 5, "name"), ("x", 0, "days"), ("x", 366, "days")]
)
def test_bad_input_names_its_field(cast: Cast, name: str, days: int, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        create_token(by=cast.member("owner"), name=name, days=days)
    assert refused.value.field == field


def test_making_one_asks_for_the_password_again_after_a_while(cast: Cast) -> None:
    browser = signed_in(cast.user("owner"))
    session = browser.session
    session["account_authentication_methods"] = [
        {**record, "at": record["at"] - 3600} for record in session["account_authentication_methods"]
    ]
    session.save()
    before = everything(cast.meridian)
    answer = browser.post("/w/meridian/people/tokens/", {"name": "Script", "days": 30})
    assert answer.headers["Location"] == "/accounts/reauthenticate/?next=%2Fw%2Fmeridian%2Fpeople%2Ftokens%2F"
    assert everything(cast.meridian) == before
    back = browser.post(answer.headers["Location"], {"password": "correct horse battery"})
    assert back.headers["Location"] == "/w/meridian/people/tokens/"
    assert browser.post("/w/meridian/people/tokens/", {"name": "Script", "days": 30}).status_code == 200


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/api/v1/w/meridian/nothing", "get", 404, "not_found"),
        ("/api/v1/nothing", "get", 404, "not_found"),
        ("/api/v1/w/zarrin/me", "get", 404, "not_found"),
        (ME, "post", 405, "method_not_allowed"),
    ],
)
def test_every_refusal_has_one_shape(cast: Cast, path: str, method: str, status: int, code: str) -> None:
    browser = signed_in(cast.user("owner"))
    answer = getattr(browser, method)(path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert set(answer.json()["error"]) == {"code", "message", "field", "detail"}


def test_a_session_must_show_its_csrf_token_to_write(cast: Cast) -> None:
    browser = signed_in(cast.user("owner"), enforce_csrf_checks=False)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    answer = strict.post(ME, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "permission_denied")
