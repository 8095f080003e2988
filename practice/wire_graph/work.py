"""What the Graph's endpoints do for a Page, on the world that X's and Mastodon's do it on.

A post by a brand stands on its own Page, one by somebody else on the Page of the brand it names; what answers a post is a comment.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from .. import messages, people, posts
from ..clock import now_ms
from ..wire.gate import Answer, Call
from . import files, hooks, instagram, render, signs, templates
from .gate import Refusal, missing
from .paging import asked, base_of, listing, nested, number, page, rows_wanted

DAY_MS = 24 * 3600 * 1000


def me(call: Call) -> Answer:
    """GET /me with a Page's token: the Page, and the account of Instagram that is linked to it."""
    if call.me["network"] == "instagram":
        account = {"id": str(call.me["id"]), "username": call.me["handle"], "name": call.me["name"]}
        return Answer({"id": f"1{call.me['id']}", "name": call.me["name"], "instagram_business_account": account})
    return Answer({"id": str(call.me["id"]), "name": call.me["name"], "username": call.me["handle"]})


# --- posts and comments ----------------------------------------------------------------------------------------------
def root_of(call: Call, identifier: str) -> sqlite3.Row:
    """A living post by the id PAGE_POST."""
    _page, _, post = identifier.partition("_")
    row = posts.find(call.world, number(post, 0))
    if (
        row is None
        or row["deleted_ms"]
        or row["network"] != "facebook"
        or row["reply_to_id"]
        or render.post_id(call.world, row) != identifier
    ):
        raise missing(identifier)
    return row


def comment_of(call: Call, identifier: str) -> sqlite3.Row:
    """A living comment by the id POST_COMMENT."""
    _post, _, comment = identifier.partition("_")
    row = posts.find(call.world, number(comment, 0))
    if row is None or row["deleted_ms"] or not row["reply_to_id"] or render.comment_id(row) != identifier:
        raise missing(identifier)
    return row


def thing(call: Call, identifier: str) -> tuple[sqlite3.Row, bool]:
    """A living post or comment, and whether it is a post."""
    try:
        return root_of(call, identifier), True
    except Refusal:
        return comment_of(call, identifier), False


def show(call: Call) -> Answer:
    """GET /:id: a post, a comment, a person."""
    identifier = call.path["id"]
    if call.me["network"] == "whatsapp" and identifier == str(call.me["id"]):
        quality = {"quality_rating": "GREEN", "whatsapp_business_manager_messaging_limit": "TIER_2K"}
        return Answer({"id": identifier, "display_phone_number": f"+{identifier}", "verified_name": call.me["name"], **quality})
    if call.me["network"] == "instagram":
        return instagram.show(call)
    if call.me["network"] == "whatsapp" and (file := files.show(call)) is not None:
        return file
    if identifier.isdigit():
        person = people.find(call.world, identifier)
        if person is None or person["network"] != call.me["network"]:
            raise missing(identifier)
        return Answer({"id": identifier, "name": person["name"]})
    row, is_post = thing(call, identifier)
    return Answer((render.post if is_post else render.comment)(call.world, row, base_of(call)))


def feed(call: Call) -> Answer:
    """GET /:page/feed: what the Page posts, and what visitors post on it, in the order of birth."""
    own(call)
    source = (
        "SELECT p.* FROM posts p WHERE p.network = 'facebook' AND p.reply_to_id IS NULL AND p.deleted_ms IS NULL"
        " AND (p.author_id = ?"
        " OR EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?))"
    )
    rows, paging = listing(call, source, [call.me["id"]] * 2, limit=rows_wanted(call), after=call.query.get("after", ""))
    found = []
    for row in rows:
        if render.page_of(call.world, row) != call.me["id"] or row["stars"] is not None:
            continue
        shown = render.post(call.world, row, base_of(call))
        count = nested(call, "comments")
        if count:
            below, place = comments_of(call, row, limit=count, after="")
            shown |= {"comments": {"data": below, "paging": place}} if below else {}
        found.append(shown)
    return page(call, found, paging)


