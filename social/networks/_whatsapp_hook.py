"""What WhatsApp's webhooks bring, and what one stored message means. There is no list to read: what no webhook brings is lost.

developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components and …/payload-examples, read 2026-11. An envelope is
`{"kind": "whatsapp", "account": "phone number id", "person": {contact}, "item": {message}, "seen_at": "…"}`; one person is one
conversation (`direct-` and their number).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from social.networks._graph_messages import text_of
from social.networks._graph_pages import NO_ID
from social.networks._graph_shapes import DIRECT, is_person, message_key, moment_of, written_at
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.errors import Malformed
from social.networks.fates import Fate
from social.networks.values import Access, Author, Envelope, Item, Media, Page

MEDIA = {"image": "image", "sticker": "image", "video": "video", "audio": "audio", "voice": "audio", "document": "file"}
#: No messages of their own: a sign below another one, or WhatsApp's own order of things.
PASSED_OVER = ("reaction", "ephemeral")
#: What a message's way is told by, and how far it came at the person's then.
ACCEPTED = {"sent": "", "delivered": "delivered", "read": "read", "played": "read"}


def unpacked(access: Access, document: Mapping[str, Any]) -> Page:
    """The messages of a call to this number, each once, and what became of ours."""
    items: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    fates: list[Fate] = []
    for entry, value in _values(document, access.external_id):
        people = {string(person.get("wa_id")): person for person in mappings(value.get("contacts"))}
        for row in _rows(value, "messages"):
            message = mapping(row)
            if message.get("type") in PASSED_OVER:
                continue
            identifier = message_key(message.get("id"))
            if not identifier:
                broken.append((NO_ID, row))
                continue
            person = dict(people.get(string(message.get("from")), {}))
            seen_at = moment_of(entry.get("time"))
            payload = {"kind": "whatsapp", "account": access.external_id, "person": person, "item": dict(message)}
            items[identifier] = Envelope(identifier, payload | {"seen_at": seen_at.isoformat() if seen_at else ""})
        fates += [fate for fate in map(_fate, mappings(value.get("statuses"))) if fate]
    return Page(tuple(items.values()), {}, broken=tuple(broken), fates=tuple(fates))


def _values(document: Mapping[str, Any], account_id: str) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Entry and content of the changes about one number. An app has one address for all its numbers."""
    if document.get("object") != "whatsapp_business_account":
        return
    for entry in mappings(document.get("entry")):
        for change in mappings(entry.get("changes")):
            value = mapping(change.get("value"))
            if change.get("field") == "messages" and string(mapping(value.get("metadata")).get("phone_number_id")) == account_id:
                yield entry, value


def _rows(value: Mapping[str, Any], name: str) -> list[Any]:
    rows = value.get(name)
    return rows if isinstance(rows, list) else []


def _fate(status: Mapping[str, Any]) -> Fate | None:
    """What a status says of a message of ours; None for what says nothing."""
    identifier, word = message_key(status.get("id")), status.get("status")
    key = string(status.get("biz_opaque_callback_data"))[:100]
    if not identifier or word not in (*ACCEPTED, "failed"):
        return None
    if word != "failed":
        return Fate(identifier, key, reached=ACCEPTED[string(word)])
    error = next(iter(mappings(status.get("errors"))), {})
    words = string(mapping(error.get("error_data")).get("details")) or string(error.get("title")) or string(error.get("message"))
    reason = _("WhatsApp could not deliver it: {words}").format(words=clean(words)[:300] or string(error.get("code")))
    return Fate(identifier, key, reason=reason, code=f"code_{string(error.get('code'))}"[:40])


def read_item(payload: Mapping[str, Any]) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    message = payload.get("item")
    if not isinstance(message, dict):
        raise Malformed(_("The item holds nothing."), code="no_item")
    identifier, sender = message_key(message.get("id")), string(message.get("from"))
    if not identifier:
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(message.get("id")))[:60]), code="bad_id")
    if not is_person(sender):
        raise Malformed(_("The message does not say who the customer is."), code="no_customer")
    name = clean(string(mapping(mapping(payload.get("person")).get("profile")).get("name"))).strip()[:120]
    return Item(
        external_id=identifier,
        root_id=identifier,
        revision=0,
        visibility="private",
        ours=False,
        author=Author(external_id=sender, handle=f"+{sender}", name=name),
        counterpart_id="",
        text=_words(message),
        lang="",
        occurred_at=written_at(message.get("timestamp"), payload),
        thread_key=f"{DIRECT}{sender}",
        parent_id=message_key(mapping(message.get("context")).get("id")),
        media=_media(message),
    )


def _words(message: Mapping[str, Any]) -> str:
    """What was said, in whichever of the many kinds of message it stands."""
    kind = string(message.get("type"))
    said = mapping(message.get(kind))
    if kind == "text":
        return text_of({"message": said.get("body")})
    if kind == "interactive":
        chosen = mapping(said.get("button_reply")) or mapping(said.get("list_reply"))
        return clean(string(chosen.get("title")))
    if kind == "location":
        place = [string(said.get("name")), string(said.get("address"))]
        point = f"{said.get('latitude')}, {said.get('longitude')}" if "latitude" in said else ""
        return clean("\n".join(part for part in ("📍", *place, point) if part)[:1000])
    if kind == "contacts":
        cards = mappings(message.get("contacts"))
        return clean("\n".join(string(mapping(card.get("name")).get("formatted_name")) for card in cards))[:1000]
    if kind in MEDIA:
        return clean(string(said.get("caption")))
    return clean(string(said.get("text")) or string(said.get("body")))


def _media(message: Mapping[str, Any]) -> tuple[Media, ...]:
    """A picture or file. Its address must be asked for with the token and lasts five minutes, so that only its name is known."""
    kind = string(message.get("type"))
    said = mapping(message.get(kind))
    if kind not in MEDIA or not said:
        return ()
    words = clean(string(said.get("filename")) or string(said.get("caption")))[:1000]
    return (Media(MEDIA[kind], alt=words, reference=clean(string(said.get("id")))[:200]),)


def numbers_in(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The numbers a document is about."""
    changes = [change for entry in mappings(document.get("entry")) for change in mappings(entry.get("changes"))]
    return tuple(string(mapping(mapping(change.get("value")).get("metadata")).get("phone_number_id")) for change in changes)
