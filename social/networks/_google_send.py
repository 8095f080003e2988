"""Answering reviews, reading back, and looking whether reviews and answers are still there.

developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/updateReply and …/get, read 2026-11. A review has one
answer: PUT writes it or replaces it, so the same answer sent twice stands there once.
"""

import time
import unicodedata
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from social.networks._google_pages import API, list_reviews, shown_versions
from social.networks._google_read import answer_id, original_of, review_of
from social.networks._google_wire import Answer as Answered
from social.networks._google_wire import Line, Refusals, ask, moment_of, token_of, unreadable, unsent, write
from social.networks._shapes import mapping, string
from social.networks._text import clean
from social.networks._wire import Unanswered
from social.networks.errors import Rejected
from social.networks.values import Deed, Found, Outgoing, Receipt, Recheck

LIST_PAGES = 3
SINGLE_LOOKUPS = 20

_GONE = gettext_lazy("{network} no longer has what you answer, or this account may not see it.")
REFUSALS: Refusals = {
    "INVALID_ARGUMENT": ("invalid_request", gettext_lazy("{network} refused it: {words}")),
    "NOT_FOUND": ("parent_gone", _GONE),
    "PERMISSION_DENIED": ("forbidden", gettext_lazy("{network} does not allow this with the rights of this token: {words}")),
    "FAILED_PRECONDITION": ("not_verified", gettext_lazy("{network} takes answers for verified locations only: {words}")),
}


def review_of_outgoing(outgoing: Outgoing) -> str:
    """The review that is answered."""
    return review_of(outgoing.in_reply_to)


def send_once(line: Line, location: str, outgoing: Outgoing) -> Receipt:
    """Write the review's answer, in the place of one that stands there. Raises as `Network.send` says."""
    review = review_of_outgoing(outgoing)
    answer = write(line, "PUT", f"{API}/{location}/reviews/{review}/reply", {"comment": outgoing.text}, REFUSALS)
    written = moment_of(answer.body.get("updateTime"))
    if written is None:
        raise unsent(Answered(answer.status, answer.headers, None), line.whom, REFUSALS)
    return Receipt(answer_id(review, written), occurred_at=written)


def take_back(line: Line, location: str, deed: Deed) -> None:
    """Delete our answer (…reviews/deleteReply), once or again. Google deletes whichever stands there, so it is looked first whether
    that is still the one that is meant. Raises Rejected, TryLater, Unauthorized as `Network.act` says.
    """
    review, named = review_of(deed.external_id), deed.external_id.partition("~")[0]
    if not review or named == review:
        raise Rejected(_("Nobody knows which message this is."), code="no_place")
    gone = Rejected(_("This answer no longer stands there: it was deleted, or another one took its place."), code="gone")
    try:
        written = moment_of(mapping(_get(line, location, review).body.get("reviewReply")).get("updateTime"))
        if written is None or answer_id(review, written) != named:
            raise gone
        answer = line.ask("DELETE", f"{API}/{location}/reviews/{review}/reply")
    except Unanswered as error:
        raise error.as_trouble(line.whom) from error
    except Rejected as error:
        raise gone if error.code == "not_found" else error from error
    if answer.good and answer.body == {}:
        return
    trouble = unreadable(Answered(answer.status, answer.headers, None) if answer.good else answer, line.whom)
    if isinstance(trouble, Rejected):
        raise gone if trouble.code == "not_found" else trouble
    raise trouble


def _get(line: Line, location: str, review: str) -> Answered:
    """One review. Raises Unauthorized, TryLater, Rejected."""
    answer = ask(line, f"{API}/{location}/reviews/{review}")
    if string(answer.body.get("reviewId")) != review:
        raise unreadable(Answered(answer.status, answer.headers, None), line.whom)
    return answer


def find(line: Line, location: str, outgoing: Outgoing, since: datetime) -> Found:
    """The review's answer, if it is this one. Raises Unauthorized, TryLater, Rejected.

    Another answer that is as young may be somebody's who replaced ours: it is not overwritten without a person's word.
    """
    review = review_of_outgoing(outgoing)
    try:
        stands = mapping(_get(line, location, review).body.get("reviewReply"))
    except Rejected as error:
        if error.code != "not_found":
            raise
        return Found((), complete=True)
    written = moment_of(stands.get("updateTime"))
    if not stands or (written is not None and written < since):
        return Found((), complete=True)
    if written is None or _flat(original_of(string(stands.get("comment")))) != _flat(outgoing.text):
        return Found((), complete=False)
    return Found((Receipt(answer_id(review, written), occurred_at=written),), complete=True)


def _flat(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", clean(text)).split())


def recheck_reviews(line: Line, location: str, versions: list[str], *, until: float) -> Recheck:
    """Which reviews and answers still stand. What is not among the latest is asked for alone, and only 404 says that it is gone."""
    asked: dict[str, list[str]] = {}
    for version in versions:
        if review_of(version):
            asked.setdefault(review_of(version), []).append(version)
    shown: dict[str, str] = {}
    token = ""
    for _page in range(LIST_PAGES):
        if time.monotonic() > until or shown.keys() >= asked.keys():
            break
        answer, rows = list_reviews(line, location, token)
        shown |= dict(shown_versions(mapping(row)) for row in rows)
        token = token_of(answer)
        if not token:
            break
    missing: set[str] = set()
    for review in [review for review in asked if review not in shown][:SINGLE_LOOKUPS]:
        if time.monotonic() > until:
            break
        try:
            shown |= dict([shown_versions(_get(line, location, review).body)])
        except Rejected as error:
            if error.code != "not_found":
                raise
            missing.add(review)
    present: set[str] = set()
    gone: set[str] = set()
    for review, names in asked.items():
        for name in names:
            bare = name.partition("~")[0]
            if review in missing or (review in shown and bare != review and shown[review] != bare):
                gone.add(name)
            elif review in shown:
                present.add(name)
    return Recheck(present=frozenset(present), gone=frozenset(gone))
