"""Two workspaces full of rows, the people who may and who may not, and one value that says whether anything changed."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat
from django.test import Client

from accounts.models import Membership, Workspace
from accounts.policies import Role
from accounts.services.invitations import invite
from accounts.services.teams import add_to_team
from accounts.services.tokens import create_token
from core.clock import now
from core.tenancy import TenantModel, tenant
from inbox.models import Message, Scope, Survey, Ticket, Upload
from inbox.selectors.bulk import Choice
from inbox.services import (
    approval_rule,
    approvals,
    bulk,
    drafts,
    filling,
    planned,
    saved_replies,
    saved_reply_attachments,
    side_threads,
    surveys,
    tickets,
)
from inbox.services.saved_views import keep_view, open_with
from inbox.services.tagging import change_tags
from notifications.models import Notification
from notifications.services.notifying import Notice, notify
from notifications.services.preferences import choose
from search.services.indexing import index
from social.models import BackfillRun, Channel, DeedRow, Delivery, ReadCount, StoredFile
from social.networks.brought import Cost
from social.services import chat_widgets, chatting, files, publishing, spending, streams
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import Cast, make_cast, make_member, make_user, membership_in, signed_in
from tests.inbox.factories import Desk, make_desk
from tests.inbox.mails import make_mailbox, write
from tests.pictures import picture

#: Stands in every text of Meridian and nowhere else: where an outsider sees it, a wall is open.
SECRET_WORD = "qamar-meridian-parcel"
OWN_WORD = "elsewhere-parcel"


@dataclass
class World:
    """Meridian with rows of every kind, Elsewhere likewise, and a browser for everybody."""

    cast: Cast
    desk: Desk
    own: Desk
    #: What an address can name in Meridian and in Elsewhere: URL argument → id.
    ids: dict[str, int]
    own_ids: dict[str, int]
    token: str
    own_token: str
    practice: Any = None
    _browsers: dict[str, Client] = field(default_factory=dict)

    @property
    def workspaces(self) -> list[Workspace]:
        return [self.cast.meridian, self.cast.zarrin, self.cast.outside]

    def browser(self, who: str) -> Client:
        """The browser of a role of Meridian, of `outsider`, or of nobody (`stranger`)."""
        if who not in self._browsers:
            if who == "stranger":
                self._browsers[who] = Client(raise_request_exception=False)
            else:
                user = self.cast.outsider if who == "outsider" else self.cast.user(who)
                self._browsers[who] = signed_in(user, raise_request_exception=False)
        return self._browsers[who]

    def state(self) -> str:
        """Changes when any row of any tenant table changes."""
        return "".join(fingerprint(workspace.pk) for workspace in self.workspaces)


def make_world() -> World:
    """Everything, committed or not as the test's transaction is."""
    cast = make_cast()
    owner = cast.member(Role.OWNER)
    guest = make_member(cast.meridian, make_user("guest@people.example"), Role.VIEWER)
    gone = make_member(cast.meridian, make_user("gone@people.example"), Role.VIEWER, is_active=False)
    second = make_member(cast.meridian, make_user("second@people.example"), Role.OWNER)
    invitation, _link = invite(by=owner, email="invited@people.example", role=Role.VIEWER)
    token, secret = create_token(by=owner, name=f"Nightly {SECRET_WORD}")
    seated = cast.member(Role.AGENT)
    add_to_team(by=owner, team_id=cast.team.pk, membership_id=seated.pk)
    outsider = membership_in(cast.outside, cast.outsider)
    own_token, own_secret = create_token(by=outsider, name="Nightly")
    desk = make_desk(cast.meridian, owner, word=SECRET_WORD)
    own = make_desk(cast.outside, outsider, word=OWN_WORD)
    for each in (desk, own):
        _deed(each)
        _findable(each)
        with tenant(each.workspace.pk):
            drafts.keep(
                member=each.member, conversation_id=each.conversation.pk, kind="reply", body=f"Half of {each.incoming.body}"
            )
    return World(
        cast=cast,
        desk=desk,
        own=own,
        ids=_ids(desk)
        | {
            "membership_id": guest.pk,
            "gone": gone.pk,
            "second_owner": second.pk,
            "seated": seated.pk,
            "invitation_id": invitation.pk,
            "token_id": token.pk,
            "team_id": cast.team.pk,
            "chat": _chat(cast.meridian),
        }
        | _letter(cast.meridian),
        own_ids=_ids(own)
        | {"membership_id": outsider.pk, "token_id": own_token.pk, "team_id": _team(cast.outside), "chat": _chat(cast.outside)}
        | _letter(cast.outside),
        token=secret,
        own_token=own_secret,
    )


