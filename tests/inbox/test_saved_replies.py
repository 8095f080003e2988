"""Saved replies: kept by their rights, found in any Arabic spelling, filled for a conversation, carried as a table."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.policies import Role
from accounts.services.teams import add_to_team
from core import vault
from core.tenancy import tenant
from inbox.models import SavedReply
from inbox.selectors.saved_replies import files_of, fitting_replies, saved_replies
from inbox.services import saved_reply_attachments, saved_reply_files
from inbox.services.saved_replies import keep
from social.models import StoredFile
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.test_screens_list import PART, text_of
from tests.pictures import HTML, PDF, picture

pytestmark = pytest.mark.django_db


def program_for(cast: Cast, role: str) -> Program:
    """A page that speaks the API for somebody: tokens are an owner's to make."""
    program = Program("meridian", "")
    program.client = signed_in(cast.user(role), raise_request_exception=False)
    return program


class Door:
    """One way in, for a member: pages or programs. Answers with a status, and what is said."""

    def __init__(self, cast: Cast, door: str) -> None:
        self.cast, self.door = cast, door

    def _program(self, role: str) -> Program:
        return program_for(self.cast, role)

    def keep(self, role: str, **values: Any) -> Any:
        values = {"title": "Hours", "body": "We are here from 9 to 5.", "scope": "private", **values}
        if self.door == "page":
            given = {name: value for name, value in values.items() if value is not None}
            return signed_in(self.cast.user(role)).post("/w/meridian/saved-replies/", given)
        return self._program(role).post("saved-replies", values)

    def change(self, role: str, number: int, **values: Any) -> Any:
        if self.door == "page":
            tab = signed_in(self.cast.user(role), raise_request_exception=False)
            return tab.post(f"/w/meridian/saved-replies/{number}/", {"title": "x", "body": "x", "scope": "private", **values})
        return self._program(role).patch(f"saved-replies/{number}", values)

    def remove(self, role: str, number: int) -> Any:
        if self.door == "page":
            tab = signed_in(self.cast.user(role), raise_request_exception=False)
            return tab.post(f"/w/meridian/saved-replies/{number}/remove/")
        return self._program(role).post(f"saved-replies/{number}/remove")

    def use(self, role: str, desk: Desk, number: int) -> Any:
        if self.door == "page":
            return signed_in(self.cast.user(role)).post(f"/w/meridian/inbox/{desk.conversation.pk}/saved-replies/{number}/use/")
        return self._program(role).post(f"conversations/{desk.conversation.pk}/saved-replies/{number}/use")


@pytest.fixture(params=["page", "program"])
def door(request: pytest.FixtureRequest, cast: Cast) -> Door:
    return Door(cast, request.param)


def rows(cast: Cast) -> list[SavedReply]:
    with tenant(cast.meridian.pk):
        return list(SavedReply.objects.order_by("id"))


def kept(cast: Cast, role: str = "owner", **values: Any) -> SavedReply:
    with tenant(cast.meridian.pk):
        return keep(member=cast.member(role), values={"title": "Hours", "body": "9 to 5", "scope": "workspace", **values})


# --- keeping --------------------------------------------------------------------------------------------------------------


def test_one_is_kept_changed_and_thrown_away(door: Door, cast: Cast) -> None:
    assert door.keep("agent", shortcut="/hours", folder="Shop", lang="en").status_code in (201, 302)
    (row,) = rows(cast)
    assert (row.title, row.shortcut, row.folder, row.scope) == ("Hours", "hours", "Shop", "private")
    assert row.owner_id == cast.member("agent").pk
    assert door.change("agent", row.pk, title="Opening hours", body="10 to 6").status_code in (200, 302)
    (row,) = rows(cast)
    assert (row.title, row.body) == ("Opening hours", "10 to 6")
    assert door.remove("agent", row.pk).status_code in (200, 302)
    assert rows(cast) == []


def test_what_cannot_be_is_refused_at_its_field(door: Door, cast: Cast) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"body": "Dear {{contact.nme}}"}, "body"),
        ({"body": " \u200b "}, "body"),
        ({"title": " "}, "title"),
        ({"shortcut": "two words"}, "shortcut"),
        ({"scope": "planet"}, "scope"),
        ({"scope": "team", "team": 999_999}, "team"),
        ({"networks": ["nowhere"]}, "networks"),
        ({"channels": [999_999]}, "channels"),
    ]
    for values, field in wrong:
        answer = door.keep("owner", **values)
        assert answer.status_code == 422, values
        if door.door == "program":
            assert answer.json()["error"]["field"].split(".")[0] == field
        else:
            assert 'class="error"' in answer.content.decode(), values
    assert rows(cast) == []


