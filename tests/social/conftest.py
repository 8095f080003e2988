"""People and networks for the tests of channels."""

from collections.abc import Iterator
from typing import Any

import pytest

from activity.models import Event
from core.tenancy import tenant
from social.models import Channel
from social.services import connecting
from tests.accounts.factories import Cast, make_cast
from tests.social.networks.servers import Practice


@pytest.fixture
def cast(db: None) -> Cast:
    """The fixed cast, fresh for each test."""
    return make_cast()


@pytest.fixture(scope="session")
def _practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    network = Practice(tmp_path_factory.mktemp("practice"))
    yield network
    network.close()


@pytest.fixture
def practice(_practice: Practice, settings: Any) -> Practice:
    """The practice network, empty and honest, with the product's calls led to it."""
    _practice.reset()
    settings.PRACTICE_URL = _practice.url
    settings.X_API_BASE = _practice.url
    settings.MASTODON_API_BASE = _practice.url
    settings.TELEGRAM_API_BASE = _practice.url
    settings.TWILIO_API_BASE = _practice.url
    settings.CUSTOM_API_BASE = _practice.url
    settings.BLUESKY_API_BASE = _practice.url
    settings.EMAIL_IMAP_BASE, settings.EMAIL_SMTP_BASE = _practice.imap, _practice.smtp
    settings.GRAPH_API_BASE = _practice.url
    settings.FACEBOOK_APP_ID, settings.FACEBOOK_APP_SECRET = Practice.CLIENT_ID, Practice.CLIENT_SECRET
    settings.GOOGLE_API_BASE = _practice.url
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = Practice.CLIENT_ID, Practice.CLIENT_SECRET
    settings.MICROSOFT_API_BASE = _practice.url
    settings.MICROSOFT_CLIENT_ID, settings.MICROSOFT_CLIENT_SECRET = Practice.CLIENT_ID, Practice.CLIENT_SECRET
    settings.LINKEDIN_API_BASE = _practice.url
    settings.LINKEDIN_CLIENT_ID, settings.LINKEDIN_CLIENT_SECRET = Practice.CLIENT_ID, Practice.CLIENT_SECRET
    settings.REDDIT_API_BASE = _practice.url
    settings.REDDIT_CLIENT_ID, settings.REDDIT_CLIENT_SECRET = Practice.CLIENT_ID, Practice.CLIENT_SECRET
    settings.X_CLIENT_ID = Practice.CLIENT_ID
    settings.X_CLIENT_SECRET = Practice.CLIENT_SECRET
    settings.BASE_URL = "http://localhost"
    return _practice


def connect(practice: Practice, workspace_id: int, handle: str = "brand", **options: Any) -> Channel:
    """An account of the practice network, connected with pasted tokens."""
    return connecting.connect_with_tokens(
        network="x",
        values=practice.tokens(handle),
        workspace_id=workspace_id,
        actor_id=None,
        **options,
    )


@pytest.fixture
def brand(practice: Practice) -> dict[str, Any]:
    practice.person("ali")
    return practice.person("brand", is_brand=True)


def events(workspace_id: int) -> list[str]:
    with tenant(workspace_id):
        return list(Event.objects.filter(kind__startswith="channels.").order_by("id").values_list("kind", flat=True))
