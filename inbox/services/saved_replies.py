"""Keeping words to be used again, and using them. Inside the caller's `tenant()`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from accounts.policies import Permission, require
from activity.services.log import record
from core import vault
from core.clock import now
from core.errors import Conflict, Invalid
from core.folding import fold
from core.names import clean_name, shows_something
from inbox.models import SavedReply, SavedReplyFile, Scope
from inbox.selectors import get_conversation
from inbox.selectors.saved_replies import get_saved_reply
from inbox.services import blanks
from inbox.services.blanks import Filled
from social.networks import networks
from social.selectors import channels
from social.services import file_room

MAX_BODY = 10_000
MAX_TITLE, MAX_SHORTCUT, MAX_FOLDER = 120, 40, 60
#: What may be set, each with what stands there when nothing is said.
FIELDS: dict[str, Any] = {
    "title": "", "shortcut": "", "body": "", "lang": "", "folder": "", "scope": Scope.PRIVATE, "team": None, "networks": (),
    "channels": (),
}  # fmt: skip


def keep(*, member: Membership, values: Mapping[str, Any], reply_id: int | None = None) -> SavedReply:
    """Keep new words, or change those of `reply_id`; of those, what `values` does not name stays.

    `values`: see FIELDS; `team` an id. Raises NotFound, Forbidden (a team's or everybody's are a supervisor's), Invalid naming the
    field, Conflict for a shortcut that stands already in the same place.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    row = get_saved_reply(reply_id, member) if reply_id is not None else SavedReply(owner=member, created_at=now())
    if reply_id is not None:
        require_right(row.scope, member)
    given = {name: values.get(name, _now(row, name) if reply_id is not None else default) for name, default in FIELDS.items()}
    require_right(given["scope"], member)
    _set(row, given, member)
    _refuse_twin(row)
    row.updated_at = now()
    row.save()
    event = "saved_replies.changed" if reply_id is not None else "saved_replies.created"
    _tell(event, row, member)
    return row


def remove(*, member: Membership, reply_id: int) -> SavedReply:
    """Throw words away. Returns them as they were. Raises NotFound, Forbidden."""
    require(member, Permission.CONVERSATIONS_REPLY)
    row = get_saved_reply(reply_id, member)
    require_right(row.scope, member)
    _tell("saved_replies.removed", row, member)
    files = list(row.files.all())
    SavedReply.objects.filter(id=row.pk).delete()
    file_room.count(-sum(file.size for file in files))
    # Rows first: a name without a file would be a broken promise.
    transaction.on_commit(lambda: _forget([file.key for file in files], member.workspace_id))
    return row


def _forget(keys: Iterable[str], workspace_id: int) -> None:
    for key in keys:
        vault.forget(key, workspace_id=workspace_id)


def use(*, member: Membership, conversation_id: int, reply_id: int) -> tuple[Filled, list[SavedReplyFile]]:
    """The words for one conversation, with their blanks filled, and what goes along (`saved_reply_attachments.lay` lays it beside
    the reply); it is counted. Raises NotFound, Forbidden.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    conversation = get_conversation(conversation_id)
    row = get_saved_reply(reply_id, member)
    SavedReply.objects.filter(id=row.pk).update(used_count=F("used_count") + 1, used_at=now())
    return blanks.fill(row.body, blanks.values_of(conversation, member)), list(row.files.order_by("id"))


def require_right(scope: str, member: Membership) -> None:
    """Raise Forbidden where what others use is a supervisor's to change."""
    if scope != Scope.PRIVATE:
        require(member, Permission.SAVED_REPLIES_MANAGE)


def _now(row: SavedReply, name: str) -> Any:
    return row.team_id if name == "team" else getattr(row, name)


def _set(row: SavedReply, given: Mapping[str, Any], member: Membership) -> None:
    row.title = clean_name(str(given["title"]), limit=MAX_TITLE)
    if not row.title:
        raise Invalid(_("Give it a title."), field="title", code="empty")
    row.shortcut = _shortcut(str(given["shortcut"]))
    row.body = _body(str(given["body"]))
    row.lang = str(given["lang"])[:10]
    row.folder = clean_name(str(given["folder"]), limit=MAX_FOLDER)
    if given["scope"] not in Scope.values:
        raise Invalid(_("Say for whom: private, team or workspace."), field="scope")
    row.scope = given["scope"]
    row.team = _team(given["team"]) if row.scope == Scope.TEAM else None
    row.networks = _known(given["networks"], set(networks()), "networks")
    wanted = list(given["channels"])
    row.channels = _known(wanted, {channel.pk for channel in channels()} if wanted else set(), "channels")
    row.folded = fold(" ".join((row.shortcut, row.title, row.folder, row.body)))


def _shortcut(text: str) -> str:
    shortcut = text.strip().removeprefix("/")
    if len(shortcut) > MAX_SHORTCUT or shortcut != clean_name(shortcut) or " " in shortcut:
        reason = _("A shortcut is one word of at most {limit} characters.").format(limit=MAX_SHORTCUT)
        raise Invalid(reason, field="shortcut")
    return shortcut


def _body(text: str) -> str:
    body = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if not shows_something(body):
        raise Invalid(_("Write something first."), field="body", code="empty")
    if len(body) > MAX_BODY:
        reason = _("This text has {count} characters; at most {limit} fit.").format(count=len(body), limit=MAX_BODY)
        raise Invalid(reason, field="body", code="too_long")
    blanks.check(body)
    return body


def _team(team_id: Any) -> Team:
    row = Team.objects.filter(id=team_id).first() if team_id else None
    if row is None:
        raise Invalid(_("There is no such team here."), field="team")
    return row


def _known(wanted: Iterable[Any], known: set[Any], field: str) -> list[Any]:
    chosen = sorted(set(wanted), key=str)
    if not set(chosen) <= known:
        raise Invalid(_("One of these does not exist here."), field=field)
    return chosen


def _refuse_twin(row: SavedReply) -> None:
    """One shortcut means one thing in one place: a person's own, a team's, everybody's."""
    if not row.shortcut:
        return
    place = {"scope": row.scope, "team": row.team} | ({"owner_id": row.owner_id} if row.scope == Scope.PRIVATE else {})
    if SavedReply.objects.filter(shortcut__iexact=row.shortcut, **place).exclude(id=row.pk).exists():
        raise Conflict(_("This shortcut is taken there."), field="shortcut", code="taken")


def _tell(event: str, row: SavedReply, member: Membership) -> None:
    data = {"scope": row.scope} if row.scope == Scope.PRIVATE else {"scope": row.scope, "title": row.title}
    record(event, actor_id=member.pk, subject=f"inbox.SavedReply:{row.pk}", data=data)
