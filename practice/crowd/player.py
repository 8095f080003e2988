"""Plays a crowd: so many posts a second, in a mix of languages, aimed at the brands that exist."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .. import people, posts
from ..problems import BadField
from . import arabic, english, persian, urdu

if TYPE_CHECKING:
    from ..world import World

LANGUAGES: dict[str, ModuleType] = {"en": english, "ur": urdu, "fa": persian, "ar": arabic}
FASTEST = 200
AMOUNTS = {"en": "£{n}", "ur": "{n} روپے", "fa": "{n} تومان", "ar": "{n} ريالًا"}
SCALE = {"en": 1, "ur": 100, "fa": 10_000, "ar": 1}
REPLY_SHARE = 0.15


def write_post(dice: random.Random, language: str, brand: str) -> str:
    """One customer post in a language, aimed at a brand's handle."""
    words = LANGUAGES[language]
    template = dice.choice(words.TEMPLATES)
    return (
        template.format(
            brand=brand,
            order=f"#{dice.choice('ABKMRTZ')}{dice.randrange(10_000, 99_999)}",
            item=dice.choice(words.ITEMS),
            city=dice.choice(words.CITIES),
            days=dice.randrange(3, 10),
            time=dice.choice(words.TIMES),
            amount=AMOUNTS[language].format(n=dice.randrange(12, 190) * SCALE[language]),
        )
        + dice.choice(words.TAILS)
    ).strip()


def aims_at_brand(text: str, brand: str) -> bool:
    """Whether a text names the brand so that its mentions find it."""
    return re.search(f"@{re.escape(brand)}(?![A-Za-z0-9_])", text) is not None


class Crowd:
    """One running crowd at most. Counts live in memory; what was posted is on the wall."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._task: asyncio.Task[None] | None = None
        self._rate = 0.0
        self._posted: Counter[str] = Counter()
        self._started = 0.0
        self._ended = 0.0
        self._brands: list[str] = []
        self._mix: dict[str, float] = {}
        self._problem = ""

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(
        self, *, rate: Any, brands: list[str] | None = None, languages: dict[str, float] | None = None,
        seed: int = 1, total: int | None = None,
    ) -> None:  # fmt: skip
        """Start (or restart) at `rate` posts a second; `languages` are weights, `total` an end. Raises `BadField`."""
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate <= FASTEST:
            raise BadField("rate", f"must be above 0 and at most {FASTEST} posts a second")
        mix = {"en": 4, "ur": 3, "fa": 2, "ar": 1} if languages is None else languages
        if not isinstance(mix, dict) or not mix or not set(mix) <= set(LANGUAGES):
            raise BadField("languages", f"must give weights to some of {', '.join(LANGUAGES)}")
        if any(isinstance(w, bool) or not isinstance(w, (int, float)) or w < 0 for w in mix.values()) or not any(mix.values()):
            raise BadField("languages", "weights must be 0 or more, and not all 0")
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise BadField("seed", "must be a whole number")
        if total is not None and (not isinstance(total, int) or isinstance(total, bool) or total < 1):
            raise BadField("total", "must be a whole number above 0, or null")
        if brands is None:
            aims = [row["handle"] for row in people.everyone(self.world, brands=True, network="x") if not row["suspended"]]
        elif isinstance(brands, list):
            aims = [people.get(self.world, who, "brands")["handle"] for who in brands]
        else:
            raise BadField("brands", "must be a list of handles")
        if not aims:
            raise BadField("brands", "there is no brand to write to yet")
        if not self.speakers():
            raise BadField("people", "there is nobody on the square to write")
        self.stop()
        self._rate, self._brands, self._mix, self._problem = float(rate), aims, dict(mix), ""
        self._posted = Counter()
        self._started, self._ended = time.monotonic(), 0.0
        self._task = asyncio.get_running_loop().create_task(self._play(random.Random(seed), total))

    def stop(self) -> None:
        """Let the crowd fall silent."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            self._ended = time.monotonic()
        self._task = None

    def speakers(self) -> dict[str, list[int]]:
        """Ids of those who may write, by language; people of other languages write English."""
        voices: dict[str, list[int]] = {}
        for row in people.everyone(self.world, brands=False, network="x"):
            if not row["suspended"] and not row["protected"]:
                voices.setdefault(row["lang"] if row["lang"] in LANGUAGES else "en", []).append(row["id"])
        return voices

    async def _play(self, dice: random.Random, total: int | None) -> None:
        voices = self.speakers()
        everyone = [person for group in voices.values() for person in group]
        languages = [language for language, weight in self._mix.items() if weight]
        weights = [self._mix[language] for language in languages]
        recent: list[int] = []
        while total is None or self._posted.total() < total:
            due = self._posted.total() - (time.monotonic() - self._started) * self._rate
            if due > 0:
                await asyncio.sleep(min(0.5, due / self._rate))
                continue
            language = dice.choices(languages, weights)[0]
            brand = dice.choice(self._brands)
            author = people.find(self.world, dice.choice(voices.get(language) or everyone))
            if author is None:
                self._problem = "the people of the crowd are gone"
                break
            parent = posts.find(self.world, dice.choice(recent)) if recent and dice.random() < REPLY_SHARE else None
            if parent is not None and (parent["deleted_ms"] or parent["replaced_by"] or parent["lang"] != language):
                parent = None
            post = posts.create(
                self.world, author=author, text=write_post(dice, language, brand), lang=language, reply_to=parent,
                origin="crowd",
            )  # fmt: skip
            recent = [*recent[-60:], post["id"]]
            self._posted[language] += 1
            await asyncio.sleep(0)
        self._ended = time.monotonic()

    def describe(self) -> dict[str, Any]:
        """What the crowd is doing and has done since it was last started."""
        if self._task is not None and self._task.done() and not self._task.cancelled():
            failure = self._task.exception()
            self._problem = str(failure) if failure is not None else self._problem
        seconds = ((self._ended or time.monotonic()) - self._started) if self._started else 0.0
        return {
            "running": self.running, "rate": self._rate, "brands": self._brands, "languages": self._mix,
            "posted": self._posted.total(), "by_language": dict(self._posted), "seconds": round(seconds, 1),
            "problem": self._problem,
        }  # fmt: skip
