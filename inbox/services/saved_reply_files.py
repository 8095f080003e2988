"""Saved replies as a table: out, and in again with a sentence for every row that could not be kept. Inside the caller's `tenant()`.

Programs that open tables take a cell that begins with =, +, -, @, a tab or a return for something to calculate (OWASP, “CSV
Injection”, read 2026-11). Such a cell leaves with an apostrophe before it, which comes off when it returns.
"""

import csv
import io
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from accounts.policies import Permission, require
from core.errors import Invalid, RabtaError
from inbox.models import SavedReply, Scope
from inbox.selectors.saved_replies import LISTED, saved_replies
from inbox.services.saved_replies import keep

COLUMNS = ("title", "shortcut", "body", "lang", "folder", "scope", "team", "networks")
MAX_ROWS = 500
_CALCULATED = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not kept: its number (the first below the headings is 2, as table programs count), the column, and why."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table."""

    created: int
    changed: int
    refused: tuple[Refused, ...]


def export(*, member: Membership) -> str:
    """Every saved reply the member sees, as CSV with a byte-order mark, so that table programs read it as UTF-8."""
    require(member, Permission.CONVERSATIONS_REPLY)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in saved_replies(member, limit=LISTED * 100):
        team = row.team.name if row.team else ""
        cells = (row.title, row.shortcut, row.body, row.lang, row.folder, row.scope, team, " ".join(row.networks))
        writer.writerow([harmless(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def harmless(cell: str) -> str:
    """A cell that no table program calculates."""
    return f"'{cell}" if cell.startswith(_CALCULATED) else cell


def _original(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_CALCULATED) else cell


def bring_in(*, member: Membership, text: str) -> Imported:
    """Keep the rows of a table. One with the title of an existing reply in the same place replaces its words; what is wrong with
    others is told row by row. Raises Invalid (field `csv`) for what is no such table.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    # Postgres stores no such text, and asks for none.
    rows = _rows(text.replace("\x00", ""))
    teams = {team.name.casefold(): team.pk for team in Team.objects.all()}
    created = changed = 0
    refused: list[Refused] = []
    for number, row in rows:
        try:
            with transaction.atomic():
                existed = _keep(row, teams, member)
        except RabtaError as error:
            refused.append(Refused(number, error.field or "", str(error)))
            continue
        created, changed = created + (not existed), changed + existed
    return Imported(created, changed, tuple(refused))


def _rows(text: str) -> list[tuple[int, dict[str, str]]]:
    head, _line, _rest = text.removeprefix("\ufeff").partition("\n")
    # Table programs of many countries write semicolons.
    mark = ";" if ";" in head and "," not in head else ","
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=mark)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
        if not {"title", "body"} <= set(names):
            raise Invalid(_("The first row names the columns; title and body must be among them."), field="csv")
        unknown = sorted(set(names) - set(COLUMNS) - {""})
        if unknown:
            raise Invalid(_("There is no such column: {name}").format(name=unknown[0][:60]), field="csv")
        rows = [(number, cells) for number, cells in enumerate(reader, start=2) if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise Invalid(_("This is not a table in CSV."), field="csv") from error
    if len(rows) > MAX_ROWS:
        raise Invalid(_("At most {limit} rows at once.").format(limit=MAX_ROWS), field="csv", code="too_many")
    return [(number, {name: _original(cell) for name, cell in zip(names, cells, strict=False)}) for number, cells in rows]


def _keep(row: dict[str, str], teams: dict[str, int], member: Membership) -> bool:
    """Keep one row. Returns whether it replaced another."""
    values: dict[str, object] = {name: row.get(name, "") for name in ("title", "shortcut", "body", "lang", "folder")}
    scope = row.get("scope", "").strip().casefold() or Scope.PRIVATE
    team = teams.get(row.get("team", "").strip().casefold())
    values |= {"scope": scope, "team": team, "networks": row.get("networks", "").split()}
    place = {"owner_id": member.pk} if scope == Scope.PRIVATE else {"team_id": team if scope == Scope.TEAM else None}
    there = SavedReply.objects.filter(title=row.get("title", "").strip(), scope=scope, **place).first()
    keep(member=member, values=values, reply_id=there.pk if there else None)
    return there is not None
