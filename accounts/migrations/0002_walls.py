"""The walls of this room: Row-Level Security, composite keys, and the two cross-tenant doors (docs/doors.md)."""

from typing import ClassVar

from django.db import migrations

from core.rls import USER, WORKSPACE, TenantTable, security_definer

#: A person always sees their own memberships (inside `acting_user()`), so that “my workspaces” can be asked.
OWN_MEMBERSHIPS = f"user_id = {USER}"

_MINE = f"id IN (SELECT workspace_id FROM accounts_membership WHERE user_id = {USER} AND is_active)"

#: Seen while selected and by its active members, made and changed only while selected, never removed by the application.
WORKSPACE_POLICIES = f"""
ALTER TABLE accounts_workspace ENABLE ROW LEVEL SECURITY;
CREATE POLICY selected ON accounts_workspace FOR SELECT USING (id = {WORKSPACE});
CREATE POLICY mine ON accounts_workspace FOR SELECT USING ({_MINE});
CREATE POLICY opened ON accounts_workspace FOR INSERT WITH CHECK (id = {WORKSPACE});
CREATE POLICY changed ON accounts_workspace FOR UPDATE USING (id = {WORKSPACE}) WITH CHECK (id = {WORKSPACE});
"""
NO_WORKSPACE_POLICIES = """
DROP POLICY changed ON accounts_workspace;
DROP POLICY opened ON accounts_workspace;
DROP POLICY mine ON accounts_workspace;
DROP POLICY selected ON accounts_workspace;
ALTER TABLE accounts_workspace DISABLE ROW LEVEL SECURITY;
"""

TENANT_TABLES = (
    "accounts_membership",
    "accounts_team",
    "accounts_teammember",
    "accounts_invitation",
    "accounts_apitoken",
)

#: Rows of a workspace that does not exist are refused by the database itself.
WORKSPACE_KEYS = "\n".join(
    f"ALTER TABLE {table} ADD CONSTRAINT {table}_workspace FOREIGN KEY (workspace_id) REFERENCES accounts_workspace (id);"
    for table in TENANT_TABLES
)
NO_WORKSPACE_KEYS = "\n".join(f"ALTER TABLE {table} DROP CONSTRAINT {table}_workspace;" for table in TENANT_TABLES)

#: Who holds a secret may learn which workspace it opens, and nothing else. See docs/doors.md.
INVITATION_DOOR = security_definer(
    "accounts_invitation_workspace",
    "hash text",
    "bigint",
    "SELECT workspace_id FROM accounts_invitation WHERE token_hash = hash",
)
TOKEN_DOOR = security_definer(
    "accounts_token_workspace",
    "hash text",
    "bigint",
    "SELECT workspace_id FROM accounts_apitoken WHERE token_hash = hash",
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0001_people")]

    operations: ClassVar = [
        TenantTable("Membership", or_visible=OWN_MEMBERSHIPS),
        TenantTable("Team"),
        TenantTable("TeamMember"),
        TenantTable("Invitation"),
        TenantTable("ApiToken"),
        migrations.RunSQL(WORKSPACE_KEYS, NO_WORKSPACE_KEYS),
        migrations.RunSQL(WORKSPACE_POLICIES, NO_WORKSPACE_POLICIES),
        migrations.RunSQL(*INVITATION_DOOR),
        migrations.RunSQL(*TOKEN_DOOR),
    ]
