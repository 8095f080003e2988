"""The chat widget of the first demo workspace, hung on the pretend shop of the practice network."""

import secrets
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from demo.services.square import Square
from social.models import Channel, ChatWidget, Pull
from social.networks.values import Access, Tokens
from social.networks.webchat import NETWORK
from social.services.credentials import store_tokens


def open_chat(name: str, square: Square, moment: datetime) -> Channel:
    """Make the channel, let the shop's pages show it, and tell the shop. In the caller's `tenant()`."""
    profile = NETWORK.identify(Access(external_id="", secrets={"name": name}))
    channel = Channel.objects.create(
        network=NETWORK.slug, external_id=profile.external_id, name=profile.name, hook_key=secrets.token_urlsafe(16),
        practice=True, connected_at=moment, created_at=moment,
    )  # fmt: skip
    store_tokens(channel=channel, tokens=Tokens(secrets={"name": name}))
    port = urlsplit(settings.PRACTICE_URL).port
    ChatWidget.objects.create(
        channel=channel, origins=list(dict.fromkeys([settings.PRACTICE_URL, f"http://localhost:{port}", f"http://127.0.0.1:{port}"]))
    )
    Pull.objects.create(channel=channel, due_at=moment)
    square.call("/shop", {"script": f"{settings.BASE_URL}/static/webchat/chat.js", "key": channel.hook_key})
    return channel
