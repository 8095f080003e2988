"""What Meta calls us with: proven over the raw bytes, of this Page only, each thing once, deletions among it."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from activity.models import Event
from core.clock import now
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services.deletions import apply_events
from inbox.services.ingest import ingest
from social.models import Channel, Delivery, RawItem
from social.networks.errors import Forged, Malformed
from social.networks.facebook import Facebook
from social.networks.values import Access, Envelope, Hook, Page
from social.services import connecting
from social.services.pulling import insert_items
from tests.accounts.factories import make_user, make_workspace
from tests.social.networks.facebook.shapes import ALI, PAGE
from tests.social.networks.servers import Says, Scripted

NETWORK = Facebook()
SECRET = "secret-of-the-app"
VALUES = {"page_id": PAGE, "access_token": "secret-page-token", "app_secret": SECRET, "verify_token": "secret-words"}
ACCESS = Access(PAGE, VALUES)
TIME = 1795685401


def signed(body: bytes, secret: str = SECRET) -> Hook:
    return Hook({"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}, body)


def document(*entries: dict[str, Any], kind: str = "page") -> bytes:
    # Meta escapes everything that is not ASCII, so that the bytes differ from what we would write.
    return json.dumps({"object": kind, "entry": list(entries)}).encode()


def entry(*, page: str = PAGE, **fields: Any) -> dict[str, Any]:
    return {"id": page, "time": TIME + 60, **fields}


def feed(**fields: Any) -> dict[str, Any]:
    value = {
        "item": "comment", "verb": "add", "comment_id": "900_1001", "post_id": f"{PAGE}_900", "parent_id": f"{PAGE}_900",
        "from": {"id": ALI, "name": "Ali"}, "message": "میرا پارسل؟", "created_time": TIME, **fields,
    }  # fmt: skip
    return {"field": "feed", "value": value}


def said(mid: str, text: str = "hello", **fields: Any) -> dict[str, Any]:
    message = {"mid": mid, "text": text, **fields.pop("message", {})}
    return {"sender": {"id": ALI}, "recipient": {"id": PAGE}, "timestamp": TIME * 1000, "message": message, **fields}


def test_the_signature_is_made_over_the_bytes() -> None:
    body = document(entry(changes=[feed()]))
    assert len(NETWORK.unpack(ACCESS, signed(body)).items) == 1
    rewritten = json.dumps(json.loads(body), ensure_ascii=False).encode()
    for hook in (
        Hook(signed(body).headers, rewritten), Hook({}, body), signed(body, "another-secret"),
        Hook({"x-hub-signature-256": "sha256=é"}, body),
        Hook({"x-hub-signature": signed(body).headers["x-hub-signature-256"]}, body),
    ):  # fmt: skip
        with pytest.raises(Forged):
            NETWORK.unpack(ACCESS, hook)
    with pytest.raises(Forged):
        NETWORK.unpack(Access(PAGE, {"access_token": "x"}), signed(body, ""))
    for nonsense in (b"null", b"[", b'{"entry": 7}', b"[" * 100_000, b"\xff"):
        with pytest.raises(Malformed):
            NETWORK.unpack(ACCESS, signed(nonsense))


def test_several_entries_come_at_once_and_those_of_other_pages_are_not_ours() -> None:
    body = document(
        entry(changes=[feed(), feed(comment_id="900_1002", parent_id="900_1001"), feed()]),
        entry(page="999", changes=[feed(comment_id="900_66")], messaging=[said("m_66")]),
        entry(messaging=[said("m_1"), said("m_1")], standby=[said("m_2")]),
        {"id": None}, None, 7,  # type: ignore[arg-type]
    )  # fmt: skip
    page = NETWORK.unpack(ACCESS, signed(body))
    assert [item.external_id for item in page.items] == ["900_1001", "900_1002", "m_1~hook", "m_2~hook"]
    assert NETWORK.unpack(ACCESS, signed(document(entry(messaging=[said("m_1")]), kind="instagram"))).items == ()
    for item in page.items:
        assert NETWORK.read(json.loads(json.dumps(item.payload)), account_id=PAGE).text


def test_signs_are_told_as_they_stand() -> None:
    """…/messenger-platform/reference/webhook-events/message-reactions and …/webhooks/reference/page/#feed, read 2026-11."""

    def sign(**said: Any) -> dict[str, Any]:
        return {"sender": {"id": ALI}, "recipient": {"id": PAGE}, "timestamp": TIME * 1000, "reaction": {"mid": "m_3", **said}}

    ours = {"sender": {"id": PAGE}, "recipient": {"id": ALI}, "timestamp": TIME, "reaction": {"mid": "m_3", "action": "react"}}
    told = entry(
        changes=[
            feed(item="reaction", reaction_type="wow"), feed(item="reaction", verb="remove"),
            feed(item="reaction", **{"from": {"id": PAGE}}), feed(item="like", comment_id=None),
            feed(item="like", **{"from": None}),
        ],
        messaging=[
            sign(reaction="love", emoji="❤️", action="react"), sign(action="unreact"), sign(reaction="sad", action="react"), ours,
            sign(mid=None, action="react"),
        ],
    )  # fmt: skip
    page = NETWORK.unpack(ACCESS, signed(document(told)))
    assert [(told.message_id, dict(told.signs), told.by) for told in page.reactions] == [
        ("900_1001", {"😮": 1}, ALI), ("900_1001", {}, ALI),
        ("m_3", {"❤️": 1}, ALI), ("m_3", {}, ALI), ("m_3", {"😢": 1}, ALI),
    ]  # fmt: skip
    assert (page.items, page.broken) == ((), ())


