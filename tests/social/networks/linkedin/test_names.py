"""LinkedIn lets what it tells of a member be kept for a day: of theirs Rabta keeps nothing but the URN.

learn.microsoft.com/linkedin/marketing/data-storage-requirements, read 2026-11 in public copies.
"""

import json
from typing import Any

from social.networks._linkedin_pages import comments_of
from social.networks._linkedin_read import bare
from social.networks.linkedin import LinkedIn
from social.networks.values import Access, Page
from tests.social.networks.linkedin.shapes import BRAND, SECRETS, comment, elements, results, told
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = LinkedIn(read_seconds=1.0, total_seconds=4.0)
MEMBER = {"localizedFirstName": "Ali", "localizedLastName": "Khanzada", "vanityName": "ali-khanzada", "headline": "Khanzada & Sons"}
FIELDS = ("actor", "owner", "author", "agent", "impersonator")


def decorated(value: Any) -> Any:
    """The same document with everything said of everybody that LinkedIn can be asked to say."""
    if isinstance(value, list):
        return [decorated(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    more = {f"{name}{mark}": MEMBER for name in FIELDS if name in value for mark in ("~", "!")}
    return {**{name: decorated(entry) for name, entry in value.items()}, **more}


def asked_for(path: str, rows: list[Any], whole: dict[str, Any]) -> Any:
    def answer(asked: Asked) -> Says:
        if asked.path.endswith("/organizationalEntityNotifications"):
            return elements(rows)
        return results(whole) if "ids" in asked.query else elements([])

    return answer


def test_no_name_of_a_member_reaches_what_is_stored(scripted: Scripted, settings: Any) -> None:
    settings.LINKEDIN_API_BASE = scripted.url
    row = told(1)
    row["decoratedGeneratedActivity"]["comment"]["owner"] = "urn:li:person:AbC_1-x"
    nameless = {"action": "COMMENT", "actor": "urn:li:person:AbC_1-x"}
    scripted.says(asked_for("", [decorated(row), decorated(nameless)], {"7200000000000000001": decorated(comment(1))}))
    page: Page = NETWORK.fetch(Access(BRAND, SECRETS, "meridian"), {})
    (envelope,) = page.items
    kept = json.dumps([envelope.payload, [row for _reason, row in page.broken], page.cursor])
    assert page.broken
    assert "urn:li:person:AbC_1-x" in kept
    for word in ("Ali", "Khanzada", "ali-khanzada"):
        assert word not in kept
    item = NETWORK.read(envelope.payload, account_id=BRAND)
    assert item.author is not None
    assert (item.author.name, item.author.handle, item.author.profile) == ("LinkedIn member _1-x", "", {})
    items, _broken, _answered = comments_of([decorated(comment(2))])
    assert "Khanzada" not in json.dumps(items[0].payload)


def test_what_was_stored_with_a_name_is_read_without() -> None:
    """An envelope of earlier days."""
    old = {"notification": {}, "comment": decorated(comment(1)), "seen_at": "2026-11-23T10:00:00+00:00"}
    item = NETWORK.read(old, account_id=BRAND)
    assert item.author is not None
    assert "Khanzada" not in json.dumps([item.author.name, item.author.handle, dict(item.author.profile), item.text])


def test_pages_are_no_members_and_depth_has_an_end() -> None:
    page = {"actor": "urn:li:organization:55", "actor~": {"localizedName": "Beispiel GmbH"}}
    assert bare(page) == page
    deep: Any = {"actor": "urn:li:person:x", "actor~": MEMBER}
    for _level in range(900):
        deep = [deep]
    assert "Khanzada" not in json.dumps(bare(deep))
