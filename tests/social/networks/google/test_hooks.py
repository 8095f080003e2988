"""What Google calls us with: a token that Google signed, for the address that was called, in the one name that may call."""

import json
import time
from typing import Any

import pytest

from social.networks._google_push import keys, locations, prove
from social.networks._google_topic import API
from social.networks._placing import PLACED
from social.networks.errors import Forged, Malformed, Rejected, TryLater
from social.networks.google import Google
from social.networks.values import Access
from tests.social.networks.google.pushes import ADDRESS, PUSHER, TOPIC, envelope, key_set, push, token
from tests.social.networks.google.shapes import LOCATION, PLACE, fault, listing
from tests.social.networks.servers import Asked, Says, Scripted

NETWORK = Google(read_seconds=1.0, total_seconds=3.0)
ACCESS = Access(LOCATION, {"access_token": "secret-access-token", "location": PLACE, "topic": TOPIC, "push_account": PUSHER})
SETTING = f"/v1/{PLACE.partition('/locations')[0]}/notificationSetting"


@pytest.fixture(autouse=True)
def _google(scripted: Scripted, settings: Any) -> None:
    settings.GOOGLE_API_BASE = scripted.url
    scripted.says(key_set())


#: Tokens that each lack one thing: how they are made, or what stands there instead of one.
FORGERIES: dict[str, Any] = {
    "another key under a known name": {"key": "stranger", "name": "tests-1"},
    "a key nobody knows": {"key": "stranger"},
    "a shared secret": {"algorithm": "HS256", "secret": "x" * 32},
    "no signature": {"algorithm": "none", "secret": ""},
    "for another address": {"aud": "https://rabta.example/hooks/another/"},
    "for nobody": {"aud": None},
    "over": {"iat": 1, "exp": 2},
    "without an end": {"exp": None},
    "of tomorrow": {"iat": 2**33},
    "of another service": {"iss": "https://accounts.example"},
    "in another name": {"email": "push@another.iam.gserviceaccount.com"},
    "in a name that is not proven": {"email_verified": False},
    "in no name": {"email": None},
    "words": "words",
    "too long": "a" * 5000,
    "nothing": "",
}


@pytest.mark.parametrize("which", sorted(FORGERIES))
def test_only_googles_own_token_is_believed(which: str) -> None:
    prove(push(), account=PUSHER)
    how = FORGERIES[which]
    with pytest.raises(Forged):
        prove(push(bearer=how if isinstance(how, str) else token(**how)), account=PUSHER)


def test_without_a_service_account_nobody_is_believed() -> None:
    with pytest.raises(Forged):
        prove(push(email=""), account="")
    with pytest.raises(Forged):
        NETWORK.unpack(Access(LOCATION, {"location": PLACE}), push())


def test_the_installations_account_does_not_call_for_a_topic_of_ones_own(settings: Any) -> None:
    settings.GOOGLE_PUBSUB_ACCOUNT = "push@installation.iam.gserviceaccount.com"
    theirs = push(email=settings.GOOGLE_PUBSUB_ACCOUNT)
    assert NETWORK.addressees(theirs) == (LOCATION,)
    assert NETWORK.unpack(Access(LOCATION, {"location": PLACE}), theirs).rings
    with pytest.raises(Forged):
        NETWORK.unpack(ACCESS, theirs)


def test_keys_are_asked_for_once_and_a_new_one_is_found(scripted: Scripted) -> None:
    for _time in range(3):
        assert NETWORK.unpack(ACCESS, push()).rings
    assert [asked.path for asked in scripted.asked] == ["/oauth2/v3/certs"]
    # Names that nobody knows make us ask once a minute, however many come.
    for _time in range(3):
        with pytest.raises(Forged):
            NETWORK.unpack(ACCESS, push(key="newer"))
    assert len(scripted.asked) == 1
    scripted.says(key_set("tests-1", "newer"))
    keys()._asked = time.monotonic() - 61
    assert NETWORK.unpack(ACCESS, push(key="newer")).rings
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("says", [Says(500, b"{}"), Says.html(200), Says.json({}), Says.json({"keys": 7})])
def test_keys_that_cannot_be_had_are_no_forgery(scripted: Scripted, says: Says) -> None:
    scripted.says(says)
    with pytest.raises(TryLater):
        NETWORK.unpack(ACCESS, push())


def test_while_keys_cannot_be_had_callers_do_not_make_us_ask_each_time(scripted: Scripted) -> None:
    scripted.says(Says(500, b"{}"))
    for _time in range(3):
        with pytest.raises(TryLater):
            NETWORK.unpack(ACCESS, push())
    assert len(scripted.asked) == 1
    scripted.says(key_set("tests-1"))
    keys()._failed = time.monotonic() - 11
    assert NETWORK.unpack(ACCESS, push()).rings


def test_keys_of_other_kinds_are_none(scripted: Scripted) -> None:
    rows = [None, 7, {"kid": "a", "kty": "oct", "k": "eA"}, {"kid": "b", "kty": "RSA"}, {"kty": "RSA"}]
    scripted.says(Says.json({"keys": [*rows, json.loads(key_set().body)["keys"][0]]}))
    assert NETWORK.unpack(ACCESS, push()).rings
    with pytest.raises(Forged):
        NETWORK.unpack(ACCESS, push(key="a", secret="x" * 32, algorithm="HS256"))