@pytest.mark.parametrize("scope", ["team", "workspace"])
def test_only_supervisors_keep_what_others_use(door: Door, cast: Cast, scope: str) -> None:
    refused = door.keep("agent", scope=scope, team=cast.team.pk)
    assert refused.status_code == 403
    assert rows(cast) == []
    assert door.keep("supervisor", scope=scope, team=cast.team.pk).status_code in (201, 302)
    (row,) = rows(cast)
    if scope == "team":
        # Who sits in the team sees it, and may not change it either.
        add_to_team(by=cast.member("owner"), team_id=cast.team.pk, membership_id=cast.member("agent").pk)
    assert door.change("agent", row.pk, title="Mine now").status_code == 403
    assert door.remove("agent", row.pk).status_code == 403
    assert rows(cast)[0].title == "Hours"


def test_another_persons_own_is_not_there(door: Door, cast: Cast, desk: Desk) -> None:
    door.keep("agent", title="My own words")
    (row,) = rows(cast)
    for status in (door.change("owner", row.pk, title="x").status_code, door.remove("owner", row.pk).status_code):
        assert status == 404
    assert door.use("owner", desk, row.pk).status_code == 404
    with tenant(cast.meridian.pk):
        assert saved_replies(cast.member("owner")) == []
        assert fitting_replies(desk.conversation, cast.member("owner")) == []
    assert rows(cast)[0].used_count == 0


def test_a_teams_are_its_members_to_use(cast: Cast, desk: Desk) -> None:
    row = kept(cast, scope="team", team=cast.team.pk)
    agent = cast.member("agent")
    with tenant(cast.meridian.pk):
        assert fitting_replies(desk.conversation, agent) == []
    add_to_team(by=cast.member("owner"), team_id=cast.team.pk, membership_id=agent.pk)
    with tenant(cast.meridian.pk):
        assert [found.pk for found in fitting_replies(desk.conversation, agent)] == [row.pk]


def test_a_shortcut_means_one_thing_in_one_place(door: Door, cast: Cast) -> None:
    kept(cast, shortcut="hours")
    assert door.keep("owner", scope="workspace", shortcut="HOURS").status_code in (409, 422)
    assert door.keep("owner", scope="private", shortcut="hours").status_code in (201, 302)
    assert door.keep("agent", scope="private", shortcut="hours").status_code in (201, 302)
    assert len(rows(cast)) == 3


# --- finding and using ----------------------------------------------------------------------------------------------------


def test_it_is_found_in_any_spelling(cast: Cast, desk: Desk) -> None:
    row = kept(cast, title="کیف دستی", shortcut="kaif", body="x")
    kept(cast, title="Other", body="y")
    with tenant(cast.meridian.pk):
        for words in ("كيف", "کیف", "کِیف", "KAIF", "kai", "دستي kaif"):
            found = fitting_replies(desk.conversation, cast.member("agent"), words=words)
            assert [each.pk for each in found] == [row.pk], words


def test_the_most_used_comes_first_and_a_shortcut_before_it(door: Door, cast: Cast, desk: Desk) -> None:
    seldom, often = kept(cast, title="A seldom one", shortcut="ret"), kept(cast, title="B often", body="about returns and ret")
    for _turn in range(2):
        assert door.use("agent", desk, often.pk).status_code == 200
    with tenant(cast.meridian.pk):
        agent = cast.member("agent")
        assert [row.pk for row in fitting_replies(desk.conversation, agent)] == [often.pk, seldom.pk]
        assert [row.pk for row in fitting_replies(desk.conversation, agent, words="ret")] == [seldom.pk, often.pk]
    assert [row.used_count for row in rows(cast)] == [0, 2]


def test_it_is_offered_only_where_it_belongs(cast: Cast, desk: Desk) -> None:
    here = kept(cast, title="Here", networks=[desk.channel.network], channels=[desk.channel.pk])
    kept(cast, title="There", networks=["mastodon"])
    with tenant(cast.meridian.pk):
        assert [row.pk for row in fitting_replies(desk.conversation, cast.member("agent"))] == [here.pk]


def test_its_blanks_are_filled_for_the_conversation(door: Door, cast: Cast, desk: Desk) -> None:
    row = kept(cast, body='Dear {{contact.first_name}}, {{contact.name|"x"}}: {{agent.name}}, #{{conversation.number}}.')
    answer = door.use("agent", desk, row.pk)
    number = desk.conversation.pk
    assert answer.json() == {"text": f"Dear Person, Person 71: Agent of Meridian, #{number}.", "missing": [], "files": []}


