"""The frozen values that the generator hands out. They know nothing of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Gender = Literal["m", "f"]
Author = Literal["customer", "brand", "bystander"]
TurnKind = Literal["post", "reply", "dm", "note"]
ThreadKind = Literal["public", "dm"]
Status = Literal["open", "pending", "snoozed", "resolved"]
Priority = Literal["low", "normal", "high", "urgent"]
Mood = Literal["neutral", "curious", "happy", "annoyed", "angry"]

#: Languages as written, BCP 47. Roman Urdu and Finglish are languages of their own here: a reader,
#: and whatever detects languages later, meets them as such.
LANGUAGES = ("en", "ur", "fa", "ar", "ur-Latn", "fa-Latn")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone on the network who is not staff."""

    handle: str
    display_name: str
    language: str
    bio: str
    location: str
    followers: int
    face_seed: int
    joined: date
    gender: Gender
    first_name: str
    last_name: str
    """Names as an agent would write them, in the script the brand answers in."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One post, direct message or internal note. Replies carry no leading @handle: the network adds it."""

    author: Author
    person: Person | None
    """Who wrote it; None when the brand did."""
    text: str
    at: datetime
    lang: str
    kind: TurnKind
    agent_key: str | None
    likes: int
    reply_to: int | None
    """Index in the thread of the turn this one answers; None for the first and for notes."""


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation on one account of the brand with one customer."""

    key: str
    kind: ThreadKind
    account: str
    """Handle of the brand's account, without @."""
    person: Person
    turns: tuple[Turn, ...]
    topic: str
    mood: Mood
    status: Status
    priority: Priority
    assignee_key: str | None
    team_key: str | None
    tags: tuple[str, ...]
    snoozed_until: datetime | None


@dataclass(frozen=True, slots=True)
class Staff:
    """Someone who works in a workspace."""

    key: str
    name: str
    first_names: dict[str, str]
    """First name as signed under an answer, by language."""
    email: str
    role: str
    team: str
    place: str
    gender: Gender


@dataclass(frozen=True, slots=True)
class Place:
    """Where customers live or a team sits: clock, week and office hours."""

    key: str
    zone: str
    weekday_weights: tuple[float, ...]
    """How much is written on each weekday, Monday first."""
    office: tuple[tuple[float, float] | None, ...]
    """Opening and closing hour of each weekday, Monday first; None when closed."""
    holidays: frozenset[date]


@dataclass(frozen=True, slots=True)
class Market:
    """A share of a workspace's customers: the language they write, where from, to which account."""

    language: str
    place: str
    account: str
    share: float
    answer_language: str


@dataclass(frozen=True, slots=True)
class WorkspacePlan:
    """All that distinguishes one demo workspace from the other."""

    slug: str
    name: str
    names: dict[str, str]
    """The brand's name as written in each language."""
    domain: str
    """Which products, phrases and scenarios apply: outdoor or home."""
    order_prefix: str
    website: str
    hashtags: dict[str, tuple[str, ...]]
    accounts: dict[str, str]
    """Handle to label; the first is the main account."""
    other_account_share: float
    """How many write to another account of the brand than the one meant for them."""
    markets: tuple[Market, ...]
    places: dict[str, Place]
    """Customers' places and, by the same keys, the office that serves them."""
    staff: tuple[Staff, ...]
    launch_days_ago: int
