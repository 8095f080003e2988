"""Reads the corpus: banks of phrases and scenarios, one folder a language.

A bank and a scenario in `*.txt`::

    = sorry                       == late_delivery | topic=delivery mood=annoyed weight=9 age=6-12
    phrase                        >C open
    phrase                        one way to open
    = colour@home!                another way
    blue                          >B ask ?80
    green                         p: only in public      d: only in direct messages

`@outdoor`/`@home` limits a bank to a kind of workspace; `!` keeps the phrase drawn first for the whole
thread. `~word` before a line ties it to the lines of the same word in later steps, so that an answer fits
what was asked. Steps: C customer, B the agent, S the supervisor; `?80` happens in 80 of 100
threads, `+3d` about three days later. A line starting with `;;` is a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from demo.corpus.template import Agree, Choice, Template, TemplateError, names_in, parse

ROOT = Path(__file__).parent
_HEAD = re.compile(r">([CBS]) ([a-z_0-9]+)(?: \+([\d.]+)d)?(?: \?(\d+))?$")
#: Languages whose verbs and adjectives agree with people and things.
_GENDERED = {"ur", "ur-Latn"}
#: Customers who write Persian in Latin letters are answered in Persian.
ANSWERED_IN = {"fa-Latn": "fa"}
_MOODS = {"neutral", "curious", "happy", "annoyed", "angry"}

#: Slots that the thread's context computes; see demo.corpus.slots.
SLOTS = frozenset(
    (
        "order", "product", "product_o", "item", "item_o", "price", "days", "age_number", "ordered_on", "months", "eta",
        "eta_date", "time", "first", "last", "due", "agent", "brand", "handle", "email", "website", "code", "qty",
        "size", "size2", "greet", "percent", "ticket", "paid_at",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    tie: str
    template: Template


@dataclass(frozen=True, slots=True)
class Step:
    who: str
    name: str
    chance: float
    days_later: float
    public: tuple[Line, ...]
    direct: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    key: str
    language: str
    topic: str
    mood: str
    weight: float
    team: str
    priority: str
    tags: tuple[str, ...]
    domain: str
    kinds: tuple[str, ...]
    needs: str
    age_days: tuple[int, int]
    launch: float
    """How many times likelier on the launch day."""
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Bank:
    sticky: bool
    by_domain: dict[str, tuple[Template, ...]]

    def phrases(self, domain: str) -> tuple[Template, ...]:
        """The phrases for a kind of workspace: its own where it has some, else the common ones."""
        return self.by_domain.get(domain) or self.by_domain.get("any") or ()


@dataclass(frozen=True, slots=True)
class Library:
    """Everything written in one language."""

    language: str
    banks: dict[str, Bank]
    scenarios: tuple[Scenario, ...]

    def scenarios_for(self, domain: str) -> tuple[Scenario, ...]:
        return tuple(s for s in self.scenarios if s.domain in ("any", domain))


@dataclass(slots=True)
class _Draft:
    """A step while its lines are still being read."""

    who: str
    name: str
    chance: float
    days_later: float
    public: list[Line] = field(default_factory=list)
    direct: list[Line] = field(default_factory=list)

    def frozen(self) -> Step:
        return Step(self.who, self.name, self.chance, self.days_later, tuple(self.public), tuple(self.direct))


@dataclass(slots=True)
class _Reader:
    language: str
    banks: dict[str, dict[str, list[Template]]] = field(default_factory=dict)
    sticky: set[str] = field(default_factory=set)
    scenarios: list[Scenario] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Add one file. Raises TemplateError naming file and line."""
        bank: list[Template] | None = None
        head: dict[str, str] | None = None
        steps: list[_Draft] = []

        def close_scenario() -> None:
            if head is not None:
                self._add_scenario(head, steps)

        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            line = raw.strip()
            if not line or line.startswith(";;"):
                continue
            try:
                if line.startswith("=="):
                    close_scenario()
                    bank, head, steps = None, _scenario_head(line), []
                elif line.startswith("="):
                    close_scenario()
                    head = None
                    bank = self._bank(line)
                elif line.startswith(">"):
                    steps.append(_step(line))
                elif bank is not None:
                    bank.append(parse(line))
                elif steps:
                    _add_line(steps[-1], line)
                else:
                    raise TemplateError(f"a line before any step or bank: {line!r}")
            except TemplateError as error:
                raise TemplateError(f"{path.name}:{number}: {error}") from error
        close_scenario()

    def _bank(self, line: str) -> list[Template]:
        name, _, domain = line[1:].strip().removesuffix("!").partition("@")
        if line.endswith("!"):
            self.sticky.add(name)
        return self.banks.setdefault(name, {}).setdefault(domain or "any", [])

    def _add_scenario(self, head: dict[str, str], steps: list[_Draft]) -> None:
        low, _, high = head.get("age", "4-10").partition("-")
        if head["mood"] not in _MOODS:
            raise TemplateError(f"unknown mood {head['mood']!r} in {head['key']}")
        self.scenarios.append(
            Scenario(
                key=head["key"],
                language=self.language,
                topic=head["topic"],
                mood=head["mood"],
                weight=float(head.get("weight", "3")),
                team=head.get("team", "support"),
                priority=head.get("priority", "normal"),
                tags=tuple(filter(None, head.get("tags", "").split(","))),
                domain=head.get("for", "any"),
                kinds=tuple(head.get("via", "public,dm").split(",")),
                needs=head.get("needs", ""),
                age_days=(int(low), int(high or low)),
                launch=float(head.get("launch", "1")),
                steps=tuple(step.frozen() for step in steps),
            )
        )


