"""Opening and naming workspaces."""

import secrets

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User, Workspace
from accounts.policies import Permission, Role, require
from activity.services.log import record
from core.errors import Invalid
from core.names import clean_name
from core.tenancy import tenant

SLUG_MAX = 40
_SUFFIX_BYTES = 3


def open_workspace(*, name: str, owner: User, language: str = "en", slug: str | None = None) -> Workspace:
    """Make a workspace owned by `owner`. The slug follows from the name unless one is given. Raises Invalid."""
    wanted = fit_name(name)
    for candidate in [slug] if slug else _slugs(wanted):
        workspace = _opened(wanted, candidate, owner, language)
        if workspace is not None:
            return workspace
    raise Invalid(_("This address is taken."), field="slug", code="taken")


def rename_workspace(*, by: Membership, name: str) -> None:
    """Give the workspace another name; its address stays. Raises Forbidden, Invalid."""
    require(by, Permission.WORKSPACE_MANAGE)
    wanted = fit_name(name)
    with tenant(by.workspace_id, step="workspaces.rename"):
        Workspace.objects.filter(pk=by.workspace_id).update(name=wanted)
        record("workspaces.renamed", actor_id=by.pk, data={"name": wanted})


def fit_name(name: str) -> str:
    """A name fit for a workspace. Raises Invalid."""
    wanted = " ".join(name.split())
    if not wanted or len(wanted) > 80 or clean_name(wanted) != wanted:
        raise Invalid(_("Give the workspace a name of up to 80 characters."), field="name")
    return wanted


def _slugs(name: str) -> list[str]:
    """What to try: the name in ASCII letters, then with random endings. Urdu and Persian names leave no letters."""
    base = slugify(name)[: SLUG_MAX - 2 * _SUFFIX_BYTES - 1].strip("-")
    endings = [f"{base or 'workspace'}-{secrets.token_hex(_SUFFIX_BYTES)}" for _attempt in range(3)]
    return [base, *endings] if len(base) >= 3 else endings


def _opened(name: str, slug: str, owner: User, language: str) -> Workspace | None:
    """The new workspace, or None when its slug is taken: Row-Level Security hides others' slugs, only the key knows."""
    # The id comes first: the row may only be written, and read back, while it is the selected one.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_workspace', 'id'))")
        workspace_id: int = cursor.fetchone()[0]
    workspace = Workspace(pk=workspace_id, name=name, slug=slug, language=language)
    workspace.clean_fields()
    with tenant(workspace_id, step="workspaces.open"):
        try:
            with transaction.atomic():
                workspace.save(force_insert=True)
        except IntegrityError as error:
            if "accounts_workspace_slug" not in str(error):
                raise
            return None
        membership = Membership(user=owner, role=Role.OWNER)
        membership.save(force_insert=True)
        record(
            "workspaces.opened",
            actor_id=membership.pk,
            subject=f"accounts.Workspace:{workspace_id}",
            data={"name": name, "slug": slug},
        )
    return workspace
