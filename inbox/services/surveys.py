"""Asking customers, once a conversation is resolved, how it was; and taking their answer at the page whose address they got.

A question is a row from the moment of resolving. When its time has come a worker puts it into the outbox and notes that in one
transaction: one that dies in between has asked nobody, and two cannot ask twice.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core import signing
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.direction import script_language
from core.errors import Invalid, NotFound, RabtaError
from core.marks import TransactionId
from core.push import group_name, push_changed
from core.reasons import NOTICE
from core.tenancy import current_workspace_id
from crm.models.interaction import InteractionKind
from crm.services.timeline import Happening, add, retell_one
from inbox.models import Conversation, Direction, Message, Survey, SurveySetting, SurveyState, Visibility
from inbox.services import letters
from inbox.services.replies import UNANSWERED_PROGRAMS
from social.models import Channel, ChannelState
from social.networks import network_of
from social.networks.senders import Program
from social.networks.values import Outgoing
from social.services import outbox

log = structlog.get_logger("rabta.surveys")
ASKED = 50
LINK_DAYS = 30
MAX_TEXT = 500
MAX_COMMENT = 2_000
MAX_DELAY_MINUTES = 14 * 1440
MAX_DAYS = 365
LANGUAGES = ("en", "ur", "fa", "ar")
_SALT = "rabta.survey"
#: Kept in English, read in the reader's language (core.reasons).
RATED = gettext_noop("The customer rated this {score} of 5.")


class Expired(RabtaError):
    """The time to answer is over."""

    status = 410
    code = "expired"


def words(language: str) -> str:
    """What is asked where no words of one's own stand."""
    with translation.override(language):
        return _("How was it? One press is enough:")


def resolved(*, conversation: Conversation, member: Membership) -> None:
    """A conversation was resolved: whether somebody will be asked is decided when the time has come. At most three queries."""
    if conversation.visibility != Visibility.PRIVATE or not network_of(conversation.channel.network).surveys:
        return
    setting = SurveySetting.objects.filter(channel_id=conversation.channel_id, is_on=True).first()
    if setting is None:
        return
    facts = {
        "contact_id": conversation.contact_id,
        "channel_id": conversation.channel_id,
        "member": member,
        "due_at": now() + timedelta(minutes=setting.delay_minutes),
    }
    # Resolved again while the first question waits: it is one question, asked later.
    Survey.objects.update_or_create(conversation=conversation, state=SurveyState.WAITING, defaults=facts)


def resolved_many(*, conversations: Iterable[Conversation], member: Membership) -> None:
    """The same for many that were resolved together, each with its channel at hand. At most three statements at any size."""
    private = [row for row in conversations if row.visibility == Visibility.PRIVATE and network_of(row.channel.network).surveys]
    if not private:
        return
    found = SurveySetting.objects.filter(channel_id__in={row.channel_id for row in private}, is_on=True)
    settings = {row.channel_id: row for row in found}
    asked = [row for row in private if row.channel_id in settings]
    moment = now()
    Survey.objects.filter(conversation__in=asked, state=SurveyState.WAITING).delete()
    Survey.objects.bulk_create(
        Survey(
            conversation=row,
            contact_id=row.contact_id,
            channel_id=row.channel_id,
            member=member,
            due_at=moment + timedelta(minutes=settings[row.channel_id].delay_minutes),
        )
        for row in asked
    )


def ask_due() -> int:
    """Ask what is due in the selected workspace. Returns how many were decided."""
    rows = list(
        Survey.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("conversation__channel", "conversation__contact", "conversation__team")
        .filter(state=SurveyState.WAITING, due_at__lte=now())
        .order_by("due_at", "id")[:ASKED]
    )
    for row in rows:
        reason = _why_not(row)
        if reason:
            _settle(row, state=SurveyState.DROPPED, reason=reason)
        else:
            _ask(row)
    return len(rows)


