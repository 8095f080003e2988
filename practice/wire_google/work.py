"""What Business Profile's endpoints do, on the world that X's and the others' do it on.

A brand is a location; a post of somebody else's that names it is a review, its stars those of the post; what a brand writes below
it is the answer, of which there is one. All locations are one owner's, whoever of them a token is for.
"""

from __future__ import annotations

import re
import sqlite3

from .. import people, posts, trouble
from ..clock import now_ms
from ..wire.gate import Answer, Call
from . import render
from .gate import Refusal, missing

MOST_ROWS = 50
MAX_BYTES = 4096
TOKEN = re.compile(r"^R([0-9]{1,19})-([0-9]{1,19})$")
REVIEWS = (
    "SELECT *, coalesce(edited_ms, created_ms) AS changed_ms FROM posts p WHERE network = 'google' AND reply_to_id IS NULL"
    " AND deleted_ms IS NULL AND EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?)"
)


def accounts(call: Call) -> Answer:
    """GET /v1/accounts: the one owner."""
    return Answer({"accounts": [render.account()]})


def locations(call: Call) -> Answer:
    """GET /v1/accounts/:account/locations: every business. The read mask is required."""
    if f"accounts/{call.path['account']}" != render.ACCOUNT:
        raise missing("", "Requested entity was not found.")
    if not call.query.get("readMask"):
        raise Refusal(400, "", "Request contains an invalid argument: read_mask.")
    found = [row for row in people.everyone(call.world, brands=True, network="google") if not row["suspended"]]
    return Answer({"locations": [render.location(row) for row in found], "totalSize": len(found)} if found else {})


def business(call: Call) -> sqlite3.Row:
    """The location of the address. Raises the 404 of one that is none of this owner's."""
    row = people.on(call.world, call.path["location"], "google")
    if f"accounts/{call.path['account']}" != render.ACCOUNT or row is None or not row["is_brand"]:
        raise missing("", "Requested entity was not found.")
    return row


def reviews(call: Call) -> Answer:
    """GET …/reviews: last changed first."""
    brand = business(call)
    if call.query.get("orderBy", "updateTime desc") != "updateTime desc":
        raise Refusal(400, "", "This order is not spoken here.")
    limit, token = int(call.query.get("pageSize", "50")), call.query.get("pageToken", "")
    if not 1 <= limit <= MOST_ROWS:
        raise Refusal(400, "", "Request contains an invalid argument: page_size.")
    source, values = REVIEWS, [brand["id"]]
    if token:
        place = TOKEN.match(token)
        if place is None:
            raise Refusal(400, "", "Request contains an invalid argument: page_token.")
        source = f"SELECT * FROM ({REVIEWS}) WHERE (changed_ms, id) < (?, ?)"
        values += [int(place[1]), int(place[2])]
    rows = call.world.store.all(f"{source} ORDER BY changed_ms DESC, id DESC LIMIT ?", [*values, limit + 1])
    shown, hold = rows[:limit], call.troubles.get("hold")
    if hold is not None:
        shown = [r for r in shown if not trouble.is_held(hold, item_id=r["id"], stored_ms=r["stored_ms"], now_ms=now_ms())]
    if not rows:
        return Answer({})
    base = str(call.world.settings.base_url)
    body = {"reviews": [render.review(call.world, row, brand["id"], base) for row in shown], "averageRating": 4.2}
    body["totalReviewCount"] = call.world.store.one(f"SELECT count(*) AS n FROM ({REVIEWS})", [brand["id"]])["n"]
    if len(rows) > limit:
        body["nextPageToken"] = f"R{rows[limit - 1]['changed_ms']}-{rows[limit - 1]['id']}"
    return Answer(body)


def living(call: Call, brand: sqlite3.Row) -> sqlite3.Row:
    """The review of the address. Raises the 404 of one that is gone."""
    identifier = render.post_of(call.path["review"])
    row = call.world.store.one(f"SELECT * FROM ({REVIEWS}) WHERE id = ?", [brand["id"], identifier])
    if row is None:
        raise missing("", "Requested entity was not found.")
    found: sqlite3.Row = row
    return found


def review(call: Call) -> Answer:
    """GET …/reviews/:review."""
    brand = business(call)
    return Answer(render.review(call.world, living(call, brand), brand["id"], str(call.world.settings.base_url)))


def reply(call: Call) -> Answer:
    """PUT …/reviews/:review/reply: the answer, in the place of one that stands there."""
    brand = business(call)
    row = living(call, brand)
    text = str(call.json.get("comment") or "") if isinstance(call.json, dict) else ""
    if not text.strip() or len(text.encode()) > MAX_BYTES:
        raise Refusal(400, "", "Request contains an invalid argument: comment must hold 1 to 4096 bytes.")
    stands = render.answer_to(call.world, row["id"])
    if stands is not None:
        posts.delete(call.world, post=stands, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    made = posts.create(
        call.world, author=brand, text=text, reply_to=row, origin="api", request_id=call.request_id, trouble=call.trouble_names,
    )  # fmt: skip
    return Answer(render.answer(made))


def unreply(call: Call) -> Answer:
    """DELETE …/reviews/:review/reply. Answers with an empty object."""
    stands = render.answer_to(call.world, living(call, business(call))["id"])
    if stands is None:
        raise missing("", "Requested entity was not found.")
    posts.delete(call.world, post=stands, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    return Answer({})
