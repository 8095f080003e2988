"""Notifications and a net under them: nothing is skipped, edits are seen, and questions are spared."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from core.clock import now
from social.networks.errors import Rejected, TryLater, Unauthorized
from social.networks.linkedin import LinkedIn
from social.networks.values import Access, Cursor
from tests.social.networks.linkedin.shapes import (
    ALI,
    BRAND,
    POST,
    SECRETS,
    at,
    comment,
    elements,
    mention,
    problem,
    results,
    told,
    urn,
)
from tests.social.networks.servers import Asked, Says, Scripted

#: Nothing here hangs, so a busy machine may take its time.
NETWORK = LinkedIn(read_seconds=10.0, total_seconds=30.0)
ACCESS = Access(BRAND, SECRETS, "meridian")


class Site:
    """LinkedIn as it pages: by start and count."""

    def __init__(self) -> None:
        self.told = [told(number) for number in range(1, 131)]
        self.whole: dict[str, Any] = {}
        self.posts: list[str] = []
        self.below: dict[str, list[Any]] = {}
        self.closed: dict[str, Says] = {}
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Says:
        self.asked.append(asked)
        for part, says in self.closed.items():
            if part in asked.path or part in asked.query:
                return says
        if "ids" in asked.query:
            assert asked.headers["x-restli-method"] == "BATCH_GET"
            numbers = asked.query["ids"].removeprefix("List(").removesuffix(")").split(",")
            return results({number: self.whole[number] for number in numbers if number in self.whole})
        if asked.path.endswith("/posts"):
            assert (asked.query["author"], asked.headers["x-restli-method"]) == (BRAND, "FINDER")
            return elements([{"id": post, "author": BRAND} for post in self.posts])
        rows = self.told
        if asked.path.endswith("/comments"):
            rows = self.below[asked.path.split("/")[3]]
        else:
            assert asked.query["actions"] == "List(COMMENT,COMMENT_EDIT,SHARE_MENTION)"
            rows = sorted(rows, key=lambda row: row["lastModifiedAt"], reverse=True)
        start, count = int(asked.query.get("start", "0")), int(asked.query["count"])
        return elements(rows[start : start + count], more=start + count < len(rows), start=start, count=count)


@pytest.fixture
def site(scripted: Scripted, settings: Any) -> Site:
    settings.LINKEDIN_API_BASE = scripted.url
    made = Site()
    scripted.says(made)
    return made


def read_all(cursor: Cursor) -> tuple[list[Any], Cursor]:
    items: list[Any] = []
    for _turn in range(120):
        page = NETWORK.fetch(ACCESS, cursor)
        items += page.items
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return items, cursor
    raise AssertionError("It never came to an end.")


def ids(items: list[Any]) -> list[str]:
    return [item.external_id for item in items]


def test_everything_told_is_read_once(site: Site) -> None:
    items, cursor = read_all({})
    assert sorted(ids(items)) == sorted(urn(number) for number in range(1, 131))
    assert read_all(cursor)[0] == []
    site.told += [told(number) for number in range(200, 320)] + [mention(400)]
    items, cursor = read_all(cursor)
    new = {urn(number) for number in range(200, 320)} | {"urn:li:share:7300000000000000400"}
    assert new <= set(ids(items)) <= new | {urn(number) for number in range(1, 131)}
    assert read_all(cursor)[0] == []


def test_what_is_told_is_asked_for_as_a_whole_a_question_for_each_post(site: Site) -> None:
    site.told = [told(1), told(2), told(3, generatedActivity=urn(3, "urn:li:activity:99"))]
    site.whole = {comment(1)["id"]: comment(1, parentComment=urn(7))}
    items, _cursor = read_all({})
    assert len([asked for asked in site.asked if "ids" in asked.query]) == 2
    read = {item.external_id: NETWORK.read(item.payload, account_id=BRAND) for item in items}
    assert (read[urn(1)].parent_id, read[urn(1)].thread_key) == (urn(7), POST)
    assert read[urn(2)].text == "complaint 2"


def test_an_edit_is_another_version_and_waits_until_it_can_be_seen(site: Site) -> None:
    site.told = [told(1)]
    _items, cursor = read_all({})
    changed = at(1) + 60_000
    site.told = [told(1, action="COMMENT_EDIT", lastModifiedAt=changed), told(1)]
    site.closed["ids"] = Says(500, b"{}")
    items, cursor = read_all(cursor)
    assert items == []
    site.closed.clear()
    site.whole = {comment(1)["id"]: comment(1, lastModified={"time": changed}, message={"text": "edited words"})}
    items, cursor = read_all(cursor)
    assert ids(items) == [f"{urn(1)}~60"]
    assert NETWORK.read(items[0].payload, account_id=BRAND).text == "edited words"
    assert read_all(cursor)[0] == []


def test_other_actions_are_passed_over_and_what_has_no_name_is_set_aside(site: Site) -> None:
    site.told = [told(1, action="LIKE"), told(2), told(3, generatedActivity=None)]
    page = NETWORK.fetch(ACCESS, {})
    assert (ids(list(page.items)), len(page.broken)) == ([urn(2)], 1)


def test_the_net_finds_what_was_not_told_down_to_the_answers(site: Site) -> None:
    site.told = []
    first, second = "urn:li:share:7000000000000000001", "urn:li:ugcPost:7000000000000000002"
    site.posts = [first, second]
    busy = {"commentsSummary": {"aggregatedTotalComments": 2}}
    lists = {
        first: [comment(number) for number in range(1, 151)],
        second: [comment(200, **busy)],
        urn(200): [comment(201, parentComment=urn(200)), comment(202, parentComment=urn(200))],
    }
    # A server decodes no path for us: the URNs stand in it as they were sent.
    site.below = {quote(name, safe=""): rows for name, rows in lists.items()}
    items, cursor = read_all({})
    assert set(ids(items)) == {urn(number) for number in [*range(1, 151), 200, 201, 202]}
    # The next polls ask one question each, until the net is cast again.
    site.asked.clear()
    for _poll in range(12):
        _items, cursor = read_all(cursor)
    assert len(site.asked) == 12
    items, cursor = read_all(cursor)
    assert len(site.asked) == 12 + 1 + 5


def test_a_net_that_tears_holds_nothing_up(site: Site) -> None:
    site.told = [told(1)]
    site.posts = ["urn:li:share:7000000000000000001"]
    site.closed["/comments"] = problem(403, "Not enough permissions", "ACCESS_DENIED")
    items, cursor = read_all({})
    assert ids(items) == [urn(1)]
    assert "net" not in cursor
    site.closed = {"/posts": problem(403, "Not enough permissions", "ACCESS_DENIED")}
    assert ids(read_all({})[0]) == [urn(1)]


def test_a_gap_is_read_again_from_its_beginning(site: Site) -> None:
    moment = NETWORK.read({"notification": told(100), "comment": {}, "seen_at": ""}, account_id=BRAND).occurred_at
    items, _cursor = read_all(json.loads(json.dumps(NETWORK.cursor_at(moment))))
    assert {urn(number) for number in range(100, 131)} <= set(ids(items))


@pytest.mark.parametrize("words", ["Resource level throttle APPLICATION DAY limit", "Member DAY limit reached"])
def test_a_daily_quota_waits_for_midnight(scripted: Scripted, settings: Any, words: str) -> None:
    settings.LINKEDIN_API_BASE = scripted.url
    scripted.says(problem(429, words, "TOO_MANY_REQUESTS"))
    moment = now()
    left = 86_400 - (moment.hour * 3600 + moment.minute * 60 + moment.second)
    with pytest.raises(TryLater) as caught:
        NETWORK.fetch(ACCESS, {})
    assert abs(caught.value.seconds - left) < 10 or left < 10


def test_a_version_that_is_no_longer_spoken_is_the_operators_business(scripted: Scripted, settings: Any) -> None:
    settings.LINKEDIN_API_BASE, settings.LINKEDIN_VERSION = scripted.url, "202301"
    scripted.says(problem(426, "Requested version 20230101 is not active", "NONEXISTENT_VERSION"))
    with pytest.raises(Rejected) as caught:
        NETWORK.fetch(ACCESS, {})
    assert caught.value.code == "version"
    assert "202301" in str(caught.value.reason)
    assert "LINKEDIN_VERSION" in str(caught.value.reason)
    assert scripted.asked[0].headers["linkedin-version"] == "202301"


def roles(*pages: str) -> Says:
    return elements([{"role": "ADMINISTRATOR", "state": "APPROVED", "organization": page, "roleAssignee": ALI} for page in pages])


@pytest.mark.parametrize(
    ("pages", "wanted", "code"),
    [
        (["urn:li:organization:1", "urn:li:organization:2"], "", "several"),
        (["urn:li:organization:1"], "2", "no_organization"),
        ([], "", "no_organization"),
        (["urn:li:person:x"], "", "no_organization"),
        (["urn:li:organization:1"], "my page", "bad_organization"),
    ],
)
def test_which_page_is_meant_must_be_clear(scripted: Scripted, settings: Any, pages: list[str], wanted: str, code: str) -> None:
    settings.LINKEDIN_API_BASE = scripted.url
    scripted.says(roles(*pages))
    with pytest.raises(Rejected) as caught:
        NETWORK.identify(Access("", {"access_token": "secret-access-token", "organization": wanted}))
    assert (caught.value.code, caught.value.field) == (code, "organization")


def test_the_only_page_needs_no_number_and_pasted_tokens_end_within_sixty_days(scripted: Scripted, settings: Any) -> None:
    settings.LINKEDIN_API_BASE = scripted.url
    page = Says.json({"id": 7, "localizedName": "Meridian", "vanityName": "meridian"})
    scripted.says(lambda asked: roles("urn:li:organization:7") if asked.path.endswith("Acls") else page)
    profile = NETWORK.identify(Access("", {"access_token": "secret-access-token"}))
    assert (profile.external_id, profile.name) == ("urn:li:organization:7", "Meridian")
    assert profile.tokens is not None
    assert profile.tokens.expires_at is not None
    assert 59 < (profile.tokens.expires_at - now()).total_seconds() / 86_400 <= 60
    assert not NETWORK.renewable(set(profile.tokens.secrets))
    scripted.says(problem(401, "The token used in the request has expired", "EXPIRED_ACCESS_TOKEN"))
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", {"access_token": "secret-access-token"}))