def test_what_is_hidden_on_the_page_is_told() -> None:
    page = NETWORK.unpack(ACCESS, signed(document(entry(changes=[feed(verb="hide"), feed(verb="unhide", comment_id="900_1002")]))))
    assert (page.hidden, page.items) == ({"900_1001": True, "900_1002": False}, ())


def test_what_is_no_message_is_passed_over() -> None:
    body = document(
        entry(
            changes=[
                feed(item="reaction", comment_id=None), feed(item="like", comment_id=None), feed(verb="hide"),
                {"field": "leadgen", "value": {}},
                feed(item="status", post_id=f"{PAGE}_1", **{"from": {"id": PAGE}}),
            ],
            messaging=[
                {"sender": {"id": ALI}, "recipient": {"id": PAGE}, "timestamp": TIME, "read": {"watermark": 1}},
                {"sender": {"id": ALI}, "recipient": {"id": PAGE}, "timestamp": TIME, "delivery": {"mids": ["m_1"]}},
                {"sender": {"id": ALI}, "recipient": {"id": PAGE}, "timestamp": TIME, "postback": {"title": "Menu"}},
            ],
        )
    )  # fmt: skip
    page = NETWORK.unpack(ACCESS, signed(body))
    assert (page.items, page.broken, page.gone) == ((), (), ())


def test_what_cannot_be_told_apart_is_set_aside() -> None:
    body = document(entry(changes=[feed(comment_id=None), feed()], messaging=[said(""), said("m_1")]))
    page = NETWORK.unpack(ACCESS, signed(body))
    assert (len(page.items), len(page.broken)) == (2, 2)


def test_deletions_and_edits() -> None:
    body = document(
        entry(
            changes=[
                feed(verb="remove"),
                feed(comment_id="900_5", verb="edited"),
                feed(item="status", post_id=f"{PAGE}_7", verb="remove"),
            ],
            messaging=[said("m_1", message={"is_deleted": True})],
        )
    )
    page = NETWORK.unpack(ACCESS, signed(body))
    assert page.gone == ("900_1001", f"{PAGE}_7", "m_1", "m_1~hook")
    assert [item.external_id for item in page.items] == ["900_5~60"]


# --- through the door ------------------------------------------------------------------------------------------------
@pytest.fixture
def channel(db: None, scripted: Scripted, settings: Any) -> Channel:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(Says.json({"id": PAGE, "name": "Brand"}))
    workspace = make_workspace("graph", owner=make_user("owner@graph.example"))
    return connecting.connect_with_tokens(network="facebook", values=VALUES, workspace_id=workspace.pk, actor_id=None)


def call(channel: Channel, body: bytes, *, secret: str = SECRET) -> Any:
    headers = {"X-Hub-Signature-256": signed(body, secret).headers["x-hub-signature-256"]}
    return Client(enforce_csrf_checks=True).post(
        f"/hooks/{channel.hook_key}/", body, content_type="application/json", headers=headers
    )


def bodies(channel: Channel) -> list[tuple[str, str, bool]]:
    ingest(workspace_id=channel.workspace_id, channel_id=channel.pk)
    with tenant(channel.workspace_id):
        return [(m.external_id, m.body, m.deleted_at is None) for m in Message.objects.order_by("external_id")]


