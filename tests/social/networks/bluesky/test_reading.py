"""Walking down notifications: nothing is skipped or told twice, and what a page lacks is fetched."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.clock import now
from social.networks.bluesky import Bluesky
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.values import Access, Cursor, Page
from tests.social.networks.bluesky.shapes import ALI, BRAND, SECRETS, author, iso, listing, notification, post, refusal, says, uri
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Bluesky(read_seconds=0.6, total_seconds=2.4)
ACCESS = Access(BRAND, SECRETS, "brand.bsky.social")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class Server:
    """A server that really pages, as Bluesky does: newest first, down from a place only it understands."""

    def __init__(self, numbers: range) -> None:
        self.moments = {number: BEGAN + timedelta(minutes=number) for number in numbers}
        self.posts: Says | None = None

    def row(self, number: int) -> dict[str, Any]:
        return notification(number, indexedAt=iso(self.moments[number]))

    def __call__(self, asked: Asked) -> Says:
        if asked.path.endswith("getPosts"):
            return self.posts or says({"posts": []})
        if asked.path.endswith("getProfiles"):
            return says({"profiles": [author(followersCount=7, description="Tea")]})
        if asked.path.endswith("listConvos"):
            return says({"convos": []})
        below = asked.query.get("cursor", "9999")
        known = sorted(self.moments, key=self.place, reverse=True)
        numbers = [number for number in known if self.place(number) < below][:25]
        return listing([self.row(number) for number in numbers], following=self.place(numbers[-1]) if numbers else "")

    def place(self, number: int) -> str:
        return f"{iso(self.moments[number])} {number:05}"


@pytest.fixture
def server(scripted: Scripted, settings: Any) -> Server:
    settings.BLUESKY_API_BASE = scripted.url
    made = Server(range(1, 131))
    scripted.says(made)
    return made


def read_all(cursor: Cursor, *, patience: int = 60) -> tuple[list[str], Cursor, list[Page]]:
    ids: list[str] = []
    pages: list[Page] = []
    for _turn in range(patience):
        pages.append(NETWORK.fetch(ACCESS, cursor))
        ids += [item.external_id for item in pages[-1].items]
        cursor = json.loads(json.dumps(pages[-1].cursor))
        if not pages[-1].more:
            return ids, cursor, pages
    raise AssertionError("It never came to an end.")


def test_the_first_reading_goes_down_to_the_end_and_later_ones_to_what_is_known(server: Server) -> None:
    ids, cursor, pages = read_all({})
    assert sorted(ids) == sorted(uri(number) for number in range(1, 131))
    assert [item.external_id for item in pages[0].items] == [uri(number) for number in range(106, 131)]
    assert pages[0].quota["mentions"].remaining == 2999
    server.moments |= {number: BEGAN + timedelta(minutes=number) for number in range(131, 191)}
    ids, cursor, pages = read_all(cursor)
    assert sorted(ids) == sorted(uri(number) for number in range(131, 191))
    ids, _cursor, pages = read_all(cursor)
    # One for mentions, one for talks.
    assert (ids, len(pages)) == ([], 2)


def test_what_was_indexed_late_is_met_by_the_overlap(server: Server) -> None:
    """Also where it stands below a whole page of what is known."""
    server.moments = {number: BEGAN + timedelta(seconds=5 * number) for number in range(1, 131)}
    _ids, cursor, _pages = read_all({})
    server.moments[500] = BEGAN + timedelta(seconds=5 * 85 + 1)
    ids, _cursor, _pages = read_all(cursor)
    assert ids == [uri(500)]


def test_what_arrives_during_a_walk_is_read_by_the_next(server: Server) -> None:
    page = NETWORK.fetch(ACCESS, {})
    server.moments[131] = BEGAN + timedelta(minutes=131)
    ids, cursor, _pages = read_all(json.loads(json.dumps(page.cursor)))
    assert uri(131) not in ids
    ids, _cursor, _pages = read_all(cursor)
    assert ids == [uri(131)]


def test_the_first_reading_has_an_end(server: Server) -> None:
    server.moments = {number: BEGAN + timedelta(seconds=number) for number in range(1, 2001)}
    ids, _cursor, pages = read_all({})
    assert (len(ids), len(pages)) == (800, 32 + 1)


def test_a_time_from_the_future_hides_nothing(server: Server) -> None:
    server.moments[200] = now() + timedelta(days=365)
    _ids, cursor, _pages = read_all({})
    assert datetime.fromisoformat(cursor["floor"]) <= now()


def test_a_place_that_is_no_longer_known_begins_the_walk_anew(server: Server, scripted: Scripted) -> None:
    page = NETWORK.fetch(ACCESS, {})
    kept = json.loads(json.dumps(page.cursor))
    scripted.says(refusal("InvalidRequest", "Malformed cursor"))
    page = NETWORK.fetch(ACCESS, kept)
    assert (page.items, "walk" in page.cursor) == ((), False)
    scripted.says(server)
    _ids, cursor, _pages = read_all(json.loads(json.dumps(page.cursor)))
    ids, _cursor, _pages = read_all(cursor)
    assert {uri(number) for number in range(1, 106)} <= set(ids)
    scripted.says(refusal("InvalidRequest", "Something else"))
    with pytest.raises(Rejected):
        NETWORK.fetch(ACCESS, {})


def test_only_words_to_us_are_asked_for_and_taken(server: Server, scripted: Scripted) -> None:
    rows = [notification(9, reason="like"), notification(8, reason="quote"), notification(7, reason="reply"), notification(7)]
    scripted.says(lambda asked: listing(rows) if "listNotifications" in asked.path else says({"posts": [], "profiles": []}))
    page = NETWORK.fetch(ACCESS, {})
    assert [item.external_id for item in page.items] == [uri(7), uri(8)]
    assert page.broken == ()


def test_pictures_and_people_are_fetched_for_each_page(server: Server) -> None:
    picture = {"thumb": "https://cdn.example/t", "fullsize": "https://cdn.example/f", "alt": "A broken cup"}
    server.posts = says({"posts": [post(130, embed={"$type": "app.bsky.embed.images#view", "images": [picture]})]})
    page = NETWORK.fetch(ACCESS, {})
    item = NETWORK.read(page.items[-1].payload, account_id=BRAND)
    assert (item.media[0].url, item.media[0].alt) == ("https://cdn.example/f", "A broken cup")
    assert item.author is not None
    assert (item.author.profile["followers"], item.author.profile["description"]) == (7, "Tea")
    # One that is not shown any more is kept as its notification has it.
    assert NETWORK.read(page.items[0].payload, account_id=BRAND).text == "@brand.bsky.social complaint 106"


@pytest.mark.parametrize("trouble", [Says(500, b"{}"), Says(drop=True), Says.html(200), Says.json({"error": "x"}, 429)])
def test_posts_that_cannot_be_had_just_now_are_waited_for(server: Server, trouble: Says) -> None:
    server.posts = trouble
    with pytest.raises(TryLater):
        NETWORK.fetch(ACCESS, {})


def test_posts_that_are_refused_and_people_who_cannot_be_had_hold_nothing_up(server: Server, scripted: Scripted) -> None:
    def answer(asked: Asked) -> Says:
        if asked.path.endswith("getPosts"):
            return refusal("InvalidRequest", "Error: uris must be valid")
        return Says(500, b"{}") if asked.path.endswith("getProfiles") else server(asked)

    scripted.says(answer)
    page = NETWORK.fetch(ACCESS, {})
    assert len(page.items) == 25
    assert NETWORK.read(page.items[0].payload, account_id=BRAND).author is not None
    assert ALI in page.items[0].external_id


# --- direct messages -------------------------------------------------------------------------------------------------
def convo(name: str, rev: str, **fields: Any) -> dict[str, Any]:
    members = [author(), author(BRAND, "brand.bsky.social")]
    return {"id": name, "rev": rev, "members": members, "muted": False, "unreadCount": 1, **fields}


def said(name: str, text: str, moment: datetime, *, by: str = ALI, **fields: Any) -> dict[str, Any]:
    sent = {"id": name, "rev": name, "sender": {"did": by}, "sentAt": iso(moment), "text": text}
    return {"$type": "chat.bsky.convo.defs#messageView", **sent, **fields}


class Talks(Server):
    """With direct messages: talks, and what was said in each, newest first."""

    def __init__(self) -> None:
        super().__init__(range(0))
        self.talks: list[dict[str, Any]] = []
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.trouble: Says | None = None

    def __call__(self, asked: Asked) -> Says:
        if "chat.bsky" not in asked.path:
            return super().__call__(asked)
        assert asked.headers["atproto-proxy"] == "did:web:api.bsky.chat#bsky_chat"
        if self.trouble is not None:
            return self.trouble
        if asked.path.endswith("listConvos"):
            return says({"convos": self.talks})
        return says({"messages": self.messages[asked.query["convoId"]]})


@pytest.fixture
def talks(scripted: Scripted, settings: Any) -> Talks:
    settings.BLUESKY_API_BASE = scripted.url
    made = Talks()
    scripted.says(made)
    return made


def test_only_talks_in_which_something_happened_are_looked_into(talks: Talks, scripted: Scripted) -> None:
    talks.talks = [convo("talk1", "rev1"), convo("talk2", "rev1", kind={"$type": "chat.bsky.convo.defs#groupConvo"})]
    moment = BEGAN + timedelta(hours=1)
    talks.messages["talk1"] = [said("m2", "two", moment), said("m1", "one", BEGAN)]
    ids, cursor, _pages = read_all({})
    assert ids == ["chat:talk1:m1", "chat:talk1:m2"]
    scripted.asked.clear()
    assert read_all(cursor)[0] == []
    assert [asked.path.rpartition(".")[2] for asked in scripted.asked] == ["listNotifications", "listConvos"]
    talks.talks[0]["rev"] = "rev2"
    talks.messages["talk1"].insert(0, said("m3", "three", BEGAN + timedelta(hours=2)))
    # What stands closely before the newest is read again, and known to the engine.
    assert read_all(cursor)[0] == ["chat:talk1:m2", "chat:talk1:m3"]


def test_signs_are_told_when_they_change(talks: Talks) -> None:
    talks.talks = [convo("talk1", "rev1")]
    heart = {"value": "❤️", "sender": {"did": ALI}, "createdAt": iso(BEGAN)}
    talks.messages["talk1"] = [said("m1", "one", BEGAN, by=BRAND, reactions=[heart])]
    _ids, cursor, pages = read_all({})
    told = [reaction for page in pages for reaction in page.reactions]
    assert [(r.message_id, dict(r.signs), r.by) for r in told] == [("chat:talk1:m1", {}, "us"), ("chat:talk1:m1", {"❤️": 1}, ALI)]
    talks.talks[0]["rev"] = "rev2"
    _ids, cursor, pages = read_all(cursor)
    assert [reaction for page in pages for reaction in page.reactions] == []
    talks.talks[0]["rev"], talks.messages["talk1"][0]["reactions"] = "rev3", []
    _ids, _cursor, pages = read_all(cursor)
    assert [dict(reaction.signs) for page in pages for reaction in page.reactions] == [{}, {}]


@pytest.mark.parametrize(
    "trouble",
    [
        Says(500, b"{}"), Says.html(200), Says(drop=True), says({}),
        refusal("AuthMissing", "no", 401), refusal("InvalidRequest", "no"),
    ],
)  # fmt: skip
def test_trouble_with_talks_does_not_hold_up_mentions(talks: Talks, trouble: Says) -> None:
    talks.moments = {1: BEGAN}
    talks.trouble = trouble
    ids, cursor, _pages = read_all({})
    assert ids == [uri(1)]
    talks.moments[2] = BEGAN + timedelta(hours=1)
    assert read_all(cursor)[0] == [uri(2)]


def test_a_session_that_ended_is_told_by_talks_too(talks: Talks) -> None:
    talks.trouble = refusal("ExpiredToken", "Token has expired")
    with pytest.raises(Unauthorized):
        read_all({})


def test_cursors_of_talks_of_any_shape_begin_somewhere(talks: Talks) -> None:
    talks.talks = [convo("talk1", "rev1"), convo("bad id", "rev1"), {"id": 7}]
    talks.messages["talk1"] = [said("m1", "one", BEGAN), {"id": "m2"}, said("a b", "odd id", BEGAN)]
    odd: list[Any] = [{"seen": 7, "queue": {}}, {"seen": {"talk1": 7}, "queue": [7, ["x"]]}, {"signs": [], "turn": True}]
    for state in odd:
        assert read_all({"chat": state})[0] == ["chat:talk1:m1"]
