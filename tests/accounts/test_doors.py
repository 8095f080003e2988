"""Cross-tenant doors are few, named, listed, and answer with ids alone."""

import re
from pathlib import Path

import pytest
from django.db import connection

from accounts.doors import workspace_behind_invitation, workspace_behind_token
from accounts.secrets import token_hash
from accounts.services.invitations import invite
from accounts.services.tokens import create_token
from tests.accounts.factories import Cast

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def listed() -> dict[str, str]:
    """Function → the file said to call it, from docs/doors.md."""
    rows = re.findall(r"^\| `(\w+)` \| `([\w/.]+)` \|", (ROOT / "docs/doors.md").read_text("utf-8"), re.MULTILINE)
    return dict(rows)


def test_the_list_is_the_database(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.proname, pg_get_userbyid(p.proowner), array_to_string(p.proconfig, ',') FROM pg_proc p "
            "JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prosecdef AND n.nspname = 'public'"
        )
        found = cursor.fetchall()
    assert {name for name, _owner, _config in found} == set(listed())
    for name, owner, config in found:
        assert owner != "rabta_app", name
        assert "search_path=pg_catalog, public" in config, name


def test_each_door_is_called_from_the_file_that_is_named_and_no_other() -> None:
    for name, caller in listed().items():
        rooms = ("core", "activity", "accounts", "notifications", "social", "crm", "inbox", "search", "demo", "bench", "config")
        callers = {
            str(path.relative_to(ROOT))
            for room in rooms
            for path in (ROOT / room).rglob("*.py")
            if "migrations" not in path.parts and f"{name}(" in path.read_text("utf-8")
        }
        assert callers == {caller}, name


def test_a_door_opens_for_the_secret_alone(cast: Cast) -> None:
    _row, link = invite(by=cast.member("owner"), email="new@people.example", role="agent")
    _row2, token = create_token(by=cast.member("owner"), name="Script")
    assert workspace_behind_invitation(token_hash(link)) == cast.meridian.pk
    assert workspace_behind_token(token_hash(token)) == cast.meridian.pk
    for wrong in (link, token, "", " ", "%", token_hash("x")):
        assert workspace_behind_invitation(wrong) is None
        assert workspace_behind_token(wrong) is None
