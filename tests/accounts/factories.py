"""People for tests, made through the product's own services: two workspaces with one person a role in each, one person in
both, and an outsider whose own workspace has rows of every kind."""

from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import Membership, Team, User, Workspace
from accounts.policies import Role
from accounts.services.invitations import invite
from accounts.services.teams import add_to_team, create_team
from accounts.services.tokens import create_token
from accounts.services.workspaces import open_workspace
from core.tenancy import tenant

PASSWORD = "correct horse battery"


def make_user(email: str, *, name: str = "", **fields: object) -> User:
    """A person with a confirmed address and the password of all made-up people."""
    user = User.objects.create_user(email, PASSWORD, name=name or email.partition("@")[0].title(), **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_workspace(name: str, *, owner: User, slug: str | None = None) -> Workspace:
    """A workspace of `owner`."""
    return open_workspace(name=name, owner=owner, slug=slug)


def make_member(workspace: Workspace, user: User, role: str, *, is_active: bool = True) -> Membership:
    """Put a person into a workspace without an invitation."""
    with tenant(workspace.pk):
        return Membership.objects.create(user=user, role=role, is_active=is_active)


def membership_in(workspace: Workspace, user: User) -> Membership:
    """What a person is in a workspace."""
    with tenant(workspace.pk):
        return Membership.objects.select_related("user").get(user=user)


def signed_in(user: User, **client: object) -> Client:
    """A browser in which this person has signed in with the password, as people do."""
    browser = Client(**client)
    answer = browser.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content[:2000]
    return browser


@dataclass
class Cast:
    """Everybody the tests play with."""

    meridian: Workspace
    zarrin: Workspace
    outside: Workspace
    outsider: User
    both: User
    team: Team
    #: (workspace slug, role) → person
    people: dict[tuple[str, str], User] = field(default_factory=dict)

    def user(self, role: str, *, of: str = "meridian") -> User:
        return self.people[(of, role)]

    def member(self, role: str, *, of: str = "meridian") -> Membership:
        return membership_in(getattr(self, of), self.people[(of, role)])


def make_cast() -> Cast:
    """The fixed cast. The person in both is an agent of Meridian and a supervisor of Zarrin."""
    people: dict[tuple[str, str], User] = {}
    workspaces = {}
    for slug, name in (("meridian", "Meridian"), ("zarrin", "Zarrin")):
        for role in Role.values:
            people[(slug, role)] = make_user(f"{role}@{slug}.example", name=f"{role.title()} of {name}")
        workspaces[slug] = make_workspace(name, owner=people[(slug, Role.OWNER)], slug=slug)
        for role in Role.values:
            if role != Role.OWNER:
                make_member(workspaces[slug], people[(slug, role)], role)
    both = make_user("both@people.example", name="Both")
    make_member(workspaces["meridian"], both, Role.AGENT)
    make_member(workspaces["zarrin"], both, Role.SUPERVISOR)
    team = create_team(by=membership_in(workspaces["meridian"], people[("meridian", Role.OWNER)]), name="Care")
    outsider = make_user("outsider@elsewhere.example", name="Outsider")
    outside = make_workspace("Elsewhere", owner=outsider, slug="elsewhere")
    fill(outside, outsider)
    return Cast(
        meridian=workspaces["meridian"],
        zarrin=workspaces["zarrin"],
        outside=outside,
        outsider=outsider,
        both=both,
        team=team,
        people=people,
    )


def fill(workspace: Workspace, owner: User) -> None:
    """One row of each kind of this room, so that “nothing” is never an empty table."""
    by = membership_in(workspace, owner)
    team = create_team(by=by, name="Own team")
    add_to_team(by=by, team_id=team.pk, membership_id=by.pk)
    invite(by=by, email="guest@elsewhere.example", role=Role.VIEWER)
    create_token(by=by, name="Own token")
