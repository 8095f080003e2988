"""From what a network says of people to identities and contacts, a whole batch at a time."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from core.batches import execute_rows, read_json
from core.folding import fold
from core.names import clean_name
from core.tenancy import current_workspace_id


class Seen(NamedTuple):
    """A person as a network showed them, and when."""

    network: str
    scope: str
    external_id: str
    handle: str
    name: str
    profile: Mapping[str, Any]
    at: datetime
    language: str = ""


class Known(NamedTuple):
    """Where a handle leads."""

    identity_id: int
    contact_id: int
    #: Blocked, or marked as spam.
    unwelcome: bool = False


FIND = """
SELECT external_id, scope, id, contact_id, handle, name, profile, standing FROM crm_identity
WHERE workspace_id = %s AND network = %s AND external_id = ANY(%s)
"""
#: Contact and identity in one statement: the contact's id is drawn first, so that the pairs cannot be mixed up.
PERSON = (
    "network text, scope text, external_id text, handle text, name text, profile jsonb, seen_at timestamptz, folded text, "
    "contact_name text, location text, language text"
)
MAKE = """
WITH people AS (
    SELECT v.*, nextval(pg_get_serial_sequence('crm_contact', 'id')) AS contact_id FROM {{rows}}
), contacts AS (
    INSERT INTO crm_contact (id, workspace_id, name, folded, email, phone, location, language, about, created_at,
                             last_interaction_at, revision)
    SELECT contact_id, {workspace:d}, contact_name, folded, '', '', location, language, '', clock_timestamp(), seen_at, 1
    FROM people
)
INSERT INTO crm_identity (workspace_id, contact_id, network, scope, external_id, handle, name, profile, evidence, confidence,
                          first_seen_at, last_seen_at)
SELECT {workspace:d}, contact_id, network, scope, external_id, handle, name, profile, 'account', 100, seen_at, seen_at FROM people
RETURNING external_id, scope, id, contact_id
"""
CHANGED = "id bigint, handle text, name text, profile jsonb, seen_at timestamptz, folded text"
#: Somebody whom a webhook brought as a number only gets the name that a poll brings; names that somebody has stay.
REFRESH = """
WITH fresh AS (
    UPDATE crm_identity i SET handle = v.handle, name = v.name, profile = i.profile || v.profile,
           last_seen_at = greatest(i.last_seen_at, v.seen_at)
    FROM {{rows}} WHERE i.workspace_id = {workspace:d} AND i.id = v.id
    RETURNING i.contact_id, coalesce(nullif(v.name, ''), v.handle) AS shown, v.folded
)
UPDATE crm_contact c SET name = fresh.shown, folded = fresh.folded, revision = c.revision + 1
FROM fresh WHERE c.workspace_id = {workspace:d} AND c.id = fresh.contact_id AND c.name = '' AND fresh.shown <> ''
"""


def resolve(people: Iterable[Seen]) -> dict[tuple[str, str], Known]:
    """Find or make the identity, and its contact, of each person; keyed by (scope, external id). All of one network.

    The caller holds the workspace's ingest lock of that network, so that two batches cannot make one person twice. Two
    queries, a third only when somebody changed their name.
    """
    latest: dict[tuple[str, str], Seen] = {}
    for person in people:
        key = (person.scope, person.external_id)
        if key not in latest or (person.at >= latest[key].at and (person.handle or not latest[key].handle)):
            latest[key] = person
    if not latest:
        return {}
    network = next(iter(latest.values())).network
    known: dict[tuple[str, str], Known] = {}
    changed: list[tuple[int, str, str, dict[str, Any], datetime, str]] = []
    with connection.cursor() as cursor:
        cursor.execute(FIND, [current_workspace_id(), network, [external for _, external in latest]])
        for external_id, scope, identity_id, contact_id, handle, name, profile, standing in cursor.fetchall():
            person_seen = latest.get((scope, external_id))
            if person_seen is None:
                continue
            known[scope, external_id] = Known(identity_id, contact_id, standing != "")
            if _differs(person_seen, handle, name, read_json(profile)):
                handle, name = clean_name(person_seen.handle) or handle, clean_name(person_seen.name) or name
                profile, folded = dict(person_seen.profile), fold(f"{name} {handle}")[:400]
                changed.append((identity_id, handle, name, profile, person_seen.at, folded))
        missing = [person for key, person in latest.items() if key not in known]
        if missing:
            make = MAKE.format(workspace=current_workspace_id())
            execute_rows(cursor, make, PERSON, [_row(person) for person in missing])
            for external_id, scope, identity_id, contact_id in cursor.fetchall():
                known[scope, external_id] = Known(identity_id, contact_id)
        if changed:
            execute_rows(cursor, REFRESH.format(workspace=current_workspace_id()), CHANGED, changed)
    return known


#: Figures that move by themselves are no reason to rewrite a row at each post.
_RESTLESS = frozenset({"followers", "following", "posts", "public_metrics"})


def _differs(person: Seen, handle: str, name: str, profile: Mapping[str, Any]) -> bool:
    if not person.handle and not person.name:
        return False
    if clean_name(person.handle) != handle or clean_name(person.name) != name:
        return True
    return any(value != profile.get(key) for key, value in person.profile.items() if key not in _RESTLESS)


def _row(person: Seen) -> tuple[Any, ...]:
    handle, name = clean_name(person.handle), clean_name(person.name)
    shown = name or handle
    return (
        person.network,
        person.scope,
        person.external_id,
        handle,
        name,
        dict(person.profile),
        person.at,
        fold(f"{name} {handle}")[:400],
        shown,
        clean_name(str(person.profile.get("location") or "")),
        person.language[:10],
    )
