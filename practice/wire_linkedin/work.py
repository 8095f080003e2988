"""What LinkedIn's wire does: roles and pages, notifications, posts, comments and answers, tokens."""

from __future__ import annotations

import re
import secrets
import sqlite3
from typing import Any

from .. import people, posts, tokens, trouble
from ..clock import now_ms
from ..wire.gate import Answer, Call
from ..wire.oauth import note
from . import render
from .gate import Refusal

MOST_CHARACTERS = 1250
ACCESS_SECONDS = 60 * 86_400
LIST = re.compile(r"List\((.*)\)")
ALIVE = "p.network = 'linkedin' AND p.deleted_ms IS NULL"


def listed(call: Call, name: str) -> list[str]:
    """The values of a Rest.li list; their brackets and commas arrive decoded here, so commas inside of URNs are not split."""
    found = LIST.fullmatch(call.query.get(name, ""))
    return re.findall(r"urn:li:[^()]*\([^()]*\)|[^,]+", found.group(1)) if found else []


def number(call: Call, name: str, default: int, most: int) -> int:
    value = call.query.get(name, "")
    return min(int(value), most) if value.isascii() and value.isdigit() and len(value) < 9 else default


def page(call: Call, rows: list[sqlite3.Row], show: Any, most: int = 100) -> Answer:
    """One page of rows that are all here already."""
    hold = call.troubles.get("hold")
    if hold is not None:
        rows = [r for r in rows if not trouble.is_held(hold, item_id=r["id"], stored_ms=r["stored_ms"], now_ms=now_ms())]
    start, count = number(call, "start", 0, 10_000), number(call, "count", 10, most) or 10
    shown = [show(row) for row in rows[start : start + count]]
    return Answer(render.listing(shown, start=start, count=count, more=start + count < len(rows), address=call.address))


def roles(call: Call) -> Answer:
    """GET /rest/organizationAcls: the one page the token is for."""
    row = {
        "role": "ADMINISTRATOR",
        "state": "APPROVED",
        "organization": render.actor(call.me),
        "roleAssignee": "urn:li:person:admin",
    }
    return Answer(render.listing([row] if call.me["is_brand"] else [], start=0, count=100, more=False, address=call.address))


def organization(call: Call) -> Answer:
    """GET /rest/organizations/:id."""
    person = people.on(call.world, call.path["id"], "linkedin")
    if person is None or not person["is_brand"]:
        raise Refusal(404, "Could not find entity", "NOT_FOUND")
    return Answer({"id": person["id"], "localizedName": person["name"], "vanityName": person["handle"]})


def notifications(call: Call) -> Answer:
    """GET /rest/organizationalEntityNotifications: comments below the page's posts, and posts that mention it, newest first."""
    if call.query.get("q") != "criteria" or call.query.get("organizationalEntity") != render.actor(call.me):
        raise Refusal(403, "Not enough permissions to access this resource", "ACCESS_DENIED")
    wanted, mine = listed(call, "actions"), call.me["id"]
    rows = call.world.store.all(
        f"SELECT p.* FROM posts p JOIN posts r ON r.id = p.conversation_id WHERE {ALIVE} AND p.author_id <> ? AND ("
        " (p.reply_to_id IS NOT NULL AND r.author_id = ?)"
        " OR EXISTS (SELECT 1 FROM mentions m WHERE m.post_id = p.id AND m.user_id = ?)"
        " OR (p.reply_to_id IS NOT NULL AND p.reply_to_user_id = ?))"
        " ORDER BY coalesce(p.edited_ms, p.created_ms) DESC, p.id DESC LIMIT 5000",
        (mine, mine, mine, mine),
    )
    told = [row for row in rows if render.told(call.world, row, call.me)["action"] in wanted]
    return page(call, told, lambda row: render.told(call.world, row, call.me))


def own_posts(call: Call) -> Answer:
    """GET /rest/posts?q=author."""
    if call.query.get("q") != "author" or call.headers.get("x-restli-method", "").upper() != "FINDER":
        raise Refusal(400, "Syntax exception in path variables", "ILLEGAL_ARGUMENT")
    if call.query.get("author") != render.actor(call.me):
        raise Refusal(403, "Not enough permissions to access this resource", "ACCESS_DENIED")
    rows = call.world.store.all(
        f"SELECT p.* FROM posts p WHERE {ALIVE} AND p.author_id = ? AND p.reply_to_id IS NULL ORDER BY p.id DESC LIMIT 500",
        (call.me["id"],),
    )
    return page(call, rows, lambda row: render.post(row, call.me))


def below(call: Call) -> sqlite3.Row:
    """The living post or comment of the path."""
    row = render.post_of(call.world, call.path["urn"])
    if row is None or row["deleted_ms"]:
        raise Refusal(404, "Could not find entity", "RESOURCE_NOT_FOUND")
    return row


