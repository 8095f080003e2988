"""Start-up refuses what would make the walls decoration."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

ROLE_FACTS = """
SELECT r.rolname, r.rolsuper, r.rolbypassrls,
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relowner = r.oid AND n.nspname = 'public'),
       EXISTS (SELECT 1 FROM pg_roles o WHERE (o.rolsuper OR o.rolbypassrls OR o.oid IN
                 (SELECT relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'))
               AND o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER'))
FROM pg_roles r WHERE r.rolname = current_user
"""


def role_errors() -> list[CheckMessage]:
    """What is wrong with the database role this process runs as; empty when Row-Level Security binds it."""
    with connection.cursor() as cursor:
        cursor.execute(ROLE_FACTS)
        name, is_super, bypasses, owns, inherits = cursor.fetchone()
    reasons = [
        reason
        for wrong, reason in (
            (is_super, "is a superuser"),
            (bypasses, "may bypass Row-Level Security"),
            (owns, "owns tables"),
            (inherits, "is a member of a role that could bypass it"),
        )
        if wrong
    ]
    if not reasons:
        return []
    return [
        Error(
            f"The application's database role “{name}” {' and '.join(reasons)}: tenants would not be kept apart.",
            hint="Point DATABASE_URL at rabta_app (made by config/boot/roles.py) and DATABASE_OWNER_URL at rabta_owner.",
            id="rabta.E001",
        )
    ]


@register(Tags.database)
def application_role(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a role for which the policies would not count. Migrations run as the owner and skip this."""
    if not databases or settings.DB_ROLE == "owner":
        return []
    return role_errors()
