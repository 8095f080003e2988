"""Sending through X, and finding out afterwards what became of it."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import tweepy
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from social.networks._shapes import mapping, mappings, string
from social.networks._wire import Unanswered
from social.networks._x_files import fits
from social.networks._x_names import EVENT_FIELDS, POST_FIELDS, POST_WORDS, pick
from social.networks._x_read import direct_id, is_id, moment_of, references
from social.networks._x_text import no_words, same_words
from social.networks._x_wire import Answer, Line, ask, ask_list, unreadable
from social.networks.errors import DUPLICATE, NetworkError, OutcomeUnknown, Rejected, TryLater, Unauthorized
from social.networks.reactions import LIKE, QUOTE, REPOST, Reaction
from social.networks.values import Access, Found, Outgoing, Receipt, Recheck

UNSENT_SECONDS = 5.0
READ_BACK_PAGES = 5
READ_BACK_ROWS = 100

#: X's documented refusals: what its words contain (small letters), our code, and what to tell people.
REFUSALS: tuple[tuple[str, str, Promise], ...] = (
    (
        "have not been mentioned or otherwise engaged",
        "not_mentioned",
        gettext_lazy(
            "X lets accounts answer by its API only where the author mentioned or quoted them, "
            "and this author did not. Answer on X itself."
        ),
    ),
    (
        "deleted or not visible",
        "parent_gone",
        gettext_lazy("The post you answer was deleted, or its author hides it from this account."),
    ),
    (
        "restricted who can reply",
        "replies_restricted",
        gettext_lazy("The author restricted who may answer this post."),
    ),
    (
        "account is suspended",
        "account_suspended",
        gettext_lazy("X has suspended this account. Its owner must settle that with X."),
    ),
    (
        "account is temporarily locked",
        "account_locked",
        gettext_lazy("X has locked this account for a while. Sign in on X to unlock it."),
    ),
    (
        "cannot send messages to this user",
        "messages_closed",
        gettext_lazy("This person does not take direct messages from this account."),
    ),
    (
        "permission to dm",
        "messages_closed",
        gettext_lazy("This person does not take direct messages from this account."),
    ),
    (
        "needs to be a bit shorter",
        "too_long",
        gettext_lazy("X finds the text too long."),
    ),
    (
        "not permitted to perform this action",
        "not_permitted",
        gettext_lazy("X does not permit this account to do that."),
    ),
)


def send_once(line: Line, outgoing: Outgoing, *, permalink: str) -> Receipt:
    """Post once. `permalink` is a public post's address without its id. Raises Rejected, TryLater, Unauthorized,
    OutcomeUnknown as `Network.send` says.
    """
    try:
        answer = line.ask(_question(outgoing))
    except Unanswered as error:
        trouble = error.as_trouble("X")
        if error.unsent:
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        raise OutcomeUnknown(trouble.reason, code="unanswered") from error
    if answer.good:
        data = mapping(mapping(answer.body).get("data"))
        direct = outgoing.kind == "direct"
        identifier = string(data.get("dm_event_id" if direct else "id"))
        if is_id(identifier):
            quota = answer.quota()
            return Receipt(
                external_id=direct_id(identifier) if direct else identifier,
                url="" if direct else permalink + identifier,
                quota={outgoing.kind: quota} if quota else {},
            )
    raise unsent(answer)


def _question(outgoing: Outgoing) -> Callable[[tweepy.Client], Any]:
    if outgoing.kind == "direct":
        place = {"participant_id": outgoing.to} if outgoing.to else {"dm_conversation_id": outgoing.thread_key}
        file = outgoing.media[0].handle if outgoing.media else None
        return lambda client: client.create_direct_message(text=outgoing.text or None, media_id=file, user_auth=False, **place)
    return lambda client: client.create_tweet(
        text=outgoing.text or None,
        media_ids=[file.handle for file in outgoing.media] or None,
        in_reply_to_tweet_id=outgoing.in_reply_to or None,
        user_auth=False,
    )


def unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means. Only words X documents count as a refusal; all else may have been
    accepted.
    """
    if answer.status == 401:
        return Unauthorized(_("X no longer accepts the sign-in of this account."), code="unauthorized")
    if answer.status in (400, 403) and answer.body is not None:
        said = f"{answer.words} {string(answer.body.get('detail'))}".lower()
        if "duplicate content" in said:
            return OutcomeUnknown(_("X says it already has this text from this account."), code=DUPLICATE)
        for words, code, reason in REFUSALS:
            if words in said:
                return Rejected(reason, code=code)
        if answer.status == 400 and answer.problem == "invalid-request":
            return Rejected(_("X refused it: {words}").format(words=answer.words), code="invalid_request")
    if answer.status == 404 and any(_not_found(error) for error in mappings(mapping(answer.body).get("errors"))):
        return Rejected(_("X cannot find whom or what this goes to; it may have been deleted."), code="target_gone")
    if answer.status in (402, 429):
        trouble = unreadable(answer)
        hold = trouble.seconds if isinstance(trouble, TryLater) else 0.0
        return OutcomeUnknown(trouble.reason, code=trouble.code, hold_seconds=hold)
    if answer.status == 403:
        words = answer.words or _("without saying why")
        return OutcomeUnknown(_("X answered “forbidden”: {words}").format(words=words), code="forbidden")
    return OutcomeUnknown(_("X gave no clear answer (status {status}).").format(status=answer.status), code=f"http_{answer.status}")


def _not_found(error: Mapping[str, Any]) -> bool:
    return string(error.get("type")).endswith("/resource-not-found")


