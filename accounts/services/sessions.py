"""Where a person is signed in, and ending it: at once, since each request asks session and membership anew."""

from allauth.usersessions.models import UserSession
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, User
from core.errors import NotFound
from core.push import group_name, push_ended
from core.tenancy import acting_user


def end_session(*, user: User, session_id: int) -> str:
    """Sign one device of this person out. Returns the key of the ended session. Raises NotFound for anybody else's."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        raise NotFound(_("There is no such session."))
    key: str = session.session_key
    session.end()
    tell_pages(user)
    return key


def end_other_sessions(*, user: User, keep: str | None) -> int:
    """Sign this person out everywhere but in the session with the key `keep`. Returns how many were ended."""
    sessions = list(UserSession.objects.filter(user=user).exclude(session_key=keep or ""))
    for session in sessions:
        session.end()
    tell_pages(user)
    return len(sessions)


def tell_pages(user: User) -> None:
    """Tell every open page of this person, everywhere, that something ended: sockets ask whether they may stay."""
    with acting_user(user.pk):
        for workspace_id in list(Membership.across.filter(user_id=user.pk).values_list("workspace_id", flat=True)):
            tell_pages_in(workspace_id, user_id=user.pk)


def tell_pages_in(workspace_id: int, *, user_id: int) -> None:
    """Tell this person's open pages in one workspace that something ended. See `selectors.may_stay`."""
    push_ended(group_name(workspace_id, "user", user_id))
