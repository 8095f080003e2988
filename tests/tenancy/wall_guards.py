"""Guards of the database, and how each is taken away and put back; `tests/tenancy/test_guards.py` does it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.accounts import test_doors, test_walls
from tests.tenancy import search_guards, test_database
from tests.tenancy.world import World


@dataclass(frozen=True)
class Wall:
    """One guard of the database: SQL that takes it away and SQL that puts it back, as the owner."""

    name: str
    remove: str
    restore: str
    watch: Callable[[World], None]


def closed_tables(world: World) -> None:
    test_database.test_every_table_shows_one_workspace_and_nothing_without_one(world)


def closed_workspaces(world: World) -> None:
    for workspace in world.workspaces:
        assert test_walls.count("accounts_workspace") == 0, workspace


WALLS = (
    Wall(
        "Row-Level Security of a table",
        "ALTER TABLE crm_contact DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE crm_contact ENABLE ROW LEVEL SECURITY",
        closed_tables,
    ),
    Wall(
        "the policy's condition",
        "CREATE POLICY wide ON inbox_message FOR SELECT USING (true)",
        "DROP POLICY wide ON inbox_message",
        closed_tables,
    ),
    Wall(
        "the policy's check on writes",
        "CREATE POLICY wide ON accounts_team FOR INSERT WITH CHECK (true)",
        "DROP POLICY wide ON accounts_team",
        test_database.test_no_row_is_carried_into_another_workspace,
    ),
    Wall(
        "composite foreign key",
        "ALTER TABLE inbox_conversation DROP CONSTRAINT inbox_conversation_contact_id_ws",
        "ALTER TABLE inbox_conversation ADD CONSTRAINT inbox_conversation_contact_id_ws "
        "FOREIGN KEY (workspace_id, contact_id) REFERENCES crm_contact (workspace_id, id) NOT VALID",
        test_database.test_no_key_refers_into_another_workspace,
    ),
    Wall(
        "append-only log",
        "GRANT UPDATE, DELETE ON activity_event TO rabta_app",
        "REVOKE UPDATE, DELETE ON activity_event FROM rabta_app",
        test_database.test_the_log_is_only_added_to,
    ),
    Wall(
        "policies of workspaces",
        "CREATE POLICY wide ON accounts_workspace FOR SELECT USING (true)",
        "DROP POLICY wide ON accounts_workspace",
        closed_workspaces,
    ),
    Wall("workspace of a search", search_guards.FIND_WITHOUT, search_guards.FIND, search_guards.words_are_found_by_their_own),
    Wall(
        "the list of cross-tenant doors",
        "CREATE FUNCTION a_new_door() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public "
        "AS 'SELECT 1'",
        "DROP FUNCTION a_new_door()",
        lambda world: test_doors.test_the_list_is_the_database(None),
    ),
)