def own(call: Call) -> None:
    """Only the lists of the account itself are shown."""
    if call.path["id"] not in ("me", str(call.me["id"])):
        raise missing(call.path["id"])


#: Posts of visitors that name this account, whether they stand on its Page or on that of another brand they name first.
NAMING = (
    "SELECT p.* FROM posts p WHERE p.network = 'facebook' AND p.reply_to_id IS NULL AND p.deleted_ms IS NULL"
    " AND EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?)"
)


def tagged(call: Call) -> Answer:
    """GET /:page/tagged: what stands on other Pages and names this one."""
    own(call)
    rows, paging = listing(call, NAMING, [call.me["id"]], limit=rows_wanted(call), after=call.query.get("after", ""))
    elsewhere = [row for row in rows if render.page_of(call.world, row) != call.me["id"]]
    return page(call, [render.post(call.world, row, base_of(call)) for row in elsewhere], paging)


def ratings(call: Call) -> Answer:
    """GET /:page/ratings: posts of visitors that came with stars."""
    own(call)
    source = f"{NAMING} AND p.stars IS NOT NULL"
    rows, paging = listing(call, source, [call.me["id"]], limit=rows_wanted(call), after=call.query.get("after", ""))
    return page(call, [render.rating(call.world, row) for row in rows], paging)


