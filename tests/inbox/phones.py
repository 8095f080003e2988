"""A telephone number for tests, and Twilio's calls about it, through our real door."""

from typing import Any
from urllib.parse import urlencode

from django.test import Client

from core.clock import now
from core.tenancy import tenant
from inbox.services.ingest import ingest
from social.models import Channel, Pull
from social.networks.values import Tokens
from social.services import credentials
from tests.inbox.factories import Desk
from tests.social.networks.sms.shapes import NUMBER, access, signature

KEY = "k" * 22


def make_phone(desk: Desk) -> Channel:
    """A connected number whose calls are led on."""
    moment = now()
    with tenant(desk.workspace.pk):
        channel = Channel.objects.create(
            network="sms", external_id=NUMBER, name="Anar line", handle=NUMBER, connected_at=moment, created_at=moment, hook_key=KEY
        )
        credentials.store_tokens(channel=channel, tokens=Tokens(secrets={**access().secrets, "forward": "+15550001111"}))
        Pull.objects.create(channel=channel, due_at=moment)
    return channel


def rings(phone: Channel, settings: Any, fields: dict[str, str], *, step: str = "") -> Any:
    """Twilio calls our door about it; whatever is new is digested. Returns what it hears."""
    path = f"/hooks/{KEY}/" + (f"?step={step}" if step else "")
    signed = signature(f"{settings.BASE_URL}{path}", fields)
    answer = Client(enforce_csrf_checks=True).post(
        path, urlencode(fields), content_type="application/x-www-form-urlencoded", headers={"X-Twilio-Signature": signed}
    )
    ingest(workspace_id=phone.workspace_id, channel_id=phone.pk)
    return answer
