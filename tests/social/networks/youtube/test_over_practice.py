"""YouTube against the practice network: a process of its own that speaks the Data API, and lies when told to."""

import json
from datetime import timedelta
from typing import Any

import pytest
import requests

from core.clock import now
from social.networks.errors import Rejected, Unauthorized
from social.networks.values import Access, Cursor, DeedKind, Item, Outgoing
from social.networks.youtube import YouTube
from tests.social.networks import overpractice
from tests.social.networks.acting import act_on
from tests.social.networks.servers import Practice

NETWORK = YouTube(read_seconds=1.5, total_seconds=6.0)
SINCE = timedelta(minutes=5)


@pytest.fixture
def brand(practice: Practice) -> Access:
    practice.person("brand", is_brand=True, network="youtube")
    practice.person("ali", network="youtube")
    return access_of(practice, "brand")


def access_of(practice: Practice, handle: str) -> Access:
    tokens = practice.tokens(handle)
    return Access(channel_of(practice, handle), {"access_token": tokens["access_token"]}, handle)


def channel_of(practice: Practice, handle: str) -> str:
    return f"UC{int(practice.call('GET', f'/people/{handle}')['id']):022d}"


def comment_id(post: str, *, top: str = "") -> str:
    return f"Ug{int(top):019d}.Ug{int(post):019d}" if top else f"Ug{int(post):019d}"


def read_everything(access: Access, cursor: Cursor, *, polls: int = 3) -> tuple[dict[str, Item], list[Any], Cursor]:
    return overpractice.read_everything(NETWORK, access, cursor, patience=200, by_root=True, polls=polls)


def test_the_channel_says_who_it_is(practice: Practice, brand: Access) -> None:
    profile = NETWORK.identify(brand)
    assert (profile.external_id, profile.name, profile.handle) == (brand.external_id, "Brand", "brand")
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access(brand.external_id, {"access_token": "worthless"}))


def test_signing_in_and_renewing(practice: Practice, brand: Access) -> None:
    callback = f"{Practice.CALLBACK}/youtube"
    url = NETWORK.authorize_url(state="s", redirect_uri=callback, verifier="v" * 60)
    back = practice.consent(url, "brand")
    tokens = NETWORK.exchange(code=back["code"], redirect_uri=callback, verifier="v" * 60)
    assert back["state"] == "s"
    assert set(tokens.secrets) == {"access_token", "refresh_token", "scope"}
    assert NETWORK.identify(Access("", tokens.secrets)).external_id == brand.external_id
    with pytest.raises(Rejected):
        NETWORK.exchange(code=back["code"], redirect_uri=callback, verifier="v" * 60)
    practice.call("POST", "/tokens/expire", {"account": "brand"})
    with pytest.raises(Unauthorized):
        NETWORK.identify(Access("", tokens.secrets))
    for _time in range(2):
        tokens = NETWORK.refresh(Access("", tokens.secrets))
        assert NETWORK.identify(Access("", tokens.secrets)).external_id == brand.external_id
    practice.call("POST", "/tokens/revoke", {"account": "brand"})
    with pytest.raises(Unauthorized) as caught:
        NETWORK.refresh(Access("", tokens.secrets))
    assert caught.value.code == "invalid_grant"


def test_a_comment_is_answered_found_continued_and_deleted(practice: Practice, brand: Access) -> None:
    video = practice.post("brand", "New tents are here.")
    first = practice.post("ali", "میرا آرڈر ابھی تک نہیں آیا & I am <angry> https://example.com/a/long/path", reply_to=video)
    items, _aside, cursor = read_everything(brand, {})
    item = items[comment_id(first)]
    assert item.text == "میرا آرڈر ابھی تک نہیں آیا & I am <angry> https://example.com/a/long/path"
    assert (item.thread_key, item.ours, item.visibility, item.parent_id) == (item.external_id, False, "public", "")
    assert [(media.kind, media.alt) for media in item.media] == [("file", "New tents are here.")]
    assert requests.get(item.url, timeout=10).ok
    answer = Outgoing("reply", "We are sorry & help 😀", in_reply_to=item.external_id, thread_key=item.thread_key)
    receipt = NETWORK.send(brand, answer)
    found = NETWORK.find_sent(brand, answer, since=now() - SINCE)
    assert ([r.external_id for r in found.receipts], found.complete) == ([receipt.external_id], True)
    again = practice.post("ali", "still nothing", reply_to=first)
    nested = Outgoing("reply", "Today, promised.", in_reply_to=comment_id(again, top=first), thread_key=item.thread_key)
    sent = NETWORK.send(brand, nested)
    assert [r.external_id for r in NETWORK.find_sent(brand, nested, since=now() - SINCE).receipts] == [sent.external_id]
    items, _aside, cursor = read_everything(brand, cursor)
    second = items[comment_id(again, top=first)]
    assert (second.thread_key, second.parent_id) == (item.thread_key, item.external_id)
    assert items[receipt.external_id].ours
    assert items[sent.external_id].text == "Today, promised."
    practice.call("DELETE", f"/posts/{again}")
    seen = NETWORK.recheck(brand, [item.external_id, second.external_id, receipt.external_id])
    assert (seen.gone, seen.present) == ({second.external_id}, {item.external_id, receipt.external_id})
    practice.call("DELETE", f"/posts/{first}")
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, answer)
    assert caught.value.code == "parent_gone"


