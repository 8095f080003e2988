"""What the practice network answers, held against what the vendors publish of their own answers.

Each network is read and answered through its own file, over a wire that is listened in to; nothing is asked by hand.
"""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from core.clock import now
from social.networks import networks
from social.networks.values import Access, Outgoing
from tests.social.networks.overpractice import read_everything
from tests.social.networks.servers import Practice, Scripted
from tests.social.networks.vendorschemas import Overheard, all_faults, faults_by_google, faults_by_meta, faults_by_x

TEXT = "@brand میرا آرڈر ابھی تک نہیں آیا #late & <angry> https://example.com/a"


@pytest.fixture
def overheard(practice: Practice, scripted: Scripted, settings: Any) -> Overheard:
    """The practice network behind an ear."""
    found = Overheard(practice.url)
    scripted.says(found)
    settings.X_API_BASE = settings.GRAPH_API_BASE = settings.GOOGLE_API_BASE = scripted.url
    return found


def toured(slug: str, access: Access, *, kind: str = "reply") -> None:
    """Read everything, answer the newest of others, look it up, look for deletions."""
    network = networks()[slug]
    network.identify(access)
    items, aside, _cursor = read_everything(network, access, {}, polls=3)
    assert not aside
    theirs = [item for item in items.values() if not item.ours and item.visibility == ("private" if kind == "direct" else "public")]
    assert theirs
    answer = Outgoing(kind, "We are sorry.", in_reply_to=theirs[-1].external_id, thread_key=theirs[-1].thread_key)
    if kind == "direct":
        answer = Outgoing(kind, "We are sorry.", to=theirs[-1].counterpart_id, thread_key=theirs[-1].thread_key)
    network.send(access, answer)
    network.find_sent(access, answer, since=now() - timedelta(minutes=5))
    network.recheck(access, [theirs[-1].external_id])


def test_x_answers_as_its_openapi_document_says(practice: Practice, overheard: Overheard) -> None:
    made = practice.person("brand", is_brand=True)
    practice.person("ali", bio="Tea", location="Lahore")
    access = Access(made["id"], practice.tokens("brand"), "brand")
    first = practice.post("ali", TEXT)
    practice.post("ali", "@brand and another " + "long " * 80, reply_to=first)
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "my number is https://example.com/x"})
    toured("x", access)
    toured("x", access, kind="direct")
    for method, path, model in (
        ("GET", "/2/users/me", "GetUsersMeResponse"),
        ("GET", "/2/users/[^/]+/mentions", "GetUsersMentionsResponse"),
        ("GET", "/2/users/[^/]+/tweets", "GetUsersPostsResponse"),
        ("GET", "/2/tweets", "GetPostsByIdsResponse"),
        ("POST", "/2/tweets", "CreatePostsResponse"),
        ("GET", "/2/dm_events", "GetDirectMessagesEventsResponse"),
        ("POST", "/2/dm_conversations/with/[^/]+/messages", "CreateDirectMessagesByParticipantIdResponse"),
    ):
        assert all_faults(overheard.of(method, path), partial(faults_by_x, model=model)) == [], path


def test_youtube_answers_as_its_discovery_document_says(practice: Practice, overheard: Overheard) -> None:
    made = practice.person("brand", is_brand=True, network="youtube")
    practice.person("ali", network="youtube")
    access = Access(f"UC{int(made['id']):022d}", {"access_token": practice.tokens("brand")["access_token"]}, "brand")
    film = practice.post("brand", "How to pitch a tent")
    top = practice.post("ali", TEXT, reply_to=film)
    practice.post("ali", "Still nothing", reply_to=top)
    toured("youtube", access)
    for method, path, name in (
        ("GET", ".*/channels", "ChannelListResponse"),
        ("GET", ".*/commentThreads", "CommentThreadListResponse"),
        ("GET", ".*/comments", "CommentListResponse"),
        ("POST", ".*/comments", "Comment"),
    ):
        assert all_faults(overheard.of(method, path), partial(faults_by_google, api="youtube.v3", name=name)) == [], path


def test_google_names_accounts_and_places_as_its_discovery_documents_say(practice: Practice, overheard: Overheard) -> None:
    """Of reviews themselves (v4) Google publishes no such document."""
    practice.person("brand", is_brand=True, network="google", location="Lahore")
    practice.person("ali", network="google")
    secrets = {"access_token": practice.tokens("brand")["access_token"]}
    profile = networks()["google"].identify(Access("", secrets))
    assert profile.tokens is not None
    for path, api, name in (
        ("/v1/accounts", "mybusinessaccountmanagement.v1", "ListAccountsResponse"),
        ("/v1/accounts/[^/]+/locations", "mybusinessbusinessinformation.v1", "ListLocationsResponse"),
    ):
        assert all_faults(overheard.of("GET", path), partial(faults_by_google, api=api, name=name)) == [], path


