"""Language, calendar, time zone, theme: the person's own, or the browser's for strangers."""

import pytest
from django.test import Client
from django.utils import timezone, translation

from accounts.middleware import zone_of
from accounts.models import User
from tests.accounts.factories import Cast, signed_in

pytestmark = pytest.mark.django_db
PROFILE = {
    "name": "Zahra",
    "language": "fa",
    "calendar": "jalali",
    "time_zone": "Asia/Tehran",
    "theme": "dark",
    "undo_seconds": "9",
}


def test_a_profile_is_kept_and_draws_the_pages(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    assert browser.post("/me/", PROFILE).status_code == 302
    page = browser.get("/w/elsewhere/people/").content.decode()
    for mark in ('lang="fa"', 'dir="rtl"', 'data-theme="dark"', 'data-calendar="jalali"', 'data-time-zone="Asia/Tehran"'):
        assert mark in page
    assert User.objects.get(pk=cast.outsider.pk).undo_seconds == 9


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("language", "xx"),
        ("language", ""),
        ("calendar", "mayan"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("theme", "pink"),
        ("undo_seconds", "-1"),
        ("undo_seconds", "121"),
        ("undo_seconds", "many"),
        ("name", "x" * 121),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(cast: Cast, field: str, value: str) -> None:
    before = User.objects.filter(pk=cast.outsider.pk).values().get()
    answer = signed_in(cast.outsider).post("/me/", PROFILE | {field: value})
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.content.decode()
    after = User.objects.filter(pk=cast.outsider.pk).values().get()
    assert {**before, "last_login": None} == {**after, "last_login": None}


def test_no_right_comes_with_a_profile(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    browser.post("/me/", PROFILE | {"email": "x@y.example", "is_active": "0", "is_superuser": "1", "role": "owner"})
    kept = User.objects.get(pk=cast.outsider.pk)
    assert (kept.email, kept.is_active) == ("outsider@elsewhere.example", True)


def test_a_strangers_choice_lives_in_the_browser(db: None) -> None:
    browser = Client()
    assert browser.post("/language/", {"language": "ur", "next": "/accounts/login/"}).headers["Location"] == "/accounts/login/"
    browser.post("/theme/", {"theme": "dark"})
    page = browser.get("/accounts/login/").content.decode()
    assert 'lang="ur"' in page
    assert 'dir="rtl"' in page
    assert 'data-theme="dark"' in page
    browser.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in browser.get("/accounts/login/").content.decode()


def test_a_persons_choice_follows_them_to_another_browser(cast: Cast) -> None:
    signed_in(cast.outsider).post("/language/", {"language": "ar"})
    signed_in(cast.outsider).post("/theme/", {"theme": "light"})
    page = signed_in(cast.outsider).get("/me/").content.decode()
    assert 'lang="ar"' in page
    assert 'data-theme="light"' in page


def test_the_next_request_is_not_drawn_in_the_last_ones_language(cast: Cast) -> None:
    persian = signed_in(cast.outsider)
    persian.post("/me/", PROFILE)
    persian.get("/me/")
    assert timezone.get_current_timezone_name() == "UTC"
    assert 'lang="en"' in Client().get("/accounts/login/").content.decode()
    translation.activate("en")


@pytest.mark.parametrize(
    ("path", "form"), [("/language/", {"language": "xx"}), ("/theme/", {"theme": "pink"}), ("/language/", {}), ("/theme/", {})]
)
def test_a_choice_that_is_none_is_refused(cast: Cast, path: str, form: dict[str, str]) -> None:
    assert signed_in(cast.outsider).post(path, form).status_code == 422
    assert Client().post(path, form).status_code == 422
    assert Client().get(path).status_code == 405


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../x", "/etc/passwd", "\x00"])
def test_a_zone_this_machine_does_not_know_is_utc(name: str) -> None:
    assert zone_of(name).key == "UTC"