def comments_of(call: Call, root: sqlite3.Row, *, limit: int, after: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Everything below a post in one stream, newest first."""
    source = "SELECT * FROM posts WHERE conversation_id = ? AND reply_to_id IS NOT NULL AND deleted_ms IS NULL"
    rows, paging = listing(call, source, [root["id"]], limit=limit, after=after)
    return [render.comment(call.world, row, base_of(call)) for row in rows], paging


def comments(call: Call) -> Answer:
    """GET /:post/comments, as a stream."""
    if call.me["network"] == "instagram":
        return instagram.comments(call)
    root = root_of(call, call.path["id"])
    return page(call, *comments_of(call, root, limit=rows_wanted(call), after=call.query.get("after", "")))


def answer(call: Call) -> Answer:
    """POST /:post/comments or /:comment/comments."""
    row, _is_post = thing(call, call.path["id"])
    picture = asked(call, "attachment_id")
    made = posts.create(
        call.world, author=call.me, text=asked(call, "message"), reply_to=row, origin="api", request_id=call.request_id,
        trouble=call.trouble_names, media_ids=files.own(call, picture) if picture else [],
    )  # fmt: skip
    hooks.post(call.world, made, "add")
    return Answer({"id": render.comment_id(made)})


def owned(call: Call) -> tuple[sqlite3.Row, bool]:
    """A thing on the account's own Page, or below its own post, and whether the account wrote it. Others' places are refused."""
    identifier = call.path["id"]
    row = instagram.living(call, identifier) if call.me["network"] == "instagram" else thing(call, identifier)[0]
    root = posts.find(call.world, row["conversation_id"])
    mine = row["author_id"] == call.me["id"]
    on_page = call.me["network"] == "facebook" and root is not None and render.page_of(call.world, root) == call.me["id"]
    if not mine and not on_page and (root is None or root["author_id"] != call.me["id"]):
        raise Refusal(200, "(#200) Permissions error")
    return row, mine


def remove(call: Call) -> Answer:
    """DELETE /:comment: an account deletes its own, and those of others below its posts."""
    row, _mine = owned(call)
    posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    hooks.post(call.world, row, "remove")
    return Answer({"success": True})


def change(call: Call) -> Answer:
    """POST /:comment: other words for one's own (`message`), or hide what others wrote (`is_hidden`, Instagram: `hide`)."""
    row, mine = owned(call)
    hidden, text = asked(call, "is_hidden") or asked(call, "hide"), asked(call, "message")
    if text:
        if not mine or call.me["network"] != "facebook":
            raise Refusal(200, "(#200) Permissions error")
        hooks.post(call.world, posts.edit(call.world, post=row, text=text, origin="api", prefixed=False), "edited")
    elif hidden in ("true", "false") and not mine:
        posts.hide(call.world, post=row, hidden=hidden == "true", request_id=call.request_id)
        hooks.post(call.world, row, "hide" if hidden == "true" else "unhide")
    else:
        raise Refusal(100, "(#100) Invalid parameter")
    return Answer({"success": True})


def like(call: Call) -> Answer:
    """POST /:comment/likes, as the Page."""
    return _liked(call, liked=True)


def unlike(call: Call) -> Answer:
    """DELETE /:comment/likes."""
    return _liked(call, liked=False)


def _liked(call: Call, *, liked: bool) -> Answer:
    row, _is_post = thing(call, call.path["id"])
    posts.like(call.world, post=row, by=call.me, liked=liked, origin="api", request_id=call.request_id)
    return Answer({"success": True})


# --- conversations ---------------------------------------------------------------------------------------------------
TALKS = (
    "SELECT conversation, max(id) AS last, max(created_ms) AS ms, max(stored_ms) AS stored_ms FROM dms"
    " WHERE event_type = 'MessageCreate'"
    " AND conversation IN (SELECT conversation FROM dm_members WHERE user_id = ?) GROUP BY conversation"
)


def talks(call: Call) -> Answer:
    """GET /:page/conversations, the last one written to first; of one person with `user_id`."""
    own(call)
    source, values = TALKS, [call.me["id"]]
    if call.query.get("user_id"):
        source = f"SELECT * FROM ({TALKS}) WHERE conversation = ?"
        values.append(messages.pair(call.me["id"], number(call.query["user_id"], 0)))  # type: ignore[arg-type]
    rows, paging = listing(call, source, values, limit=rows_wanted(call), after=call.query.get("after", ""), key="last")
    found = []
    for row in rows:
        there = [
            render.person(call.world, user_id) or {"id": str(user_id)}
            for user_id in messages.members(call.world, row["conversation"])
        ]
        shown: dict[str, Any] = {
            "id": render.talk_id(row["conversation"]), "updated_time": render.moment(row["ms"]), "participants": {"data": there},
        }  # fmt: skip
        count = nested(call, "messages")
        if count:
            said, place = messages_of(call, row["conversation"], limit=count, after="")
            shown["messages"] = {"data": said, "paging": place}
        found.append(shown)
    return page(call, found, paging)


def messages_of(call: Call, conversation: str, *, limit: int, after: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    source = "SELECT * FROM dms WHERE conversation = ? AND event_type = 'MessageCreate' AND deleted_ms IS NULL"
    rows, paging = listing(call, source, [conversation], limit=limit, after=after)
    return [render.message(call.world, row) for row in rows], paging


def talk(call: Call) -> Answer:
    """GET /:conversation/messages."""
    conversation = call.path["id"].removeprefix("t_").replace("_", "-")
    if call.me["id"] not in messages.members(call.world, conversation):
        raise missing(call.path["id"])
    return page(call, *messages_of(call, conversation, limit=rows_wanted(call), after=call.query.get("after", "")))


def write(call: Call) -> Answer:
    """POST /:page/messages. A day after the customer's last word only a person may answer (HUMAN_AGENT), after seven nobody."""
    own(call)
    if call.me["network"] == "whatsapp":
        return signs.react(call) if asked(call, "type") == "reaction" else write_to_number(call)
    if asked(call, "sender_action"):
        return signs.act(call)
    try:
        recipient, message = json.loads(asked(call, "recipient")), json.loads(asked(call, "message"))
        comment = str(recipient["comment_id"]) if "comment_id" in recipient else ""
        person = _commenter(call, comment) if comment else people.find(call.world, str(recipient["id"]))
        text = str(message.get("text", ""))
        attached = message["attachment"]["payload"]["attachment_id"] if "attachment" in message else None
    except (ValueError, KeyError, TypeError):
        raise Refusal(100, "(#100) param recipient and message must be JSON objects") from None
    if person is None or person["network"] != call.me["network"]:
        raise Refusal(100, "(#100) No matching user found", subcode=2018001)
    own_files = files.own(call, attached) if attached is not None else []
    if bool(text) == bool(own_files) or len(text) > 2000:
        raise Refusal(100, "(#100) Length of param message[text] must be less than or equal to 2000")
    if person["suspended"]:
        raise Refusal(551, "(#551) This person isn't available right now.", subcode=1545041)
    if comment:
        _once(call, comment)
    else:
        check_window(call, person)
    row = messages.send(
        call.world,
        sender=call.me,
        recipient=person,
        text=text,
        media_ids=own_files,
        origin="api",
        request_id=call.request_id,
        trouble=call.trouble_names,
    )
    hooks.message(call.world, row)
    hooks.follow(call.world, row, call.me, person)
    return Answer({"recipient_id": str(person["id"]), "message_id": f"m_{row['id']}"})


def _commenter(call: Call, identifier: str) -> sqlite3.Row | None:
    """Who wrote a comment that may be answered in private: within seven days, on the account's own place."""
    row = instagram.living(call, identifier) if call.me["network"] == "instagram" else thing(call, identifier)[0]
    if now_ms() - row["created_ms"] > 7 * DAY_MS:
        raise Refusal(10, "(#10) This message is sent outside of allowed window.", subcode=2018278)
    return people.find(call.world, row["author_id"])


def _once(call: Call, identifier: str) -> None:
    """A comment is answered in private once."""
    key = f"private:{identifier}"
    if call.world.store.one("SELECT 1 FROM send_keys WHERE user_id = ? AND key = ?", (call.me["id"], key)) is not None:
        raise Refusal(10900, "(#10900) Activity already replied to")
    with call.world.store.write() as db:
        db.execute("INSERT INTO send_keys VALUES (?, ?, 0, ?)", (call.me["id"], key, now_ms()))


def check_window(call: Call, person: sqlite3.Row) -> None:
    last = call.world.store.one(
        "SELECT max(created_ms) AS ms FROM dms WHERE conversation = ? AND sender_id = ?",
        (messages.pair(call.me["id"], person["id"]), person["id"]),
    )["ms"]
    days = 7 if asked(call, "messaging_type") == "MESSAGE_TAG" and asked(call, "tag") == "HUMAN_AGENT" else 1
    if last is None or now_ms() - last > days * DAY_MS:
        raise Refusal(10, "(#10) This message is sent outside of allowed window.", subcode=2018278)


def write_to_number(call: Call) -> Answer:
    """POST /:number/messages of WhatsApp's Cloud API: text within a day of the customer's last word, templates always."""
    is_template = asked(call, "type") == "template"
    try:
        kind = asked(call, "type")
        if kind in files.KINDS:
            text, own_files = files.of_message(call, kind)
        else:
            text, own_files = templates.filled(call) if is_template else (str(json.loads(asked(call, "text"))["body"]), [])
    except (ValueError, KeyError, TypeError):
        raise Refusal(100, "(#100) Invalid parameter") from None
    person = people.find(call.world, asked(call, "to"))
    if asked(call, "messaging_product") != "whatsapp" or not (text or own_files) or len(text) > 4096:
        raise Refusal(100, "(#100) Invalid parameter")
    if person is None or person["network"] != "whatsapp":
        raise Refusal(131026, "(#131026) Message undeliverable")
    last = call.world.store.one(
        "SELECT max(created_ms) AS ms FROM dms WHERE conversation = ? AND sender_id = ?",
        (messages.pair(call.me["id"], person["id"]), person["id"]),
    )["ms"]
    if not is_template and (last is None or now_ms() - last > DAY_MS):
        raise Refusal(131047, "(#131047) Re-engagement message")
    row = messages.send(
        call.world,
        sender=call.me,
        recipient=person,
        text=text,
        media_ids=own_files,
        origin="api",
        request_id=call.request_id,
        trouble=call.trouble_names,
    )
    hooks.follow(call.world, row, call.me, person, data=asked(call, "biz_opaque_callback_data")[:512])
    contact = {"input": str(person["id"]), "wa_id": str(person["id"])}
    return Answer({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": f"wamid.{row['id']}"}]})