def _findable(desk: Desk) -> None:
    """What was said can be found; one message has changed since."""
    index(workspace_id=desk.workspace.pk)
    with tenant(desk.workspace.pk):
        Message.objects.filter(id=desk.incoming.pk).update(body=Concat("body", Value(" again")))


def _chat(workspace: Workspace) -> int:
    """A chat widget, shown somewhere, in which a word was said."""
    channel = connect_with_tokens(network="webchat", values={"name": "Desk"}, workspace_id=workspace.pk, actor_id=None)
    with tenant(workspace.pk):
        chat_widgets.change(channel_id=channel.pk, values={"origins": ["https://shop.example"]}, actor_id=None)
        chatting.hand_over(channel_id=channel.pk, person="42", key="out-1-1", text="Hello.")
    return channel.pk


def _letter(workspace: Workspace) -> dict[str, int]:
    """A mailbox, and a formatted mail in it."""
    mailbox = make_mailbox(workspace)
    write(mailbox, 1, "<p>Where is <b>it</b>?</p>", content_type="text/html")
    with tenant(workspace.pk):
        return {"mailbox": mailbox.pk, "letter": Message.objects.get(channel_id=mailbox.pk).pk}


def _team(workspace: Workspace) -> int:
    from accounts.models import Team

    with tenant(workspace.pk):
        return Team.objects.get().pk


def _ids(desk: Desk) -> dict[str, int]:
    _spent(desk)
    with tenant(desk.workspace.pk):
        deliveries = {name: getattr(desk, name).delivery_id for name in ("queued", "failed", "doubtful")}
    return {
        "channel_id": desk.channel.pk,
        "conversation_id": desk.conversation.pk,
        "private": desk.private.pk,
        "contact_id": desk.contact.pk,
        "message_id": desk.incoming.pk,
        "queued": desk.queued.pk,
        "failed": desk.failed.pk,
        "doubtful": desk.doubtful.pk,
        "item_id": desk.aside.pk,
        "delivery_id": deliveries["failed"],
        "doubtful_delivery": deliveries["doubtful"],
        "run_id": _run(desk).pk,
        "hooked": _hooked(desk).pk,
        "number": 0,
        "planned_id": _planned(desk),
        **_asked(desk),
        "file_id": _picture(desk),
        **_posts(desk),
        **_kept(desk),
        "stream_id": _stream(desk),
        **_saved_reply(desk),
        "upload_id": _upload(desk),
        "side_thread_id": _side_thread(desk),
        "ticket_id": _ticket(desk),
        "form_id": _form(desk),
        "notification": _told(desk),
        "bulk_id": _bulk(desk),
    }


def _asked(desk: Desk) -> dict[str, int]:
    """A rule, and a colleague's answer that waits for approval."""
    with tenant(desk.workspace.pk):
        approval_rule.set_rule(member=desk.member, roles=["viewer"], channel_ids=[])
        colleague = Membership.objects.exclude(pk=desk.member.pk).filter(role__in=["agent", "owner"], is_active=True).first()
        words = {"conversation_id": desk.conversation.pk, "body": f"May I? {desk.incoming.body}"}
        return {"request_id": approvals.ask(member=colleague or desk.member, **words).pk}


def _side_thread(desk: Desk) -> int:
    """Somebody outside who was asked about a message."""
    with tenant(desk.workspace.pk):
        side, _token = side_threads.open_side_thread(
            member=desk.member, conversation_id=desk.conversation.pk, guest_name="Expert", days=7, shows="selected",
            question=f"What of {desk.incoming.body}?", message_ids=[desk.incoming.pk],
        )  # fmt: skip
    return side.pk


def _planned(desk: Desk) -> int:
    """A reply that waits for tomorrow."""
    with tenant(desk.workspace.pk):
        words = f"Tomorrow: {desk.incoming.body}"
        due = now() + timedelta(days=1)
        return planned.plan(member=desk.member, conversation_id=desk.private.pk, body=words, send_at=due).pk


