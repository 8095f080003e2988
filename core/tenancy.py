"""The walls between workspaces.

Postgres Row-Level Security is the outer wall: policies compare `workspace_id` with the transaction-local setting
`app.workspace`, which only `tenant()` sets. The scoped manager is the inner wall: without a workspace it refuses to run.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Self, TypeVar

from django.db import connection, models, transaction

from core.failpoints import failpoint

M = TypeVar("M", bound=models.Model)

_workspace: ContextVar[int | None] = ContextVar("rabta_workspace", default=None)


class NoWorkspace(RuntimeError):
    """Tenant data was touched outside of `tenant()`: a programming error, never an answer to a user."""


class WrongWorkspace(RuntimeError):
    """A row of one workspace was about to be written while another is selected."""


def current_workspace_id() -> int:
    """The selected workspace. Raises NoWorkspace outside of `tenant()`."""
    workspace_id = _workspace.get()
    if workspace_id is None:
        raise NoWorkspace("No workspace is selected: open tenant(workspace_id) first.")
    return workspace_id


def has_workspace() -> bool:
    """Whether a workspace is selected just now."""
    return _workspace.get() is not None


NO_WAIT = ", set_config('synchronous_commit', 'off', true)"


def _set_local(setting: str, value: str, *, also: str = "") -> str:
    """Set a transaction-local setting and return what it was, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(current_setting(%s, true), ''), set_config(%s, %s, true) {also}", [setting, setting, value]
        )
        previous: str = cursor.fetchone()[0]
    return previous


@contextmanager
def tenant(workspace_id: int, *, step: str | None = None, repeatable: bool = False) -> Iterator[None]:
    """One transaction that sees and writes exactly one workspace.

    The setting is transaction-local, so a pooled connection cannot leak it. `step` names the commit for the fault tests
    (`<step>.before_commit`, `<step>.after_commit`). Nesting the same workspace is allowed, another one is refused.
    A `repeatable` commit does not wait for the disk: for work whose cause stays on the disk until the work is there too, so that
    a crash of the server undoes it whole and it is done again (docs/adr/commits.md).
    """
    outer = _workspace.get()
    if outer is not None and outer != workspace_id:
        raise WrongWorkspace(f"Workspace {outer} is selected; {workspace_id} cannot be opened inside it.")
    nested = connection.in_atomic_block
    token = _workspace.set(workspace_id)
    try:
        with transaction.atomic():
            previous = _set_local("app.workspace", str(workspace_id), also=NO_WAIT if repeatable and not nested else "")
            yield
            if step:
                failpoint(f"{step}.before_commit")
            # The commit of an outermost block forgets the setting by itself; so does a savepoint's rollback, where SQL would fail.
            if nested:
                _set_local("app.workspace", previous)
    finally:
        _workspace.reset(token)
    if step:
        failpoint(f"{step}.after_commit")


@contextmanager
def acting_user(user_id: int) -> Iterator[None]:
    """One transaction in which a person sees their own memberships over all workspaces, and nothing else."""
    nested = connection.in_atomic_block
    with transaction.atomic():
        previous = _set_local("app.user", str(user_id))
        yield
        if nested:
            _set_local("app.user", previous)


class TenantQuerySet(models.QuerySet[M]):
    """A query set whose new rows carry the selected workspace."""

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        rows = list(objs)
        for row in rows:
            _stamp(row)
        return super().bulk_create(rows, *args, **kwargs)


class TenantManager(models.Manager[M]):
    """Starts every query inside the selected workspace; raises NoWorkspace without one."""

    def get_queryset(self) -> TenantQuerySet[M]:
        return TenantQuerySet(self.model, using=self._db).filter(workspace_id=current_workspace_id())


def _stamp(row: Any) -> None:
    """Give a new row the selected workspace; refuse a row of another."""
    selected = current_workspace_id()
    if row.workspace_id is None:
        row.workspace_id = selected
    elif row.workspace_id != selected:
        raise WrongWorkspace(f"A row of workspace {row.workspace_id} cannot be written in {selected}.")


class TenantModel(models.Model):
    """Base of every table that belongs to a workspace. Its migration must run `core.rls.TenantTable`."""

    workspace_id = models.BigIntegerField(editable=False)

    objects: ClassVar[TenantManager[Self]] = TenantManager()  # type: ignore[assignment,misc]

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        _stamp(self)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        _stamp(self)
        return super().delete(*args, **kwargs)


def TenantKey(to: str | type[models.Model], on_delete: Any, **kwargs: Any) -> Any:  # noqa: N802 - reads as a field class in models
    """A foreign key inside the workspace. Its constraint is the composite one that `TenantTable` makes."""
    kwargs.setdefault("db_index", False)
    return models.ForeignKey(to, on_delete, db_constraint=False, **kwargs)