def test_the_composer_is_offered_what_the_customer_would_read(cast: Cast, desk: Desk) -> None:
    kept(cast, title="Greeting <b>", shortcut="hi", body="Dear {{contact.name}}")
    page = text_of(signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.conversation.pk}/saved-replies/?q=hi"))
    assert "Dear Person 71" in page
    assert "Greeting &lt;b&gt;" in page
    nothing = signed_in(cast.user("agent")).get(f"/w/meridian/inbox/{desk.conversation.pk}/saved-replies/?q=zzz")
    assert "Nothing saved fits" in text_of(nothing)


def test_it_costs_the_same_at_any_size(cast: Cast, desk: Desk) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            tab.get(f"/w/meridian/inbox/{desk.conversation.pk}/saved-replies/?q=h")
            tab.get("/w/meridian/saved-replies/")
        return len(seen)

    tab = signed_in(cast.user("agent"))
    kept(cast, title="First", shortcut="h")
    queries()
    one = queries()
    for n in range(12):
        kept(cast, title=f"More {n}", scope="team" if n % 2 else "workspace", team=cast.team.pk, body="h")
    assert queries() == one


# --- as a table -----------------------------------------------------------------------------------------------------------


class Table:
    """A table brought in by one of the doors."""

    def __init__(self, cast: Cast, door: str) -> None:
        self.cast, self.door = cast, door

    def bring(self, text: str, *, role: str = "supervisor") -> tuple[int, str]:
        if self.door == "page":
            answer = signed_in(self.cast.user(role)).post("/w/meridian/saved-replies/import/", {"csv": text})
            return answer.status_code, answer.content.decode()
        answer = program_for(self.cast, role).post("saved-replies/import", {"csv": text})
        return answer.status_code, answer.content.decode()


@pytest.fixture(params=["page", "program"])
def table(request: pytest.FixtureRequest, cast: Cast) -> Table:
    return Table(cast, request.param)


def test_a_table_is_kept_row_by_row(table: Table, cast: Cast) -> None:
    status, said = table.bring(
        "title,body,shortcut,scope,team\nReturns,\"Send it back,\nplease\",ret,workspace,\n,No title,,,\n"
        "Bad blank,Dear {{nobody}},,,\nTeam,For us,,team,CARE\nPlain,Mine,,,\n"
    )
    assert status == 200, said
    assert [(row.title, row.scope) for row in rows(cast)] == [("Returns", "workspace"), ("Team", "team"), ("Plain", "private")]
    assert rows(cast)[0].body == "Send it back,\nplease"
    for words in ("Give it a title.", "nothing fills “nobody”"):
        assert words in said
    status, said = table.bring("title;body;scope\nReturns;Other words;workspace\n")
    assert status == 200
    assert [row.body for row in rows(cast) if row.title == "Returns"] == ["Other words"]


def test_what_is_no_such_table_changes_nothing(table: Table, cast: Cast) -> None:
    for text in ("", "name,text\na,b", "title,body,colour\na,b,c", "title,body\n" + "a,b\n" * 501):
        status, _said = table.bring(text)
        assert status == 422, text[:40]
    assert rows(cast) == []


def test_a_table_with_signs_that_cannot_be_stored_is_kept_without_them(cast: Cast) -> None:
    status, said = Table(cast, "page").bring("title,body,lang\nRe\x00turns,Send\x00 it back,e\x00n\n")
    assert status == 200, said
    assert [(row.title, row.body, row.lang) for row in rows(cast)] == [("Returns", "Send it back", "en")]


def test_signs_that_cannot_be_stored_are_not_looked_for(cast: Cast, desk: Desk) -> None:
    tab = signed_in(cast.user("owner"))
    for address in (f"inbox/{desk.conversation.pk}/saved-replies/?q=%00a", "saved-replies/?q=%00", "saved-replies/?folder=%00"):
        assert tab.get(f"/w/meridian/{address}").status_code == 200, address


def test_an_agent_brings_in_their_own_only(table: Table, cast: Cast) -> None:
    status, said = table.bring("title,body,scope\nMine,x,private\nOurs,x,workspace\n", role="agent")
    assert status == 200
    assert [row.title for row in rows(cast)] == ["Mine"]
    assert "role" in said


def test_what_table_programs_would_calculate_leaves_as_words_and_returns_whole(cast: Cast) -> None:
    dangerous = ["=HYPERLINK(1)", "+1 for you", "-5", "@SUM(A1)", "'quoted", "\tTab"]
    for n, body in enumerate(dangerous):
        kept(cast, title=f"=Title {n}", body=f"{body} ok", scope="private")
    answer = signed_in(cast.user("owner")).get("/w/meridian/saved-replies/export/")
    text = answer.content.decode("utf-8")
    assert text.startswith("\ufeff")
    cells = [cell for row in list(csv.reader(io.StringIO(text[1:])))[1:] for cell in row if cell]
    assert len(cells) >= 12
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    before = [(row.title, row.body) for row in rows(cast)]
    with tenant(cast.meridian.pk):
        SavedReply.objects.all().delete()
        imported = saved_reply_files.bring_in(member=cast.member("owner"), text=text)
    assert (imported.created, imported.changed, imported.refused) == (6, 0, ())
    assert sorted((row.title, row.body) for row in rows(cast)) == sorted(before)