def test_google_takes_a_topic_as_its_discovery_document_says(practice: Practice, overheard: Overheard) -> None:
    practice.person("brand", is_brand=True, network="google", location="Lahore")
    network, topic = networks()["google"], "projects/shop/topics/reviews"
    practice.call("PUT", "/google/push", {"topic": topic})
    profile = network.identify(Access("", {"access_token": practice.tokens("brand")["access_token"]}))
    assert profile.tokens is not None
    secrets = {**profile.tokens.secrets, "topic": topic, "push_account": "push@shop.iam.gserviceaccount.com"}
    page = network.fetch(Access(profile.external_id, secrets), {})
    assert "at once" in str(network.remarks(page.cursor)[0])
    for method in ("GET", "PATCH"):
        heard = overheard.of(method, "/v1/accounts/[^/]+/notificationSetting")
        assert all_faults(heard, partial(faults_by_google, api="mybusinessnotifications.v1", name="NotificationSetting")) == []


def test_the_graph_answers_with_fields_that_meta_names(practice: Practice, overheard: Overheard) -> None:
    practice.person("brand", is_brand=True, network="facebook")
    practice.person("ali", network="facebook")
    root = practice.post("brand", "New tents are here.")
    practice.post("ali", TEXT, reply_to=root)
    practice.post("ali", "@brand a visitor's word")
    practice.call("POST", "/dms", {"from": "ali", "to": "brand", "text": "my number is 7"})
    identifier = practice.call("GET", "/people/brand")["id"]
    secrets = {"access_token": practice.tokens("brand")["access_token"], "app_secret": Practice.CLIENT_SECRET}
    toured("facebook", Access(identifier, secrets, "brand"))
    posts = [post for listed in overheard.of("GET", r".*/\d+/(feed|visitor_posts|tagged)") for post in listed["data"]]
    comments = [entry for listed in overheard.of("GET", r".*/comments") for entry in listed["data"]]
    comments += [entry for post in posts for entry in post.get("comments", {}).get("data", [])]
    threads = [thread for listed in overheard.of("GET", r".*/conversations") for thread in listed["data"]]
    assert all_faults(posts, lambda one: faults_by_meta(one, "pagepost", edges=frozenset({"attachments", "comments"}))) == []
    assert all_faults(comments, lambda one: faults_by_meta(one, "comment", edges=frozenset({"comments"}))) == []
    assert all_faults(threads, lambda one: faults_by_meta(one, "unifiedthread", edges=frozenset({"messages"}))) == []


def test_instagram_answers_with_fields_that_meta_names(practice: Practice, overheard: Overheard) -> None:
    practice.person("brand", is_brand=True, network="instagram")
    practice.person("ali", network="instagram")
    root = practice.post("brand", "New tents are here.")
    first = practice.post("ali", TEXT, reply_to=root)
    practice.post("ali", "Still nothing", reply_to=first)
    identifier = practice.call("GET", "/people/brand")["id"]
    secrets = {"access_token": practice.tokens("brand")["access_token"], "app_secret": Practice.CLIENT_SECRET}
    toured("instagram", Access(identifier, secrets, "brand"))
    media = [post for listed in overheard.of("GET", r".*/(media|tags)") for post in listed["data"]]
    comments = [entry for post in media for entry in post.get("comments", {}).get("data", [])]
    comments += [entry for comment in comments for entry in comment.get("replies", {}).get("data", [])]
    assert all_faults(media, lambda one: faults_by_meta(one, "igmedia", edges=frozenset({"comments"}))) == []
    assert all_faults(comments, lambda one: faults_by_meta(one, "igcomment", edges=frozenset({"replies"}))) == []


@pytest.mark.parametrize(
    "faults",
    [
        lambda: faults_by_x({"data": [{"id": 7, "tweet": "x"}]}, "GetUsersMentionsResponse"),
        lambda: faults_by_x({"data": [{"id": "7", "words": "x"}]}, "GetUsersMentionsResponse"),
        lambda: faults_by_google({"items": [{"snippet": {"words": "x"}}]}, "youtube.v3", "CommentListResponse"),
        lambda: faults_by_google({"items": [{"snippet": {"likeCount": "7"}}]}, "youtube.v3", "CommentListResponse"),
        lambda: faults_by_meta({"id": 7}, "comment"),
        lambda: faults_by_meta({"words": "x"}, "comment"),
    ],
)
def test_what_the_vendor_does_not_know_is_a_fault(faults: Any) -> None:
    assert len(faults()) >= 1
