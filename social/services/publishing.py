"""Writing something new on one or several channels at once. Each channel gets a delivery of its own, so that what fails or is in
doubt on one keeps no other waiting. Sending, doubt and reading back are the outbox's, as for answers.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.policies import Permission, require
from activity.services.log import record
from core.clock import now
from core.errors import Conflict, Invalid
from core.tenancy import tenant
from social import selectors
from social.models import Channel, Delivery, Post, StoredFile
from social.networks import network_of
from social.networks.errors import Text
from social.networks.values import Outgoing
from social.services import chosen_files, outbox

#: Longest text any door takes; each network's own limit is checked besides.
MAX_CHARACTERS = 25_000
MAX_CHANNELS = 50
MAX_KEY = 200
#: How far ahead something may be planned.
LONGEST_WAIT = timedelta(days=365)


def publish(
    *,
    member: Membership,
    channel_ids: Iterable[int],
    body: str,
    media: Iterable[tuple[int, str]] = (),
    send_at: datetime | None = None,
    idempotency_key: str = "",
    undo_seconds: float | None = None,
) -> Post:
    """Publish on these channels, on all of them or, where one cannot take it, on none. Once per idempotency key.

    Without `send_at` (UTC) it leaves as soon as the person can no longer take it back. `media`: numbers of files that this member
    chose, each with what it shows. Runs in the caller's transaction.
    Raises Forbidden; Invalid (field `body`, `media`, `channels` or `send_at`; what each channel refuses stands in `detail`);
    Conflict for a channel that was let go of, and for a key that was used for something else.
    """
    require(member, Permission.POSTS_PUBLISH)
    text = body.replace("\x00", "").replace("\r\n", "\n").strip()
    chosen, wanted, key = list(media), sorted(set(channel_ids)), _key(idempotency_key)
    earlier = _already(key, text, wanted, [number for number, _alt in chosen], send_at)
    if earlier is not None:
        return earlier
    if len(text) > MAX_CHARACTERS:
        words = _("This text has {count} characters; at most {limit} fit.")
        raise Invalid(words.format(count=len(text), limit=MAX_CHARACTERS), field="body", code="too_long")
    channels = _channels(wanted)
    moment = now()
    due = _due(send_at, moment) or moment + timedelta(
        seconds=outbox.undo_seconds_of(member) if undo_seconds is None else undo_seconds
    )
    files = chosen_files.choose(channel=None, member_id=member.id, chosen=chosen)
    outgoing = Outgoing(kind="post", text=text, media=tuple(attachment for _row, attachment in files))
    _refuse(channels, outgoing)
    shown = [chosen_files.shown(row, attachment) for row, attachment in files]
    post = Post(author=member, body=text, media=shown, send_at=send_at, idempotency_key=key, created_at=moment)
    try:
        with transaction.atomic():
            post.save(force_insert=True)
    except IntegrityError as error:
        # The same key at the same moment: whoever asks again is told what the first one made.
        raise _used_key() from error
    for channel in channels:
        outbox.queue(
            channel=channel,
            outgoing=outgoing,
            # Each by itself: what is planned for next week keeps nothing waiting.
            lane=f"post:{post.id}",
            idempotency_key=f"post:{post.id}:{channel.id}",
            not_before=due,
            actor_id=member.id,
            post=post,
        )
    record(
        "posts.published", actor_id=member.id, subject=f"social.Post:{post.id}", data={"channels": [c.id for c in channels]}
    )
    return selectors.get_post(post.id)


def take_back(*, member: Membership, post_id: int) -> Post:
    """Stop a post wherever it has not left yet. Raises NotFound, Forbidden, Conflict where it has left everywhere."""
    require(member, Permission.POSTS_PUBLISH)
    post = selectors.get_post(post_id)
    stopped = 0
    for delivery in post.carried:
        if delivery.state in outbox.RECALLABLE:
            try:
                outbox.take_back(delivery_id=delivery.id, actor_id=member.id)
                stopped += 1
            except Conflict:
                # It left between the look and the lock; the others may still be stopped.
                continue
    if not stopped:
        raise Conflict(_("Too late: this post is already on its way."), field="state")
    return selectors.get_post(post_id)


def require_hand(member: Membership, delivery: Delivery) -> None:
    """Raise Forbidden unless this member may decide about something in the outbox: about a post only who may publish."""
    require(member, Permission.CONVERSATIONS_REPLY if delivery.post_id is None else Permission.POSTS_PUBLISH)


def attach(*, member: Membership, name: str, content: bytes) -> StoredFile:
    """Keep a file for a post. Raises Forbidden, Invalid (field `file`) for what none of the channels takes. Outside of any
    transaction.
    """
    require(member, Permission.POSTS_PUBLISH)
    with tenant(member.workspace_id, step="media.place"):
        networks = [network_of(channel.network) for channel in selectors.publishing_channels()]
    return chosen_files.accept(
        workspace_id=member.workspace_id, channel=None, member_id=member.id, name=name, content=content, networks=networks
    )


def chosen_here(*, member: Membership, file_id: int) -> StoredFile:
    """A file of a post: anybody's who may read posts once it was sent, before that its member's. Raises NotFound."""
    with tenant(member.workspace_id, step="media.place"):
        row = chosen_files.own_file(channel_id=None, file_id=file_id)
    if row.used_at is None and row.member_id != member.id:
        raise chosen_files.no_such_file()
    return row


def _channels(wanted: list[int]) -> list[Channel]:
    if not wanted:
        raise Invalid(_("Choose at least one channel."), field="channels", code="required")
    if len(wanted) > MAX_CHANNELS:
        raise Invalid(_("These are too many channels at once."), field="channels", code="too_many")
    found = [channel for channel in selectors.publishing_channels() if channel.id in wanted]
    if len(found) < len(wanted):
        raise Invalid(_("One of these channels is not there, or takes no posts."), field="channels", code="no_such_channel")
    return found


def _refuse(channels: list[Channel], outgoing: Outgoing) -> None:
    """Raise Invalid naming every channel that does not take it: nobody learns of them one by one."""
    refusals: list[tuple[Channel, str, Text]] = []
    for channel in channels:
        network = network_of(channel.network)
        about_files = network.media_refusal(outgoing)
        reason = about_files or network.refusal(outgoing)
        if reason is not None:
            refusals.append((channel, "media" if about_files else "body", reason))
    if refusals:
        detail = {"refusals": [{"channel": channel.id, "message": str(reason)} for channel, _field, reason in refusals]}
        sentences = dict.fromkeys(str(reason) for _channel, _field, reason in refusals)
        raise Invalid(" ".join(sentences), field=refusals[0][1], detail=detail)


def _due(send_at: datetime | None, moment: datetime) -> datetime | None:
    if send_at is None:
        return None
    if send_at <= moment:
        raise Invalid(_("This time is over. Choose a later one."), field="send_at", code="past")
    if send_at > moment + LONGEST_WAIT:
        raise Invalid(_("Nothing can be planned for more than a year ahead."), field="send_at", code="too_far")
    return send_at


def _key(given: str) -> str | None:
    if len(given) > MAX_KEY:
        raise Invalid(
            _("A key has at most {limit} characters.").format(limit=MAX_KEY), field="idempotency_key", code="too_long"
        )
    if "\x00" in given:
        raise Invalid(_("A key is made of ordinary characters."), field="idempotency_key")
    return given or None


def _already(key: str | None, text: str, channels: list[int], files: list[int], send_at: datetime | None) -> Post | None:
    """The post that this key made earlier. Raises Conflict where it was for something else."""
    earlier = Post.objects.filter(idempotency_key=key).first() if key else None
    if earlier is None:
        return None
    post = selectors.get_post(earlier.id)
    was = post.body, sorted(row.channel_id for row in post.carried), [entry.get("file") for entry in post.media], post.send_at
    if was != (text, channels, files, send_at):
        raise _used_key()
    return post


def _used_key() -> Conflict:
    return Conflict(_("This key was already used for another message."), field="idempotency_key", code="key_reused")
