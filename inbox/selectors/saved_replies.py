"""Words kept to be used again: which a member sees, and which fit a conversation. Inside the caller's `tenant()`."""

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission
from accounts.selectors import team_ids_of
from core.errors import NotFound
from core.folding import fold
from inbox.models import Conversation, SavedReply, SavedReplyFile, Scope

#: So many are offered while somebody types.
OFFERED = 8
#: The page shows so many; a search finds the others.
LISTED = 200
MAX_QUERY = 80


def _visible(member: Membership) -> QuerySet[SavedReply]:
    """One's own, one's teams', everybody's; who manages shared ones sees those of all teams. Never another's own."""
    rows = SavedReply.objects.select_related("owner__user", "team")
    shared = Q(scope=Scope.TEAM)
    if not member.may(Permission.SAVED_REPLIES_MANAGE):
        shared &= Q(team_id__in=team_ids_of(member.pk))
    return rows.filter(shared | Q(scope=Scope.WORKSPACE) | Q(scope=Scope.PRIVATE, owner_id=member.pk))


def _found(rows: QuerySet[SavedReply], words: str) -> QuerySet[SavedReply]:
    """Those that hold every word, those whose shortcut or title begins with them first; without words the most used first."""
    folded = fold(words[:MAX_QUERY].replace("\x00", ""))
    for word in folded.split():
        rows = rows.filter(folded__contains=word)
    begins = Q(folded__startswith=folded) | Q(shortcut__istartswith=folded)
    rank = Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(*([rank] if folded else []), "-used_count", "title", "id")


def saved_replies(member: Membership, *, words: str = "", folder: str = "", limit: int = LISTED) -> list[SavedReply]:
    """What a member may use or manage. Two queries at any size."""
    rows = _found(_visible(member), words)
    # No folder's name has such a sign, and Postgres is not to be asked for one.
    return list((rows.filter(folder=folder.replace("\x00", "\ufffd")) if folder else rows)[:limit])


def saved_reply_folders(member: Membership) -> list[str]:
    """Folders in which something stands that the member sees. Two queries."""
    rows = _visible(member).exclude(folder="").order_by("folder")
    return list(rows.values_list("folder", flat=True).distinct())


def fitting_replies(conversation: Conversation, member: Membership, *, words: str = "") -> list[SavedReply]:
    """What is offered to a member who answers here. Two queries at any size."""
    channel = conversation.channel
    fits = (Q(networks=[]) | Q(networks__contains=[channel.network])) & (Q(channels=[]) | Q(channels__contains=[channel.pk]))
    return list(_found(_visible(member).filter(fits), words)[:OFFERED])


def files_of(row: SavedReply) -> list[SavedReplyFile]:
    """What goes along with one, in the order it was kept. One query."""
    return list(SavedReplyFile.objects.filter(reply=row).order_by("id"))


def get_saved_reply(reply_id: int, member: Membership) -> SavedReply:
    """One that the member sees. Raises NotFound, also for another person's own."""
    row = _visible(member).filter(id=reply_id).first()
    if row is None:
        raise NotFound(_("There is no such saved reply."))
    return row
