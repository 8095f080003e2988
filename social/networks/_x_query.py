"""X's search language as far as self-serve accounts may use it: what an admin types is read before X is asked.

docs.x.com/x-api/posts/search/integrate: build-a-query and operators, read 2026-11. Recent search takes 512 characters; operators
that only narrow a search (is:, has:, lang:) cannot stand alone, and neither can what is left out (-word).
"""

import re

from django.utils.translation import gettext as _

from social.networks.errors import Text

MAX_QUERY = 512
#: Operators that find something by themselves, and those that only narrow what others find.
FINDING = frozenset({"from", "to", "url", "conversation_id", "in_reply_to_tweet_id", "quotes_of_tweet_id", "retweets_of"})
NARROWING = frozenset({"is", "has", "lang"})
IS = frozenset({"reply", "quote", "retweet", "verified"})
HAS = frozenset({"hashtags", "links", "mentions", "media", "images", "video_link"})
_TOKEN = re.compile(r'\s*(-?\(|\)|-?(?:[a-z_]+:)?"[^"]*"|[^\s()"]+)')
_NAME = re.compile(r"[A-Za-z0-9_]{1,15}")
_OPERATOR = re.compile(r"([a-z_]+):(.*)", re.DOTALL)


def refusal(words: str, *, room: int) -> Text | None:
    """Why X would not take this search, in a sentence; None when it would. `room`: how many characters are left for it. Pure."""
    text = words.strip()
    if not text:
        return _("Write what to look for.")
    if len(text) > room:
        return _("This search has {length} characters; {limit} fit.").format(length=len(text), limit=room)
    if text.count('"') % 2:
        return _("A quotation mark is missing.")
    tokens = _TOKEN.findall(text)
    if "".join("".join(tokens).split()) != "".join(text.split()):
        return _("This cannot be read: {words}").format(words=text[:60])
    return _Reader(tokens).refusal()


class _Reader:
    """Goes through a query once: brackets balance, OR stands between two things, each part finds something by itself."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.place = 0

    def refusal(self) -> Text | None:
        reason, finds = self._alternatives()
        if reason is not None:
            return reason
        if self.place < len(self.tokens):
            return _("A bracket closes nothing.")
        if not finds:
            return _("Say at least one word to look for, not only what to leave out or how to narrow it.")
        return None

    def _next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def _alternatives(self) -> tuple[Text | None, bool]:
        """Parts with OR between them: every one must find something, or X is asked for everything there is."""
        reason, finds = self._sequence()
        while reason is None and self._next() == "OR":
            self.place += 1
            reason, also = self._sequence()
            finds = finds and also
        return reason, finds

    def _sequence(self) -> tuple[Text | None, bool]:
        begun, finds = self.place, False
        while (token := self._next()) not in ("", "OR", ")"):
            self.place += 1
            if token.endswith("("):
                reason, inner = self._alternatives()
                if reason is None and self._next() != ")":
                    reason = _("A bracket is not closed.")
                self.place += 1
                found = inner and not token.startswith("-")
            else:
                reason, found = _term(token)
            if reason is not None:
                return reason, False
            finds = finds or found
        if self.place == begun:
            return _("Something is missing beside OR or between brackets."), False
        return None, finds


def _term(token: str) -> tuple[Text | None, bool]:
    """Whether one word, phrase, hashtag, name or operator may stand there, and finds something by itself."""
    positive, bare = not token.startswith("-"), token.removeprefix("-")
    if bare.startswith("$"):
        return _("X takes searches for {what} from larger accounts only.").format(what="$…"), False
    if bare.startswith("@") and not _NAME.fullmatch(bare[1:]):
        return _("This is no name on X: {name}").format(name=bare), False
    operator = _OPERATOR.fullmatch(bare)
    if operator is None:
        says = any(character.isalnum() or ord(character) > 0x2000 for character in bare)
        return (None, positive) if says else (_("This is no word to look for: {word}").format(word=bare), False)
    name, value = operator.groups()
    value = value.strip('"')
    known = name in FINDING or (name == "is" and value in IS) or (name == "has" and value in HAS) or (
        name == "lang" and re.fullmatch("[a-z]{2,3}", value) is not None
    )
    if not known or not value:
        return _("X has no such operator here: {operator}").format(operator=bare), False
    return None, positive and name in FINDING