def _scenario_head(line: str) -> dict[str, str]:
    key, _, rest = line[2:].partition("|")
    head = dict(pair.split("=", 1) for pair in rest.split())
    return {"key": key.strip(), **head}


def _step(line: str) -> _Draft:
    found = _HEAD.match(line)
    if found is None:
        raise TemplateError(f"not a step: {line!r}")
    who, name, days, chance = found.groups()
    return _Draft(who, name, int(chance or 100) / 100, float(days or 0))


def _add_line(step: _Draft, line: str) -> None:
    where, text = (line[0], line[2:].strip()) if line.startswith(("p:", "d:")) else ("pd", line)
    tie = ""
    if text.startswith("~"):
        tie, _, text = text[1:].partition(" ")
    parsed = Line(tie, parse(text))
    if "p" in where:
        step.public.append(parsed)
    if "d" in where:
        step.direct.append(parsed)


@cache
def library(language: str) -> Library:
    """Read and check one language. Raises TemplateError on an unknown slot, a missing form or an empty step."""
    folder = ROOT / language.replace("-", "_").lower()
    reader = _Reader(language)
    for path in sorted(folder.glob("*.txt")):
        reader.read(path)
    banks = {
        name: Bank(name in reader.sticky, {domain: tuple(found) for domain, found in by_domain.items()})
        for name, by_domain in reader.banks.items()
    }
    result = Library(language, banks, tuple(reader.scenarios))
    _check(result)
    return result


def _check(found: Library) -> None:
    answers = library(ANSWERED_IN[found.language]) if found.language in ANSWERED_IN else found
    for name, bank in found.banks.items():
        for phrases in bank.by_domain.values():
            for phrase in phrases:
                _check_template(found, f"bank {name}", phrase)
    for scenario in found.scenarios:
        for step in scenario.steps:
            where = f"{scenario.key}/{step.name}"
            for kind, lines in (("public", step.public), ("dm", step.direct)):
                if kind in scenario.kinds and not lines:
                    raise TemplateError(f"{found.language} {where}: no line for {kind}")
            for line in (*step.public, *step.direct):
                _check_template(found if step.who == "C" else answers, where, line.template)


def _check_template(found: Library, where: str, template: Template) -> None:
    unknown = names_in(template) - SLOTS - set(found.banks)
    if unknown:
        raise TemplateError(f"{found.language} {where}: no slot or bank named {sorted(unknown)}")
    _check_forms(found.language, where, template)


def _check_forms(language: str, where: str, template: Template) -> None:
    for part in template:
        if isinstance(part, Choice):
            for option in part.options:
                _check_forms(language, where, option)
        elif isinstance(part, Agree):
            wanted = {"p": (3, 4)}.get(part.who, (2,)) if language in _GENDERED else (2,)
            if len(part.forms) not in wanted:
                raise TemplateError(f"{language} {where}: {part.who} needs {wanted} forms: {part.forms}")
