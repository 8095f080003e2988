"""The search language of recent search: words, "phrases", a handful of operators, -not, OR and brackets."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING

from .. import people
from .errors import Refusal, invalid

if TYPE_CHECKING:
    from ..world import World

Match = Callable[["World", sqlite3.Row], bool]
TOKEN = re.compile(r'\s*(\(|\)|-?(?:[a-z_]+:)?"[^"]*"|-(?=\()|[^\s()]+)')
WORD = re.compile(r"[\w\u200c]+")


def words_of(text: str) -> list[str]:
    """The words of a text, folded for comparison."""
    return [word.casefold() for word in WORD.findall(text)]


def contains(text: str, wanted: list[str]) -> bool:
    """Whether the wanted words stand in the text, next to each other and in order."""
    words = words_of(text)
    width = len(wanted)
    return any(words[start : start + width] == wanted for start in range(len(words) - width + 1))


def entity_values(row: sqlite3.Row, kind: str, name: str) -> set[str]:
    wire = json.loads(row["wire"])
    return {item[name].casefold() for item in wire.get("note_tweet", wire)["entities"].get(kind, ())}


def operator(name: str, value: str, whole: str) -> Match:
    """One `name:value` condition. Raises the 400 X sends for an operator it does not know."""
    value = value.strip('"')
    handle = value.removeprefix("@").lower()

    def is_person(world: World, user_id: int | None) -> bool:
        person = people.on(world, handle, "x")
        return person is not None and person["id"] == user_id

    simple: dict[str, Match] = {
        "from": lambda world, row: is_person(world, row["author_id"]),
        "to": lambda world, row: is_person(world, row["reply_to_user_id"]),
        "conversation_id": lambda world, row: str(row["conversation_id"]) == value,
        "in_reply_to_tweet_id": lambda world, row: str(row["reply_to_id"]) == value,
        "lang": lambda world, row: row["lang"] == value,
        # Tokens of the address, next to each other and in order, in either spelling of a link.
        "url": lambda world, row: any(
            contains(address, words_of(value))
            for name in ("url", "expanded_url") for address in entity_values(row, "urls", name)
        ),
        "quotes_of_tweet_id": lambda world, row: str(row["quote_id"]) == value,
    }
    flags: dict[str, Match] = {
        "is:reply": lambda world, row: row["reply_to_id"] is not None,
        "is:quote": lambda world, row: row["quote_id"] is not None,
        "is:retweet": lambda world, row: False,
        "is:verified": lambda world, row: bool(people.get(world, row["author_id"])["verified"]),
        "has:media": lambda world, row: row["media"] != "[]",
        "has:links": lambda world, row: bool(entity_values(row, "urls", "url")),
        "has:mentions": lambda world, row: bool(entity_values(row, "mentions", "username")),
        "has:hashtags": lambda world, row: bool(entity_values(row, "hashtags", "tag")),
    }
    if name in simple:
        return simple[name]
    if whole in flags:
        return flags[whole]
    raise invalid({"query": [whole]}, f"There were errors processing your request: unknown operator in '{whole}'")


def term(token: str) -> Match:
    """One word, phrase, handle, hashtag or operator."""
    if token.startswith('"'):
        phrase = words_of(token)
        return lambda world, row: contains(row["text"], phrase)
    if token.startswith("@"):
        return lambda world, row: token[1:].casefold() in entity_values(row, "mentions", "username")
    if token.startswith("#"):
        return lambda world, row: token[1:].casefold() in entity_values(row, "hashtags", "tag")
    name, colon, value = token.partition(":")
    if colon and re.fullmatch("[a-z_]+", name):
        return operator(name, value, token)
    wanted = words_of(token)
    if not wanted:
        raise invalid({"query": [token]}, f"There were errors processing your request: '{token}' is not a word")
    return lambda world, row: contains(row["text"], wanted)


class Parser:
    """Recursive descent: OR binds weaker than the silent AND, `-` negates the next thing."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = TOKEN.findall(text)
        self.position = 0

    def peek(self) -> str | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self) -> str:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def refusal(self, why: str) -> Refusal:
        return invalid({"query": [self.text]}, f"There were errors processing your request: {why}")

    def alternatives(self) -> Match:
        choices = [self.sequence()]
        while self.peek() == "OR":
            self.take()
            choices.append(self.sequence())
        if len(choices) == 1:
            return choices[0]
        return lambda world, row: any(choice(world, row) for choice in choices)

    def sequence(self) -> Match:
        parts = []
        while (token := self.peek()) is not None and token not in ("OR", ")"):
            parts.append(self.unit())
        if not parts:
            raise self.refusal("a condition is missing")
        return lambda world, row: all(part(world, row) for part in parts)

    def unit(self) -> Match:
        token = self.take()
        if token == "-":
            inner = self.unit()
            return lambda world, row: not inner(world, row)
        if token == "(":
            group = self.alternatives()
            if self.peek() != ")":
                raise self.refusal("a bracket is not closed")
            self.take()
            return group
        if token.startswith("-") and len(token) > 1:
            negated = term(token[1:])
            return lambda world, row: not negated(world, row)
        return term(token)


def parse(text: str) -> Match:
    """A test for posts. Raises the 400 X sends for a query it cannot read."""
    parser = Parser(text)
    matches = parser.alternatives()
    if parser.peek() is not None:
        raise parser.refusal("a bracket closes nothing")
    return matches