def _upload(desk: Desk) -> int:
    """A file that has become a chosen one."""
    with tenant(desk.workspace.pk):
        file = StoredFile.objects.filter(channel=desk.channel, source=None).earliest("id")
        facts = {"conversation": desk.conversation, "member": desk.member, "name": desk.incoming.body, "created_at": now()}
        return Upload.objects.create(size=5, received=5, file_id=file.pk, **facts).pk


def _saved_reply(desk: Desk) -> dict[str, int]:
    """Words kept for everybody, and a picture that goes along."""
    with tenant(desk.workspace.pk):
        values = {"title": desk.incoming.body, "body": f"About {desk.incoming.body}", "scope": "workspace"}
        row = saved_replies.keep(member=desk.member, values=values)
    saved_reply_attachments.attach(member=desk.member, reply_id=row.pk, name="parcel.png", content=picture())
    with tenant(desk.workspace.pk):
        return {"reply_id": row.pk, "attached_id": row.files.get().pk}


def _ticket(desk: Desk) -> int:
    """Work for somebody, with a step."""
    with tenant(desk.workspace.pk):
        words = f"Look for it: {desk.incoming.body}"
        (row,) = tickets.open_tickets(member=desk.member, conversation_id=desk.conversation.pk, title=words)
        Ticket.objects.filter(pk=row.pk).update(checklist=[{"id": "first", "text": words, "done": False}])
    return row.pk


def _form(desk: Desk) -> int:
    """What is asked before resolving, filled in for both conversations; and a customer who was asked how it was, and said so."""
    words, member = desk.incoming.body, desk.member
    with tenant(desk.workspace.pk):
        asks = [{"label": "About", "kind": "text", "required": True, "key": "about"}]
        form = filling.save_form(member=member, name=words[:80], subject="conversation", fields=asks)
        filled = filling.Filled(form.pk, {"about": words})
        for conversation in (desk.conversation, desk.private):
            filling.see_filled(member=member, subject=conversation, filled=filled)
        surveys.set_up(member=member, channel_id=desk.channel.pk, changes={"is_on": True, "delay_minutes": 0})
        surveys.resolved(conversation=desk.private, member=member)
        moment = {"state": "sent", "sent_at": now(), "expires_at": now() + timedelta(days=30)}
        Survey.objects.update(**moment)
        surveys.answer(survey_id=Survey.objects.get().pk, score=4, comment=words)
    return form.pk


def _told(desk: Desk) -> int:
    """Something unread of this member's, and choices of their own."""
    with tenant(desk.workspace.pk):
        path, words = f"inbox/{desk.conversation.pk}/", {"name": desk.incoming.body}
        notify([Notice("assigned", f"inbox.Conversation:{desk.conversation.pk}", (desk.member.pk,), path, words)])
        choose(member=desk.member, choices={"followed": {"mail": "daily"}}, rhythm={"daily_at": 480})
        return Notification.objects.filter(member_id=desk.member.pk, kind="assigned").latest("id").pk


def _bulk(desk: Desk) -> int:
    """Something that was done to several conversations."""
    with tenant(desk.workspace.pk):
        choice = Choice.of([desk.private.pk])
        return bulk.start(member=desk.member, action="priority", given={"priority": 2}, choice=choice).pk


def _stream(desk: Desk) -> int:
    """A search of the channel, and what it has read."""
    with tenant(desk.workspace.pk):
        row = streams.add(channel_id=desk.channel.pk, words=f'"{desk.contact.name}"', actor_id=None)
        ReadCount.objects.create(channel=desk.channel, feed=f"search:{row.pk}", day=now().date(), items=7)
    return row.pk


def _posts(desk: Desk) -> dict[str, int]:
    """A post that has not left, with a picture, and one that failed."""
    words, member = desk.incoming.body, desk.member
    file = publishing.attach(member=member, name="new.png", content=picture())
    common: dict[str, Any] = {"member": member, "channel_ids": [desk.channel.pk], "undo_seconds": 3600}
    with tenant(desk.workspace.pk):
        waiting = publishing.publish(body=f"New: {words}", media=[(file.pk, words)], **common)
        failed = publishing.publish(body=f"Failed: {words}", **common)
        (carried,) = failed.carried
        Delivery.objects.filter(pk=carried.pk).update(state="failed", error=words)
    return {"post_id": waiting.pk, "post_file": file.pk, "failed_post": failed.pk, "failed_carried": carried.pk}


