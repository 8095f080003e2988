"""What a person has begun to write: kept as they write, given back to them when something did not leave, gone when it is sent."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from inbox.models import Conversation, Draft, DraftKind
from inbox.selectors import get_conversation
from social.services import chosen_files

#: Longer than any message may be: what is too long to be sent is kept all the same.
MAX_CHARACTERS = 100_000
MAX_WRITER = 40
#: So long an empty row remembers what its writers have sent.
REMEMBERED = timedelta(days=1)


def keep(
    *,
    member: Membership,
    conversation_id: int,
    kind: str,
    body: str,
    media: Iterable[tuple[int, str]] = (),
    manner: dict[str, Any] | None = None,
    base: int | None = None,
    writer: str = "",
    sequence: int = 0,
) -> Draft:
    """Keep what this person has written so far; nothing at all empties the draft.

    `base`: the counter of the version that the writer saw; None takes the place of any. Requests of one `writer` (a page) may come
    late or twice: the highest `sequence` counts. Raises NotFound, Forbidden, Invalid (`body`, `kind`), and Conflict (code
    `draft_changed`) where another page has written something else meanwhile.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    if kind not in DraftKind.values:
        raise Invalid(_("Write a reply or a note."), field="kind")
    if len(body) > MAX_CHARACTERS:
        words = _("This text has {count} characters; at most {limit} fit.")
        raise Invalid(words.format(count=len(body), limit=MAX_CHARACTERS), field="body", code="too_long")
    conversation = get_conversation(conversation_id)
    draft = _row(member, conversation, kind)
    if writer and draft.writer == writer and sequence <= draft.sequence:
        return draft
    text = body.replace("\x00", "").replace("\r\n", "\n")
    before = [entry["file"] for entry in draft.files]
    chosen = list(media) if kind == DraftKind.REPLY else []
    files = []
    if chosen or before:
        files = chosen_files.hold(channel=conversation.channel, member_id=member.id, chosen=chosen, before=before)
    wanted = Draft(body=text, files=files, manner={name: value for name, value in (manner or {}).items() if value})
    own = bool(writer) and draft.writer == writer
    if base is not None and not own and base != draft.counter and not draft.is_empty and draft.content != wanted.content:
        raise Conflict(_("You wrote something else here in another window."), field="body", code="draft_changed")
    _write(draft, wanted.body, wanted.files, wanted.manner, writer=writer, sequence=sequence)
    if draft.is_empty:
        _forget_old(member)
    return draft


def clear(
    *, member: Membership, conversation_id: int, kind: str, writer: str = "", sequence: int = 0, sent: str | None = None
) -> None:
    """Empty the draft. With `sent` only where it holds those words or its writer is the one who sent them: what was written in
    another window stays. Raises NotFound, Forbidden.
    """
    require(member, Permission.CONVERSATIONS_REPLY)
    draft = Draft.objects.select_for_update().filter(member=member, conversation_id=conversation_id, kind=kind).first()
    if draft is None:
        if not writer:
            return
        draft = _row(member, get_conversation(conversation_id), kind)
    same = sent is None or draft.is_empty or draft.body.strip() == sent.strip() or (bool(writer) and draft.writer == writer)
    if not same:
        return
    held = [entry["file"] for entry in draft.files]
    if held:
        chosen_files.hold(channel=draft.conversation.channel, member_id=member.id, chosen=[], before=held)
    _write(draft, "", [], {}, writer=writer or draft.writer, sequence=max(sequence, draft.sequence))
    _forget_old(member)


def give(
    *,
    member: Membership,
    conversation: Conversation,
    body: str,
    files: list[dict[str, Any]],
    manner: dict[str, Any] | None = None,
    remark: str = "",
    below: bool = False,
) -> bool:
    """Put a reply that did not leave into this person's composer again. Returns whether it is there: what they are writing by now
    is not touched, or with `below` stands above it.
    """
    draft = _row(member, conversation, DraftKind.REPLY)
    if not draft.is_empty:
        if not below:
            return False
        body, files = f"{draft.body.rstrip()}\n\n{body}", [*draft.files, *files]
    chosen_files.give_back(file_ids=[entry["file"] for entry in files if entry.get("file")], member_id=member.id)
    _write(draft, body, files, manner or {}, writer="", sequence=0, remark=remark)
    subject = f"inbox.Conversation:{conversation.id}"
    record("drafts.given_back", actor_id=member.id, subject=subject, data={"draft": draft.id, "member": member.id})
    return True


def get(*, member: Membership, conversation_id: int, kind: str) -> Draft:
    """A person's own draft; an empty one where nothing was begun. Raises NotFound for a conversation or kind that is not there."""
    if kind not in DraftKind.values:
        raise NotFound(_("There is no such draft."))
    found = Draft.objects.filter(member=member, conversation_id=conversation_id, kind=kind, is_empty=False).first()
    return found or Draft(member=member, conversation=get_conversation(conversation_id), kind=kind, is_empty=True, saved_at=now())


def _row(member: Membership, conversation: Conversation, kind: str) -> Draft:
    """The person's row, locked; an empty one where there was none. Two pages that begin at once find one row."""
    key = {"member": member, "conversation": conversation, "kind": kind}
    found = Draft.objects.select_for_update().filter(**key).first()
    if found is None:
        Draft.objects.bulk_create([Draft(**key, is_empty=True, saved_at=now())], ignore_conflicts=True)
        found = Draft.objects.select_for_update().get(**key)
    return found


def _write(
    draft: Draft,
    body: str,
    files: list[dict[str, Any]],
    manner: dict[str, Any],
    *,
    writer: str,
    sequence: int,
    remark: str | None = None,
) -> None:
    was_empty, empty = draft.is_empty, not body.strip() and not files
    draft.body, draft.files, draft.manner = ("", [], {}) if empty else (body, files, manner)
    draft.is_empty, draft.writer, draft.sequence = empty, writer[:MAX_WRITER], sequence
    draft.counter, draft.saved_at = draft.counter + 1, now()
    # Why it came back stays with it while it is mended, and goes with it.
    draft.remark = remark if remark is not None else "" if empty else draft.remark
    draft.save()
    if was_empty != empty:
        # Each keystroke's pause is no event; that there is a draft, and no longer, are.
        event = "drafts.cleared" if empty else "drafts.begun"
        subject = f"inbox.Conversation:{draft.conversation_id}"
        record(event, actor_id=draft.member_id, subject=subject, data={"draft": draft.id, "kind": draft.kind})


def _forget_old(member: Membership) -> None:
    Draft.objects.filter(member=member, is_empty=True, saved_at__lt=now() - REMEMBERED).delete()