def due_workspaces(*, limit: int = 200) -> list[int]:
    """Workspaces in which somebody should be asked. Asks a named door (docs/doors.md)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT workspace_id FROM inbox_due_surveys(%s)", [limit])
        return [row[0] for row in cursor.fetchall()]


def _settle(row: Survey, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save(update_fields=list(fields))


def _why_not(row: Survey) -> str:
    """Why this question is better not asked; empty where it may be."""
    conversation = row.conversation
    setting = SurveySetting.objects.filter(channel_id=row.channel_id, is_on=True).first()
    if setting is None:
        return "off"
    if conversation.status != "resolved":
        return "reopened"
    if conversation.channel.state in (ChannelState.DISCONNECTED, ChannelState.PAUSED):
        return "channel"
    since = now() - timedelta(days=setting.every_days)
    if Survey.objects.filter(contact_id=row.contact_id, state=SurveyState.SENT, sent_at__gt=since).exists():
        return "asked_lately"
    heard = _heard(conversation)
    if heard is None:
        return "never_wrote"
    if heard.program in UNANSWERED_PROGRAMS:
        return "program"
    window = network_of(conversation.channel.network).limits.reply_window_seconds
    if window is not None and heard.occurred_at < now() - timedelta(seconds=window):
        return "too_late"
    return ""


def _heard(conversation: Conversation) -> Message | None:
    """What came from them last, program or person."""
    theirs = Message.objects.select_related("identity").filter(conversation=conversation, direction=Direction.IN, deleted_at=None)
    return theirs.order_by("-occurred_at", "-id").first()


def _ask(row: Survey) -> None:
    conversation, moment = row.conversation, now()
    heard = _heard(conversation)
    identity = heard.identity if heard else None
    if heard is None or identity is None:
        _settle(row, state=SurveyState.DROPPED, reason="never_wrote")
        return
    setting = SurveySetting.objects.get(channel_id=row.channel_id)
    language = _language(conversation)
    text = f"{setting.texts.get(language) or words(language)}\n{link_of(row)}"
    outgoing = Outgoing(
        kind="direct",
        text=text,
        in_reply_to=heard.external_id or "",
        to=identity.external_id,
        thread_key=conversation.thread_key,
        heard_at=heard.occurred_at.isoformat(),
        automatic=True,
        **letters.dress(conversation, member=None, answered=heard, signed=True),
    )
    try:
        delivery = outbox.queue(
            channel=conversation.channel,
            outgoing=outgoing,
            lane=f"conversation:{conversation.id}",
            idempotency_key=f"survey:{row.id}",
            not_before=moment,
            actor_id=None,
        )
    except RabtaError as error:
        log.info("survey_refused", survey=row.id, error=str(error))
        _settle(row, state=SurveyState.DROPPED, reason="refused")
        return
    message = Message.objects.create(
        conversation=conversation,
        channel_id=conversation.channel_id,
        direction=Direction.OUT,
        visibility=Visibility.PRIVATE,
        body=text,
        lang=script_language(text) or "",
        program=Program.AUTO_REPLY.value,
        parent_external_id=heard.external_id or "",
        occurred_at=moment,
        stored_at=moment,
        delivery_id=delivery.id,
        delivery_state=delivery.state,
        not_before=delivery.not_before,
    )
    Conversation.objects.filter(id=conversation.id).update(
        message_count=conversation.message_count + 1, version=TransactionId()
    )
    _settle(row, state=SurveyState.SENT, sent_at=moment, expires_at=moment + timedelta(days=LINK_DAYS), language=language)
    kind = InteractionKind.MESSAGE_OUT
    add([Happening(conversation.contact_id, kind, message.id, conversation.id, conversation.channel_id, moment, text)])
    record("csat.asked", actor_id=None, subject=f"inbox.Conversation:{conversation.id}", data={"survey": row.id})
    _push(conversation)


def _language(conversation: Conversation) -> str:
    """The customer's, as far as we know it."""
    for code in (conversation.contact.language, conversation.snippet_lang):
        if code[:2] in LANGUAGES:
            return code[:2]
    return "en"


def link_of(row: Survey) -> str:
    """The address of the page at which this one question is answered. Whoever has it may; nobody can make one."""
    token = _signer().sign_object([current_workspace_id(), row.id])
    return f"{settings.BASE_URL}/rate/{token}/"


def behind(token: str) -> tuple[int, int]:
    """Workspace and number of the question that an address is for. Raises NotFound for one we never gave. Asks no row."""
    try:
        workspace_id, survey_id = _signer().unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound(_("Nothing here.")) from error
    return int(workspace_id), int(survey_id)


def _signer() -> signing.Signer:
    # A dot parts what is signed from its signature: a colon would be written anew in addresses.
    return signing.Signer(sep=".", salt=_SALT)


def open_survey(survey_id: int, *, lock: bool = False) -> Survey:
    """The question behind an address, inside its workspace. Raises NotFound, Expired."""
    rows = Survey.objects.select_related("conversation")
    row = (rows.select_for_update(of=("self",)) if lock else rows).filter(id=survey_id, state=SurveyState.SENT).first()
    if row is None:
        raise NotFound(_("Nothing here."))
    if row.expires_at is not None and row.expires_at < now():
        raise Expired(_("The time to answer is over. Thank you all the same."))
    return row