def _kept(desk: Desk) -> dict[str, int]:
    """Two tags on a conversation, and a list that everybody sees and the owner's inbox opens with."""
    words, member = desk.incoming.body, desk.member
    with tenant(desk.workspace.pk):
        row = change_tags(member=member, conversation_id=desk.conversation.pk, names=[words[:40], "Second"])
        ids = {tag["name"]: tag["id"] for tag in row.tags}
        views = [
            keep_view(member=member, name=f"{words[:50]} {n}", parameters={"view": "open"}, scope=Scope.WORKSPACE) for n in (1, 2)
        ]
        open_with(member=member, view_id=views[0].pk)
    return {"tag_id": ids.pop(words[:40].strip()), "other_tag": ids["Second"], "view_id": views[1].pk}


def _deed(desk: Desk) -> None:
    """Something that could not be done to a message."""
    with tenant(desk.workspace.pk):
        DeedRow.objects.create(
            channel=desk.channel, external_id="1", family="hide", kind="hide", deed={}, state="failed", not_before=now(),
            created_at=now(),
        )  # fmt: skip


def _picture(desk: Desk) -> int:
    """A picture of our own keeping on the customer's message. Returns its id."""
    kept = files.keep(picture(), workspace_id=desk.workspace.pk)
    with tenant(desk.workspace.pk):
        facts = {"state": "kept", "kind": kept.kind, "mime": kept.mime, "size": kept.size, "key": kept.key, "created_at": now()}
        facts |= {"large_key": kept.large_key, "large_size": kept.large_size}
        row = StoredFile.objects.create(channel=desk.channel, name="parcel.png", **facts)
        Message.objects.filter(pk=desk.incoming.pk).update(media=[{"kind": "image", "file": row.pk, "name": "parcel.png"}])
        number: int = row.pk
    return number


def _spent(desk: Desk) -> None:
    """What a message cost."""
    with tenant(desk.workspace.pk), connection.cursor() as cursor:
        cost = Cost("1", Decimal("0.0075"), "USD", now())
        spending.charge(cursor, workspace_id=desk.workspace.pk, channel_id=desk.channel.pk, costs=[cost])


def _run(desk: Desk) -> BackfillRun:
    """A reading back of the channel that was stopped."""
    with tenant(desk.workspace.pk):
        facts = {"since": now() - timedelta(days=30), "state": "stopped", "due_at": now(), "started_at": now(), "ended_at": now()}
        return BackfillRun.objects.create(channel=desk.channel, **facts)


def _hooked(desk: Desk) -> Channel:
    """A channel whose network calls us."""
    facts = {"network": "custom", "name": "Shop", "state": "disconnected", "created_at": now()}
    with tenant(desk.workspace.pk):
        key = f"{desk.channel.pk:022d}"
        return Channel.objects.create(external_id=f"shop-{desk.channel.pk}", hook_key=key, **facts)


@cache
def tenant_models() -> tuple[type[TenantModel], ...]:
    """Every model that belongs to a workspace."""
    return tuple(model for model in apps.get_models() if issubclass(model, TenantModel))


def fingerprint(workspace_id: int) -> str:
    """One value for all rows of a workspace, but for when a token was last used."""
    tables = [model._meta.db_table for model in tenant_models()]
    parts = [
        f"(SELECT md5(coalesce(string_agg((to_jsonb(t) - 'last_used_at')::text, '' ORDER BY id), '')) FROM {t} t)" for t in tables
    ]
    parts.append("(SELECT md5(coalesce(string_agg(t::text, '' ORDER BY id), '')) FROM accounts_workspace t)")
    with tenant(workspace_id), connection.cursor() as cursor:
        cursor.execute("SELECT " + " || ".join(parts))
        value: str = cursor.fetchone()[0]
    return value


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Run in a savepoint that is rolled back. Calls to a network see the same depth of transactions as before."""
    depth = getattr(connection, "rabta_test_depth", 0)
    with transaction.atomic():
        connection.rabta_test_depth = len(connection.savepoint_ids) + 1  # type: ignore[attr-defined]
        yield
        transaction.set_rollback(True)
    connection.rabta_test_depth = depth  # type: ignore[attr-defined]
