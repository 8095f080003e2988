"""Conversations of Meta's networks: Messenger's and Instagram's are the same, from the lists and from webhooks."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from social.networks._graph_pages import NO_ID, Found, Taken, oldest_of, rows_of
from social.networks._graph_shapes import DIRECT, FROM_HOOK, is_person, message_key, message_media, moment_of, written_at
from social.networks._graph_wire import after_of
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._versions import base_id, digest, revision_of, version_id
from social.networks.errors import Malformed
from social.networks.fates import Fate
from social.networks.values import Author, Envelope, Item

MESSAGE = "id,created_time,from,to,message,attachments,sticker,shares"


def author_of(person: Any) -> Author | None:
    """Who wrote it; None where the account may not know."""
    who = mapping(person)
    identifier = string(who.get("id"))
    if not is_person(identifier):
        return None
    name, handle = (clean(string(who.get(field))).strip()[:120] for field in ("name", "username"))
    return Author(external_id=identifier, handle=handle, name=name)


def text_of(item: Mapping[str, Any]) -> str:
    """The words of a post or a message. Raises Malformed for what is no text."""
    message = item.get("message")
    if message is not None and not isinstance(message, str):
        raise Malformed(_("The post has no text field."), code="no_text")
    return clean(string(message))


def from_messaging(event: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    """A messaging event as the message it is about.

    developers.facebook.com/docs/messenger-platform/reference/webhook-events, read 2026-11.
    """
    message = mapping(event.get("message"))
    edit, button = mapping(event.get("message_edit")), mapping(event.get("postback"))
    said = message or edit or button
    sender, recipient = string(mapping(event.get("sender")).get("id")), string(mapping(event.get("recipient")).get("id"))
    ours = message.get("is_echo") is True or sender == account_id
    return {
        "id": said.get("mid"),
        "created_time": event.get("timestamp"),
        "from": {"id": sender},
        "message": string(said.get("text")) or string(button.get("title")),
        "attachments": message.get("attachments"),
        "customer": recipient if ours else sender,
    }


def fates_of(event: Mapping[str, Any]) -> list[Fate]:
    """What a messaging event says of messages of ours: which have arrived, and what was read, or until when somebody has read.

    developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-deliveries, …/message-reads and
    …/instagram-platform/webhooks (messaging_seen), read 2026-11.
    """
    delivery, read = mapping(event.get("delivery")), mapping(event.get("read"))
    mids = delivery.get("mids")
    keys = [message_key(mid) for mid in mids] if isinstance(mids, list) else []
    fates = [Fate(key, reached="delivered") for key in keys[:1000] if key]
    seen, until = message_key(read.get("mid")), moment_of(read.get("watermark"))
    if seen:
        fates.append(Fate(seen, reached="read"))
    elif until and is_person(string(mapping(event.get("sender")).get("id"))):
        thread = f"{DIRECT}{string(mapping(event.get('sender')).get('id'))}"
        fates.append(Fate("", reached="read", thread_key=thread, until=until))
    return fates


def read_message(message: Mapping[str, Any], payload: Mapping[str, Any], account_id: str) -> Item:
    """A message of a conversation, whoever wrote it. Raises Malformed with the reason."""
    identifier = message_key(message.get("id"))
    if not identifier:
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(message.get("id")))[:60]), code="bad_id")
    author = author_of(message.get("from"))
    # Under one account's own number here, and under another there.
    us = (account_id, string(payload.get("us")) or account_id)
    ours = author is not None and author.external_id in us
    others = [mapping(person).get("id") for person in mappings(mapping(message.get("to")).get("data"))]
    known = [payload.get("customer"), message.get("customer"), *(others if ours else [author.external_id if author else ""])]
    customer = next((str(person) for person in known if is_person(person) and person not in us), "")
    if not customer:
        raise Malformed(_("The message does not say who the customer is."), code="no_customer")
    revision = revision_of(payload)
    return Item(
        external_id=version_id(identifier, revision),
        root_id=base_id(identifier),
        revision=revision,
        visibility="private",
        ours=ours,
        author=author,
        counterpart_id=customer if ours else "",
        text=text_of(message),
        lang="",
        occurred_at=written_at(message.get("created_time"), payload),
        thread_key=f"{DIRECT}{customer}",
        media=message_media(message),
    )


def take_talk(row: Any, account_id: str, *, handle: str = "", deep: bool = True) -> Taken:
    """A conversation and the messages shown with it. `handle` is the account's own name, where numbers are not enough."""
    taken = Taken()
    talk = mapping(row)
    people = mappings(rows_of(talk.get("participants")))
    named = next((string(person.get("id")) for person in people if handle and person.get("username") == handle), "")
    us = named if is_person(named) else account_id
    customer = next((p for p in (string(person.get("id")) for person in people) if is_person(p) and p not in (us, account_id)), "")
    identifier = string(talk.get("id"))
    if not identifier or not (identifier.startswith("t_") or not deep):
        taken.broken.append((NO_ID, row))
        return taken
    taken.changed = moment_of(talk.get("updated_time"))
    for message in rows_of(talk.get("messages")):
        add_message(taken, message, customer, account_id, us=us)
    following = after_of(talk.get("messages"))
    if following and deep:
        taken.deep.append((f"{identifier}:{customer}", following, oldest_of(talk.get("messages"))))
    return taken


def add_message(taken: Taken, row: Any, customer: str, account_id: str, *, us: str = "") -> None:
    """A message of a conversation with that customer."""
    message = mapping(row)
    identifier = message_key(message.get("id"))
    if not identifier:
        taken.broken.append((NO_ID, row))
        return
    written = moment_of(message.get("created_time"))
    mark = digest(message.get("message"), written, mapping(message.get("from")).get("id"))
    payload = {"kind": "message", "page": account_id, "customer": customer, "item": dict(message)}
    taken.found.append(Found(identifier, payload | ({"us": us} if us not in ("", account_id) else {}), written, mark))


def messaging(
    event: Mapping[str, Any], entry: Mapping[str, Any], account_id: str,
    items: dict[str, Envelope], gone: list[str], broken: list[tuple[str, Any]],
) -> None:  # fmt: skip
    """One messaging event: a message, an echo of our own, an edit, a button pressed, a message taken back. Others are none."""
    said = [mapping(event.get(name)) for name in ("message", "message_edit", "postback")]
    if not any(said):
        return
    key = message_key(from_messaging(event, account_id)["id"])
    if not key:
        if said[2]:
            return  # a button of older days has no id, and only asks for the menu
        broken.append((NO_ID, dict(event)))
        return
    if said[0].get("is_deleted") is True:
        gone.extend((key, f"{key}{FROM_HOOK}"))
        return
    seen_at = moment_of(entry.get("time"))
    payload: dict[str, Any] = {
        "kind": "messaging",
        "page": account_id,
        "item": dict(event),
        "seen_at": seen_at.isoformat() if seen_at else "",
    }
    number = said[1].get("num_edit")
    if said[1]:
        payload["revision"] = number if isinstance(number, int) and 0 < number < 1000 else 1
        name = version_id(key, payload["revision"])
    else:
        name = f"{key}{FROM_HOOK}"
    items[name] = Envelope(name, payload)