def answer(*, survey_id: int, score: int | None, comment: str | None = None) -> Survey:
    """What the customer says: a score from 1 to 5, a comment, or both; said again it takes the place of what was said before.

    Inside the workspace. Raises NotFound, Expired, Invalid (fields `score`, `comment`).
    """
    row = open_survey(survey_id, lock=True)
    if score is not None and score not in range(1, 6):
        raise Invalid(_("A rating is a number from 1 to 5."), field="score")
    said = row.comment if comment is None else comment.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(said) > MAX_COMMENT:
        raise Invalid(_("At most {limit} characters, please.").format(limit=MAX_COMMENT), field="comment", code="too_long")
    rating = row.score if score is None else score
    if rating is None:
        raise Invalid(_("Choose one of the faces."), field="score", code="required")
    if (rating, said) == (row.score, row.comment):
        return row
    before = row.score
    row.score, row.comment, row.answered_at = rating, said, now()
    _show(row)
    row.save(update_fields=["score", "comment", "answered_at", "message_id"])
    data = {"survey": row.id, "score": rating, "before": before, "channel": row.channel_id, "member": row.member_id}
    record("csat.answered", actor_id=None, subject=f"inbox.Conversation:{row.conversation_id}", data=data)
    _push(row.conversation)
    return row


def _show(row: Survey) -> None:
    """One line in the thread, one on the timeline; an answer that changes, changes them."""
    conversation, moment = row.conversation, row.answered_at or now()
    words = NOTICE + RATED.format(score=row.score) + (f"\n{row.comment}" if row.comment else "")
    stars = "★" * (row.score or 0) + "☆" * (5 - (row.score or 0))
    if row.message_id is not None:
        Message.objects.filter(id=row.message_id).update(body=words, edited_at=moment, version=TransactionId())
        retell_one(InteractionKind.RATING, row.id, f"{stars} {row.comment}")
        return
    message = Message.objects.create(
        conversation=conversation,
        channel_id=row.channel_id,
        direction=Direction.NOTE,
        visibility=Visibility.PRIVATE,
        body=words,
        occurred_at=moment,
        stored_at=moment,
    )
    row.message_id = message.id
    Conversation.objects.filter(id=conversation.id).update(
        message_count=conversation.message_count + 1, version=TransactionId()
    )
    kind, words = InteractionKind.RATING, f"{stars} {row.comment}"
    add([Happening(row.contact_id, kind, row.id, conversation.id, row.channel_id, moment, words)])


def set_up(*, member: Membership, channel_id: int, changes: Mapping[str, Any]) -> SurveySetting:
    """Whether and how a channel asks: `is_on`, `delay_minutes`, `every_days`, `texts` (language → words; empty: ours).

    Raises NotFound, Forbidden, Invalid naming the field.
    """
    require(member, Permission.WORKSPACE_MANAGE)
    channel = Channel.objects.filter(id=channel_id).first()
    if channel is None:
        raise NotFound(_("There is no such channel."))
    network = network_of(channel.network)
    if not network.surveys:
        raise Invalid(_("{network} carries no private messages.").format(network=network.label), field="channel")
    known = SurveySetting.objects.select_for_update(of=("self",)).filter(channel_id=channel_id).first()
    row = known or SurveySetting(channel=channel)
    if "is_on" in changes:
        row.is_on = changes["is_on"]
    for name, most in (("delay_minutes", MAX_DELAY_MINUTES), ("every_days", MAX_DAYS)):
        if name in changes:
            if not 0 <= changes[name] <= most:
                raise Invalid(_("This is a number from 0 to {limit}.").format(limit=most), field=name)
            setattr(row, name, changes[name])
    if "texts" in changes:
        row.texts = _texts(changes["texts"])
    row.save()
    told = {"is_on": row.is_on, "delay_minutes": row.delay_minutes, "every_days": row.every_days}
    record("surveys.set_up", actor_id=member.id, subject=f"social.Channel:{channel_id}", data=told)
    return row


def _texts(given: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for language, text in given.items():
        if language not in LANGUAGES:
            raise Invalid(_("Texts are in English, Urdu, Persian and Arabic."), field="texts")
        words = text.replace("\x00", "").replace("\r\n", "\n").strip()
        if len(words) > MAX_TEXT:
            raise Invalid(_("At most {limit} characters, please.").format(limit=MAX_TEXT), field="texts", code="too_long")
        if words:
            found[language] = words
    return found


def _push(conversation: Conversation) -> None:
    push_changed(group_name(current_workspace_id(), "channel", conversation.channel_id), [conversation.id])