def test_what_it_is_about_is_read_from_names_of_resources() -> None:
    assert locations(push()) == (LOCATION,)
    for told in (
        {"reviewName": f"{PLACE}/reviews/AbF"},
        {"locationName": f"locations/{LOCATION}"},
        {"name": PLACE, "type": "SOMETHING_NEW", "more": [7, None]},
    ):
        assert locations(push(envelope(data=json.dumps(told).encode()))) == (LOCATION,)
    for name in (7, None, "", "locations/", "accounts/1", "locations/a b", "somewhere/locations/1"):
        told = {"location_name": name}
        assert locations(push(envelope(data=json.dumps(told).encode()))) == ()
    for nonsense in (b"\xff", b"words", b"[]", b"7"):
        with pytest.raises(Malformed):
            locations(push(envelope(data=nonsense)))
    with pytest.raises(Malformed):
        locations(push(b'{"message": {"data": "no base 64!"}}'))


# --- the topic ------------------------------------------------------------------------------------------------------------
def answering(standing: dict[str, Any], patched: Says | None = None) -> Any:
    def answer(asked: Asked) -> Says:
        if asked.path == SETTING:
            return (patched or Says.json(json.loads(asked.body))) if asked.method == "PATCH" else Says.json(standing)
        return listing()

    return answer


def patches(scripted: Scripted) -> list[Asked]:
    return [asked for asked in scripted.asked if asked.method == "PATCH"]


def test_the_topic_is_set_once_and_what_else_is_announced_stays(scripted: Scripted) -> None:
    assert API.endswith("/v1")
    scripted.says(answering({"pubsubTopic": TOPIC, "notificationTypes": ["GOOGLE_UPDATE"]}))
    page = NETWORK.fetch(ACCESS, {})
    assert (page.items, page.more) == ((), True)
    (asked,) = patches(scripted)
    assert asked.query == {"updateMask": "pubsubTopic,notificationTypes"}
    said = json.loads(asked.body)
    assert said["notificationTypes"] == ["GOOGLE_UPDATE", "NEW_REVIEW", "UPDATED_REVIEW"]
    assert (said["pubsubTopic"], said["name"]) == (TOPIC, SETTING.removeprefix("/v1/"))
    assert "at once" in str(NETWORK.remarks(page.cursor)[0])
    following = NETWORK.fetch(ACCESS, json.loads(json.dumps(page.cursor)))
    assert PLACED in following.cursor
    NETWORK.fetch(ACCESS, following.cursor)
    assert len(patches(scripted)) == 1
    assert PLACED not in NETWORK.reconnected(following.cursor)


def test_a_topic_that_stands_there_is_left_alone(scripted: Scripted) -> None:
    scripted.says(answering({"pubsubTopic": TOPIC, "notificationTypes": ["NEW_REVIEW", "UPDATED_REVIEW"]}))
    NETWORK.fetch(ACCESS, {})
    assert patches(scripted) == []
    scripted.says(answering({"pubsubTopic": "projects/other/topics/theirs", "notificationTypes": ["NEW_REVIEW"]}))
    page = NETWORK.fetch(ACCESS, {})
    assert patches(scripted) == []
    assert "does not replace" in str(NETWORK.remarks(page.cursor)[0])
    # One on which nothing is announced is nobody's loss.
    scripted.says(answering({"pubsubTopic": "projects/other/topics/theirs"}))
    NETWORK.fetch(ACCESS, {})
    assert len(patches(scripted)) == 1


def test_a_refusal_is_told_in_words_and_reviews_are_read_all_the_same(scripted: Scripted) -> None:
    scripted.says(answering({}, fault(403, "PERMISSION_DENIED", "may not publish to the topic")))
    page = NETWORK.fetch(ACCESS, {})
    assert "may not publish to the topic" in str(NETWORK.remarks(page.cursor)[0])
    assert NETWORK.fetch(ACCESS, page.cursor).more is False
    assert len(patches(scripted)) == 1


def test_without_a_topic_nothing_is_set(scripted: Scripted) -> None:
    scripted.says(answering({}))
    NETWORK.fetch(Access(LOCATION, {"access_token": "secret-access-token", "location": PLACE}), {})
    assert [asked.path for asked in scripted.asked if "notificationSetting" in asked.path] == []
    assert NETWORK.remarks({}) == ()


@pytest.mark.parametrize(
    ("secrets", "field"),
    [
        ({"topic": "reviews", "push_account": PUSHER}, "topic"),
        ({"topic": TOPIC, "push_account": "nobody"}, "push_account"),
        ({"topic": TOPIC}, "push_account"),
        ({"push_account": PUSHER}, "topic"),
    ],
)
def test_half_a_topic_is_refused_before_anything_is_asked(secrets: dict[str, str], field: str) -> None:
    with pytest.raises(Rejected) as caught:
        NETWORK.accounts(Access("", {"access_token": "secret-access-token", **secrets}))
    assert caught.value.field == field
    with pytest.raises(Rejected):
        NETWORK.authorize_url(state="s", redirect_uri=ADDRESS, verifier="v" * 60, asked=secrets)


def test_the_topic_is_kept_with_the_sign_in(scripted: Scripted, settings: Any) -> None:
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "client", "secret-of-the-client"
    assert [field.name for field in NETWORK.sign_in_fields()] == ["topic", "push_account"]
    scripted.says(Says.json({"access_token": "fresh-token", "expires_in": 3599, "scope": NETWORK.scope, "token_type": "Bearer"}))
    asked = {"topic": TOPIC, "push_account": PUSHER, "other": "x"}
    tokens = NETWORK.exchange(code="c", redirect_uri=ADDRESS, verifier="v" * 60, asked=asked)
    assert {name: tokens.secrets.get(name) for name in asked} == {"topic": TOPIC, "push_account": PUSHER, "other": None}
    settings.GOOGLE_PUBSUB_TOPIC = TOPIC
    assert NETWORK.sign_in_fields() == ()


