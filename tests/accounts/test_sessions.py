"""Where a person is signed in, and ending it."""

from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client

from accounts.devices import device_name
from accounts.selectors import may_stay
from tests.accounts.factories import Cast, signed_in

pytestmark = pytest.mark.django_db
NEW = "another fine horse"


def inside(browser: Client) -> bool:
    return browser.get("/w/elsewhere/people/").status_code == 200


def rows(browser: Client) -> dict[str, int]:
    """Session key → id of each row on the page."""
    return {row["session"].session_key: row["session"].pk for row in browser.get("/me/sessions/").context["rows"]}


def test_one_device_is_signed_out_by_another(cast: Cast) -> None:
    phone, laptop = signed_in(cast.outsider), signed_in(cast.outsider)
    key = phone.session.session_key
    assert inside(phone)
    assert may_stay(user_id=cast.outsider.pk, workspace_id=cast.outside.pk, session_key=key)
    laptop.post(f"/me/sessions/{rows(laptop)[key]}/end/")
    assert not inside(phone)
    assert not may_stay(user_id=cast.outsider.pk, workspace_id=cast.outside.pk, session_key=key)
    assert inside(laptop)


def test_all_others_at_once(cast: Cast) -> None:
    phone, tablet, laptop = (signed_in(cast.outsider) for _ in range(3))
    laptop.post("/me/sessions/others/end/")
    assert (inside(phone), inside(tablet), inside(laptop)) == (False, False, True)
    assert len(rows(laptop)) == 1


def test_ones_own_session_ends_too(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    answer = browser.post(f"/me/sessions/{rows(browser)[browser.session.session_key]}/end/")
    assert answer.headers["Location"].startswith("/accounts/login/")
    assert not inside(browser)


def test_nobody_ends_anothers_session(cast: Cast) -> None:
    victim, thief = signed_in(cast.outsider), signed_in(cast.user("owner"))
    (number,) = rows(victim).values()
    assert thief.post(f"/me/sessions/{number}/end/").status_code == 404
    assert thief.post("/me/sessions/999999999/end/").status_code == 404
    assert inside(victim)
    assert victim.session.session_key not in rows(thief)


def test_a_new_password_ends_the_others(cast: Cast) -> None:
    phone, laptop = signed_in(cast.outsider), signed_in(cast.outsider)
    answer = laptop.post(
        "/accounts/password/change/",
        {"oldpassword": "correct horse battery", "password1": NEW, "password2": NEW},
    )
    assert answer.status_code == 302, answer.content
    assert (inside(phone), inside(laptop)) == (False, True)


def test_a_session_of_somebody_else_is_no_leave_to_stay(cast: Cast) -> None:
    other = signed_in(cast.user("owner"))
    key = other.session.session_key
    assert not may_stay(user_id=cast.outsider.pk, workspace_id=cast.outside.pk, session_key=key)
    assert not may_stay(user_id=cast.user("owner").pk, workspace_id=cast.outside.pk, session_key=key)
    assert not may_stay(user_id=cast.outsider.pk, workspace_id=cast.outside.pk, session_key="")


@pytest.mark.parametrize("path", ["/me/", "/me/sessions/", "/workspaces/new/"])
def test_a_persons_pages_want_a_person(path: str, db: None) -> None:
    assert Client().get(path).headers["Location"].startswith("/accounts/login/")


def test_being_seen_is_noted_every_few_minutes_only(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    browser.get("/me/")

    def noted() -> object:
        return UserSession.objects.get(session_key=browser.session.session_key).last_seen_at

    UserSession.objects.update(last_seen_at="2026-01-01T00:00:00Z")
    before = noted()
    browser.get("/me/")
    assert noted() == before
    cache.clear()
    browser.get("/me/")
    assert noted() != before


def test_the_frame_of_a_request_costs_few_queries(cast: Cast, django_assert_num_queries: Any) -> None:
    """Session, person; as that person: workspaces and memberships between two settings; the workspace selected and left.

    Four are the savepoints of this test's own transaction around the two blocks.
    """
    browser = signed_in(cast.outsider)
    browser.get("/api/v1/w/elsewhere/me")
    with django_assert_num_queries(2 + 4 + 2 + 4):
        browser.get("/api/v1/w/elsewhere/me")


WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
CHROME = "Chrome/142.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {CHROME}", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {CHROME} Edg/142.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Linux; Android 15; SM-S921B) {WEBKIT} SamsungBrowser/28.0 {CHROME}", "Samsung Internet on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) Version/18.6 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.6 Safari/605.1.15", "Safari on macOS"),
        ("curl/8.9.1", "curl/8.9.1"),
        ("", ""),
    ],
)
def test_a_device_has_a_name_a_person_knows(said: str, name: str) -> None:
    assert device_name(said) == name


def test_the_page_says_which_device(cast: Cast) -> None:
    laptop = signed_in(cast.outsider)
    laptop.get("/me/sessions/", HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
    assert "Firefox on Linux" in laptop.get("/me/sessions/").content.decode()
