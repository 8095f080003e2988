"""Climbing through mentions: nothing is skipped, edits are seen, a thread that cannot be asked for holds nothing up for good."""

import json
from typing import Any

import pytest

from social.networks.errors import Rejected, TryLater
from social.networks.mastodon import Mastodon
from social.networks.values import Access, Cursor
from tests.social.networks.mastodon.shapes import INSTANCE, account, listing, notification, status
from tests.social.networks.servers import Asked, Says, Scripted

#: Nothing here hangs, so a busy machine may take its time.
NETWORK = Mastodon(read_seconds=10.0, total_seconds=30.0)
ACCESS = Access(f"brand@{INSTANCE}", {"instance": INSTANCE, "access_token": "secret-access-token"})


class Instance:
    """An instance that really pages, as Mastodon does: newest first, `min_id` from below, `max_id` from above."""

    def __init__(self, numbers: range) -> None:
        self.rows = {number: notification(number) for number in numbers}
        self.contexts: list[str] = []
        self.context: Says = Says.json({"ancestors": [status(1)], "descendants": []})

    def __call__(self, asked: Asked) -> Says:
        if asked.path.endswith("/context"):
            self.contexts.append(asked.path)
            return self.context
        limit = int(asked.query["limit"])
        below, above = asked.query.get("max_id"), asked.query.get("min_id")
        numbers = sorted(n for n in self.rows if (not below or n < int(below)) and (not above or n > int(above)))
        kept = numbers[:limit] if above else numbers[-limit:]
        return listing([self.rows[n] for n in reversed(kept)], older=len(kept) == limit)