def comments(call: Call) -> Answer:
    """GET /rest/socialActions/:urn/comments: of a post the first level, of a comment its answers; with `ids` those alone."""
    row = render.post_of(call.world, call.path["urn"]) if "ids" in call.query else below(call)
    if "ids" in call.query:
        return batch(call, row)
    assert row is not None
    rows = call.world.store.all(
        f"SELECT p.* FROM posts p WHERE {ALIVE} AND p.conversation_id = ? AND p.reply_to_id IS NOT NULL ORDER BY p.id",
        (row["conversation_id"],),
    )
    if row["reply_to_id"]:
        shown = [r for r in rows if r["id"] != row["id"] and render.first_level(call.world, r)["id"] == row["id"]]
    else:
        shown = [r for r in rows if render.first_level(call.world, r)["id"] == r["id"]]
    return page(call, shown, lambda r: render.comment(call.world, r))


def batch(call: Call, post: sqlite3.Row | None) -> Answer:
    found: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for identifier in listed(call, "ids"):
        row = numbered(call, post, identifier)
        if row is not None:
            found[identifier] = render.comment(call.world, row)
        else:
            errors[identifier] = Refusal(404, "Could not find entity", "RESOURCE_NOT_FOUND").body
    return Answer({"results": found, "errors": errors, "statuses": {}})


def one(call: Call) -> Answer:
    """GET /rest/socialActions/:urn/comments/:id."""
    row = numbered(call, render.post_of(call.world, call.path["urn"]), call.path["id"])
    if row is None:
        raise Refusal(404, "Could not find entity", "RESOURCE_NOT_FOUND")
    return Answer(render.comment(call.world, row))


def numbered(call: Call, post: sqlite3.Row | None, identifier: str) -> sqlite3.Row | None:
    """A living comment below a post by its number."""
    row = posts.find(call.world, int(identifier)) if identifier.isascii() and identifier.isdigit() else None
    if post is None or row is None or row["conversation_id"] != post["conversation_id"]:
        return None
    return row if row["reply_to_id"] and not row["deleted_ms"] else None


def create(call: Call) -> Answer:
    """POST /rest/socialActions/:urn/comments: as the organisation, below a post or on a comment of the first level."""
    given = call.json if isinstance(call.json, dict) else {}
    row = below(call)
    text = (given.get("message") or {}).get("text") if isinstance(given.get("message"), dict) else None
    if given.get("actor") != render.actor(call.me):
        raise Refusal(403, "Not enough permissions to comment on behalf of this actor", "ACCESS_DENIED")
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_CHARACTERS:
        raise Refusal(400, f"Comment text must have 1 to {MOST_CHARACTERS} characters", "ILLEGAL_ARGUMENT")
    if call.world.rules["linkedin_closed"]:
        raise Refusal(403, "Commenting is disabled on this post", "ACCESS_DENIED")
    if row["reply_to_id"] and (render.first_level(call.world, row)["id"] != row["id"] or not given.get("parentComment")):
        raise Refusal(400, "parentComment must be a comment on the first level", "ILLEGAL_ARGUMENT")
    made = posts.create(
        call.world, author=call.me, text=text, reply_to=row, origin="api", request_id=call.request_id, trouble=call.trouble_names
    )
    return Answer(render.comment(call.world, made), 201, {"x-restli-id": str(made["id"])})


def named(call: Call) -> sqlite3.Row:
    """The living comment of the path, for an organisation that names itself as the actor."""
    row = numbered(call, render.post_of(call.world, call.path["urn"]), call.path["id"])
    if call.query.get("actor") != render.actor(call.me):
        raise Refusal(403, "Not enough permissions to act on behalf of this actor", "ACCESS_DENIED")
    if row is None:
        raise Refusal(404, "Could not find entity", "RESOURCE_NOT_FOUND")
    return row


def edit(call: Call) -> Answer:
    """POST /rest/socialActions/:urn/comments/:id with PARTIAL_UPDATE: other words for the organisation's own comment."""
    row = named(call)
    if call.headers.get("x-restli-method", "").upper() != "PARTIAL_UPDATE":
        raise Refusal(400, "Method not supported", "ILLEGAL_ARGUMENT")
    if row["author_id"] != call.me["id"]:
        raise Refusal(403, "Only the author edits a comment", "ACCESS_DENIED")
    given: Any = call.json
    for name in ("patch", "message", "$set", "text"):
        given = given.get(name) if isinstance(given, dict) else None
    if not isinstance(given, str) or not given.strip() or len(given) > MOST_CHARACTERS:
        raise Refusal(400, f"Comment text must have 1 to {MOST_CHARACTERS} characters", "ILLEGAL_ARGUMENT")
    return Answer(render.comment(call.world, posts.edit(call.world, post=row, text=given, origin="api")))