def test_long_threads_are_read_whole_and_quiet_ones_once(practice: Practice, brand: Access) -> None:
    video = practice.post("brand", "Film")
    first = practice.post("ali", "who else?", reply_to=video)
    more = {practice.post("ali", f"me {number}", reply_to=first) for number in range(12)}
    items, _aside, cursor = read_everything(brand, {})
    assert {comment_id(post, top=first) for post in more} <= set(items)
    assert read_everything(brand, cursor)[0] == {}
    last = practice.post("ali", "and me", reply_to=first)
    items, _aside, _cursor = read_everything(brand, cursor)
    assert set(items) == {comment_id(last, top=first)}


def test_an_edit_is_another_version_of_the_same(practice: Practice, brand: Access) -> None:
    video = practice.post("brand", "Film")
    made = practice.call("POST", "/import", {"posts": [
        {"id": str(int(video) + 1), "author": "ali", "text": "where is my pracel", "reply_to": video,
         "created_at": int((now() - timedelta(minutes=3)).timestamp() * 1000)}
    ]})  # fmt: skip
    assert made
    first = str(int(video) + 1)
    _items, _aside, cursor = read_everything(brand, {})
    practice.call("PATCH", f"/posts/{first}", {"text": "where is my parcel"})
    items, _aside, cursor = read_everything(brand, cursor)
    (item,) = items.values()
    assert (item.root_id, item.text) == (comment_id(first), "where is my parcel")
    assert item.revision > 100
    assert read_everything(brand, cursor)[0] == {}


def test_a_comment_on_the_channel_itself(practice: Practice, brand: Access) -> None:
    made = practice.post("ali", "@brand your shop app crashes")
    items, _aside, _cursor = read_everything(brand, {})
    item = items[comment_id(made)]
    assert (item.media, item.parent_id) == ((), "")
    receipt = NETWORK.send(brand, Outgoing("reply", "Which version?", in_reply_to=item.external_id))
    assert receipt.external_id.startswith(f"{item.external_id}.")


def test_what_is_held_for_review_is_seen_and_its_approval_too(practice: Practice, brand: Access) -> None:
    video = practice.post("brand", "Film")
    made = practice.post("ali", "buy here https://spam.example", reply_to=video, visibility="held")
    items, _aside, cursor = read_everything(brand, {})
    held = items[comment_id(made)]
    assert held.text.startswith("Held for review")
    with pytest.raises(Rejected) as caught:
        NETWORK.send(brand, Outgoing("reply", "Thanks", in_reply_to=held.external_id))
    assert caught.value.code == "not_allowed"
    approve = {"id": held.root_id, "moderationStatus": "published"}
    token = {"authorization": f"Bearer {brand.secrets['access_token']}"}
    answer = requests.post(f"{practice.url}/youtube/v3/comments/setModerationStatus", params=approve, headers=token, timeout=10)
    assert answer.status_code == 204
    items, _aside, _cursor = read_everything(brand, cursor)
    approved = items[comment_id(made)]
    assert (approved.revision > held.revision, approved.text) == (True, "buy here https://spam.example")


