"""Sending through Reddit, and finding out afterwards what became of it.

Reddit refuses with status 200 and a list `json.errors` of [code, words, field] (www.reddit.com/dev/api#POST_api_comment and
github.com/reddit-archive/reddit, r2/lib/errors.py, read 2026-11). A refusal in such a list is proof that nothing was taken.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import now
from social.networks._reddit_pages import PAGE_ROWS, info
from social.networks._reddit_read import MESSAGE, base_id, is_gone, is_thing
from social.networks._reddit_wire import NAME, Answer, Line, lacks_scope, listing, moment_of, signed_out
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._wire import LIMITED_SECONDS, Unanswered, pause
from social.networks.errors import NetworkError, OutcomeUnknown, Rejected, Text, TryLater
from social.networks.reactions import Reaction
from social.networks.values import Access, Found, Outgoing, Receipt, Recheck

UNSENT_SECONDS = 5.0
READ_BACK_PAGES = 5
UPVOTE = "⬆"
_GONE: Text = gettext_lazy("{network} no longer has what you answer, or this account may not see it.")
_NOT_HERE: Text = gettext_lazy("This account may not write in that subreddit: it was banned there, or is too new.")
#: What the codes of `json.errors` mean.
REFUSALS: dict[str, Text] = {
    "THREAD_LOCKED": gettext_lazy("Moderators have locked this thread: nobody can comment there any more."),
    "TOO_OLD": gettext_lazy("This thread is archived: {network} takes no more comments there."),
    "DELETED_COMMENT": _GONE,
    "DELETED_LINK": _GONE,
    "NO_THING_ID": _GONE,
    "COMMENT_UNREPLIABLE": _GONE,
    "USER_BLOCKED": gettext_lazy("This person or this account has blocked the other one."),
    "USER_BLOCKED_MESSAGE": gettext_lazy("This person or this account has blocked the other one."),
    "SOMETHING_IS_BLOCKED": gettext_lazy("This person or this account has blocked the other one."),
    "NOT_WHITELISTED_BY_USER_MESSAGE": gettext_lazy("This person takes private messages from chosen people only."),
    "USER_DOESNT_EXIST": gettext_lazy("This person is no longer on {network}."),
    "BANNED_FROM_SUBREDDIT": _NOT_HERE,
    "SUBREDDIT_NOTALLOWED": _NOT_HERE,
    "SUBREDDIT_NOEXIST": _NOT_HERE,
    "USER_MUTED": gettext_lazy("The moderators take no messages from this account for a while."),
    "SUBREDDIT_OUTBOUND_LINKING_DISALLOWED": gettext_lazy("That subreddit takes no links to other sites."),
    "DOMAIN_BANNED": gettext_lazy("{network} takes no links to that site."),
    "TOO_LONG": gettext_lazy("{network} finds the text too long."),
    "NO_TEXT": gettext_lazy("There is nothing to send."),
}
#: Refusals whose words, the subreddit's own, say more than we could.
IN_ITS_WORDS = frozenset({"COMMENT_GUIDANCE_VALIDATION_FAILED", "BAD_CONTENT", "BAD_CAPTCHA", "INVALID_OPTION", "CONTRIBUTOR_ONLY"})
PAUSES = frozenset({"RATELIMIT", "QUOTA_FILLED"})
_PAUSE = re.compile(r"(\d{1,4})\s+(millisecond|second|minute|hour)")
_UNITS = {"millisecond": 0.001, "second": 1.0, "minute": 60.0, "hour": 3600.0}


def target_of(outgoing: Outgoing) -> str:
    """What an answer stands below: a comment or post in public, a message in private; empty when there is nothing."""
    private = outgoing.kind == "direct"
    for candidate in (outgoing.in_reply_to, outgoing.thread_key if private else ""):
        name = base_id(candidate)
        if is_thing(name) and name.startswith(f"{MESSAGE}_") == private:
            return name
    return ""


def send_once(line: Line, outgoing: Outgoing, *, site: str) -> Receipt:
    """Post once. Raises Rejected, TryLater, Unauthorized, OutcomeUnknown as `Network.send` says."""
    data = {"thing_id": target_of(outgoing), "text": outgoing.text}
    try:
        answer = line.ask(lambda reddit: reddit.post("api/comment/", data=data))
    except Unanswered as error:
        trouble = error.as_trouble(NAME)
        if error.unsent:
            raise TryLater(trouble.reason, seconds=UNSENT_SECONDS, code=trouble.code) from error
        raise OutcomeUnknown(trouble.reason, code="unanswered") from error
    envelope = mapping(mapping(answer.body).get("json"))
    things = mappings(mapping(envelope.get("data")).get("things")) if answer.good and not envelope.get("errors") else []
    made = mapping(things[0].get("data")) if things else {}
    name = made.get("name") or made.get("id")
    if not is_thing(name):
        raise unsent(answer)
    path = string(made.get("permalink"))
    return Receipt(
        external_id=str(name),
        url=f"{site}{path}"[:1000] if path.startswith("/") else "",
        occurred_at=moment_of(made.get("created_utc")),
        quota=answer.quotas(),
    )


def unsent(answer: Answer) -> NetworkError:
    """What an answer without a receipt means: a documented refusal, a pause, or doubt."""
    if answer.status == 401:
        return signed_out()
    if answer.status == 429:
        reason = _("{network} allows no more questions just now.").format(network=NAME)
        return OutcomeUnknown(reason, code="rate_limited", hold_seconds=answer.wait_seconds())
    if lacks_scope(answer):
        return Rejected(_("This sign-in does not cover it. Connect the account again and allow everything."), code="scope")
    body = mapping(answer.body)
    if answer.status == 403 and body.get("error") == 403 and string(body.get("message")) == "Forbidden":
        # How praw's own documents (ReplyableMixin.reply, 8.0) describe locked threads and messages that take no answer.
        words = _("{network} does not let this account answer here: the thread may be locked, or the subreddit closed to it.")
        return Rejected(words.format(network=NAME), code="forbidden")
    if answer.status == 200:
        refused = _refused(mapping(body.get("json")))
        if refused is not None:
            return refused
    reason = _("{network} gave no clear answer (status {status}).").format(network=NAME, status=answer.status)
    return OutcomeUnknown(reason, code=f"http_{answer.status}")


def _refused(envelope: Mapping[str, Any]) -> NetworkError | None:
    """The first refusal of the list that is known; None when none is."""
    errors = envelope.get("errors")
    for entry in errors if isinstance(errors, list) else []:
        if not isinstance(entry, list) or not entry or not isinstance(entry[0], str):
            continue
        code, words = entry[0], clean(string(entry[1]))[:300] if len(entry) > 1 else ""
        if code == "USER_REQUIRED":
            return signed_out()
        if code in PAUSES:
            # Refused, so nothing was taken: as safe to send again as if it had never left.
            reason = _("{network} lets this account write again only after a while: {words}").format(network=NAME, words=words)
            return TryLater(reason, seconds=_pause(envelope, words), code="rate_limited")
        if code in REFUSALS:
            return Rejected(str(REFUSALS[code]).format(network=NAME), code=code.lower())
        if code in IN_ITS_WORDS:
            return Rejected(_("{network} refused it: {words}").format(network=NAME, words=words or code), code=code.lower())
    return None


def _pause(envelope: Mapping[str, Any], words: str) -> float:
    """How long a RATELIMIT says to wait: as seconds beside it, or in words (“try again in 9 minutes”), rounded down there."""
    stated = envelope.get("ratelimit")
    if isinstance(stated, int | float) and not isinstance(stated, bool):
        return pause(float(stated))
    found = _PAUSE.search(words)
    return pause((int(found[1]) + 1) * _UNITS[found[2]]) if found else LIMITED_SECONDS


# --- reading back ---------------------------------------------------------------------------------------------------
def find(line: Line, access: Access, outgoing: Outgoing, since: datetime, *, out_of_time: Callable[[], bool]) -> Found:
    """Our own comments or messages since `since` that say what `outgoing` says, oldest first. `complete` only when the whole range
    was read and nothing in it was doubtful. Raises Unauthorized, TryLater, Rejected.
    """
    # Reddit's times are whole seconds: what was written right after `since` may look older.
    since = since.replace(microsecond=0)
    target, private = target_of(outgoing), outgoing.kind == "direct"
    thread = {base_id(outgoing.thread_key), target} - {""}
    receipts: dict[str, Receipt] = {}
    whole, place = True, ""
    for _page in range(READ_BACK_PAGES):
        _answer, rows, after = listing(line, _own(access, private, place))
        reached = False
        for row in rows:
            data = mapping(mapping(row).get("data"))
            when, name = moment_of(data.get("created_utc")), data.get("name")
            if when is None or not is_thing(name) or not isinstance(data.get("body"), str):
                # Something unreadable stands in the range: it may be ours.
                whole = False
            elif when < since:
                reached = True
            elif _same(data["body"], outgoing.text):
                below = {string(data.get("parent_id")), string(data.get("first_message_name")) if private else ""}
                if below & (thread if private else {target}):
                    receipts[str(name)] = Receipt(external_id=str(name), occurred_at=when)
        if reached or not after or not rows:
            return Found(receipts=_in_order(receipts), complete=whole)
        if after == place or out_of_time():
            break
        place = after
    return Found(receipts=_in_order(receipts), complete=False)


def _own(access: Access, private: bool, after: str) -> Callable[[Any], Any]:
    given: dict[str, Any] = {"limit": PAGE_ROWS, "params": {"after": after} if after else {}}
    if private:
        return lambda reddit: next(reddit.inbox.sent(**given), None)
    return lambda reddit: next(reddit.redditor(access.handle or access.external_id).comments.new(**given), None)


def _same(theirs: str, ours: str) -> bool:
    return clean(theirs).split() == clean(ours).split()


def _in_order(receipts: Mapping[str, Receipt]) -> tuple[Receipt, ...]:
    return tuple(sorted(receipts.values(), key=lambda receipt: (receipt.occurred_at, receipt.external_id)))


# --- still there? ---------------------------------------------------------------------------------------------------
def looks_at(version: str) -> bool:
    """Whether it can be asked what became of it: private messages are nobody else's to delete."""
    name = base_id(version)
    return is_thing(name) and not name.startswith(f"{MESSAGE}_")


def recheck_things(line: Line, versions: list[str]) -> Recheck:
    """Which comments and posts are still shown. Only the place where one was, with neither words nor writer, says that it is gone;
    what is left out says nothing.
    """
    asked: dict[str, list[str]] = {}
    for version in versions:
        if looks_at(version):
            asked.setdefault(base_id(version), []).append(version)
    if not asked:
        return Recheck(present=frozenset(), gone=frozenset())
    shown = info(line, list(asked)[:PAGE_ROWS])
    present: set[str] = set()
    gone: set[str] = set()
    signs: list[Reaction] = []
    at = now().isoformat()
    for name, (kind, data) in shown.items():
        (gone if is_gone(kind, data) else present).update(asked[name])
        signs.append(Reaction(name, _votes(data), at=at))
    return Recheck(present=frozenset(present), gone=frozenset(gone), reactions=tuple(signs))


def _votes(data: Mapping[str, Any]) -> dict[str, int]:
    """Votes for it beyond its writer's own; Reddit blurs the number."""
    score = data.get("score")
    votes = score - 1 if isinstance(score, int) and not isinstance(score, bool) else 0
    return {UPVOTE: votes} if votes > 0 else {}
