"""The one living network: its store, its memory, and the rules it plays by."""

from __future__ import annotations

from typing import Any

from . import blog, people
from .cast import CAST
from .clock import Snowflakes, set_ahead
from .crowd.player import Crowd
from .limits import Limits
from .problems import BadField
from .settings import Settings
from .store import Store
from .traffic import Traffic
from .trouble import Troubles

# How the network behaves when nothing is broken. Each can be changed over the control API and the page.
RULES: dict[str, tuple[Any, str]] = {
    "limit_factor": (20, "Multiplies X's documented rate limits, so that a demonstration polling each 3 s lives."),
    "reply_rule": (True, "Since 23 February 2026 X refuses replies to authors who did not mention or quote us."),
    "duplicate_rule": (True, "Refuse a post whose text the same account posted within the last 24 hours."),
    "reply_prefix": (True, "Put the handles of the people answered in front of a reply, as X does."),
    "idempotency": (True, "Mastodon: give the first post again for a repeated Idempotency-Key; some servers ignore it."),
    "reddit_ratelimit": (False, "Reddit: refuse every answer for nine minutes, in a 200, as it does with new accounts."),
    "reddit_locked": (False, "Reddit: moderators have locked every thread."),
    "linkedin_closed": (False, "LinkedIn: nobody can comment anywhere."),
    "mail_validity": (1, "The UIDVALIDITY of every mail folder; another number makes readers begin anew."),
    "fractionless": (False, "Write times without fractions of a second, which crashes tweepy's models."),
    "post_dialect": (False, "Answer in the newest documents' words (post instead of tweet)."),
}


class World:
    """Everything a service needs; created once at start."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.store)
        self.handles: dict[str, int] = {}
        self.brands: set[int] = set()
        #: The network of each person.
        self.homes: dict[int, str] = {}
        self.waiting = (-1, 0)
        self.ids = Snowflakes(self.store.biggest_id())
        self.trouble = Troubles()
        self.traffic = Traffic()
        self.limits = Limits()
        self.rules: dict[str, Any] = {}
        self.crowd = Crowd(self)
        self.load()
        if settings.seed_cast:
            self.invite_cast()
        if settings.seed_cast:
            blog.begin(self)

    def load(self) -> None:
        """Read into memory what the store remembers."""
        people.load_handles(self)
        for name, (default, _) in RULES.items():
            stored = self.store.read_rule(name)
            self.rules[name] = default if stored is None else stored

    def invite_cast(self) -> None:
        """Put those of the ready-made people on the square who are not there yet: a store of earlier days lacks the newest."""
        with self.store.write():
            for person in CAST:
                if person["handle"].lower() not in self.handles:
                    people.create(self, origin="cast", **person)

    def set_rules(self, values: dict[str, Any]) -> None:
        """Change rules of the network. Raises `BadField` for an unknown rule or a value of the wrong kind."""
        for name, value in values.items():
            if name not in RULES:
                raise BadField(name, f"not a rule; known: {', '.join(RULES)}")
            wants_flag = isinstance(RULES[name][0], bool)
            if wants_flag and not isinstance(value, bool):
                raise BadField(name, "must be true or false")
            if not wants_flag and (isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0):
                raise BadField(name, "must be a number above 0")
        for name, value in values.items():
            self.store.save_rule(name, value)
            self.rules[name] = value

    def reset(self) -> None:
        """Forget every person, post, message, token, trouble and count; live in real time again."""
        set_ahead(0)
        self.store.clear()
        self.trouble.clear()
        self.traffic.clear()
        self.limits.clear()
        self.load()
        self.store.next_version()