# --- reading back ---------------------------------------------------------------------------------------------------
def find(line: Line, access: Access, outgoing: Outgoing, since: datetime) -> Found:
    """Our own items since `since` that say what `outgoing` says, oldest first. `complete` only when the whole range
    was read.

    Raises Unauthorized, TryLater, Rejected.
    """
    direct = outgoing.kind == "direct"
    receipts: dict[str, Receipt] = {}
    token, whole, until = "", True, time.monotonic() + settings.CALL_SECONDS / 2
    for _page in range(READ_BACK_PAGES):
        answer = _messages(line, outgoing, token) if direct else _posts(line, access, since, token)
        if not answer.good:
            raise unreadable(answer)
        rows = answer.rows() or []
        # Fewer than X says there are: one of those held back may be ours.
        whole = whole and len(rows) >= answer.stated_rows()
        reached = False
        for row in rows:
            when = moment_of(mapping(row).get("created_at"))
            identifier = string(mapping(row).get("id"))
            if when is None or not is_id(identifier):
                # Something unreadable stands in the range: it may be ours.
                whole = False
            elif when < since:
                reached = direct
            elif _matches(row, outgoing, access.external_id):
                carries = fits(row, outgoing)
                name = direct_id(identifier) if direct else identifier
                if carries:
                    receipts[identifier] = Receipt(external_id=name, occurred_at=when)
                # The same words at the same place, and nothing said of files that were sent: nobody can tell.
                whole = whole and carries is not None
        if reached or not answer.next_token:
            return Found(receipts=_in_order(receipts), complete=whole)
        if answer.next_token == token or time.monotonic() > until:
            break
        token = answer.next_token
    return Found(receipts=_in_order(receipts), complete=False)


def _in_order(receipts: Mapping[str, Receipt]) -> tuple[Receipt, ...]:
    return tuple(receipts[identifier] for identifier in sorted(receipts, key=int))


def _posts(line: Line, access: Access, since: datetime, token: str) -> Answer:
    return ask_list(
        line,
        lambda client: client.get_users_tweets(
            access.external_id,
            user_auth=False,
            max_results=READ_BACK_ROWS,
            # Whole seconds, rounded down: X counts the second itself in.
            start_time=since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            pagination_token=token or None,
            tweet_fields=POST_FIELDS,
        ),
    )


def _messages(line: Line, outgoing: Outgoing, token: str) -> Answer:
    place = {"participant_id": outgoing.to} if outgoing.to else {"dm_conversation_id": outgoing.thread_key}
    return ask_list(
        line,
        lambda client: client.get_direct_message_events(
            user_auth=False,
            event_types="MessageCreate",
            max_results=READ_BACK_ROWS,
            pagination_token=token or None,
            dm_event_fields=EVENT_FIELDS,
            **place,
        ),
    )


def _matches(row: Mapping[str, Any], outgoing: Outgoing, account_id: str) -> bool:
    if not outgoing.text and outgoing.kind != "direct":
        return _below(row) == outgoing.in_reply_to and no_words(string(row.get("text")), row.get("entities"))
    if outgoing.kind == "direct":
        entities = row.get("entities") or {"urls": row.get("urls")}
        mine = string(row.get("sender_id")) == account_id
        return mine and same_words(ours=outgoing.text, theirs=string(row.get("text")), entities=entities, reply=False)
    parent = _below(row)
    if parent != outgoing.in_reply_to:
        return False
    long_text = mapping(pick(row, "long_text"))
    whole = long_text if isinstance(long_text.get("text"), str) else row
    return same_words(ours=outgoing.text, theirs=string(whole.get("text")), entities=whole.get("entities"), reply=bool(parent))


def _below(row: Mapping[str, Any]) -> str:
    """The post that a post answers; empty for one that answers none."""
    return next((string(entry.get("id")) for entry in references(row) if entry.get("type") == "replied_to"), "")


# --- still there? ---------------------------------------------------------------------------------------------------
def recheck_posts(line: Line, external_ids: list[str]) -> Recheck:
    """Which posts X still shows and which it says it cannot find; direct messages are not asked about. Hidden ones
    (protected, suspended) are in neither set.
    """
    asked = [identifier for identifier in external_ids if is_id(identifier)]
    if not asked:
        return Recheck(present=frozenset(), gone=frozenset())
    answer = ask(line, lambda client: client.get_tweets(asked, user_auth=False, tweet_fields=["id", "public_metrics"]))
    body = mapping(answer.body)
    present = {string(row.get("id")) for row in mappings(body.get("data"))}
    gone = {
        string(error.get("resource_id")) or string(error.get("value"))
        for error in mappings(body.get("errors"))
        if _not_found(error) and string(error.get("resource_type")) in POST_WORDS
    }
    known = frozenset(asked)
    quota = answer.quota()
    signs = tuple(_counted(row) for row in mappings(body.get("data")) if row.get("id") in known)
    left = {"posts": quota} if quota else {}
    return Recheck(present=known & present, gone=(known & gone) - present, quota=left, reactions=signs)


def _counted(post: Mapping[str, Any]) -> Reaction:
    """How many liked it, passed it on and quoted it (docs.x.com/x-api/fundamentals/metrics, read 2026-11)."""
    history, metrics = post.get("edit_history_tweet_ids"), mapping(post.get("public_metrics"))
    root = string(history[0]) if isinstance(history, list) and history else string(post.get("id"))
    counts = {LIKE: metrics.get("like_count"), REPOST: metrics.get("retweet_count"), QUOTE: metrics.get("quote_count")}
    signs = {sign: count for sign, count in counts.items() if isinstance(count, int) and count > 0}
    return Reaction(root, signs, at=now().isoformat())
