"""Turns a scenario into what was written, by whom and when, and how it stands now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import exp
from operator import attrgetter
from random import Random
from typing import cast

from demo import voice
from demo.corpus.library import Library, Line, Scenario, Step, library
from demo.corpus.slots import ThreadContext
from demo.corpus.template import Template, render
from demo.corpus.weight import PUBLIC_LIMIT, weighted_length
from demo.people import People
from demo.rhythm import DAY, HOUR, Rhythm, as_utc, local, zone
from demo.shapes import Author, Market, Mood, Person, Priority, Staff, Status, Thread, ThreadKind, Turn, TurnKind, WorkspacePlan

_PUBLIC_SHARE = 0.64
_MOVES_TO_DM = 0.38
_SAYS_SENT = 0.5
_CUSTOMER_LEAVES = 0.05
_CHIMES_IN = 0.055
_NOTE = 0.1
#: Share of answers still owed from the last two days, and from the week before.
_WAITING, _FORGOTTEN = 0.11, 0.016
_TRIES = 8
_HURRY = {"angry": 0.55, "annoyed": 0.85, "happy": 1.5, "curious": 1.0, "neutral": 1.0}
_CHIMES = {"happy": "chime_good", "annoyed": "chime_bad", "angry": "chime_bad", "curious": "chime_ask"}
_LIKES = {"happy": 1.1, "angry": 1.3, "annoyed": 0.5, "curious": 0.1, "neutral": 0.0}
#: The language that each office writes its notes in.
_OFFICE = {
    "outdoor": dict.fromkeys(("britain", "america", "gulf", "pakistan", "iran"), ("britain", "en")),
    "home": {"pakistan": ("pakistan", "ur"), "gulf": ("pakistan", "ur"), "iran": ("iran", "fa")},
}


@dataclass(slots=True)
class _Draft:
    """One turn before it is known whom it answers."""

    author: Author
    person: Person | None
    agent: Staff | None
    text: str
    at: float
    lang: str
    likes: int = 0
    note: bool = False


@dataclass(slots=True)
class _Job:
    """What stays the same through one thread."""

    scenario: Scenario
    market: Market
    person: Person
    account: str
    kind: ThreadKind
    context: ThreadContext
    habits: voice.Voice
    agent: Staff
    chimes: list[_Draft] = field(default_factory=list)
    """What others wrote under it; merged in by time at the end."""


class ConversationMaker:
    """Writes the threads of one workspace; remembers what was written so that little repeats."""

    def __init__(self, *, plan: WorkspacePlan, rhythm: Rhythm, people: People, rng: Random) -> None:
        self._plan = plan
        self._rhythm = rhythm
        self._people = people
        self._rng = rng
        self._written: set[str] = set()
        self._staff: dict[tuple[str, ...], list[Staff]] = {}

    def threads(self, scenario: Scenario, market: Market, start: float, wall: datetime, *, number: int) -> list[Thread]:
        """One conversation: a thread, or a public one and the direct messages it moved to."""
        rng = self._rng
        person = self._people.someone(market)
        kind: ThreadKind = self._kind(scenario)
        context = ThreadContext(rng=rng, plan=self._plan, scenario=scenario, person=person, place=market.place, start=wall)
        job = _Job(
            scenario, market, person, self._account(market, scenario), kind, context,
            voice.Voice(person), self._agent(scenario, market),
        )  # fmt: skip
        steps = self._steps(scenario)
        key = f"{self._plan.slug}-{number:05d}"
        asks = next((index for index, step in enumerate(steps) if step.name == "ask" and index), 0)
        moves = kind == "public" and asks and asks + 1 < len(steps) and "dm" in scenario.kinds
        if moves and rng.random() < _MOVES_TO_DM:
            return self._moved(job, steps, asks, start, key)
        drafts, done = self._write(job, steps, start)
        return [self._thread(job, drafts, key, finished=done)]

    def _steps(self, scenario: Scenario) -> list[Step]:
        """The steps that happen this time; an agent does not go on alone when the customer's part fell out."""
        chosen: list[Step] = []
        for step in scenario.steps:
            alone = step.who == "B" and chosen and chosen[-1].who != "C"
            if not alone and (step.chance >= 1 or self._rng.random() < step.chance):
                chosen.append(step)
        return chosen

    def _kind(self, scenario: Scenario) -> ThreadKind:
        if len(scenario.kinds) == 1:
            return "public" if scenario.kinds[0] == "public" else "dm"
        return "public" if self._rng.random() < _PUBLIC_SHARE else "dm"

    def _account(self, market: Market, scenario: Scenario) -> str:
        accounts = list(self._plan.accounts)
        share = self._plan.other_account_share * (3 if scenario.mood == "happy" else 1)
        if self._rng.random() < share:
            return next((account for account in accounts if account != market.account), market.account)
        return market.account

    # People of the house.

    def _agent(self, scenario: Scenario, market: Market) -> Staff:
        """Who answers: of the office and language, of the team where it has someone."""
        role = "sales" if scenario.team == "sales" else "agent"
        rows = self._colleagues(market, role)
        of_team = [staff for staff in rows if staff.team == scenario.team]
        chosen = of_team if of_team and self._rng.random() < 0.75 else rows
        return chosen[int(self._rng.random() * len(chosen))]

    def _colleagues(self, market: Market, role: str) -> list[Staff]:
        office, _ = _OFFICE[self._plan.domain][market.place]
        key = (office, market.answer_language, role)
        rows = self._staff.get(key)
        if rows is None:
            speak = [staff for staff in self._plan.staff if staff.place == office and market.answer_language in staff.first_names]
            rows = [staff for staff in speak if staff.role == role] or speak
            self._staff[key] = rows
        return rows

    # Writing.

    def _moved(self, job: _Job, steps: list[Step], asks: int, start: float, key: str) -> list[Thread]:
        """The brand asks for details in private; the rest happens there."""
        drafts, done = self._write(job, steps[:asks], start)
        if not done:
            return [self._thread(job, drafts, key, finished=False)]
        answers = library(job.market.answer_language)
        at = self._next_time(job, drafts, brand=True)
        if at > self._rhythm.now:
            return [self._thread(job, drafts, key, finished=False)]
        drafts.append(self._brand_draft(job, self._bank_lines(answers, "move_dm"), at, job.agent))
        at = self._rhythm.customer_answer(at, job.market.place)
        if at > self._rhythm.now or self._rng.random() < _CUSTOMER_LEAVES:
            return [self._thread(job, drafts, key, finished=False)]
        words = library(job.market.language)
        if self._rng.random() < _SAYS_SENT:
            said = self._customer_draft(job, self._bank_lines(words, "moved_dm"), at)
            drafts.append(said)
        public = self._thread(job, drafts, key, finished=True)
        private = replace(job, kind="dm", chimes=[])
        intro = words.banks["dm_intro"].phrases(self._plan.domain)
        rest, done = self._write(private, steps[asks + 1 :], at - 20 * self._rng.random() - 5, intro=intro)
        if not rest:
            return [public]
        return [public, self._thread(private, rest, f"{key}d", finished=done)]

    def _write(self, job: _Job, steps: list[Step], start: float, intro: tuple[Template, ...] = ()) -> tuple[list[_Draft], bool]:
        """Write step after step until the scenario ends, somebody falls silent, or it is now."""
        rng = self._rng
        drafts: list[_Draft] = []
        for step in steps:
            brand = step.who != "C"
            lines = step.public if job.kind == "public" else step.direct
            at = start if not drafts else self._next_time(job, drafts, brand=brand, days=step.days_later)
            if at > self._rhythm.now:
                return drafts, False
            if drafts and not brand and not step.days_later and rng.random() < _CUSTOMER_LEAVES:
                return drafts, False
            if brand and drafts and self._forgets(at):
                return drafts, False
            if brand:
                if len(drafts) > 1 and rng.random() < _NOTE:
                    drafts.append(self._note(job, drafts[-1].at, at))
                agent = self._supervisor(job) if step.who == "S" else job.agent
                drafts.append(self._brand_draft(job, lines, at, agent))
            else:
                drafts.append(self._customer_draft(job, lines, at, first=not drafts, intro=intro))
                if len(drafts) == 1 and job.kind == "public" and rng.random() < _CHIMES_IN:
                    self._chime_in(job, at)
        return drafts, True

    def _forgets(self, at: float) -> bool:
        """Now and then something was overlooked, and nobody has noticed it yet."""
        past = self._rhythm.now - at
        return past < 9 * DAY and self._rng.random() < (_WAITING if past < 2 * DAY else _FORGOTTEN)

    def _next_time(self, job: _Job, drafts: list[_Draft], *, brand: bool, days: float = 0.0) -> float:
        last = drafts[-1].at
        place = job.market.place
        if days:
            last = self._rhythm.days_later(last, days, place)
            return self._rhythm.brand_answer(last, place, 0.2) if brand else last
        if not brand:
            return self._rhythm.customer_answer(last, place)
        hurry = _HURRY[job.scenario.mood]
        if self._rhythm.is_launch_day(last, self._plan.places[place]):
            hurry *= 2.4
        return self._rhythm.brand_answer(last, place, hurry)

    def _supervisor(self, job: _Job) -> Staff:
        rows = self._colleagues(job.market, "supervisor")
        return rows[0]

    def _bank_lines(self, words: Library, bank: str) -> tuple[Line, ...]:
        return tuple(Line("", phrase) for phrase in words.banks[bank].phrases(self._plan.domain))

    def _body(self, job: _Job, lines: tuple[Line, ...], lead: tuple[Template, ...] = ()) -> str:
        context = job.context
        text = render(context.pick(lines), context)
        return f"{context.phrase(lead)} {text}" if lead else text

    def _customer_draft(
        self, job: _Job, lines: tuple[Line, ...], at: float, *, first: bool = False,
        intro: tuple[Template, ...] = (),
    ) -> _Draft:  # fmt: skip
        rng, market, mood = self._rng, job.market, job.scenario.mood
        context = job.context
        context.library = words = library(market.language)
        context.promise_from(local(at, self._plan.places[market.place]))
        opening = first and job.kind == "public"

        def attempt() -> str:
            text = voice.tidy(self._body(job, lines, intro if first else ()), market.language)
            text = job.habits.speak(text, rng)
            text = voice.with_emoji(text, mood if first else "neutral", words, rng)
            if opening:
                text = voice.with_hashtag(text, mood, self._plan.hashtags[market.language], rng)
                text = voice.with_mention(text, job.account, rng)
            return text

        text = self._fresh(job, attempt, public=job.kind == "public")
        likes = self._likes(mood, job.person) if job.kind == "public" else 0
        return _Draft("customer", job.person, None, text, at, market.language, likes if opening else likes // 4)

    def _brand_draft(self, job: _Job, lines: tuple[Line, ...], at: float, agent: Staff) -> _Draft:
        language = job.market.answer_language
        context = job.context
        context.library = library(language)
        context.agent = agent
        context.promise_from(local(at, self._plan.places[job.market.place]))

        def attempt() -> str:
            text = voice.tidy(self._body(job, lines), language)
            return voice.signed(text, agent, language, self._plan, self._rng)

        text = self._fresh(job, attempt, public=job.kind == "public")
        likes = int(self._rng.random() ** 6 * 9) if job.kind == "public" else 0
        return _Draft("brand", None, agent, text, at, language, likes)

    def _note(self, job: _Job, after: float, before: float) -> _Draft:
        """What the agent found out before answering, for colleagues only."""
        _, language = _OFFICE[self._plan.domain][job.market.place]
        words = library(language)
        bank = words.banks.get(f"note_{job.scenario.topic}") or words.banks["note_general"]
        context = job.context
        context.library, context.agent = words, job.agent
        text = self._fresh(job, lambda: voice.tidy(context.phrase(bank.phrases(self._plan.domain)), language), public=False)
        at = max(after + 1, before - 60 * (1.5 + 6 * self._rng.random()))
        return _Draft("brand", None, job.agent, text, min(at, before - 1), language, note=True)

    def _chime_in(self, job: _Job, after: float) -> None:
        """Somebody else joins in under a public post."""
        bank = _CHIMES.get(job.scenario.mood)
        other = self._people.someone(job.market)
        at = after + HOUR * 0.06 * exp(self._rng.gauss(1.5, 1.0))
        if bank is None or other.handle == job.person.handle or at > self._rhythm.now:
            return
        words = library(job.market.language)
        phrases = words.banks[bank].phrases(self._plan.domain)
        habits = voice.Voice(other)
        language = job.market.language

        def attempt() -> str:
            return habits.speak(voice.tidy(job.context.phrase(phrases), language), self._rng)

        text = self._fresh(job, attempt, public=True)
        job.chimes.append(_Draft("bystander", other, None, text, at, language, int(self._rng.random() * 4)))

    def _fresh(self, job: _Job, attempt: Callable[[], str], *, public: bool) -> str:
        """Try until the words are new and, in public, fit; short thanks may come back after all."""
        tie = job.context.tie
        text = attempt()
        for _ in range(_TRIES):
            if text not in self._written and (not public or weighted_length(text) <= PUBLIC_LIMIT):
                break
            job.context.tie = tie
            text = attempt()
        self._written.add(text)
        return text

    def _likes(self, mood: str, person: Person) -> int:
        reach = min(person.followers, 50_000) ** 0.25
        return int(exp(self._rng.gauss(_LIKES[mood], 1.0)) * reach / 4)

    # How it stands.

    def _thread(self, job: _Job, drafts: list[_Draft], key: str, *, finished: bool) -> Thread:
        ordered = sorted(drafts + job.chimes, key=attrgetter("at"))
        last = next(draft for draft in reversed(drafts) if not draft.note)
        status = self._status(job.scenario, last, finished=finished)
        until = self._snooze_end(job) if status == "snoozed" else None
        answered = any(draft.author == "brand" for draft in drafts)
        waited = self._rhythm.now - last.at
        taken = answered or (status != "resolved" and waited > 20 * 60 and self._rng.random() < 0.35)
        return Thread(
            key=key,
            kind=job.kind,
            account=job.account,
            person=job.person,
            turns=_turns(ordered, job.kind),
            topic=job.scenario.topic,
            mood=cast("Mood", job.scenario.mood),
            status=status,
            priority=self._priority(job.scenario),
            assignee_key=job.agent.key if taken else None,
            team_key=job.scenario.team if taken or self._rng.random() < 0.5 else None,
            tags=job.scenario.tags,
            snoozed_until=until,
        )

    def _status(self, scenario: Scenario, last: _Draft, *, finished: bool) -> Status:
        """Open waits for us, pending for the customer; what is long over is resolved."""
        waited = self._rhythm.now - last.at
        chance = self._rng.random()
        if last.author == "customer" and not finished:
            return "open"
        if finished and last.author == "customer":
            # A last word such as thanks; for a while nobody has closed it yet.
            return "open" if waited < 8 * HOUR and chance < 0.5 else "resolved"
        if waited < 4 * DAY and chance < 0.14 and not finished:
            return "snoozed"
        patience = DAY if finished else 6 * DAY
        if waited < patience and chance < (0.4 if finished else 1.0):
            return "pending"
        return "resolved"

    def _snooze_end(self, job: _Job) -> datetime:
        place = self._plan.places[job.market.place]
        morning = local(self._rhythm.now, place).replace(hour=9, minute=0, second=0, microsecond=0)
        ahead = timedelta(days=self._rng.randint(1, 4))
        return (morning + ahead).replace(tzinfo=zone(place.zone)).astimezone(UTC)

    def _priority(self, scenario: Scenario) -> Priority:
        if scenario.priority != "normal":
            return cast("Priority", scenario.priority)
        chance = self._rng.random()
        if scenario.mood == "angry":
            return "urgent" if chance < 0.3 else "high"
        if scenario.mood == "annoyed":
            return "high" if chance < 0.2 else "normal"
        return "low" if scenario.mood == "happy" or chance < 0.1 else "normal"


def _turns(drafts: list[_Draft], kind: ThreadKind) -> tuple[Turn, ...]:
    """Number the turns and say which each answers: the customer the brand, the brand the customer."""
    turns: list[Turn] = []
    latest: dict[str, int] = {}
    for index, draft in enumerate(drafts):
        answers: int | None = None
        if not draft.note and index:
            wanted = {"customer": "brand", "brand": "customer"}.get(draft.author)
            answers = latest.get(wanted, 0) if wanted else 0
        shape: TurnKind = "note" if draft.note else "dm" if kind == "dm" else "reply" if index else "post"
        turns.append(
            Turn(
                author=draft.author,
                person=draft.person,
                text=draft.text,
                at=as_utc(draft.at),
                lang=draft.lang,
                kind=shape,
                agent_key=draft.agent.key if draft.agent else None,
                likes=draft.likes,
                reply_to=answers,
            )
        )
        if not draft.note:
            latest[draft.author] = index
    return tuple(turns)