# --- files ----------------------------------------------------------------------------------------------------------------


def attach(door: Door, role: str, number: int, content: bytes, name: str = "map.png") -> Any:
    """Keep a file with a saved reply through a door."""
    tab = signed_in(door.cast.user(role), raise_request_exception=False)
    base = "/w/meridian/saved-replies/" if door.door == "page" else "/api/v1/w/meridian/saved-replies/"
    address = f"{base}{number}/files{'/' if door.door == 'page' else ''}?name={name}"
    return tab.post(address, content, content_type="application/octet-stream", headers=PART)


def test_a_file_goes_along_each_time_and_by_the_networks_rules(door: Door, cast: Cast, desk: Desk) -> None:
    row = kept(cast)
    assert attach(door, "owner", row.pk, picture()).status_code in (200, 201)
    assert attach(door, "owner", row.pk, PDF, "terms.pdf").status_code in (200, 201)
    files = door.use("agent", desk, row.pk).json()["files"]
    assert [file["name"] for file in files] == ["map.png", "terms.pdf"]
    tab = signed_in(cast.user("agent"), raise_request_exception=False)
    for turn in range(2):
        laid = [_lay(door, tab, desk, row.pk, file["id"]) for file in files]
        # X takes pictures and no documents; each use is a file of its own.
        assert [answer.status_code for answer in laid] == [200 if door.door == "page" else 201, 422]
        with tenant(desk.workspace.pk):
            assert StoredFile.objects.filter(member_id=cast.member("agent").pk, channel=desk.channel).count() == turn + 1


def _lay(door: Door, tab: Client, desk: Desk, reply: int, file: int) -> Any:
    if door.door == "page":
        return tab.post(f"/w/meridian/inbox/{desk.conversation.pk}/saved-replies/{reply}/files/{file}/", headers=PART)
    address = f"/api/v1/w/meridian/conversations/{desk.conversation.pk}/saved-replies/{reply}/files/{file}"
    return tab.post(address, {}, content_type="application/json")


def test_files_are_kept_by_the_same_rights_and_looked_at(door: Door, cast: Cast) -> None:
    row = kept(cast)
    assert attach(door, "agent", row.pk, picture()).status_code == 403
    for content, name in ((b"", "a.png"), (HTML, "a.png"), (picture(), "a.mp4")):
        assert attach(door, "owner", row.pk, content, name).status_code == 422, name
    for _n in range(saved_reply_attachments.MOST_FILES):
        assert attach(door, "owner", row.pk, picture()).status_code in (200, 201)
    assert attach(door, "owner", row.pk, picture()).status_code == 422
    with tenant(cast.meridian.pk):
        keys = [file.key for file in files_of(row)]
    assert len(keys) == saved_reply_attachments.MOST_FILES
    saved_reply_attachments.detach(member=cast.member("owner"), reply_id=row.pk, file_id=_first_file(cast, row))
    with pytest.raises(vault.NoSuchFile):
        vault.read_kept(keys[0], workspace_id=cast.meridian.pk)
    assert vault.read_kept(keys[1], workspace_id=cast.meridian.pk)


def _first_file(cast: Cast, row: SavedReply) -> int:
    with tenant(cast.meridian.pk):
        number: int = files_of(row)[0].pk
    return number


# --- the page -------------------------------------------------------------------------------------------------------------


def test_the_page_lists_finds_and_says_who_may_what(cast: Cast) -> None:
    row = kept(cast, title="Returns", folder="Shop", body="Send it back")
    tab: Client = signed_in(cast.user("agent"))
    page = text_of(tab.get("/w/meridian/saved-replies/"))
    assert "Returns" in page
    assert "Send it back" in page
    assert "Returns" not in text_of(tab.get("/w/meridian/saved-replies/?q=nothing"))
    assert "Returns" in text_of(tab.get("/w/meridian/saved-replies/?folder=Shop"))
    one = text_of(tab.get(f"/w/meridian/saved-replies/{row.pk}/"))
    assert "Your supervisors keep this one" in one
    assert "Throw away" not in one
    assert "Throw away" in text_of(signed_in(cast.user(Role.SUPERVISOR)).get(f"/w/meridian/saved-replies/{row.pk}/"))
