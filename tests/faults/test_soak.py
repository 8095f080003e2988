"""The soak's parts: clocks that go together, and a counting that says no to what is lost, doubled, late or gone astray."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from config.boot import postgres
from config.boot.soak import parser
from tests.boot.clusters import SECRET, throw_away_cluster
from tests.practice.conftest import Network, network, running  # noqa: F401 - fixtures
from tests.soak.clocks import Clocks, connected, shade
from tests.soak.counting import count, late, share, unnoticed
from tests.soak.day import Day, Word, rhythm
from tests.soak.town import House, size_of

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize("words", [["--hours", "0"], ["--channels", "many"], ["--days", "1"], ["24"]])
def test_a_mistake_is_told_in_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(words)
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_nothing_asks_sql_for_the_time_in_words_that_cannot_be_shaded() -> None:
    rooms = ("core", "activity", "accounts", "social", "crm", "inbox")
    asks = re.compile(r"\b(CURRENT_TIMESTAMP|CURRENT_DATE|LOCALTIMESTAMP|LOCALTIME|timeofday)\b")
    assert [file for room in rooms for file in (ROOT / room).rglob("*.py") if asks.search(file.read_text("utf-8"))] == []


def test_database_network_and_product_go_to_the_same_moment(network: Network, tmp_path: Path) -> None:  # noqa: F811
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with throw_away_cluster() as cluster:
        cluster.make_roles()
        with connected(cluster.url(postgres.SUPERUSER, SECRET), "rabta") as cursor:
            shade(cursor)
            clocks = Clocks(tmp_path / "clock")
            clocks.go_to(tomorrow, cursor, network)
            # Also where the application stands in a transaction that began before.
            question = "SELECT clock_timestamp(), now() WHERE clock_timestamp() > now() - interval '1 hour'"
            [moments] = cluster.ask(question, user="rabta_app", password="app-secret")
    post = network.post("ayesha", "@brand hello")
    moments = [*moments, clocks.now(), datetime.fromtimestamp(post["created_ms"] / 1000, UTC)]
    assert all(timedelta() <= moment - tomorrow < timedelta(minutes=1) for moment in moments)
    network.call("PUT", "/clock", status=400, ahead_ms=-1)
    network.call("POST", "/reset")
    assert network.call("GET", "/clock")["now_ms"] < tomorrow.timestamp() * 1000


def house(number: int) -> House:
    channel = SimpleNamespace(pk=number)
    return House(number, "x", "small", cast("Any", None), f"brand{number}", [], cast("Any", channel))


def day_of(*words: str, answers: int = 0) -> Day:
    """A day on which these were said to the first channel, and so many answers asked for."""
    made = Day(cast("Any", None), [house(0), house(1)], NOON, timedelta(hours=1), random.Random(1), lambda: NOON)
    made.heard = {word: Word(made.houses[0], NOON) for word in words}
    made.answers = {f"out{number:06}": Word(made.houses[0], NOON, message_id=number) for number in range(answers)}
    return made


def row(
    token: str, *, seconds: float = 60, channel: int = 0, deleted: datetime | None = None
) -> tuple[int, str, datetime, datetime | None]:
    return channel, f"@brand0 Where is my parcel? {token}", NOON + timedelta(seconds=seconds), deleted


def posted(token: str) -> dict[str, Any]:
    return {"kind": "post", "text": f"@c0_1 We are looking into it ({token})."}


def test_messages_are_counted_by_what_was_said() -> None:
    assert count(day_of("in000001"), [row("in000001")], {}, []).whole
    assert count(day_of("in000001", "in000002"), [row("in000001")], {}, []).lost == ["in000002"]
    assert count(day_of("in000001"), [row("in000001")] * 2, {}, []).doubled == ["in000001"]
    assert count(day_of("in000001"), [row("in000001", channel=1)], {}, []).strayed == ["in000001"]
    aside = count(day_of("in000001"), [], {}, [], ['{"text": "Where is my parcel?  in000001"}'])
    assert (aside.lost, aside.aside, aside.whole) == ([], ["in000001"], True)
    gone = day_of("in000001")
    gone.heard["in000001"].deleted_at = NOON
    assert count(gone, [], {}, []).whole, "what the network no longer offers is not missed"


def test_deletions_are_counted_where_the_network_can_be_asked() -> None:
    lived, gate = day_of("in000001"), timedelta(seconds=420)
    lived.heard["in000001"].deleted_at = NOON

    def found(seconds: float | None) -> list[str]:
        moment = None if seconds is None else NOON + timedelta(seconds=seconds)
        return unnoticed(count(lived, [row("in000001", deleted=moment)], {}, []), gate)

    assert found(60) == []
    assert found(500) == ["x"]
    assert found(None) == ["x"]
    lived.houses[0].network = "telegram"
    assert found(None) == [], "of a bot's chats nobody hears of deletions"


def test_answers_are_counted_by_what_the_network_wrote_down() -> None:
    asked = day_of(answers=1)
    assert count(asked, [], {0: "sent"}, [posted("out000000")]).whole
    assert count(asked, [], {0: "sent"}, []).answers_lost == ["out000000"]
    assert count(asked, [], {0: "needs_decision"}, []).whole, "somebody was told"
    assert count(asked, [], {0: "sent"}, [posted("out000000")] * 2).answers_doubled == ["out000000"]
    assert count(asked, [], {0: "failed"}, [posted("out000000")]).belied == ["out000000"]


def test_the_gate_is_for_each_sound_channel() -> None:
    words = [f"in{number:06}" for number in range(40)]
    lived, gate = day_of(*words), timedelta(seconds=420)
    slow = count(lived, [row(word, seconds=500) for word in words], {}, [])
    assert late(lived, slow, gate) == ["channel 0 on x"]
    assert late(lived, slow, timedelta(seconds=500)) == []
    once = count(lived, [row(word, seconds=500 if word == words[0] else 60) for word in words], {}, [])
    assert late(lived, once, gate) == [], "one in forty"
    lived.houses[0].marked = "dead"
    assert late(lived, slow, gate) == []
    assert share([float(number) for number in range(100)], 0.95) == 95


def test_channels_that_heard_little_are_judged_together() -> None:
    words = [f"in{number:06}" for number in range(15)]
    lived = day_of(*words)
    assert late(lived, count(lived, [row(word, seconds=500) for word in words], {}, []), timedelta(seconds=420)) == [
        "small channels on x"
    ]


def test_a_day_has_a_night_and_channels_have_sizes() -> None:
    assert rhythm(NOON.replace(hour=3)) == pytest.approx(0.1)
    assert rhythm(NOON.replace(hour=14)) == pytest.approx(1.0)
    sizes = [size_of(number) for number in range(200)]
    assert (sizes.count("large"), sizes.count("middling"), sizes.count("small")) == (10, 40, 150)
