"""Pages as X's API gives them, made from a seed: five scripts, Zipf words, a few people who write a lot."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

from social.networks.values import Envelope, Page

PAGE = 100
EPOCH_MS = 1_288_834_974_657
START = datetime(2026, 1, 5, tzinfo=UTC)
SYLLABLES = {
    "en": "ra ven dor lit pa ko shi men tu ba sel ford ing er",
    "ur": "سا را نے کا گھر پا ہے می لو تھا بڑ چا ڈا ٹی",
    "fa": "سا را می خا نه پی گو چه شد بر دا ری ژا تر",
    "ar": "سا را مة كا بي تو ال في من ها دي قا صو عي",
    "ja": "カ ミ ソ ラ ハ ナ タ ク 日 本 東 京 電 車",
}
SHARES = {"en": 5, "ur": 2, "fa": 2, "ar": 1, "ja": 1}


class Pages:
    """An endless, seeded stream of mentions of one account."""

    def __init__(self, seed: int, *, account: str, people: int) -> None:
        self.rng = Random(seed)
        self.account = account
        self.people = people
        self.number = 0
        self.words = {lang: self._vocabulary(text.split()) for lang, text in SYLLABLES.items()}
        self.zipf = list(accumulate(1 / rank for rank in range(1, 2001)))
        self.languages = list(SHARES)
        self.shares = list(accumulate(SHARES.values()))

    def _vocabulary(self, syllables: list[str]) -> list[str]:
        return ["".join(self.rng.choices(syllables, k=self.rng.randint(2, 4))) for _ in range(2000)]

    def text(self, lang: str) -> str:
        """About 120 characters of made-up words."""
        words = self.rng.choices(self.words[lang], cum_weights=self.zipf, k=14 if lang != "ja" else 7)
        return f"@{self.account} " + " ".join(words)

    def envelope(self) -> Envelope:
        """One mention by one of the people; every third goes on in an earlier thread of theirs."""
        self.number += 1
        moment = START + timedelta(seconds=self.number * 3)
        identifier = ((int(moment.timestamp() * 1000) - EPOCH_MS) << 22) | (self.number & 0xFFF)
        person = min(int(self.rng.expovariate(4 / self.people)), self.people - 1)
        lang = self.rng.choices(self.languages, cum_weights=self.shares)[0]
        thread = f"{9_000_000_000 + person}{self.number // 700 if self.number % 3 else self.number}"
        user = str(1_000_000_000 + person)
        post: dict[str, Any] = {
            "id": str(identifier),
            "text": self.text(lang),
            "author_id": user,
            "conversation_id": thread,
            "created_at": moment.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edit_history_tweet_ids": [str(identifier)],
            "lang": lang,
            "entities": {"mentions": [{"start": 0, "end": len(self.account) + 1, "username": self.account, "id": "77"}]},
            "public_metrics": {"retweet_count": 0, "reply_count": 1, "like_count": 2, "quote_count": 0},
        }
        author = {
            "id": user,
            "username": f"person{person}",
            "name": f"Person {person}",
            "description": "Bench person with a biography of ordinary length, so that payloads weigh about a kilobyte.",
            "created_at": "2015-04-01T10:00:00.000Z",
            "verified": False,
            "location": "Lahore",
            "profile_image_url": f"https://pbs.twimg.com/profile_images/{user}/face_normal.jpg",
        }
        payload = {"feed": "mentions", "post": post, "author": author, "media": [], "referenced": [], "seen_at": ""}
        return Envelope(external_id=post["id"], payload=payload)

    def page(self) -> Page:
        """The next hundred."""
        items = tuple(self.envelope() for _ in range(PAGE))
        return Page(items=items, cursor={"mentions": {"since_id": items[-1].external_id}})

    def pages(self, count: int) -> Iterator[Page]:
        """The next `count` pages."""
        return (self.page() for _ in range(count))
