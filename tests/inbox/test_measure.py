"""Counting while somebody types is exactly the network's own: the page's script and the network files, over texts that differ."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page

from social.networks import networks
from social.networks.base import Network
from social.networks.features import in_a_page
from tests.inbox.test_screens_browser import cast, desk, screen

__all__ = ["cast", "desk", "screen"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXTS = [
    "", "hello", "a\nb", "a  b ", "Grüße aus Köln", "e\u0301 decomposed é", "\u200d\u200d", "x" * 300, "a\x00b", "\x85x\x1cy",
    # Emoji: families, skins, flags, keycaps, with and without the selector, new ones, incomplete ones
    "👩‍👩‍👧‍👦 family", "👍🏽👍", "🇵🇰🇮🇷🇦", "1️⃣ #️⃣ *", "❤️ ❤ ☺️ ☺ ©️ © ™️ ™", "🏴󠁧󠁢󠁥󠁮󠁧󠁿 flag", "👨\u200d", "🧑🏿‍🚀🧑🏿‍🚀",
    "👩🏽‍❤️‍💋‍👨🏻", "🫠🪿🫨", "🀄🃏🈁", "\U0001f1e6" * 3, "‼️⁉️〰️",
    # Scripts
    "日本語のテキスト", "한국어 각", "中文字符，标点。", "سلام، هزینهٔ ارسال چقدر می‌شود؟", "آپ کی سروس بہت اچھی ہے",
    "नमस्ते क्षत्रिय हिन्दी", "ไทย ภาษา",
    "مرحبا \u202bbidi\u202c \u2067x\u2069", "①②③ ½ ٣۴ example.com:٣", "Ǆ ﬁ ﷺ", "\u212a.com \u017f.com",
    # Links
    "see https://example.com/a?b=c#d.", "(https://en.wikipedia.org/wiki/A_(b))", "https://例え.jp/パス", "HTTP://EXAMPLE.COM:8080/x",
    "example.com and sub.example.co.uk/path, not.a-tld and a@example.com @user.com", "xhttps://example.com", "سhttps://example.com",
    "http://localhost no dot", "https://a.b.museum/😀 https://x.y😀", "t.co/abc www.ex-ample.shop!", "foo.بازار example.com。",
    "مثال.com example.comسلام", "_example.com -example.com", "é.com café.fr x\u0301.com",
    "https://x.com\u3000z https://y.com\x85z https://q.com\ufeffz",
]  # fmt: skip
MEASURE = """async ([rules, texts]) => {
  const { measure } = await import('/static/js/measure.js');
  return texts.map((text) => measure(text, rules));
}"""
#: Each of these is read otherwise by a browser where it is not translated.
PATTERNS = (
    (r"[\w]+", "سلامé_٣ x"), (r"[^\W_]+", "a_b٣"), (r"[^\W\d_]+", "٣é4½"), (r"[^\s]+", "a\x85b\ufeffc"),
    ("[\\U0001f600-\\U0001f602]", "😁😃"),
)  # fmt: skip


def judge(network: Network, text: str, *, private: bool) -> int:
    """How long the network file says that a text is."""
    return len(text) if private and network.private_counting is not None else network.length(text)


def test_the_page_counts_as_each_network_does(screen: Page) -> None:
    wrong: list[Any] = []
    for network in networks().values():
        for private in (False, True):
            counting = network.private_counting or network.counting if private else network.counting
            counted = screen.evaluate(MEASURE, [json.loads(counting.for_page()), TEXTS])
            told = [judge(network, text, private=private) for text in TEXTS]
            wrong += [(network.slug, text, mine, its) for text, mine, its in zip(TEXTS, told, counted, strict=True) if mine != its]
    assert wrong == []


def test_a_pattern_means_the_same_in_a_page(screen: Page) -> None:
    for pattern, text in PATTERNS:
        there = screen.evaluate("([source, text]) => text.match(new RegExp(source, 'giu'))", [in_a_page(pattern), text])
        assert there == re.findall(pattern, text), pattern
