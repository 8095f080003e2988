"""Kept lists: for oneself, a team, everybody; who sees, who changes, with which one the inbox opens."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import TeamMember
from accounts.services.tokens import create_token
from activity.models import Event
from core.tenancy import tenant
from inbox.models import SavedView
from inbox.services import saved_views
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk

pytestmark = pytest.mark.django_db
LIST = "/w/meridian/inbox/"


class Door:
    """One member's hands, on pages or on the API."""

    def __init__(self, kind: str, cast: Cast, role: str) -> None:
        self.kind, self.tab = kind, signed_in(cast.user(role))
        self.program: Program | None = None
        if kind == "api" and role in ("owner", "admin"):
            self.program = Program("meridian", create_token(by=cast.member(role), name="Program")[1])

    def send(self, method: str, path: str, body: Any) -> Any:
        if self.program:
            return self.program.send(method, path, body)
        token = self.tab.get(LIST).content.decode().partition('name="csrf-token" content="')[2].partition('"')[0]
        headers = {"X-CSRFToken": token}
        return self.tab.generic(method, f"/api/v1/w/meridian/{path}", json.dumps(body), "application/json", headers=headers)

    def keep(self, name: str, parameters: str, **given: Any) -> int:
        if self.kind == "api":
            parts = dict(part.split("=") for part in parameters.split("&"))
            return int(self.send("POST", "views", {"name": name, "parameters": parts, **given}).status_code)
        return done(self.tab.post(LIST + "views/", {"name": name, "list": parameters, **given}))

    def change(self, view_id: int, **given: Any) -> int:
        if self.kind == "api":
            return int(self.send("PATCH", f"views/{view_id}", given).status_code)
        return done(self.tab.post(f"{LIST}views/{view_id}/", given))

    def delete(self, view_id: int) -> int:
        if self.kind == "api":
            return done(self.send("DELETE", f"views/{view_id}", {}))
        return done(self.tab.post(f"{LIST}views/{view_id}/delete/"))

    def seen(self) -> list[str]:
        """Names in the order of the tree, which both doors must agree on."""
        page = self.tab.get(f"{LIST}?view=open").content.decode()
        part = page.partition('data-fold="kept"')[2].partition("</details>")[0]
        rows = self.tab.get("/api/v1/w/meridian/views").json()["results"]
        assert [html.unescape(name) for name in re.findall(r"<bdi[^>]*>([^<]*)</bdi>", part)] == [row["name"] for row in rows]
        return [row["name"] for row in rows]


def done(answer: Any) -> int:
    return 200 if answer.status_code in (200, 201, 204, 302) else int(answer.status_code)


def ok(status: int) -> bool:
    return status in (200, 201)


@pytest.fixture(params=["page", "api"])
def kind(request: Any) -> str:
    return str(request.param)


def by_name(desk: Desk, name: str) -> SavedView:
    with tenant(desk.workspace.pk):
        return SavedView.objects.get(name=name)


def test_who_sees_and_who_changes(kind: str, cast: Cast, desk: Desk) -> None:
    owner, agent, viewer = (Door(kind, cast, role) for role in ("owner", "agent", "viewer"))
    with tenant(desk.workspace.pk):
        TeamMember.objects.create(team=cast.team, membership=cast.member("agent"))
    assert ok(owner.keep("Owner's", "view=open&priority=3"))
    assert ok(owner.keep("Everybody's", "view=unassigned", scope="workspace"))
    assert ok(owner.keep("Care's", f"view=open&team={cast.team.pk}", scope="team", team=cast.team.pk))
    assert ok(agent.keep("Agent's", "view=mine&language=fa"))
    assert ok(viewer.keep("Viewer's", "view=all"))
    assert agent.keep("No", "view=open", scope="workspace") == 403
    assert agent.seen() == ["Agent's", "Care's", "Everybody's"]
    assert viewer.seen() == ["Viewer's", "Everybody's"]

    shared, private = by_name(desk, "Everybody's").pk, by_name(desk, "Owner's").pk
    assert agent.change(shared, name="Mine now") == 403
    assert agent.delete(shared) == 403
    assert agent.change(private, name="Mine now") == 404
    assert agent.delete(private) == 404
    assert agent.change(by_name(desk, "Agent's").pk, name="Agent's own", icon="star") == 200
    assert viewer.change(by_name(desk, "Care's").pk, name="x") == 404
    outsider = signed_in(cast.outsider, raise_request_exception=False)
    assert outsider.post(f"/w/elsewhere/inbox/views/{shared}/delete/").status_code == 404
    assert owner.delete(shared) == 200
    assert agent.seen() == ["Agent's own", "Care's"]
    with tenant(desk.workspace.pk):
        kinds = set(Event.objects.filter(kind__startswith="views.").values_list("kind", flat=True))
    assert kinds == {"views.created", "views.changed", "views.deleted"}


