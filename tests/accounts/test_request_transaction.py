"""A request below /w/<slug>/ is one transaction of one workspace: whole, or not at all."""

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Team
from accounts.policies import ROLES, Permission, Role
from core.tenancy import tenant
from tests.accounts.factories import Cast, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.views_for_tests")]


def written(cast: Cast) -> bool:
    with tenant(cast.outside.pk):
        return Team.objects.filter(name="written").exists()


def browser_of(cast: Cast) -> Client:
    return signed_in(cast.outsider, raise_request_exception=False)


@pytest.mark.parametrize(
    ("how", "status", "kept"),
    [
        ("200", 200, True),
        ("302", 302, True),
        ("422", 422, True),
        ("500", 500, False),
        ("503", 503, False),
        ("raise", 500, False),
        ("404", 404, False),
        ("refuse", 409, False),
        ("stream", 500, False),
    ],
)
def test_a_page_commits_or_leaves_nothing(cast: Cast, how: str, status: int, kept: bool) -> None:
    answer = browser_of(cast).get(f"/w/elsewhere/t/writes/{how}/")
    assert (answer.status_code, written(cast)) == (status, kept)


@pytest.mark.parametrize(
    ("how", "status", "kept"), [("200", 200, True), ("500", 500, False), ("raise", 500, False), ("refuse", 409, False)]
)
def test_the_api_commits_or_leaves_nothing(cast: Cast, how: str, status: int, kept: bool) -> None:
    answer = browser_of(cast).get(f"/api/v1/w/elsewhere/t/{how}")
    assert (answer.status_code, written(cast)) == (status, kept)
    if how == "refuse":
        assert answer.json() == {
            "error": {"code": "conflict", "message": "Somebody was first.", "field": "name", "detail": {"by": 7}}
        }
    if how == "raise":
        assert answer.json()["error"]["code"] == "server_error"
        assert "ZeroDivision" not in answer.content.decode()


def test_an_ordinary_view_runs_inside_and_a_calling_one_outside(cast: Cast) -> None:
    browser, depth = browser_of(cast), len(connection.savepoint_ids)
    assert browser.get("/w/elsewhere/t/inside/").content.decode() == f"True {depth + 1}"
    assert browser.get("/w/elsewhere/t/calls/").content.decode() == f"False {depth} 1"


@pytest.mark.parametrize("role", list(Role))
def test_the_api_asks_the_role_by_method(cast: Cast, role: Role) -> None:
    browser = signed_in(cast.user(role))
    assert browser.get("/api/v1/w/meridian/t/managers").status_code == 200
    answer = browser.post("/api/v1/w/meridian/t/managers", {}, content_type="application/json")
    may = Permission.WORKSPACE_MANAGE in ROLES[role]
    assert answer.status_code == (201 if may else 403)
    with tenant(cast.meridian.pk):
        assert Team.objects.filter(name="written").exists() == may
    assert browser.put("/api/v1/w/meridian/t/managers").status_code == 405


def test_a_view_that_names_no_permission_is_a_fault_not_a_door(cast: Cast) -> None:
    assert browser_of(cast).get("/api/v1/w/elsewhere/t/nameless").status_code == 500


def test_a_refusal_outside_of_workspaces_is_a_page_too(db: None) -> None:
    answer = Client().get("/t/global/")
    assert answer.status_code == 409
    assert "Somebody was first." in answer.content.decode()


def test_an_open_pages_request_is_refused_with_a_toast(cast: Cast) -> None:
    answer = browser_of(cast).get("/w/elsewhere/t/writes/refuse/", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "Somebody was first." in answer.headers["HX-Trigger"]


def test_unknown_and_foreign_are_the_same_answer(cast: Cast) -> None:
    browser = browser_of(cast)
    pages = [browser.get(f"/w/{slug}/t/inside/") for slug in ("meridian", "no-such-place")]
    assert [page.status_code for page in pages] == [404, 404]
    assert pages[0].content == pages[1].content
    programs = [browser.get(f"/api/v1/w/{slug}/me") for slug in ("meridian", "no-such-place")]
    assert programs[0].json() == programs[1].json()


def test_without_the_middleware_nothing_is_shown(cast: Cast, settings: pytest.FixtureRequest) -> None:
    """The layers below hold alone: without it the manager refuses to run, and the page is an error, not a leak."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "WorkspaceMiddleware" not in name]  # type: ignore[attr-defined]
    answer = signed_in(cast.outsider, raise_request_exception=False).get("/w/meridian/people/")
    assert answer.status_code == 500
    assert "meridian.example" not in answer.content.decode()
