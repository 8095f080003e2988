"""Telephone calls in the inbox: what opens a conversation and what does not, who rings just now, and where it is shown as one."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import translation

from core.clock import now
from core.push import sequences
from core.reasons import call_in_words
from core.tenancy import tenant
from crm.models import Interaction
from inbox.models import Conversation, Message
from inbox.services import triage
from inbox.services.ingest import ingest
from social.models import Channel, Pull
from social.networks import network_of
from social.networks._sms_calls import version_id
from social.networks.values import Envelope, Page
from social.services.pulling import Claim, store_page
from tests.accounts.factories import Cast
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk
from tests.inbox.phones import KEY, make_phone, rings
from tests.social.networks.sms.shapes import call, form, leg, sid, voice

pytestmark = pytest.mark.django_db


@pytest.fixture
def phone(desk: Desk) -> Channel:
    """A number that Twilio calls about."""
    return make_phone(desk)


@pytest.fixture
def tab(cast: Cast) -> Client:
    """A member's browser."""
    client = Client()
    client.force_login(cast.member("owner").user)
    return client


def state(phone: Channel) -> tuple[str, bool, int, str]:
    """Status, whether somebody waits, how much is unread, and what the list shows."""
    with tenant(phone.workspace_id):
        row = Conversation.objects.get(channel=phone)
        return row.status, row.waiting_since is not None, row.unread_count, row.snippet


def test_a_missed_call_waits_for_us_and_an_answered_one_does_not(phone: Channel, settings: Any) -> None:
    answer = rings(phone, settings, voice(7))
    assert (answer.status_code, answer["content-type"]) == (200, "text/xml; charset=utf-8")
    assert b"<Dial" in answer.content
    assert state(phone) == ("resolved", False, 0, "☎ Calls us now")
    rings(phone, settings, voice(7, "in-progress", DialCallStatus="completed", DialCallDuration="80"), step="dialled")
    assert state(phone) == ("resolved", False, 0, "☎ Answered call, 1:20")
    rings(phone, settings, voice(8))
    assert state(phone)[:3] == ("resolved", False, 0)
    rings(phone, settings, voice(8, "in-progress", DialCallStatus="no-answer"), step="dialled")
    assert state(phone) == ("open", True, 1, "☎ Missed call")


def test_the_list_finds_the_same_call_and_corrects_it(phone: Channel, settings: Any) -> None:
    rings(phone, settings, voice(7))
    rings(phone, settings, voice(7, "in-progress", DialCallStatus="no-answer"), step="dialled")
    payload = {"kind": "call", "item": call(7), "legs": [leg(8, 7, "completed", "80")], "seen_at": now().isoformat()}
    with tenant(phone.workspace_id):
        pull = Pull.objects.get(channel=phone)
    claim = Claim(phone.workspace_id, phone.pk, pull.fence, pull.cursor, network_of("sms"))
    for _time in range(2):
        store_page(claim, Page((Envelope(version_id(payload), payload),), pull.cursor))
        ingest(workspace_id=phone.workspace_id, channel_id=phone.pk)
    with tenant(phone.workspace_id):
        (message,) = Message.objects.filter(channel_id=phone.pk)
        assert (message.call, message.edited_at) == ({"state": "answered", "seconds": 80}, None)
        (row,) = Interaction.objects.filter(channel_id=phone.pk)
        assert (row.kind, row.snippet) == ("call_in", "☎ Answered call, 1:20")


def test_a_call_missed_alone_opens_what_was_resolved(desk: Desk, phone: Channel, settings: Any) -> None:
    rings(phone, settings, form(1))
    with tenant(phone.workspace_id):
        conversation = Conversation.objects.get(channel=phone)
        triage.set_status(member=desk.member, conversation_id=conversation.pk, status="resolved")
    rings(phone, settings, voice(7))
    assert state(phone)[0] == "resolved"
    rings(phone, settings, voice(7, "no-answer"))
    status, waits, _unread, snippet = state(phone)
    assert (status, waits, snippet) == ("open", True, "☎ Missed call")


def test_words_that_wait_go_on_waiting_when_a_call_is_taken(phone: Channel, settings: Any) -> None:
    rings(phone, settings, form(1))
    assert state(phone)[:3] == ("open", True, 1)
    rings(phone, settings, voice(7))
    rings(phone, settings, voice(7, "in-progress", DialCallStatus="completed", DialCallDuration="80"), step="dialled")
    assert state(phone)[:3] == ("open", True, 1)


