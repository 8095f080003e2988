from accounts.models.api_token import ApiToken
from accounts.models.invitation import Invitation
from accounts.models.membership import Membership
from accounts.models.team import Team, TeamMember
from accounts.models.user import Advance, Calendar, Theme, User
from accounts.models.workspace import Workspace

__all__ = [
    "Advance",
    "ApiToken",
    "Calendar",
    "Invitation",
    "Membership",
    "Team",
    "TeamMember",
    "Theme",
    "User",
    "Workspace",
]