def test_a_comment_is_held_approved_and_rejected(practice: Practice, brand: Access) -> None:
    video = practice.post("brand", "Film")
    made = practice.post("ali", "buy here", reply_to=video)
    name = comment_id(made)
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.HIDE, name)
    assert practice.call("GET", f"/posts/{made}")["visibility"] == "held"
    # Held is not gone, though lists leave it out.
    assert NETWORK.recheck(brand, [name]).gone == frozenset()
    assert read_everything(brand, {})[0][name].withheld
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.UNHIDE, name)
    assert practice.call("GET", f"/posts/{made}")["visibility"] == "public"
    act_on(NETWORK, brand, DeedKind.DELETE, name)
    assert NETWORK.recheck(brand, [name]).gone == {name}
    with pytest.raises(Rejected) as caught:
        act_on(NETWORK, brand, DeedKind.DELETE, name)
    assert caught.value.code == "gone"


def test_our_answer_is_mended_and_deleted_and_nobody_elses(practice: Practice, brand: Access) -> None:
    made = practice.post("ali", "help", reply_to=practice.post("ali", "@brand the app crashes"))
    ours = NETWORK.send(brand, Outgoing("reply", "It left yestreday.", in_reply_to=read_root(practice, made))).external_id
    for _time in range(2):
        act_on(NETWORK, brand, DeedKind.EDIT, ours, ours=True, text="It left yesterday.")
    assert read_everything(brand, {})[0][ours].text == "It left yesterday."
    with pytest.raises(Rejected):
        act_on(NETWORK, brand, DeedKind.EDIT, read_root(practice, made), ours=True, text="I praise you.")
    act_on(NETWORK, brand, DeedKind.DELETE, ours, ours=True)
    assert NETWORK.recheck(brand, [ours]).gone == {ours}


def read_root(practice: Practice, post: str) -> str:
    """The name of an answer to a comment on the channel itself."""
    return comment_id(post, top=str(practice.call("GET", f"/posts/{post}")["reply_to"]))


def test_likes_of_comments_are_counted_where_deletions_are_looked_for(practice: Practice, brand: Access) -> None:
    made = practice.post("ali", "@brand the app crashes")
    assert [r.signs for r in NETWORK.recheck(brand, [comment_id(made)]).reactions] == [{}]
    practice.call("POST", f"/posts/{made}/like", {"by": "ali"})
    (told,) = NETWORK.recheck(brand, [comment_id(made)]).reactions
    assert (told.message_id, told.signs, told.by) == (comment_id(made), {"❤": 1}, "")


def test_older_comments_are_read_back_to_a_day(practice: Practice, brand: Access) -> None:
    video = practice.post("brand", "Film")
    moments = [now() - timedelta(days=day) for day in range(9, 0, -1)]
    rows = [
        {"id": str(int(video) + n + 1), "author": "ali", "text": f"day {n}", "reply_to": video,
         "created_at": int(moment.timestamp() * 1000)}
        for n, moment in enumerate(moments)
    ]  # fmt: skip
    practice.call("POST", "/import", {"posts": rows})
    found: set[str] = set()
    cursor: Cursor = {}
    for _turn in range(30):
        page = NETWORK.fetch_back(brand, cursor, since=now() - timedelta(days=4))
        found |= {envelope.external_id for envelope in page.items}
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            break
    else:
        raise AssertionError("It never came to an end.")
    assert {comment_id(row["id"]) for row in rows[-4:]} <= found


def test_networks_do_not_see_each_other(practice: Practice, brand: Access) -> None:
    practice.person("xena")
    practice.post("xena", "@brand from another network")
    assert read_everything(brand, {})[0] == {}
    with pytest.raises(Unauthorized):
        NETWORK.identify(access_of(practice, "xena"))


class TestLies(overpractice.OverPractice):
    network = NETWORK
    kinds = ("reply",)
    reading = (*overpractice.READING, ("null", {"probability": 0.5, "options": {"where": "items"}}))
    read_group = None
    patience = 200
    by_root = True
    polls = 4

    def outgoing(self, practice: Practice, brand: Access, kind: str) -> Outgoing:
        comment = comment_id(practice.post("ali", "help", reply_to=practice.post("brand", "Film")))
        return Outgoing("reply", "On our way.", in_reply_to=comment, thread_key=comment)

    def speak(self, practice: Practice, brand: Access) -> set[str]:
        made = {comment_id(name) for name in practice.posts("ali", [f"@brand complaint {n}" for n in range(130)])}
        first = practice.post("ali", "comment", reply_to=practice.post("brand", "Film"))
        return made | {comment_id(practice.post("ali", f"answer {n}", reply_to=first), top=first) for n in range(8)}