def test_told_twice_it_is_missed_once(phone: Channel, settings: Any) -> None:
    rings(phone, settings, voice(7))
    for _time in range(3):
        rings(phone, settings, voice(7, "no-answer"))
    path = f"https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/{sid('RE', 9)}"
    rings(phone, settings, voice(7, "completed", RecordingUrl=path, RecordingDuration="12"), step="recorded")
    assert state(phone) == ("open", True, 1, "☎ Missed call with a message, 0:12")
    rings(phone, settings, voice(7, "no-answer"))
    assert state(phone)[3] == "☎ Missed call with a message, 0:12"


def test_an_unsigned_ring_is_nobody(phone: Channel, settings: Any) -> None:
    answer = Client().post(f"/hooks/{KEY}/", urlencode(voice(7)), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 401
    with tenant(phone.workspace_id):
        assert not Message.objects.filter(channel_id=phone.pk).exists()


# --- who rings just now ---------------------------------------------------------------------------------------------
def ringing(tab: Client) -> str:
    answer = tab.get("/w/meridian/inbox/ringing/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_caller_is_named_while_it_rings(tab: Client, phone: Channel, settings: Any) -> None:
    assert ringing(tab).strip() == ""
    rings(phone, settings, voice(7, CallerName="Ali Raza"))
    page = ringing(tab)
    with tenant(phone.workspace_id):
        conversation = Conversation.objects.get(channel=phone)
    assert "Ali Raza" in page
    assert f"/w/meridian/inbox/{conversation.pk}/" in page
    rings(phone, settings, voice(7, "no-answer"))
    assert ringing(tab).strip() == ""


def test_a_call_of_which_nothing_more_is_heard_is_over(tab: Client, phone: Channel, settings: Any) -> None:
    rings(phone, settings, voice(7))
    with tenant(phone.workspace_id):
        Message.objects.filter(channel_id=phone.pk).update(occurred_at="2026-01-01T00:00:00Z")
    assert ringing(tab).strip() == ""


def test_who_calls_is_not_told_elsewhere(cast: Cast, phone: Channel, settings: Any) -> None:
    rings(phone, settings, voice(7))
    stranger = Client()
    stranger.force_login(cast.outsider)
    assert stranger.get("/w/meridian/inbox/ringing/").status_code == 404


def test_pages_are_told_by_a_line_of_its_own(phone: Channel, settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    own = f"w.{phone.workspace_id}.rings.{phone.pk}"
    for fields, told in ((voice(7), True), (voice(7, "no-answer"), True), (form(1), False)):
        before = sequences([own])[own]
        with django_capture_on_commit_callbacks(execute=True):
            rings(phone, settings, fields)
        assert (sequences([own])[own] > before) == told


# --- shown as a call ------------------------------------------------------------------------------------------------
def test_it_is_a_call_in_the_thread_on_the_timeline_and_in_the_api(
    tab: Client, phone: Channel, settings: Any, program: Program
) -> None:
    rings(phone, settings, voice(7))
    rings(phone, settings, voice(7, "no-answer"))
    with tenant(phone.workspace_id):
        conversation = Conversation.objects.get(channel=phone)
    thread = tab.get(f"/w/meridian/inbox/{conversation.pk}/?view=all").content.decode()
    assert 'data-call="missed"' in thread
    assert "Edited" not in thread
    timeline = tab.get(f"/w/meridian/contacts/{conversation.contact_id}/").content.decode()
    assert "Call from them" in timeline
    message = program.get(f"conversations/{conversation.pk}/messages").json()["results"][0]
    assert message["call"] == {"state": "missed", "seconds": 0}
    row = program.get(f"contacts/{conversation.contact_id}/timeline").json()["results"][0]
    assert (row["kind"], row["source_id"]) == ("call_in", message["id"])


@pytest.mark.parametrize(
    ("text", "urdu"),
    [("☎ Missed call", "☎ چھوٹی ہوئی کال"), ("☎ Answered call, 1:20", "☎ کال اٹھائی گئی، 1:20"), ("Missed call", "Missed call")],
)
def test_a_call_is_told_in_the_readers_language_and_words_are_left_alone(text: str, urdu: str) -> None:
    with translation.override("ur"):
        assert call_in_words(text) == urdu
