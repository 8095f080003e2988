"""X's text: how it counts, what it shortens, and how our own words look when they come back."""

import time

import pytest

from social.networks._text import clean
from social.networks._x_text import readable, same_words, weighted_length
from social.networks.values import Outgoing
from social.networks.x import X

NETWORK = X()


# Lengths by twitter-text 3.1.0 (npm), parseTweet(text).weightedLength, run 2026-11-23.
@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("hello", 5),
        ("سلام دنیا", 9),
        ("日本語", 6),
        ("é", 1),
        ("e\u0301", 1),
        ("…", 2),
        ("‘quoted’", 8),
        ("👍🏽", 2),
        ("❤️", 2),
        ("©", 1),
        ("1️⃣", 2),
        ("🇵🇰", 2),
        ("👨‍👩‍👧‍👦", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("𝒜", 2),
        ("https://example.com/a?b=c", 23),
        ("http://x.pk", 23),
        ("example.com", 23),
        ("www.foo.co.uk", 23),
        ("(https://a.com/x)", 25),
        ("https://a.com/b_(c)", 23),
        ("https://t.co/abc.", 24),
        ("https://a.com/سلام", 27),
        ("mail a@b.com now", 16),
        ("@user.com", 9),
        ("$foo.com", 8),
        ("v1.2", 4),
        ("e.g. this", 9),
        ("a_b.com", 7),
        ("foo.com,bar", 27),
    ],
)
def test_a_post_is_as_long_as_x_says(text: str, length: int) -> None:
    assert weighted_length(text) == length


@pytest.mark.parametrize(
    "text", ["x" * 25_000, "a." * 12_500, "a-" * 12_500, "https://" * 3_000, "((" * 12_500, "👍" * 12_500, "@a" * 12_500]
)
def test_counting_takes_no_time(text: str) -> None:
    began = time.monotonic()
    weighted_length(text)
    readable(text, {"urls": []})
    assert time.monotonic() - began < 2


def test_the_limit_counts_as_x_does() -> None:
    def refusal(text: str) -> object:
        return NETWORK.refusal(Outgoing("reply", text, in_reply_to="12345"))

    assert refusal("ش" * 280) is None
    assert refusal("字" * 140) is None
    assert refusal("字" * 141)
    assert refusal("x" * 256 + " https://example.com/" + "y" * 300) is None
    assert "281" in str(refusal("x" * 281))


def test_direct_messages_have_a_limit_of_their_own() -> None:
    assert NETWORK.refusal(Outgoing("direct", "字" * 10_000, to="5")) is None
    assert NETWORK.refusal(Outgoing("direct", "字" * 10_001, to="5"))
    assert NETWORK.refusal(Outgoing("direct", "hello"))


def test_nothing_is_unescaped_twice() -> None:
    assert readable("&amp;lt; &lt; &amp;amp; &quot;", None) == "&lt; < &amp; &quot;"


def test_names_and_bios_are_unescaped_too() -> None:
    user = {"id": "7", "username": "tj", "name": "Tom &amp; Jerry &amp;lt;", "description": "a &lt; b", "location": "A &amp; B"}
    post = {"id": "1460323737035677698", "text": "hi", "author_id": "7", "created_at": "2021-11-15T19:08:05.000Z"}
    author = NETWORK.read({"feed": "mentions", "post": post, "author": user}, account_id="5").author
    assert author is not None
    assert author.name == "Tom & Jerry &lt;"
    assert author.profile["description"] == "a < b"
    assert author.profile["location"] == "A & B"


def test_only_web_addresses_replace_short_links() -> None:
    entities = {
        "urls": [
            {"url": "https://t.co/aaaaaaaaaa", "expanded_url": "javascript:alert(1)"},
            {"url": "https://t.co/bbbbbbbbbb", "expanded_url": "https://example.com/?a=1&amp;b=2"},
        ]
    }
    text = "https://t.co/aaaaaaaaaa https://t.co/bbbbbbbbbb https://t.co/cccccccccc"
    assert readable(text, entities) == "https://t.co/aaaaaaaaaa https://example.com/?a=1&b=2 https://t.co/cccccccccc"


def test_halves_of_pairs_that_belong_together_stay() -> None:
    assert clean("\ud83d\ude00 \ud83d \x00") == "😀  "


LINK = {"urls": [{"url": "https://t.co/abcdefghij", "expanded_url": "https://Example.com/Help/"}]}


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("sorry & <thanks>", "sorry &amp; &lt;thanks&gt;", True),
        ("sorry", "@ali @veli sorry", True),
        ("@ali sorry", "@ali sorry", True),
        ("sorry  \n dear", "sorry dear", True),
        ("cafe\u0301", "café", True),
        ("see https://example.com/Help", "@ali see https://t.co/abcdefghij", True),
        ("see example.com/Help now", "see https://t.co/abcdefghij now", True),
        ("see https://example.com/help", "see https://t.co/abcdefghij", False),
        ("see https://example.com/other", "see https://t.co/zzzzzzzzzz", True),
        ("sorry", "sorry!", False),
        ("sorry", "sorr", False),
        ("a.c", "abc", False),
        ("", "anything", False),
    ],
)
def test_our_words_are_known_again(ours: str, theirs: str, same: bool) -> None:
    assert same_words(ours=ours, theirs=theirs, entities=LINK, reply=True) is same


def test_handles_in_front_count_where_nobody_is_answered() -> None:
    assert not same_words(ours="sorry", theirs="@ali sorry", entities=None, reply=False)
