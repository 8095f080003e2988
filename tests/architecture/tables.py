"""What the database says of a table: complaints of whatever a table of a workspace must have and has not."""

from typing import Any

from django.apps import apps
from django.db import models

from core.tenancy import TenantManager, TenantModel

#: Tables of no one workspace, each with its reason.
GLOBAL = {
    "accounts_user": "a person has one sign-in for any number of workspaces",
    "accounts_workspace": "the workspaces themselves, behind policies of their own (accounts/migrations/0002_walls.py)",
    "account_emailaddress": "allauth: addresses of people",
    "account_emailconfirmation": "allauth: the same",
    "mfa_authenticator": "allauth: second factors of people, sealed",
    "usersessions_usersession": "allauth: where people are signed in",
    "auth_group": "Django's, unused",
    "auth_group_permissions": "Django's, unused",
    "auth_permission": "Django's, unused",
    "django_content_type": "Django's list of models",
    "django_migrations": "Django's list of migrations",
    "social_listener": "processes that listen, to channels of all workspaces; it holds their leases and nothing else",
    "django_session": "sessions of people",
    "social_networkapp": "the installation's own app at each server people sign in at, sealed; it opens no account",
}
#: Indexes that lead with something else, for the sweeps and doors that look over all workspaces (docs/doors.md).
OVER_ALL = {
    "accounts_apitoken_door": "accounts_token_workspace looks for a hash",
    "accounts_invitation_door": "accounts_invitation_workspace looks for a hash",
    "accounts_membership_user_id_487fb39e": "“my workspaces”, before any is known",
    "inbox_planned_due": "inbox_due_planned",
    "inbox_conv_snoozed": "the sweep of what wakes up",
    "inbox_survey_due": "inbox_due_surveys",
    "inbox_sidethread_door": "inbox_side_thread_workspace looks for a hash",
    "notifications_mail_due": "notifications_due_mail",
    "social_backfill_due": "social_due_backfills",
    "social_channel_hook": "social_hook_channel looks for a key",
    "social_channel_listening": "social_hook_accounts looks for accounts",
    "social_deed_due": "social_due_deeds",
    "social_delivery_due": "social_due_deliveries",
    "social_pull_due": "social_due_channels",
}
#: Managers beside the scoped one.
MANAGERS = {"accounts.Membership": {"across": "“my workspaces”, inside acting_user() only"}}


def tenant_models() -> list[type[TenantModel]]:
    """Every model that belongs to a workspace."""
    return [model for model in apps.get_models() if issubclass(model, TenantModel)]


def facts(cursor: Any, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """Rows of a question."""
    cursor.execute(sql, parameters)
    return list(cursor.fetchall())


def of_rows(cursor: Any, table: str) -> list[str]:
    """Row-Level Security: on, and one policy for all commands that compares the workspace both ways."""
    found = []
    ((on, owner),) = facts(cursor, "SELECT relrowsecurity, pg_get_userbyid(relowner) FROM pg_class WHERE oid = %s::regclass", table)
    if not on:
        found.append("Row-Level Security is off")
    if owner == "rabta_app":
        found.append("the application owns it")
    policies = facts(
        cursor, "SELECT policyname, cmd, coalesce(qual, ''), coalesce(with_check, '') FROM pg_policies WHERE tablename = %s", table
    )
    whole = [policy for policy in policies if policy[:2] == ("workspace", "ALL")]
    if not whole or not all("workspace_id = " in text and "app.workspace" in text for text in whole[0][2:]):
        found.append("no policy compares the workspace when reading and when writing")
    found += [f"another policy: {name}" for name, *_rest in policies if name not in ("workspace", "visible")]
    found += [
        f"{name} lets more than reading pass" for name, command, *_rest in policies if name == "visible" and command != "SELECT"
    ]
    return found


def of_indexes(cursor: Any, table: str) -> list[str]:
    """Every key and index leads with the workspace, the primary key too, but for those listed above."""
    rows = facts(
        cursor,
        "SELECT i.relname, (SELECT attname FROM pg_attribute WHERE attrelid = x.indrelid AND attnum = x.indkey[0]) "
        "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = %s::regclass",
        table,
    )
    found = [
        f"{name} leads with {first or 'an expression'}" for name, first in rows if first != "workspace_id" and name not in OVER_ALL
    ]
    keys = facts(
        cursor,
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'p'",
        table,
    )
    if ("PRIMARY KEY (workspace_id, id)",) not in keys:
        found.append("its primary key is not (workspace_id, id), to which others refer")
    return found


def of_keys(cursor: Any, model: Any) -> list[str]:
    """Foreign keys within the workspace carry it; others lead to global tables only."""
    table = model._meta.db_table
    there = {
        row[0]
        for row in facts(
            cursor,
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f'",
            table,
        )
    }
    found = []
    for field in model._meta.local_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        target = field.related_model._meta.db_table
        composite = f"FOREIGN KEY (workspace_id, {field.column}) REFERENCES {target}(workspace_id, id)"
        if issubclass(field.related_model, TenantModel):
            if not any(definition.startswith(composite) for definition in there):
                found.append(f"{field.name} has no composite key to {target}")
            if any(definition.startswith(f"FOREIGN KEY ({field.column}) ") for definition in there):
                found.append(f"{field.name} has a key that ignores the workspace")
        elif target not in GLOBAL:
            found.append(f"{field.name} leads to {target}, which is neither a tenant's nor listed as global")
    return found


def of_model(model: Any) -> list[str]:
    """The scoped manager is the only one, also for Django's own look-ups."""
    label = model._meta.label
    found = []
    if not isinstance(model._meta.default_manager, TenantManager):
        found.append("the default manager is not the scoped one")
    if not isinstance(model._meta.base_manager, TenantManager):
        found.append("the base manager, which follows foreign keys, is not the scoped one")
    for manager in model._meta.managers:
        if not isinstance(manager, TenantManager) and manager.name not in MANAGERS.get(label, {}):
            found.append(f"another manager: {manager.name}")
    return found
