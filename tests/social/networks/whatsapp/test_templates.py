"""Templates of WhatsApp: found by the poll, chosen and filled by a person, sent when the day after the customer's word is over."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.test import Client

from accounts.models import Membership
from core.clock import now
from core.errors import Invalid
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.services import replies
from social.models import Channel, Delivery, Pull
from social.networks.errors import Rejected
from social.networks.values import Access, Outgoing
from social.services import delivering
from tests.accounts.factories import signed_in
from tests.social.networks.facebook.shapes import fault, listing
from tests.social.networks.servers import Asked, Practice, Says, Scripted
from tests.social.networks.uploads import attachment
from tests.social.networks.whatsapp.shapes import ALI, NUMBER, body, message
from tests.social.networks.whatsapp.test_hooks import (  # noqa: F401 - fixture
    ACCESS,
    NETWORK,
    RECEIPT,
    VALUES,
    call,
    channel,
)

ACCOUNT = "102290129340398"
#: developers.facebook.com/docs/whatsapp/business-management-api/message-templates, read 2026-11.
UPDATE = {
    "name": "parcel_update", "language": "en_US", "status": "APPROVED", "category": "UTILITY", "id": "594425479261596",
    "components": [
        {"type": "HEADER", "format": "TEXT", "text": "News"},
        {"type": "BODY", "text": "Hello {{1}}, your parcel {{ 2 }} left.", "example": {"body_text": [["Ali", "881"]]}},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}]},
    ],
}  # fmt: skip
CHOSEN = {"name": "parcel_update", "language": "en_US", "parameters": ["Ali", "881"]}


def words(text: str, **fields: Any) -> dict[str, Any]:
    return {**UPDATE, "name": "other", "components": [{"type": "BODY", "text": text}], **fields}


def test_only_what_can_be_filled_is_kept(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    odd = [
        words("Hello {{name}}"), words("{{2}}"), words("{{1}} {{3}}"), words("ok", status="PAUSED"), words("ok", name="No Name"),
        words("ok", language="en; drop"), words(""), words("x" * 2000), words("ok", components=None), words("ok", components=[]),
        {**UPDATE, "components": [{"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "ok"}]},
        {**UPDATE, "components": [{"type": "BODY", "text": "ok"}, {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE"}]}]},
        {**UPDATE, "components": [{"type": "BODY", "text": "ok"}, {"type": "FOOTER", "text": "for {{1}}"}]},
        None, 7, "text", [], {"name": None},
    ]  # fmt: skip
    scripted.says(lambda asked: listing([UPDATE, *odd]) if "message_templates" in asked.path else Says.json({"id": NUMBER}))
    access = Access(NUMBER, {**VALUES, "business_account_id": ACCOUNT})
    cursor = json.loads(json.dumps(NETWORK.fetch(access, {}).cursor))
    (template,) = NETWORK.templates(cursor)
    assert (template.key, template.variables) == ("parcel_update|en_US", 2)
    assert template.filled(["Ali", "881"]) == "Hello Ali, your parcel 881 left."
    assert scripted.asked[-1].path.endswith(f"/{ACCOUNT}/message_templates")
    # Without the account's number nothing is asked; a refusal keeps what is known and is told.
    assert NETWORK.fetch(ACCESS, {}).cursor == {}
    scripted.says(lambda asked: fault(200) if "message_templates" in asked.path else Says.json({"id": NUMBER}))
    kept = NETWORK.fetch(access, cursor).cursor
    assert NETWORK.templates(kept) == (template,)
    assert NETWORK.remarks(kept)
    assert NETWORK.templates({"templates": "nonsense"}) == NETWORK.templates({"templates": [None, {"name": 7}]}) == ()


def test_it_is_sent_as_the_documents_want_it(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    scripted.says(RECEIPT)
    late = (now() - timedelta(days=9)).isoformat()
    outgoing = Outgoing("direct", "Hello Ali, your parcel 881 left.", thread_key=f"direct-{ALI}", heard_at=late, template=CHOSEN)
    assert NETWORK.refusal(outgoing) is None
    assert Outgoing.from_json(outgoing.as_json()) == outgoing
    assert NETWORK.send(ACCESS, outgoing).external_id == "wamid.70"
    form = parse_qs(scripted.asked[0].body.decode())
    assert form["type"] == ["template"]
    assert json.loads(form["template"][0]) == {
        "name": "parcel_update", "language": {"code": "en_US"},
        "components": [{"type": "body", "parameters": [{"type": "text", "text": "Ali"}, {"type": "text", "text": "881"}]}],
    }  # fmt: skip
    scripted.says(fault(132000))
    with pytest.raises(Rejected):
        NETWORK.send(ACCESS, outgoing)


def test_blanks_stand_in_every_part_and_files_on_top(scripted: Scripted, settings: Any) -> None:
    settings.GRAPH_API_BASE = scripted.url
    button = {"type": "URL", "text": "Follow", "url": "https://anar.example/{{1}}"}
    everywhere = [
        {"type": "BODY", "text": "{{1}}, it comes {{2}}.\n\n{{1}}!"},
        {"type": "HEADER", "format": "TEXT", "text": "Parcel {{1}}"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Thanks"}, button]},
    ]
    picture = [{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Your bill, {{1}}"}]
    rows = [{**UPDATE, "name": "all", "components": everywhere}, {**UPDATE, "name": "bill", "components": picture}]
    scripted.says(lambda asked: listing(rows) if "message_templates" in asked.path else Says.json({"id": NUMBER}))
    cursor = json.loads(json.dumps(NETWORK.fetch(Access(NUMBER, {**VALUES, "business_account_id": ACCOUNT}), {}).cursor))
    whole, bill = NETWORK.templates(cursor)
    values = ["881", "Ali", "today", "t881"]
    assert whole.filled(values) == "Parcel 881\n\nAli, it comes today.\n\nAli!\n\nFollow: https://anar.example/t881"
    chosen = {"name": "all", "language": "en_US", "parameters": values, "form": dict(whole.form)}
    scripted.says(RECEIPT)
    outgoing = Outgoing("direct", whole.filled(values), thread_key=f"direct-{ALI}", template=chosen)
    NETWORK.send(ACCESS, outgoing)
    sent = json.loads(parse_qs(scripted.asked[-1].body.decode())["template"][0])["components"]
    assert [(part["type"], part.get("index"), [value["text"] for value in part["parameters"]]) for part in sent] == [
        ("header", None, ["881"]), ("body", None, ["Ali", "today"]), ("button", "1", ["t881"]),
    ]  # fmt: skip
    paper = attachment(kind="file", mime="application/pdf", name="bill.pdf", handle="99")
    chosen = {"name": "bill", "language": "en_US", "parameters": ["Ali"], "form": dict(bill.form)}
    outgoing = replace(outgoing, template=chosen, media=(paper,))
    assert NETWORK.media_refusal(outgoing) is None
    assert NETWORK.media_refusal(replace(outgoing, media=()))
    assert NETWORK.media_refusal(replace(outgoing, media=(attachment(),)))
    assert NETWORK.media_refusal(replace(outgoing, template=CHOSEN))
    NETWORK.send(ACCESS, outgoing)
    head, _body = json.loads(parse_qs(scripted.asked[-1].body.decode())["template"][0])["components"]
    assert head == {"type": "header", "parameters": [{"type": "document", "document": {"id": "99", "filename": "bill.pdf"}}]}


# --- through the inbox --------------------------------------------------------------------------------------------------
@pytest.fixture
def late(channel: Channel) -> Conversation:  # noqa: F811
    """A conversation in which the time to answer is over, on a channel with one template."""
    call(channel, body(messages=[message(1, timestamp=str(int((now() - timedelta(hours=30)).timestamp())))]))
    kept = {"name": "parcel_update", "language": "en_US", "body": "Hello {{1}}, your parcel {{2}} left.", "variables": 2}
    with tenant(channel.workspace_id):
        Pull.objects.filter(channel=channel).update(cursor={"templates": [kept]})
        return Conversation.objects.get()


@pytest.mark.django_db
@pytest.mark.parametrize("door", ["page", "api"])
def test_a_template_goes_when_the_time_is_over(late: Conversation, channel: Channel, scripted: Scripted, door: str) -> None:  # noqa: F811
    with tenant(channel.workspace_id):
        owner = Membership.objects.get().user
    tab: Client = signed_in(owner)
    page = tab.get(f"/w/graph/inbox/{late.pk}/").content.decode()
    assert "The time to answer is over" in page
    assert 'value="parcel_update|en_US"' in page
    if door == "page":
        given = {"kind": "reply", "body": "whatever", "template": "parcel_update|en_US", "variable": ["Ali\n Raza", "881"]}
        assert tab.post(f"/w/graph/inbox/{late.pk}/write/", given).status_code == 302
    else:
        sent = {"template": "parcel_update|en_US", "parameters": ["Ali\n Raza", "881"]}
        address = f"/api/v1/w/graph/conversations/{late.pk}/messages"
        assert tab.post(address, sent, content_type="application/json").status_code == 201
    with tenant(channel.workspace_id):
        assert Message.objects.get(direction="out").body == "Hello Ali Raza, your parcel 881 left."
        Delivery.objects.update(not_before=now() - timedelta(seconds=1))
    asked: list[Asked] = scripted.asked
    scripted.says(RECEIPT)
    delivering.deliver(workspace_id=channel.workspace_id, channel_id=channel.pk)
    assert b"template" in asked[-1].body
    with tenant(channel.workspace_id):
        assert Delivery.objects.get().state == "sent"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "parameters", "field"),
    [
        ("nobody|en", [], "template"), ("parcel_update|en_US", ["Ali"], "parameters"),
        ("parcel_update|en_US", ["Ali", " "], "parameters"), ("parcel_update|en_US", ["Ali", "881", "more"], "parameters"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(late: Conversation, channel: Channel, key: str, parameters: list[str], field: str) -> None:  # noqa: F811
    with tenant(channel.workspace_id), pytest.raises(Invalid) as caught:
        member = Membership.objects.get()
        replies.reply(member=member, conversation_id=late.pk, body="", template=key, parameters=parameters)
    assert caught.value.field == field


def test_a_template_leaves_over_the_practice_network(practice: Practice) -> None:
    brand, ali = practice.person("brand", is_brand=True, network="whatsapp"), practice.person("ali", network="whatsapp")
    token = practice.tokens("brand")["access_token"]
    secrets = {"phone_number_id": brand["id"], "access_token": token, "app_secret": Practice.CLIENT_SECRET}
    access = Access(brand["id"], {**secrets, "business_account_id": brand["id"]})
    templates = {template.name: template for template in NETWORK.templates(NETWORK.fetch(access, {}).cursor)}
    assert set(templates) == {"parcel_update", "go_on", "look", "on_its_way"}
    chosen = {"name": "parcel_update", "language": "en", "parameters": ["Ali", "881"]}
    text = templates["parcel_update"].filled(["Ali", "881"])
    NETWORK.send(access, Outgoing("direct", text, thread_key=f"direct-{ali['id']}", template=chosen))
    heard = practice.call("GET", "/dms", account="ali")["dms"]
    assert [row["text"] for row in heard] == ["Hello Ali, your parcel 881 is on its way."]
    whole, values = templates["on_its_way"], ["881", "Ali", "today", "t881"]
    chosen_whole = {"name": "on_its_way", "language": "en", "parameters": values, "form": dict(whole.form)}
    direct = Outgoing("direct", whole.filled(values), thread_key=f"direct-{ali['id']}", template=chosen_whole)
    NETWORK.send(access, direct)
    look = {"name": "look", "language": "en", "parameters": [], "form": dict(templates["look"].form)}
    direct = replace(direct, text="Look!", template=look, media=(attachment(),))
    handle = NETWORK.upload(access, direct, attachment())
    NETWORK.send(access, replace(direct, media=(attachment(handle=handle),)))
    heard = practice.call("GET", "/dms", account="ali")["dms"]
    assert [(row["text"], len(row["media"])) for row in heard[1:]] == [("Parcel 881\nAli, it comes today.\nt881", 0), ("Look!", 1)]
    wrong = Outgoing("direct", text, thread_key=f"direct-{ali['id']}", template={**chosen, "parameters": ["Ali"]})
    with pytest.raises(Rejected):
        NETWORK.send(access, wrong)