def test_what_is_wrong_is_said(kind: str, cast: Cast, desk: Desk) -> None:
    owner = Door(kind, cast, "owner")
    assert owner.keep("", "view=open") == 422
    assert owner.keep("x" * 61, "view=open") == 422
    assert owner.keep("View", "view=nope") == 422
    assert owner.keep("View", "view=open&priority=9") == 422
    assert owner.keep("View", "view=open", icon="skull") == 422
    assert owner.keep("View", "view=open", scope="world") == 422
    assert owner.keep("View", "view=open", scope="team") == 422
    assert owner.keep("View", "view=open", scope="team", team=2**40) == 404
    with tenant(desk.workspace.pk):
        assert SavedView.objects.count() == 0


def test_a_kept_list_is_shown_under_its_name_with_its_count(cast: Cast, desk: Desk) -> None:
    owner = Door("page", cast, "owner")
    owner.keep("Private ones", "view=open&visibility=private")
    view = by_name(desk, "Private ones")
    page = owner.tab.get(LIST, {**view.parameters, "saved": view.pk}).content.decode()
    assert ">Private ones</h2>" in page
    assert re.search(rf'href="[^"]*saved={view.pk}" aria-current="page"', page)
    assert "Keep the changes" not in page
    assert "Keep the changes" in owner.tab.get(LIST, {"view": "open", "priority": "3", "saved": view.pk}).content.decode()
    counts = owner.tab.get(f"{LIST}counts/", {"view": "all"}).content.decode()
    assert f'<data value="count-kept-{view.pk}">1</data>' in counts
    assert '<data value="view-count">2</data>' in counts
    assert owner.tab.get("/api/v1/w/meridian/views").json()["results"][0]["count"] == 1
    # Somebody else's name says nothing.
    assert ">Private ones</h2>" not in Door("page", cast, "agent").tab.get(LIST, {"saved": view.pk}).content.decode()


def test_the_inbox_opens_with_it(kind: str, cast: Cast, desk: Desk) -> None:
    owner = Door(kind, cast, "owner")
    owner.keep("Start", "view=mine&priority=2,3")
    view = by_name(desk, "Start")
    if kind == "api":
        assert owner.send("POST", f"views/{view.pk}/open-with", {}).json()["opens"] is True
    else:
        assert done(owner.tab.post(f"{LIST}views/default/", {"view": view.pk})) == 200
    assert owner.tab.get(LIST).headers["Location"] == f"{LIST}?view=mine&priority=2,3&saved={view.pk}"
    assert owner.tab.get(LIST, {"view": "open"}).status_code == 200
    assert Door(kind, cast, "agent").tab.get(LIST).status_code == 200
    owner.tab.post(f"{LIST}views/default/", {})
    assert owner.tab.get(LIST).status_code == 200


def test_places_change_among_neighbours(cast: Cast, desk: Desk) -> None:
    owner = Door("page", cast, "owner")
    for name in ("One", "Two", "Three"):
        owner.keep(name, "view=open")
    owner.tab.post(f"{LIST}views/{by_name(desk, 'Three').pk}/move/", {"to": "up"})
    assert owner.seen() == ["One", "Three", "Two"]
    owner.tab.post(f"{LIST}views/{by_name(desk, 'One').pk}/move/", {"to": "up"})
    owner.tab.post(f"{LIST}views/{by_name(desk, 'One').pk}/move/", {"to": "down"})
    assert owner.seen() == ["Three", "One", "Two"]


def test_there_is_an_end_to_them(cast: Cast, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_views, "MAX_VIEWS", 1)
    owner = Door("page", cast, "owner")
    assert owner.keep("One", "view=open") == 200
    assert owner.keep("Two", "view=open") == 422


def test_no_other_reads_a_private_list(cast: Cast, desk: Desk) -> None:
    """The guard: `selectors.saved_views._seen_by` (tests/tenancy/view_guards.py)."""
    Door("page", cast, "owner").keep("Owner's", "view=open")
    others: Client = signed_in(cast.user("admin"))
    assert others.get(f"/api/v1/w/meridian/views/{by_name(desk, 'Owner' + chr(39) + 's').pk}").status_code == 404
