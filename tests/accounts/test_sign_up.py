"""Sign-up makes a person and their workspace together, or neither."""

import threading
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import User, Workspace
from accounts.models.workspace import SLUG_PATTERN
from accounts.policies import Role
from accounts.selectors import places_of
from accounts.services.teams import create_team
from accounts.services.workspaces import open_workspace, rename_workspace
from core.errors import Forbidden, Invalid
from tests.accounts.factories import PASSWORD, Cast, make_user, signed_in

pytestmark = pytest.mark.django_db
FORM = {"name": "Ayesha", "workspace": "Blue Kite", "email": "Ayesha@Kite.example", "password1": PASSWORD}


def sign_up(**changes: str) -> Any:
    return Client().post("/accounts/signup/", FORM | changes)


def test_it_makes_a_workspace_and_its_owner() -> None:
    browser = Client()
    assert browser.post("/accounts/signup/", FORM).status_code == 302
    assert browser.get("/").headers["Location"] == "/w/blue-kite/"
    assert browser.get("/w/blue-kite/people/").status_code == 200
    user = User.objects.get(email="ayesha@kite.example")
    (place,) = places_of(user)
    assert (place.workspace.name, place.membership.role, user.name) == ("Blue Kite", Role.OWNER, "Ayesha")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("workspace", ""),
        ("workspace", "x" * 81),
        ("workspace", "turned\u202eround"),
        ("email", "not an address"),
        ("email", ""),
        ("password1", "short"),
        ("password1", "1234567890"),
        ("password1", ""),
    ],
)
def test_bad_input_is_answered_beside_its_field_and_leaves_nothing(field: str, value: str) -> None:
    answer = sign_up(**{field: value})
    assert answer.status_code == 200
    assert f'id="id_{field}_error"' in answer.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["زرین ہوم", "شرکت آبی", "日本", "!!", "a", "-", "Ünïcödé & Söhne", "x" * 80])
def test_any_name_gets_an_address(name: str) -> None:
    import re

    workspace = open_workspace(name=name, owner=make_user("a@b.example"))
    assert re.fullmatch(SLUG_PATTERN, workspace.slug)
    assert workspace.name == name


def test_a_name_that_is_taken_gets_another_address(cast: Cast) -> None:
    second = open_workspace(name="Meridian", owner=cast.outsider)
    assert second.slug.startswith("meridian-")
    assert second.pk != cast.meridian.pk
    assert {place.workspace.slug for place in places_of(cast.outsider)} == {"elsewhere", second.slug}


@pytest.mark.parametrize("slug", ["meridian", "A", "ab", "-ab", "a_b", "a/b", "x" * 41, "a b"])
def test_a_given_address_must_be_free_and_fit(cast: Cast, slug: str) -> None:
    from django.core.exceptions import ValidationError

    with pytest.raises((Invalid, ValidationError)):
        open_workspace(name="Other", owner=cast.outsider, slug=slug)


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "two\u202elines", "nul\x00"])
def test_a_workspace_needs_a_name_one_can_read(cast: Cast, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        rename_workspace(by=cast.member("owner"), name=name)
    assert refused.value.field == "name"
    answer = signed_in(cast.outsider).post("/workspaces/new/", {"name": name})
    assert answer.status_code == 422


def test_only_those_who_manage_it_rename_it(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        rename_workspace(by=cast.member("supervisor"), name="Other")


def test_one_person_opens_a_second_workspace(cast: Cast) -> None:
    browser = signed_in(cast.outsider)
    answer = browser.post("/workspaces/new/", {"name": "Second home"})
    assert answer.headers["Location"] == "/w/second-home/"
    assert browser.get("/w/second-home/people/").status_code == 200
    browser.get("/w/elsewhere/people/")
    assert browser.get("/").headers["Location"] == "/w/elsewhere/"


def test_a_person_without_a_workspace_is_offered_one(db: None) -> None:
    page = signed_in(make_user("alone@people.example")).get("/")
    assert page.status_code == 200
    assert "/workspaces/new/" in page.content.decode()


def test_a_taken_address_makes_no_second_person(cast: Cast) -> None:
    before = User.objects.count()
    answer = sign_up(email=cast.user("agent").email.upper())
    assert User.objects.count() == before
    assert answer.status_code in (200, 302)
    assert "_auth_user_id" not in answer.client.session


@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_at_once_make_one_person(transactional_db: None) -> None:
    start = threading.Barrier(3)
    codes: list[int] = []

    def go() -> None:
        start.wait()
        codes.append(sign_up().status_code)
        connection.close()

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert User.objects.count() == 1
    assert not [code for code in codes if code >= 500]
    assert len(places_of(User.objects.get())) == 1
    assert Workspace.objects.count() == 0  # seen only from inside


@pytest.mark.parametrize("name", ["علی\u200cرضا و شرکا", "گل\u200cفروشی", "نور\u200f"])
def test_joiners_and_marks_belong_to_names(cast: Cast, name: str) -> None:
    """Persian writes within words what `isprintable` calls unprintable."""
    assert open_workspace(name=name, owner=make_user("joiner@names.example")).name == name
    assert create_team(by=cast.member("owner"), name=name).name == name


@pytest.mark.parametrize("name", ["turned\u202eround", "\u200b\u200b", "\u3164", "a\x00b"])
def test_what_nobody_can_read_is_no_name_of_a_team(cast: Cast, name: str) -> None:
    with pytest.raises(Invalid):
        create_team(by=cast.member("owner"), name=name)


def test_a_person_cannot_turn_around_the_lines_others_read() -> None:
    assert sign_up(name="\u202eNoor\u2066 Ahmad").status_code == 302
    assert User.objects.get(email="ayesha@kite.example").name == "Noor Ahmad"
    browser = signed_in(User.objects.get(email="ayesha@kite.example"))
    form = {"language": "en", "time_zone": "UTC", "calendar": "gregorian", "theme": "auto"}
    assert browser.post("/me/", form | {"name": "\u200b\u3164"}).status_code == 422
    assert browser.post("/me/", form | {"name": "\u2067Noor"}).status_code == 302
    assert User.objects.get(email="ayesha@kite.example").name == "Noor"
