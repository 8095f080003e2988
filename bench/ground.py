"""The bench's own workspace, channel and fill. It runs on throw-away servers only."""

from dataclasses import dataclass

import psycopg2
from django.conf import settings

from accounts.models import Membership, User, Workspace
from accounts.services.workspaces import open_workspace
from core.clock import now
from core.tenancy import tenant
from inbox.services.counting import fold
from inbox.services.ingest import ingest
from social.models import Channel, Pull
from social.networks import network_of
from social.networks.values import Page
from social.services.pulling import Claim, store_page

SLUG = "bench"
NETWORK = "x"
SMALL_TENANTS = 10


@dataclass(slots=True)
class Ground:
    """Where scenarios stand: one large workspace beside small ones."""

    user: User
    workspace: Workspace
    member: Membership
    channel: Channel
    claim: Claim

    def store(self, page: Page) -> int:
        """The first half of line one: a page that was just fetched is stored with its cursor."""
        return store_page(self.claim, page)

    def digest(self) -> int:
        """The second half: what is stored becomes conversations and is announced."""
        return ingest(workspace_id=self.workspace.pk, channel_id=self.channel.pk)


def refuse_real_data() -> None:
    """Stop unless these servers were started for the bench."""
    if not settings.TESTING:
        raise SystemExit("bench runs on servers of its own: start it with `python3 manage.py bench`.")


def lay(*, slug: str = SLUG, account: str = "9001") -> Ground:
    """A workspace with one connected channel."""
    user = User.objects.create_user(f"{slug}@bench.example", "bench", name=slug.title())
    workspace = open_workspace(name=slug.title(), owner=user, slug=slug)
    with tenant(workspace.pk):
        member = Membership.objects.select_related("user").get(user=user)
        moment = now()
        channel = Channel.objects.create(
            network=NETWORK, external_id=account, name=slug.title(), handle=slug, created_at=moment, connected_at=moment
        )
        Pull.objects.create(channel=channel, due_at=moment, fence=1)
    return Ground(user, workspace, member, channel, Claim(workspace.pk, channel.pk, 1, {}, network_of(NETWORK)))


def analyse(owner_url: str) -> None:
    """Let Postgres know what it holds, as autovacuum would have within a minute. Only the owner of tables may."""
    owner = psycopg2.connect(owner_url)
    owner.autocommit = True
    try:
        owner.cursor().execute("VACUUM ANALYZE")
    finally:
        owner.close()


def settle(ground: Ground) -> None:
    """Fold and analyse."""
    with tenant(ground.workspace.pk):
        fold()
