"""The demo's first workspace on all networks: connected, read by the real engine, and never twice."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.selectors import place_of
from core.clock import now as clock_now
from core.tenancy import tenant
from demo.networks import MAILBOX, SCENES
from demo.plans import PLANS
from demo.services import elsewhere
from demo.services.load import load_demo
from demo.services.square import Square
from inbox.models import Message
from inbox.services.ingest import ingest
from social.models import Channel
from social.services.pulling import make_due, pull
from tests.practice.conftest import Network, free_port

PLAN = next(iter(PLANS.values()))
BASES = (
    "X_API_BASE", "MASTODON_API_BASE", "BLUESKY_API_BASE", "TELEGRAM_API_BASE", "GRAPH_API_BASE", "TWILIO_API_BASE",
    "REDDIT_API_BASE", "LINKEDIN_API_BASE", "CUSTOM_API_BASE", "GOOGLE_API_BASE",
)  # fmt: skip


@pytest.fixture
def square(tmp_path: Path, settings: Any, transactional_db: None) -> Iterator[Network]:
    imap, smtp = free_port(), free_port()
    network = Network(tmp_path, "--imap-port", str(imap), "--smtp-port", str(smtp))
    network.start()
    for name in ("PRACTICE_URL", *BASES):
        setattr(settings, name, network.base)
    settings.EMAIL_IMAP_BASE, settings.EMAIL_SMTP_BASE = f"imap://127.0.0.1:{imap}", f"smtp://127.0.0.1:{smtp}"
    settings.PRACTICE_ADMIN_KEY, settings.STATE_DIR = network.key, tmp_path
    settings.X_CLIENT_ID, settings.X_CLIENT_SECRET = network.client_id, network.client_secret
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = network.client_id, network.client_secret
    yield network
    network.stop()


def _waits(square: Network) -> bool:
    """Whether a call to our door is made or waits to be made."""
    calls = square.call("GET", "/graph/meridianwhats/calls")
    return bool(calls["waiting"] or calls["made"])


def settled(moment: Any) -> dict[str, str]:
    return dict(elsewhere.settle_elsewhere(PLAN, moment))


def connected() -> tuple[int, list[Channel]]:
    """The workspace and its channels on networks that are told from here."""
    place = place_of(User.objects.get(email="tess@meridianoutdoor.example"), PLAN.slug)
    assert place is not None
    with tenant(place.workspace.pk):
        channels = list(Channel.objects.exclude(network__in=("x", "webchat")))
        names = list(Channel.objects.values_list("name", flat=True))
    assert len(channels) == len({channel.network for channel in channels}), "no network twice"
    assert len(names) == len(set(names)), "no two are told apart by their icon alone"
    return place.workspace.pk, channels


def networks() -> set[str]:
    return {channel.network for channel in connected()[1]}


def read() -> dict[str, dict[str, Any]]:
    """Read every channel as workers would; what customers said, by network and text."""
    workspace_id, channels = connected()
    found: dict[str, dict[str, Any]] = {}
    for channel in channels:
        ids = {"workspace_id": workspace_id, "channel_id": channel.pk}
        for _turn in range(2):
            with tenant(workspace_id):
                make_due(channel_id=channel.pk)
            pull(**ids)
        ingest(**ids)
        with tenant(workspace_id):
            rows = list(Message.objects.filter(channel_id=channel.pk, direction="in").select_related("conversation"))
        assert (channel.state, channel.practice) == ("connected", True), channel.network
        assert len(rows) == len({row.body for row in rows}), f"{channel.network}: nothing twice"
        found[channel.network] = {row.body: row for row in rows}
    return found


def test_every_network_waits_in_the_inbox_and_a_second_run_changes_nothing(square: Network) -> None:
    moment = clock_now()
    told: list[str] = []
    load_demo(conversations=10, now=moment, tell=told.append)
    assert told == []
    found = read()
    assert set(found) == {scene.network for scene in SCENES}
    for scene in SCENES:
        heard = found[scene.network]
        for line in (line for line in scene.lines if line.who):
            words = line.text.split("\n")[-1][-30:]
            row = next((row for body, row in heard.items() if words in body), None)
            assert row is not None, (scene.network, line.text)
            assert (row.visibility == "private") == (line.private or scene.place == "mail"), (scene.network, line.text)
            assert abs((moment - row.occurred_at).total_seconds() - 60 * line.minutes) < 61, (scene.network, line.text)
    load_demo(conversations=10, now=moment + timedelta(hours=1), tell=told.append)
    assert told == []
    assert {name: set(rows) for name, rows in read().items()} == {name: set(rows) for name, rows in found.items()}
    # Whoever plays a customer later is told to our door: it waits, since nobody opens here.
    square.call("POST", "/dms", **{"from": "wa_elliot", "to": "meridianwhats", "text": "Found it, at the neighbour's."})
    assert _waits(square)


def test_what_was_told_before_a_kill_is_not_told_again_and_is_connected_then(
    square: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = clock_now()

    def killed(**_given: Any) -> None:
        raise SystemExit(9)

    with monkeypatch.context() as patch:
        patch.setattr(elsewhere, "connect_with_tokens", killed)
        with pytest.raises(SystemExit):
            load_demo(conversations=3, now=moment)
    for scene in SCENES:
        elsewhere.tell(Square(), scene, moment)
    people = len(square.call("GET", "/people")["people"])
    mails = square.call("GET", f"/mails?mailbox={MAILBOX}")["mails"]
    load_demo(conversations=3, now=moment + timedelta(minutes=5))
    assert len(square.call("GET", "/people")["people"]) == people
    assert square.call("GET", f"/mails?mailbox={MAILBOX}")["mails"] == mails
    assert networks() == {scene.network for scene in SCENES}


def test_a_network_that_refuses_is_one_line_and_the_others_stand(square: Network) -> None:
    square.person("meridiansky", name="Somebody else")
    told: list[str] = []
    load_demo(conversations=3, tell=told.append)
    assert [line.split(":")[0] for line in told] == ["The demo has no bluesky"]
    assert "\n" not in told[0]
    assert settled(clock_now())["bluesky"]
    assert networks() == {scene.network for scene in SCENES} - {"bluesky"}
