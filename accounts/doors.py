"""This room's two cross-tenant doors: from a secret to the workspace it opens. Listed in docs/doors.md."""

from django.db import connection


def workspace_behind_invitation(hashed: str) -> int | None:
    """The workspace an invitation link belongs to, used up or not; None for a link nobody made."""
    return _ask("SELECT accounts_invitation_workspace(%s)", hashed)


def workspace_behind_token(hashed: str) -> int | None:
    """The workspace an API token belongs to, revoked or not; None for a token nobody made."""
    return _ask("SELECT accounts_token_workspace(%s)", hashed)


def _ask(question: str, hashed: str) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(question, [hashed])
        workspace_id: int | None = cursor.fetchone()[0]
    return workspace_id
