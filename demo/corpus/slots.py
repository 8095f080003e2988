"""The values of one thread: drawn once, when first asked for, and the same ever after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from demo.corpus import numbers, products
from demo.corpus.library import Library, Line, Scenario
from demo.corpus.template import Template, render
from demo.shapes import Gender, Person, Staff, WorkspacePlan

_GENDER_FORM: dict[Gender, int] = {"m": 0, "f": 1}
_LETTER_SIZES = ("S", "M", "L", "XL")
_BOOT_SIZES = ("39", "40", "41", "42", "43", "44")
_CURTAIN_SIZES = ("210", "230", "250", "260", "280")
_BED_SIZES = {
    "en": ("single", "double", "king"),
    "ur": ("سنگل", "ڈبل", "کنگ"),
    "ur-Latn": ("single", "double", "king"),
    "fa": ("یک‌نفره", "دونفره", "کینگ"),
    "fa-Latn": ("yek nafare", "do nafare", "king"),
    "ar": ("مفرد", "مزدوج", "كينج"),
}
#: Morning, midday, late afternoon, night.
_GREETINGS = {
    "en": ("Good morning", "Good afternoon", "Good afternoon", "Good evening"),
    "ur": ("صبح بخیر", "السلام علیکم", "شام بخیر", "السلام علیکم"),
    "ur-Latn": ("Subah bakhair", "Assalam o alaikum", "Assalam o alaikum", "Assalam o alaikum"),
    "fa": ("صبح بخیر", "روزتون بخیر", "عصر بخیر", "شب بخیر"),
    "fa-Latn": ("sobh bekheir", "rooz bekheir", "asr bekheir", "shab bekheir"),
    "ar": ("صباح الخير", "مساء الخير", "مساء الخير", "مساء الخير"),
}
#: Week days on which nothing is delivered, Monday is 0.
_NO_DELIVERY = {"britain": (6,), "america": (6,), "gulf": (4,), "pakistan": (6,), "iran": (4,)}
_FREE_MAIL = ("example.com", "example.net", "example.org")


class ThreadContext:
    """Answers the templates of one thread. `at`, `speaks` and `agent` move on with each turn."""

    def __init__(
        self,
        *,
        rng: Random,
        plan: WorkspacePlan,
        scenario: Scenario,
        person: Person,
        place: str,
        start: datetime,
    ) -> None:
        self.rng = rng
        self.at = start
        self.library: Library
        self.agent: Staff | None = None
        self.tie = ""
        self._plan = plan
        self._scenario = scenario
        self._person = person
        self._place = place
        self._start = start
        self._kept: dict[str, str] = {}
        self._wares = products.products(plan.domain, scenario.needs)
        self._product = self._wares[int(rng.random() * len(self._wares))]
        low, high = scenario.age_days
        self._age = rng.randint(low, high)
        self._eta = self._delivery_day(2 + int(rng.random() * 3))

    # What templates ask.

    def form(self, who: str) -> int:
        if who == "c":
            return _GENDER_FORM[self._person.gender]
        if who == "a":
            return _GENDER_FORM[self.agent.gender] if self.agent else 0
        return self._product.kind.words[self.library.language].form

    def slot(self, name: str) -> str:
        language = self.library.language
        if name == "agent":
            return self.agent_name()
        drawn = _DRAWN.get(name)
        if drawn is not None:
            # Written as the language of the turn has it, but one value for the whole thread.
            return drawn(self, language)
        bank = self.library.banks[name]
        phrases = bank.phrases(self._plan.domain)
        # Of a kept bank the place in the list is kept, not the words: the lists of a language and of its
        # Roman spelling run parallel, so a customer's "abi" is the agent's "آبی".
        kept = self._number(f"bank {name}", 0, 999) % len(phrases) if bank.sticky else None
        index = int(self.rng.random() * len(phrases)) if kept is None else kept
        return render(phrases[index], self)

    def pick(self, lines: tuple[Line, ...]) -> Template:
        """A line that fits what was said before; the first tied line ties the thread."""
        fitting = lines
        if self.tie:
            fitting = tuple(line for line in lines if line.tie == self.tie) or tuple(line for line in lines if not line.tie)
        chosen = fitting[int(self.rng.random() * len(fitting))]
        self.tie = chosen.tie or self.tie
        return chosen.template

    def phrase(self, phrases: tuple[Template, ...]) -> str:
        return render(phrases[int(self.rng.random() * len(phrases))], self)

    def agent_name(self) -> str:
        """First name of whoever answers, as written in the language of the turn."""
        if self.agent is None:
            return self._plan.names[self.library.language]
        return self.agent.first_names.get(self.library.language) or self.agent.first_names.get(
            "en", self._plan.names[self.library.language]
        )

    @property
    def eta(self) -> datetime:
        """The delivery day that the brand promises; the one thing of a thread that may move."""
        return self._eta

    def promise_from(self, at: datetime) -> None:
        """Keep a promised day ahead of the turn that speaks of it."""
        self.at = at
        if self._eta.date() <= at.date():
            self._eta = self._delivery_day(2, at)

    # How the values come about.

    def _delivery_day(self, ahead: int, start: datetime | None = None) -> datetime:
        day = (start or self._start) + timedelta(days=ahead)
        while day.weekday() in _NO_DELIVERY[self._place]:
            day += timedelta(days=1)
        return day

    def _keep(self, name: str, draw: Callable[[], str]) -> str:
        kept = self._kept.get(name)
        if kept is None:
            kept = self._kept[name] = draw()
        return kept

    def _number(self, name: str, low: int, high: int) -> int:
        return int(self._keep(name, lambda: str(self.rng.randint(low, high))))

    def order(self, _: str) -> str:
        return self._keep("order", lambda: f"{self._plan.order_prefix}-{self.rng.randint(100_000, 989_999)}")

    def ticket(self, _: str) -> str:
        return self._keep("ticket", lambda: f"R{self.rng.randint(10_000, 98_999)}")

    def product(self, language: str) -> str:
        return products.named_word(self._product, language, oblique=False)

    def product_o(self, language: str) -> str:
        return products.named_word(self._product, language, oblique=True)

    def item(self, language: str) -> str:
        return products.bare_word(self._product, language, oblique=False)

    def item_o(self, language: str) -> str:
        return products.bare_word(self._product, language, oblique=True)

    def due(self, language: str) -> str:
        """The weekday on which it should have been there: up to three days ago."""
        return numbers.weekday(language, self._start - timedelta(days=self._number("due", 1, 3)))

    def price(self, language: str) -> str:
        return numbers.money(language, self._plan.domain, self._product.price)

    def days(self, language: str) -> str:
        return numbers.days(language, self._age, spelled=self._number("spelled", 0, 1) == 1)

    def age_number(self, language: str) -> str:
        return numbers.digits(language, str(self._age))

    def ordered_on(self, language: str) -> str:
        return numbers.day_month(language, self._start - timedelta(days=self._age))

    def months(self, language: str) -> str:
        return numbers.months(language, max(1, round(self._age / 30)))

    def eta_day(self, language: str) -> str:
        return numbers.weekday(language, self._eta)

    def eta_date(self, language: str) -> str:
        return numbers.day_month(language, self._eta)

    def time(self, language: str) -> str:
        return numbers.clock(language, self._number("time", 10, 19))

    def paid_at(self, language: str) -> str:
        """A full hour shortly before the thread began."""
        return numbers.clock(language, (self._start.hour - self._number("paid", 1, 3)) % 24)

    def greet(self, language: str) -> str:
        hour = self.at.hour
        return _GREETINGS[language][0 if 4 <= hour < 12 else 1 if 12 <= hour < 16 else 2 if 16 <= hour < 19 else 3]

    def first(self, _: str) -> str:
        return self._person.first_name

    def last(self, _: str) -> str:
        return self._person.last_name

    def brand(self, language: str) -> str:
        return self._plan.names[language]

    def handle(self, _: str) -> str:
        return f"@{self._keep('account', lambda: next(iter(self._plan.accounts)))}"

    def email(self, _: str) -> str:
        def draw() -> str:
            return f"{self._person.handle.strip('_')}@{self.rng.choice(_FREE_MAIL)}"

        return self._keep("email", draw)

    def website(self, _: str) -> str:
        return self._plan.website

    def code(self, _: str) -> str:
        stems = ("TRAIL", "SUMMIT", "HELLO", "DRY") if self._plan.domain == "outdoor" else ("GHAR", "ZARRIN", "NOOR")
        return self._keep("code", lambda: f"{self.rng.choice(stems)}{self.percent_number}")

    @property
    def percent_number(self) -> int:
        return self._number("percent5", 2, 5) * 5

    def percent(self, language: str) -> str:
        sign = "٪" if language in ("fa", "ur") else "%"
        return numbers.digits(language, str(self.percent_number)) + sign

    def qty(self, language: str) -> str:
        return numbers.digits(language, str(self._number("qty", 3, 24) * 5))

    def _sizes(self, language: str) -> tuple[str, ...]:
        key = self._product.kind.key
        if self._plan.domain == "outdoor":
            return _BOOT_SIZES if key == "boots" else _LETTER_SIZES
        return _CURTAIN_SIZES if key == "curtain" else _BED_SIZES[language]

    def size(self, language: str) -> str:
        sizes = self._sizes(language)
        return numbers.digits(language, sizes[self._number("size", 0, len(sizes) - 2)])

    def size2(self, language: str) -> str:
        """The next size up: what the customer needed."""
        sizes = self._sizes(language)
        return numbers.digits(language, sizes[self._number("size", 0, len(sizes) - 2) + 1])


_DRAWN: dict[str, Callable[[ThreadContext, str], str]] = {
    "order": ThreadContext.order,
    "ticket": ThreadContext.ticket,
    "product": ThreadContext.product,
    "product_o": ThreadContext.product_o,
    "item": ThreadContext.item,
    "item_o": ThreadContext.item_o,
    "due": ThreadContext.due,
    "price": ThreadContext.price,
    "days": ThreadContext.days,
    "age_number": ThreadContext.age_number,
    "ordered_on": ThreadContext.ordered_on,
    "months": ThreadContext.months,
    "eta": ThreadContext.eta_day,
    "eta_date": ThreadContext.eta_date,
    "paid_at": ThreadContext.paid_at,
    "time": ThreadContext.time,
    "greet": ThreadContext.greet,
    "first": ThreadContext.first,
    "last": ThreadContext.last,
    "brand": ThreadContext.brand,
    "handle": ThreadContext.handle,
    "email": ThreadContext.email,
    "website": ThreadContext.website,
    "code": ThreadContext.code,
    "qty": ThreadContext.qty,
    "size": ThreadContext.size,
    "size2": ThreadContext.size2,
    "percent": ThreadContext.percent,
}


class BareContext:
    """Fills what belongs to a person alone, such as a bio: banks and gender, no order."""

    def __init__(self, rng: Random, words: Library, gender: Gender) -> None:
        self.rng = rng
        self._words = words
        self._gender = gender

    def form(self, who: str) -> int:
        return _GENDER_FORM[self._gender]

    def slot(self, name: str) -> str:
        phrases = self._words.banks[name].phrases("any")
        return render(phrases[int(self.rng.random() * len(phrases))], self)