def remove(call: Call) -> Answer:
    """DELETE /rest/socialActions/:urn/comments/:id: the organisation's own comment, or one below its own post."""
    row = named(call)
    root = posts.find(call.world, row["conversation_id"])
    if call.me["id"] not in (row["author_id"], root["author_id"] if root is not None else 0):
        raise Refusal(403, "Not enough permissions to delete this comment", "ACCESS_DENIED")
    posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    return Answer(None, 204)


def react(call: Call) -> Answer:
    """POST /rest/reactions: the organisation likes a post or comment; a second time is a conflict."""
    given = call.json if isinstance(call.json, dict) else {}
    row = render.post_of(call.world, str(given.get("root", "")))
    if call.query.get("actor") != render.actor(call.me):
        raise Refusal(403, "Not enough permissions to react on behalf of this actor", "ACCESS_DENIED")
    if given.get("reactionType") not in ("LIKE", "PRAISE", "EMPATHY", "INTEREST", "APPRECIATION", "ENTERTAINMENT"):
        raise Refusal(400, "Unknown reactionType", "ILLEGAL_ARGUMENT")
    if row is None or row["deleted_ms"]:
        raise Refusal(404, "Could not find entity", "RESOURCE_NOT_FOUND")
    if likes(call, row):
        raise Refusal(409, "The reaction exists already", "CONFLICT")
    posts.like(call.world, post=row, by=call.me, liked=True, origin="api", request_id=call.request_id)
    return Answer({"root": given["root"], "reactionType": given["reactionType"], "created": {"time": now_ms()}}, 201)


KEY = re.compile(r"\(actor:(urn:li:organization:[0-9]+),entity:(.+)\)")


def unreact(call: Call) -> Answer:
    """DELETE /rest/reactions/(actor:…,entity:…)."""
    found = KEY.fullmatch(call.path["key"])
    if found is None or found.group(1) != render.actor(call.me):
        raise Refusal(400, "Syntax exception in path variables", "ILLEGAL_ARGUMENT")
    row = render.post_of(call.world, found.group(2))
    if row is None or row["deleted_ms"] or not likes(call, row):
        raise Refusal(404, "Could not find entity", "RESOURCE_NOT_FOUND")
    posts.like(call.world, post=row, by=call.me, liked=False, origin="api", request_id=call.request_id)
    return Answer(None, 204)


def likes(call: Call, row: sqlite3.Row) -> bool:
    """Whether the caller likes this already."""
    found = call.world.store.one("SELECT 1 FROM likes WHERE post_id = ? AND user_id = ?", (row["first_id"], call.me["id"]))
    return found is not None


def access_token(call: Call) -> Answer:
    """POST /oauth/v2/accessToken: a code, or a refresh token, which stays the same."""
    settings, world = call.world.settings, call.world
    app = f"{call.form.get('client_id', '')}:{call.form.get('client_secret', '')}"
    if not secrets.compare_digest(app.encode(), f"{settings.client_id}:{settings.client_secret}".encode()):
        return refused("invalid_client", "Client authentication failed", 401)
    grant = call.form.get("grant_type")
    if grant == "authorization_code":
        code, redirect_uri = str(call.form.get("code", "")), str(call.form.get("redirect_uri", ""))
        row = tokens.spend_code(world, code=code, redirect_uri=redirect_uri, verifier="")
        if isinstance(row, str):
            return refused("invalid_request", row)
        return session(call, row, "token", row["refresh"])
    if grant == "refresh_token":
        refresh = str(call.form.get("refresh_token", ""))
        old = world.store.one("SELECT * FROM tokens WHERE refresh = ? AND revoked = 0", (refresh,))
        if old is None or world.homes.get(old["user_id"]) != "linkedin":
            return refused("invalid_grant", "The provided refresh token is invalid, expired or revoked")
        return session(call, tokens.issue(world, user_id=old["user_id"], scopes=(), seconds=ACCESS_SECONDS), "refresh", refresh)
    return refused("unsupported_grant_type", "The grant type is not supported")


def refused(error: str, words: str, status: int = 400) -> Answer:
    return Answer({"error": error, "error_description": words}, status)


def session(call: Call, row: sqlite3.Row, kind: str, refresh: str | None) -> Answer:
    note(call, kind, row)
    body: dict[str, Any] = {"access_token": row["access"], "expires_in": ACCESS_SECONDS, "scope": row["scopes"]}
    if refresh:
        body |= {"refresh_token": refresh, "refresh_token_expires_in": 365 * 86_400}
    return Answer(body, headers={"cache-control": "no-store"})
