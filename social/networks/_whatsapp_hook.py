"""What WhatsApp's webhooks bring, and what one stored message means. There is no list to read: what no webhook brings is lost.

developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components and …/payload-examples, read 2026-11. An envelope is
`{"kind": "whatsapp", "account": "phone number id", "person": {contact}, "item": {message}, "seen_at": "…"}`; one person is one
conversation (`direct-` and their number).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from social.networks._graph_pages import NO_ID
from social.networks._graph_shapes import DIRECT, is_person, message_key, moment_of, written_at
from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks._versions import revision_of, version_id
from social.networks._whatsapp_words import failure, words
from social.networks.errors import Malformed
from social.networks.fates import Fate
from social.networks.reactions import Reaction
from social.networks.values import Access, Author, Envelope, Item, Media, Page

MEDIA = {"image": "image", "sticker": "image", "video": "video", "audio": "audio", "voice": "audio", "document": "file"}
#: No message of its own, but WhatsApp's own order of things.
PASSED_OVER = ("ephemeral",)
#: Messages of others, and those that the business's own telephone wrote (…/webhooks/reference/smb_message_echoes, read 2026-11).
FIELDS = {"messages": "messages", "smb_message_echoes": "message_echoes"}
#: What a message's way is told by, and how far it came at the person's then.
ACCEPTED = {"sent": "", "delivered": "delivered", "read": "read", "played": "read"}


def unpacked(access: Access, document: Mapping[str, Any]) -> Page:
    """The messages of a call to this number, each once, and what became of ours."""
    items: dict[str, Envelope] = {}
    broken: list[tuple[str, Any]] = []
    fates: list[Fate] = []
    gone: list[str] = []
    signs: list[Reaction] = []
    for entry, value, rows in _values(document, access.external_id):
        people = {string(person.get("wa_id")): person for person in mappings(value.get("contacts"))}
        seen_at = moment_of(entry.get("time"))
        for row in _rows(value, rows):
            message = mapping(row)
            if message.get("type") in PASSED_OVER:
                continue
            if message.get("type") == "reaction":
                signs += _signs(message) if rows == "messages" else []
                continue
            original = message_key(_original(message))
            if message.get("type") == "revoke" and original:
                gone.append(original)
                continue
            identifier, revision = message_key(message.get("id")), 0
            if not identifier:
                broken.append((NO_ID, row))
                continue
            if message.get("type") == "edit" and original:
                identifier, revision = original, _revision(message)
            person = dict(people.get(string(message.get("from")), {}))
            payload: dict[str, Any] = {"kind": "whatsapp", "account": access.external_id, "person": person, "item": dict(message)}
            payload |= {"seen_at": seen_at.isoformat() if seen_at else "", **({"revision": revision} if revision else {})}
            payload |= {"ours": True} if rows != "messages" else {}
            name = version_id(identifier, revision)
            items[name] = Envelope(name, payload)
        fates += [fate for fate in map(_fate, mappings(value.get("statuses"))) if fate]
    found = tuple(items.values())
    return Page(found, {}, broken=tuple(broken), gone=tuple(gone), fates=tuple(fates), reactions=tuple(signs))


def _original(message: Mapping[str, Any]) -> Any:
    """What an edit replaces, or a revocation takes away (…/webhooks/reference/messages/edit and …/revoke, of 2026-06-11)."""
    return mapping(message.get(string(message.get("type")))).get("original_message_id")


def _revision(message: Mapping[str, Any]) -> int:
    """A number that grows with the time of an edit. A message is edited within a quarter of an hour, so that hardly any meets the
    day's end, where it begins anew.
    """
    edited = moment_of(message.get("timestamp"))
    return 1 + (edited.hour * 3600 + edited.minute * 60 + edited.second) // 3 if edited else 1


def _values(
    document: Mapping[str, Any], account_id: str
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any], str]]:
    """Entry, content and name of the rows of the changes about one number. An app has one address for all its numbers."""
    if document.get("object") != "whatsapp_business_account":
        return
    for entry in mappings(document.get("entry")):
        for change in mappings(entry.get("changes")):
            value = mapping(change.get("value"))
            rows = FIELDS.get(string(change.get("field")))
            if rows and string(mapping(value.get("metadata")).get("phone_number_id")) == account_id:
                yield entry, value, rows


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
    own = string(mapping(error.get("error_data")).get("details")) or string(error.get("title")) or string(error.get("message"))
    reason = _("WhatsApp could not deliver it: {words}").format(words=failure(string(error.get("code")), own))
    return Fate(identifier, key, reason=reason, code=f"code_{string(error.get('code'))}"[:40])


def read_item(payload: Mapping[str, Any]) -> Item:
    """Understand an envelope. Raises Malformed with the reason."""
    message = payload.get("item")
    if not isinstance(message, dict):
        raise Malformed(_("The item holds nothing."), code="no_item")
    ours = payload.get("ours") is True
    identifier, sender = message_key(message.get("id")), string(message.get("to" if ours else "from"))
    if not identifier:
        raise Malformed(_("This is no id: {id}").format(id=clean(repr(message.get("id")))[:60]), code="bad_id")
    if not is_person(sender):
        raise Malformed(_("The message does not say who the customer is."), code="no_customer")
    written, revision = written_at(message.get("timestamp"), payload), revision_of(payload)
    original = message_key(_original(message))
    if message.get("type") == "edit" and original:
        # Its words are those of the edit; everything else stays the first one's.
        identifier, message = original, mapping(mapping(message.get("edit")).get("message"))
    name = clean(string(mapping(mapping(payload.get("person")).get("profile")).get("name"))).strip()[:120]
    return Item(
        external_id=version_id(identifier, revision),
        root_id=identifier,
        revision=revision,
        visibility="private",
        ours=ours,
        author=None if ours else Author(external_id=sender, handle=f"+{sender}", name=name),
        counterpart_id=sender if ours else "",
        text=words(message),
        lang="",
        occurred_at=written,
        thread_key=f"{DIRECT}{sender}",
        parent_id=message_key(mapping(message.get("context")).get("id")),
        media=_media(message),
    )


def _signs(message: Mapping[str, Any]) -> list[Reaction]:
    """The sign that somebody has below a message now; without an emoji it was taken back (…/messages/reaction, read 2026-11)."""
    said, at = mapping(message.get("reaction")), moment_of(message.get("timestamp"))
    on, who, emoji = message_key(said.get("message_id")), string(message.get("from")), clean(string(said.get("emoji")))[:40]
    return [Reaction(on, {emoji: 1} if emoji else {}, who, at.isoformat())] if on and at and is_person(who) else []


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
