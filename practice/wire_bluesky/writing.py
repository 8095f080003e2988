"""What the Bluesky wire does for writers: sessions, and posts as records of a repository."""

from __future__ import annotations

import base64
import json
import re
import secrets
import sqlite3
from typing import Any

import wcwidth

from .. import ledger, posts, tokens
from ..clock import now_ms, parse_time
from ..wire.gate import Answer, Call
from . import blobs, names, render, work
from .gate import Refusal, bare

#: The one app password, of everybody: whoever reaches the practice network may play anyone.
PASSWORD = "prac-tice-chow-kkkk"
#: The machine that accounts are said to live on.
PDS = "https://pds.chowk.test"
GRAPHEMES, BYTES = 300, 3000


# --- sessions ---------------------------------------------------------------------------------------------------------
def token(person_id: int, opaque: str, *, scope: str, expires_ms: int) -> str:
    """A token in the form of a JSON Web Token that says when it ends; nobody here checks a signature."""
    claims = {"scope": scope, "sub": names.did_of(person_id), "exp": expires_ms // 1000, "aud": "did:web:pds.chowk.test"}
    parts = [json.dumps(part).encode() for part in ({"typ": "at+jwt", "alg": "ES256K"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), opaque])


def session(call: Call, row: sqlite3.Row, person: sqlite3.Row, kind: str) -> Answer:
    with call.world.store.write():
        ledger.write(
            call.world, kind=kind, user_id=person["id"], object_id=person["id"], request_id=call.request_id,
            trouble=call.trouble_names, origin="api",
        )  # fmt: skip
    did, handle = names.did_of(person["id"]), names.handle_of(person)
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": PDS}
    document = {"@context": ["https://www.w3.org/ns/did/v1"], "id": did, "alsoKnownAs": [f"at://{handle}"], "service": [service]}
    return Answer(
        {
            "did": did, "handle": handle, "email": "", "emailConfirmed": True, "emailAuthFactor": False, "active": True,
            "didDoc": document,
            "accessJwt": token(person["id"], row["access"], scope="com.atproto.appPass", expires_ms=row["expires_ms"]),
            "refreshJwt": token(
                person["id"], row["refresh"], scope="com.atproto.refresh", expires_ms=now_ms() + 90 * 86_400_000
            ),
        }
    )  # fmt: skip


def create_session(call: Call) -> Answer:
    """com.atproto.server.createSession."""
    given = call.json if isinstance(call.json, dict) else {}
    person = names.person_named(call.world, str(given.get("identifier") or ""))
    right = secrets.compare_digest(str(given.get("password") or "").encode(), PASSWORD.encode())
    if person is None or not right:
        raise Refusal("AuthenticationRequired", "Invalid identifier or password", 401)
    if person["suspended"]:
        raise Refusal("AccountTakedown", "Account has been taken down", 401)
    return session(call, tokens.issue(call.world, user_id=person["id"]), person, "token")


def refresh_session(call: Call) -> Answer:
    """com.atproto.server.refreshSession: it takes the refresh token where others take the access token."""
    _scheme, _, given = call.headers.get("authorization", "").partition(" ")
    row = tokens.rotate(call.world, bare(given))
    person = names.person_named(call.world, names.did_of(row["user_id"])) if row is not None else None
    if row is None or person is None:
        raise Refusal("ExpiredToken", "Token has been revoked")
    return session(call, row, person, "refresh")


# --- records ----------------------------------------------------------------------------------------------------------
def invalid(words: str) -> Refusal:
    return Refusal("InvalidRequest", f"Invalid app.bsky.feed.post record: {words}")


def check(call: Call, record: Any) -> None:
    """Hold a record against its lexicon (app.bsky.feed.post, read 2026-11), and its facets against its text."""
    text = record.get("text") if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise invalid('Record must have the property "text"')
    if len(text.encode()) > BYTES:
        raise invalid(f"Record/text must not be longer than {BYTES} characters")
    if sum(1 for _cluster in wcwidth.iter_graphemes(text)) > GRAPHEMES:
        raise invalid(f"Record/text must not be longer than {GRAPHEMES} graphemes")
    try:
        parse_time(str(record.get("createdAt")))
    except ValueError:
        raise invalid("Record/createdAt must be an valid atproto datetime") from None
    for number, facet in enumerate(record.get("facets") or []):
        if not stands(call, text.encode(), facet):
            raise invalid(f"Record/facets/{number} does not stand where it says")


def features(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The features of a record's facets, one each."""
    return [facet["features"][0] for facet in record.get("facets") or []]


def stands(call: Call, raw: bytes, facet: dict[str, Any]) -> bool:
    """Whether a facet covers what it is about: a real network believes it, a practice network teaches."""
    shown = raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode("utf-8", "replace")
    feature = facet["features"][0]
    if "did" in feature:
        person = names.person_named(call.world, feature["did"])
        return person is not None and shown.lower() == f"@{names.handle_of(person)}"
    if "tag" in feature:
        return shown.lstrip("#＃") == feature["tag"] or shown == feature["tag"]
    return re.sub(r"^https?://", "", feature["uri"]).startswith(re.sub(r"^https?://", "", shown))


def write(call: Call, *, replaces: bool) -> Answer:
    given = call.json if isinstance(call.json, dict) else {}
    if given.get("collection") == names.LIKE:
        return put_like(call, given)
    if given.get("collection") == names.GATE:
        return put_gate(call, given)
    if names.person_named(call.world, str(given.get("repo"))) is None or given.get("collection") != names.POST:
        raise Refusal("InvalidRequest", "Only posts, and only in one's own repository")
    if names.person_named(call.world, str(given.get("repo")))["id"] != call.me["id"]:
        raise Refusal("AuthenticationRequired", "Authentication Required", 401)
    key, record = given.get("rkey"), given.get("record")
    if key is not None and (not isinstance(key, str) or not names.KEY.fullmatch(key)):
        raise Refusal("InvalidRequest", "Input/rkey must be a valid Record Key")
    check(call, record)
    current = names.post_under(call.world, call.me, key) if key else None
    if current is not None:
        if replaces and given.get("swapRecord", "") is not None:
            raise Refusal("InvalidRequest", "Posts are not replaced here")
        if replaces:
            raise Refusal("InvalidSwap", f"Record was at {names.cid_of(current)}")
        raise Refusal("InternalServerError", "Internal Server Error", 500)
    parent, reply = None, record.get("reply")
    if reply is not None:
        parent, root = (work.parent_of(call, reply.get(name), name) for name in ("parent", "root"))
        if parent["conversation_id"] != root["id"]:
            raise invalid("Record/reply/root is not the root of its parent")
    row = posts.create(
        call.world, author=call.me, text=record["text"], reply_to=parent, origin="api", request_id=call.request_id,
        trouble=call.trouble_names, media_ids=blobs.named(call, record),
    )  # fmt: skip
    with call.world.store.write() as db:
        if key:
            db.execute(
                "INSERT OR REPLACE INTO send_keys VALUES (?, ?, ?, ?)", (call.me["id"], names.CHOSEN + key, row["id"], now_ms())
            )
        # Told is who stands in a facet, whatever the words look like.
        named = [names.person_named(call.world, feature["did"]) for feature in features(record) if "did" in feature]
        db.executemany("INSERT OR IGNORE INTO mentions VALUES (?, ?)", [(person["id"], row["id"]) for person in named if person])
    commit = {"cid": names.cid_of(row), "rev": names.key_of(call.world, row)}
    return Answer({**render.strong(call.world, row), "commit": commit, "validationStatus": "valid"})


def put_record(call: Call) -> Answer:
    """com.atproto.repo.putRecord: with `swapRecord: null` only where nothing stands yet."""
    return write(call, replaces=True)


def create_record(call: Call) -> Answer:
    """com.atproto.repo.createRecord. Under a key that is taken it fails as the reference server does, without a name for it."""
    return write(call, replaces=False)


def own_repo(call: Call, given: dict[str, Any]) -> None:
    person = names.person_named(call.world, str(given.get("repo")))
    if person is None or person["id"] != call.me["id"]:
        raise Refusal("AuthenticationRequired", "Authentication Required", 401)


def put_like(call: Call, given: dict[str, Any]) -> Answer:
    """A like under a key of the writer's choice; what stood there is written over."""
    own_repo(call, given)
    record, key = given.get("record"), given.get("rkey")
    subject = record.get("subject") if isinstance(record, dict) else None
    if not isinstance(subject, dict) or not isinstance(key, str) or not names.KEY.fullmatch(key):
        raise Refusal("InvalidRequest", 'Invalid app.bsky.feed.like record: Record must have the property "subject"')
    row = names.post_named(call.world, str(subject.get("uri")))
    if row is not None:
        posts.like(call.world, post=row, by=call.me, liked=True, origin="api", request_id=call.request_id)
        with call.world.store.write() as db:
            values = (call.me["id"], names.LIKED + key, row["id"], now_ms())
            db.execute("INSERT OR REPLACE INTO send_keys VALUES (?, ?, ?, ?)", values)
    uri = f"at://{names.did_of(call.me['id'])}/{names.LIKE}/{key}"
    return Answer({"uri": uri, "cid": str(subject.get("cid")), "validationStatus": "valid"})


def put_gate(call: Call, given: dict[str, Any]) -> Answer:
    """A threadgate beside an own post: which answers below it are hidden."""
    own_repo(call, given)
    root = names.post_under(call.world, call.me, str(given.get("rkey")))
    record = given.get("record")
    if root is None or not isinstance(record, dict) or not isinstance(record.get("hiddenReplies"), list):
        raise Refusal("InvalidRequest", "Invalid app.bsky.feed.threadgate record")
    stands = work.gate_of(call.world, root)
    if given.get("swapRecord", "") != (stands["cid"] if stands else None):
        raise Refusal("InvalidSwap", "Record was at another place")
    for row in work.below_root(call.world, root):
        wanted = names.uri_of(call.world, row) in record["hiddenReplies"]
        if bool(row["hidden"]) != wanted:
            posts.hide(call.world, post=row, hidden=wanted, request_id=call.request_id)
    made = work.gate_of(call.world, root)
    uri = f"at://{names.did_of(call.me['id'])}/{names.GATE}/{given['rkey']}"
    return Answer({"uri": uri, "cid": made["cid"] if made else "bafyempty", "validationStatus": "valid"})


def delete_record(call: Call) -> Answer:
    """com.atproto.repo.deleteRecord: nothing happens where nothing stands."""
    given = call.json if isinstance(call.json, dict) else {}
    own_repo(call, given)
    if given.get("collection") == names.LIKE:
        key = names.LIKED + str(given.get("rkey"))
        known = call.world.store.one("SELECT post_id FROM send_keys WHERE user_id = ? AND key = ?", (call.me["id"], key))
        post = posts.find(call.world, known["post_id"]) if known is not None else None
        if post is not None:
            posts.like(call.world, post=post, by=call.me, liked=False, origin="api", request_id=call.request_id)
            with call.world.store.write() as db:
                db.execute("DELETE FROM send_keys WHERE user_id = ? AND key = ?", (call.me["id"], key))
        return Answer({})
    row = names.post_under(call.world, call.me, str(given.get("rkey"))) if given.get("collection") == names.POST else None
    if row is not None:
        posts.delete(call.world, post=row, origin="api", request_id=call.request_id, trouble=call.trouble_names)
    return Answer({})