@pytest.mark.django_db
def test_meta_asks_whether_the_address_is_ours(channel: Channel) -> None:
    address = f"/hooks/{channel.hook_key}/"
    query = {"hub.mode": "subscribe", "hub.verify_token": "secret-words", "hub.challenge": "1158201444"}
    answer = Client().get(address, query)
    assert (answer.status_code, answer.content, answer["content-type"]) == (200, b"1158201444", "text/plain; charset=utf-8")
    for wrong in (
        {"hub.verify_token": "other"}, {"hub.verify_token": ""}, {"hub.mode": "x"},
        {"hub.challenge": ""}, {"hub.challenge": "x" * 300},
    ):  # fmt: skip
        assert Client().get(address, {**query, **wrong}).status_code == 401
    assert Client().get("/hooks/nobody/", query).status_code == 404


@pytest.mark.django_db
def test_a_call_reaches_the_inbox_once(channel: Channel) -> None:
    body = document(entry(changes=[feed()], messaging=[said("m_1", "my number")]))
    assert call(channel, body, secret="forged").status_code == 401
    assert [call(channel, body).json() for _time in range(2)] == [{"new": 2}, {"new": 0}]
    assert bodies(channel) == [("900_1001", "میرا پارسل؟", True), ("m_1", "my number", True)]
    with tenant(channel.workspace_id):
        found = set(Conversation.objects.values_list("thread_key", "visibility"))
    assert found == {(f"{PAGE}_900", "public"), (f"direct-{ALI}", "private")}


@pytest.mark.django_db
def test_a_deletion_buries_also_what_comes_after_it(channel: Channel) -> None:
    call(channel, document(entry(changes=[feed()])))
    bodies(channel)
    call(channel, document(entry(changes=[feed(verb="remove"), feed(comment_id="900_2", verb="remove")])))
    with tenant(channel.workspace_id):
        apply_events(list(Event.objects.filter(kind="items.gone")))
    call(channel, document(entry(changes=[feed(comment_id="900_2"), feed()])))
    assert [(name, living) for name, _text, living in bodies(channel)] == [("900_1001", False)]
    with tenant(channel.workspace_id):
        assert set(RawItem.objects.values_list("external_id", "state")) == {("900_1001", "gone"), ("900_2", "gone")}


@pytest.mark.django_db
def test_the_name_of_a_person_comes_with_the_poll(channel: Channel) -> None:
    """A webhook says only who by number; the poll's copy of the same message completes the contact and adds no message."""
    call(channel, document(entry(messaging=[said("m_1")])))
    bodies(channel)
    ali = {"id": ALI, "name": "Ali Khan"}
    payload = {
        "kind": "message", "page": PAGE, "customer": ALI, "seen_at": "",
        "item": {"id": "m_1", "created_time": "2026-11-26T09:30:01+0000", "message": "hello", "from": ali},
    }  # fmt: skip
    with tenant(channel.workspace_id), connection.cursor() as cursor:
        page = Page((Envelope("m_1", payload),), {})
        insert_items(cursor, workspace_id=channel.workspace_id, channel_id=channel.pk, page=page)
    assert len(bodies(channel)) == 1
    with tenant(channel.workspace_id):
        assert Conversation.objects.get().contact.name == "Ali Khan"


@pytest.mark.django_db
def test_ticks_are_those_of_one_thread_up_to_a_moment(channel: Channel) -> None:
    """Messenger says what has arrived by name, and what was read only by person and time."""
    moment = now()

    def sent(number: int, thread: str, minutes: int) -> Delivery:
        when = moment + timedelta(minutes=minutes)
        return Delivery.objects.create(
            channel=channel, idempotency_key=f"k{number}", lane="l", outgoing={"thread_key": thread}, state="sent", not_before=when,
            created_at=when, attempted_at=when, external_id=f"m_{number}", reached="" if number == 4 else "delivered",
        )  # fmt: skip

    with tenant(channel.workspace_id):
        rows = [sent(1, "direct-7001", -1), sent(2, "direct-7001", 1), sent(3, "direct-7002", -1), sent(4, "direct-7001", -1)]

    def reached() -> list[str]:
        with tenant(channel.workspace_id):
            return [Delivery.objects.get(id=row.pk).reached for row in rows]

    until = {"watermark": int(moment.timestamp() * 1000)}
    event = {"sender": {"id": "7001"}, "recipient": {"id": PAGE}, "timestamp": 1795685401123}
    call(channel, document(entry(messaging=[event | {"read": until}, event | {"read": {"watermark": "x"}}, event | {"read": 7}])))
    assert reached() == ["read", "delivered", "delivered", ""]
    told = [event | {"delivery": {"mids": mids}} for mids in (["m_4", None, 7], "m_2")]
    call(channel, document(entry(messaging=told)))
    assert reached() == ["read", "delivered", "delivered", "delivered"]
