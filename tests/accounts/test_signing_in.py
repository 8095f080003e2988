"""Signing in: throttled, silent about who exists, immune to forged headers and hostile ways back."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tests.accounts.factories import PASSWORD, Cast, make_user, signed_in

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def attempt(email: str, password: str, **headers: str) -> Any:
    return Client(headers=headers).post(LOGIN, {"login": email, "password": password})


def plain(answer: Any, email: str) -> str:
    """The page without what differs between any two: tokens, and the address that was typed."""
    import re

    text = answer.content.decode().replace(email, "…")
    return re.sub(r'(name="csrfmiddlewaretoken" value|name="csrf-token" content)="\w+"', "", text)


def test_the_password_opens_and_another_does_not(cast: Cast) -> None:
    assert attempt(cast.outsider.email, "wrong").status_code == 200
    assert attempt(cast.outsider.email.upper(), PASSWORD).headers["Location"] == "/"


def test_five_wrong_passwords_shut_the_door_for_that_address(cast: Cast) -> None:
    for _ in range(5):
        attempt(cast.outsider.email, "wrong")
    answer = attempt(cast.outsider.email, PASSWORD)
    assert answer.status_code == 200
    assert "_auth_user_id" not in answer.client.session
    assert attempt(cast.user("agent").email, PASSWORD).status_code == 302


def test_a_forged_address_of_origin_changes_no_limit(cast: Cast) -> None:
    """One machine tries many accounts; whatever it claims to be, its own address is what counts."""
    forged = [
        {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-Ip": f"10.1.0.{number}", "Forwarded": f"for=10.2.0.{number}"}
        for number in range(20)
    ]
    for number, headers in enumerate(forged):
        attempt(f"nobody{number}@people.example", "wrong", **headers)
    answer = attempt(cast.outsider.email, PASSWORD, **{"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in answer.client.session


def test_without_the_attempts_the_same_request_gets_in(cast: Cast) -> None:
    assert attempt(cast.outsider.email, PASSWORD, **{"X-Forwarded-For": "203.0.113.9"}).status_code == 302


@pytest.mark.parametrize("header", ["X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Forwarded-Email"])
def test_no_header_signs_anybody_in(cast: Cast, header: str) -> None:
    answer = Client(headers={header: cast.user("owner").email}).get("/w/meridian/people/")
    assert answer.headers["Location"].startswith(LOGIN)


def test_the_page_does_not_tell_who_exists(cast: Cast) -> None:
    known, unknown = cast.outsider.email, "nobody@elsewhere.example"
    assert plain(attempt(known, "wrong"), known) == plain(attempt(unknown, "wrong"), unknown)


def test_a_reset_does_not_tell_who_exists(cast: Cast) -> None:
    answers = [
        Client().post("/accounts/password/reset/", {"email": email}, follow=True)
        for email in (cast.outsider.email, "nobody@elsewhere.example")
    ]
    assert [a.redirect_chain for a in answers] == [[("/accounts/password/reset/done/", 302)]] * 2
    assert plain(answers[0], "@") == plain(answers[1], "@")


def test_a_reset_goes_to_the_stored_address_only(db: None) -> None:
    """CVE-2019-19844: `mıke` upper-cases to `MIKE`; the mail must not go where the stranger's spelling leads."""
    make_user("mike@example.org")
    for spelling in ("mıke@example.org", "MıKE@EXAMPLE.ORG", "mike@exampıe.org", "mike@example.org\u200b"):
        Client().post("/accounts/password/reset/", {"email": spelling})
    assert {address for message in mail.outbox for address in message.to} <= {"mike@example.org"}
    assert not [m for m in mail.outbox if "/password/reset/key/" in m.body]
    Client().post("/accounts/password/reset/", {"email": "MIKE@Example.org"})
    assert mail.outbox[-1].to == ["mike@example.org"]
    assert "/password/reset/key/" in mail.outbox[-1].body


def test_a_reset_link_works_once_and_ends_all_sessions(cast: Cast) -> None:
    user = cast.outsider
    browser = signed_in(user)
    Client().post("/accounts/password/reset/", {"email": user.email})
    body = mail.outbox[-1].body
    link = body[body.index("/accounts/password/reset/key/") :].split()[0]
    stranger = Client()
    step = stranger.get(link)
    done = stranger.post(step.headers["Location"], {"password1": "another fine horse", "password2": "another fine horse"})
    assert done.status_code == 302
    assert browser.get("/w/elsewhere/people/").status_code == 302
    assert attempt(user.email, PASSWORD).status_code == 200
    assert attempt(user.email, "another fine horse").status_code == 302
    assert "bad" in Client().get(link, follow=True).content.decode().lower()


@pytest.mark.parametrize("key", ["", " ", "x", "1-", "1-x", "%20", "%00", "set-password", "a-" + "b" * 500])
def test_a_reset_link_nobody_made_resets_nothing(cast: Cast, key: str) -> None:
    answer = Client().get(f"/accounts/password/reset/key/{key}/")
    assert answer.status_code in (200, 302, 404)
    posted = Client().post(
        f"/accounts/password/reset/key/{key}/", {"password1": "another fine horse", "password2": "another fine horse"}
    )
    assert posted.status_code in (200, 302, 404)
    assert attempt(cast.outsider.email, PASSWORD).status_code == 302


HOSTILE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "http:evil.example",
    "data:text/html,x",
    "javascript:alert(1)",
    "https:///evil.example",
    "\t//evil.example",
    "//evil.example\\@localhost",
]


@pytest.mark.parametrize("way", HOSTILE)
def test_no_way_back_leads_elsewhere(cast: Cast, way: str) -> None:
    login = Client().post(LOGIN, {"login": cast.outsider.email, "password": PASSWORD, "next": way})
    assert login.headers["Location"] == "/"
    browser = signed_in(cast.outsider)
    for path, form in (("/language/", {"language": "fa"}), ("/theme/", {"theme": "dark"})):
        assert browser.post(path, {**form, "next": way}).headers["Location"] == "/"
        assert Client().post(path, {**form, "next": way}).headers["Location"] == "/"
    assert Client().post("/accounts/logout/", {"next": way}).headers["Location"] == "/"


def test_a_stranger_comes_back_to_where_they_wanted(cast: Cast) -> None:
    browser = Client()
    answer = browser.get("/w/elsewhere/people/?page=2")
    assert answer.headers["Location"] == "/accounts/login/?next=/w/elsewhere/people/%3Fpage%3D2"
    back = browser.post(answer.headers["Location"], {"login": cast.outsider.email, "password": PASSWORD})
    assert back.headers["Location"] == "/w/elsewhere/people/?page=2"


def test_a_deactivated_person_learns_no_more_than_that(cast: Cast) -> None:
    cast.outsider.is_active = False
    cast.outsider.save()
    answer = attempt(cast.outsider.email, PASSWORD)
    assert "_auth_user_id" not in answer.client.session
