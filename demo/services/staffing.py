"""The demo workspaces' own people: who signs in, as what, reading which calendar."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from accounts.models import Membership, Team, TeamMember, User, Workspace
from accounts.policies import Role
from accounts.services.workspaces import open_workspace
from core.clock import now
from core.tenancy import tenant
from demo.shapes import Staff, WorkspacePlan

TEAM_NAMES = {
    "outdoor": {"support": "Support", "orders": "Orders", "sales": "Sales"},
    "home": {"support": "معاونت", "orders": "آرڈر", "sales": "فروخت"},
}
#: Language, calendar and time zone by the office where somebody sits.
HABITS = {
    "britain": ("en", "gregorian", "Europe/London"),
    "america": ("en", "gregorian", "America/New_York"),
    "pakistan": ("ur", "gregorian", "Asia/Karachi"),
    "iran": ("fa", "jalali", "Asia/Tehran"),
    "gulf": ("ar", "gregorian", "Asia/Dubai"),
}


@dataclass(frozen=True, slots=True)
class Office:
    """A workspace and its people by their keys in the plan."""

    workspace: Workspace
    members: Mapping[str, Membership]
    teams: Mapping[str, Team]


def new_password() -> str:
    """One password for all demo people of an installation: nobody can know it who was not shown it."""
    return secrets.token_urlsafe(9)


def open_office(plan: WorkspacePlan, *, password: str) -> Office:
    """Make the workspace, its people and teams. Run inside the caller's transaction."""
    # Hashing is slow on purpose; one hash serves all, since it is one password.
    hashed = make_password(password)
    users = {person.key: _user(person, hashed) for person in plan.staff}
    boss = next(person for person in plan.staff if person.role == "admin")
    workspace = open_workspace(name=plan.name, owner=users[boss.key], language=HABITS[boss.place][0], slug=plan.slug)
    with tenant(workspace.pk):
        members = {boss.key: Membership.objects.get(user=users[boss.key])}
        for person in plan.staff:
            if person.key != boss.key:
                members[person.key] = Membership.objects.create(user=users[person.key], role=Role(person.role))
        for seniority, member in enumerate(members.values()):
            # Whoever answered six weeks ago was here then.
            Membership.objects.filter(pk=member.pk).update(joined_at=now() - timedelta(days=800 - 67 * seniority))
        names = TEAM_NAMES[plan.domain]
        teams = {key: Team.objects.create(name=name) for key, name in names.items()}
        TeamMember.objects.bulk_create(
            [TeamMember(team=teams[person.team], membership=members[person.key]) for person in plan.staff]
        )
    return Office(workspace, members, teams)


def _user(person: Staff, hashed: str) -> User:
    language, calendar, zone = HABITS[person.place]
    user, _made = User.objects.get_or_create(
        email=person.email,
        defaults={
            "name": person.name, "password": hashed, "language": language, "calendar": calendar,
            "time_zone": str(ZoneInfo(zone)),
        },
    )  # fmt: skip
    return user


def logins(plan: WorkspacePlan, password: str) -> list[dict[str, str]]:
    """One line for each role a newcomer may want to try."""
    shown: dict[str, Staff] = {}
    for person in plan.staff:
        shown.setdefault(person.role, person)
    order = ("agent", "sales", "supervisor", "admin")
    return [
        {"workspace": plan.slug, "role": role, "email": shown[role].email, "password": password} for role in order if role in shown
    ]
