"""A mailbox in the inbox's tests: mails as its network file stores them, digested as the product does."""

from typing import Any

from accounts.models import Workspace
from core.clock import now
from core.tenancy import tenant
from inbox.services.ingest import ingest
from social.models import Channel, Pull
from social.networks import network_of
from social.networks._email_ids import external_id
from social.networks._email_mime import split
from social.networks.values import Envelope, Page, Tokens
from social.services import credentials
from social.services.pulling import Claim, store_page
from tests.social.networks.mailservers import ADDRESS, PASSWORD, mail

SALES = "sales@anar.example"


def make_mailbox(workspace: Workspace, *, address: str = ADDRESS, **secrets: str) -> Channel:
    """A connected mailbox with one further address."""
    moment = now()
    with tenant(workspace.pk):
        channel = Channel.objects.create(
            network="email", external_id=address, name=address, connected_at=moment, created_at=moment
        )
        kept = {"address": address, "password": PASSWORD, "aliases": SALES, **secrets}
        credentials.store_tokens(channel=channel, tokens=Tokens(secrets=kept))
        Pull.objects.create(channel=channel, due_at=moment, last_finished_at=moment)
    return channel


def arrives(channel: Channel, *sources: bytes) -> None:
    """Store these mails as one page of a poll and digest them."""
    items = []
    for source in sources:
        whole = split(source)
        payload: dict[str, Any] = {"folder": "inbox", "addresses": [channel.external_id, SALES], "attachments": []}
        payload |= {"source": source.decode("latin-1"), "received": now().isoformat()}
        items.append(Envelope(external_id(whole.head, source[whole.start :]), payload))
    with tenant(channel.workspace_id):
        pull = Pull.objects.get(channel=channel)
    claim = Claim(channel.workspace_id, channel.pk, pull.fence, pull.cursor, network_of("email"))
    store_page(claim, Page(items=tuple(items), cursor=pull.cursor))
    ingest(workspace_id=channel.workspace_id, channel_id=channel.pk)


def write(channel: Channel, number: int, text: str = "Where is my parcel?", **fields: str) -> None:
    """One mail arrives."""
    arrives(channel, mail(number, text, date="", **fields))