def read_all(cursor: Cursor) -> tuple[list[str], Cursor]:
    ids: list[str] = []
    for _turn in range(60):
        page = NETWORK.fetch(ACCESS, cursor)
        ids += [item.external_id for item in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return ids, cursor
    raise AssertionError("It never came to an end.")


@pytest.fixture
def instance(scripted: Scripted, settings: Any) -> Instance:
    settings.MASTODON_API_BASE = scripted.url
    made = Instance(range(1, 131))
    scripted.says(made)
    return made


def test_the_first_reading_goes_down_and_later_ones_climb(instance: Instance) -> None:
    ids, cursor = read_all({})
    assert sorted(ids) == sorted(str(1000 + number) for number in range(1, 131))
    assert len(ids) == 130
    assert read_all(cursor)[0] == []
    # More than a page came meanwhile: `since_id` would show the newest forty only.
    instance.rows |= {number: notification(number) for number in range(131, 231)}
    ids, cursor = read_all(cursor)
    assert ids == [str(1000 + number) for number in range(131, 231)]
    assert read_all(cursor)[0] == []


def test_an_edit_is_another_version_of_the_same(instance: Instance) -> None:
    _ids, cursor = read_all({})
    instance.rows[120]["status"]["edited_at"] = "2026-01-01T00:01:01.000Z"
    ids, cursor = read_all(cursor)
    assert ids == ["1120~60"]
    assert read_all(cursor)[0] == []


def test_a_reply_is_asked_for_its_thread_once(instance: Instance) -> None:
    instance.rows[131] = notification(131, in_reply_to_id="900")
    page = NETWORK.fetch(ACCESS, {})
    reply = next(item for item in page.items if item.external_id == "1131")
    assert NETWORK.read(reply.payload, account_id=ACCESS.external_id).thread_key == "1"
    _ids, cursor = read_all(json.loads(json.dumps(page.cursor)))
    read_all(cursor)
    assert len(instance.contexts) == 1


def test_a_thread_that_is_gone_is_the_post_answered(instance: Instance) -> None:
    instance.rows[131] = notification(131, in_reply_to_id="900")
    instance.context = Says.json({"error": "Record not found"}, 404)
    page = NETWORK.fetch(ACCESS, {})
    reply = next(item for item in page.items if item.external_id == "1131")
    assert NETWORK.read(reply.payload, account_id=ACCESS.external_id).thread_key == "900"


@pytest.mark.parametrize("trouble", [Says(500, b"{}"), Says.html(200), Says(drop=True)], ids=["500", "html", "dropped"])
def test_a_thread_in_trouble_holds_its_reply_for_a_while_and_loses_nothing(instance: Instance, trouble: Says) -> None:
    _ids, cursor = read_all({})
    instance.rows |= {131: notification(131), 132: notification(132, in_reply_to_id="900"), 133: notification(133)}
    instance.context = trouble
    ids: list[str] = []
    for _poll in range(6):
        more, cursor = read_all(cursor)
        ids += more
    assert ids == ["1131", "1132", "1133"]


def test_a_thread_in_trouble_on_the_way_down_loses_nothing(instance: Instance) -> None:
    instance.rows |= {n: notification(n, in_reply_to_id="900") for n in (50, 129, 130)}
    instance.context = Says(500, b"{}")
    ids: set[str] = set()
    cursor: Cursor = {}
    for _poll in range(12):
        more, cursor = read_all(cursor)
        ids |= set(more)
    assert ids == {str(1000 + number) for number in range(1, 131)}


def test_a_limit_met_while_asking_for_threads_waits_for_its_reset(instance: Instance) -> None:
    _ids, cursor = read_all({})
    instance.rows[131] = notification(131, in_reply_to_id="900")
    instance.context = Says.json({"error": "Too many requests"}, 429)
    with pytest.raises(TryLater) as caught:
        for _poll in range(3):
            _ids, cursor = read_all(cursor)
    assert caught.value.code == "rate_limited"


def test_an_instance_that_ignores_the_cursor_is_no_endless_loop(scripted: Scripted, settings: Any) -> None:
    settings.MASTODON_API_BASE = scripted.url
    scripted.says(listing([notification(n) for n in range(40, 0, -1)], older=True))
    ids, cursor = read_all({})
    assert len(set(ids)) == 40
    assert set(read_all(cursor)[0]) <= set(ids)


def test_a_quote_is_read_and_says_what_it_quotes(scripted: Scripted, settings: Any) -> None:
    settings.MASTODON_API_BASE = scripted.url
    quoted = {"state": "accepted", "quoted_status": status(7, account=account("brand"), content="<p>Two days.</p>")}
    scripted.says(listing([notification(4, kind="quoted_update"), notification(3, kind="quote", quote=quoted), notification(2)]))
    page = NETWORK.fetch(ACCESS, {})
    items = [NETWORK.read(envelope.payload, account_id=ACCESS.external_id) for envelope in page.items]
    assert sorted(item.found_by for item in items) == ["", "quote"]
    (quote,) = [item.quoted for item in items if item.found_by]
    assert quote is not None
    assert (quote.text, quote.ours, quote.author) == ("Two days.", True, "@brand")


def test_an_instance_that_knows_no_quotes_is_asked_for_mentions(scripted: Scripted, settings: Any) -> None:
    settings.MASTODON_API_BASE = scripted.url
    asked: list[bool] = []

    def answer(question: Asked) -> Says:
        asked.append("quote" in question.query.values())
        return Says.json({"error": "Invalid value for enum."}, 400) if asked[-1] else listing([notification(1)])

    scripted.says(answer)
    page = NETWORK.fetch(ACCESS, {})
    assert (len(page.items), asked) == (1, [True, False])
    cursor = json.loads(json.dumps(page.cursor))
    assert (NETWORK.fetch(ACCESS, cursor).items, asked) == ((), [True, False, False])
    # After a while it may have learnt them.
    NETWORK.fetch(ACCESS, {**cursor, "plain": "2020-01-01T00:00:00+00:00"})
    assert asked == [True, False, False, True, False]


@pytest.mark.parametrize(
    "address",
    ["", "localhost", "127.0.0.1", "10.0.0.1", "[::1]", "http://mastodon.social", "mastodon.social:8080", "a b.c", "x" * 300],
)
def test_an_address_that_can_be_no_instance_is_refused(settings: Any, address: str) -> None:
    settings.MASTODON_API_BASE = ""
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(Access("", {"instance": address, "access_token": "secret-access-token"}))
    assert caught.value.code == "bad_instance"


def test_a_name_that_leads_inside_is_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The admin chooses the instance: its name may not lead to a machine of ours."""
    settings.MASTODON_API_BASE = ""
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_named: [(2, 1, 6, "", ("169.254.169.254", 443))])
    with pytest.raises(TryLater) as caught:
        NETWORK.identify(Access("", {"instance": "https://social.example.org/", "access_token": "secret-access-token"}))
    assert caught.value.code == "not_allowed"


def test_a_token_that_names_a_file_is_not_opened(scripted: Scripted, settings: Any, tmp_path: Any) -> None:
    """Mastodon.py's constructor would read the file and follow the address in it."""
    settings.MASTODON_API_BASE = scripted.url
    kept = tmp_path / "token"
    kept.write_text("stolen\nhttps://evil.example\n", encoding="utf-8")
    scripted.says(Says.json({"error": "The access token is invalid"}, 401))
    with pytest.raises(Exception, match="sign-in"):
        NETWORK.identify(Access("", {"instance": INSTANCE, "access_token": str(kept)}))
    assert scripted.asked[0].headers["authorization"] == f"Bearer {kept}"
