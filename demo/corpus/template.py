"""The small language the corpus is written in::

[a|b|c]        one of the alternatives, each as likely; an empty one is allowed
{slot}         a value of the thread (order, product ...), the same through the whole thread
{bank}         one phrase of the bank of that name, itself a template
{c:m|f}        agrees with the customer's gender; {a:m|f} with the agent's
{p:m|f|mp|fp}  agrees with the product; the last form given serves for those missing
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

_TOKEN = re.compile(r"[\[\]{}|]")


class TemplateError(ValueError):
    """A template that cannot be read; says where."""


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


@dataclass(frozen=True, slots=True)
class Agree:
    who: str
    forms: tuple[Template, ...]


Template = tuple["str | Choice | Slot | Agree", ...]


class Context(Protocol):
    """What a template is filled from."""

    rng: Random

    def slot(self, name: str) -> str: ...

    def form(self, who: str) -> int: ...


def parse(source: str) -> Template:
    """Read one template. Raises TemplateError naming the text and what is wrong with it."""
    parts, end = _sequence(source, 0, closers="")
    if end != len(source):
        raise TemplateError(f"unexpected {source[end]!r} at {end} in {source!r}")
    return parts


def _sequence(source: str, start: int, closers: str) -> tuple[Template, int]:
    parts: list[str | Choice | Slot | Agree] = []
    at = start
    while True:
        found = _TOKEN.search(source, at)
        if found is None:
            if closers:
                raise TemplateError(f"missing {closers[-1]!r} in {source!r}")
            if at < len(source):
                parts.append(source[at:])
            return tuple(parts), len(source)
        if found.start() > at:
            parts.append(source[at : found.start()])
        mark, at = found.group(), found.end()
        if mark == "[":
            options, at = _options(source, at, "]")
            parts.append(Choice(options))
        elif mark == "{":
            node, at = _braces(source, at)
            parts.append(node)
        elif mark in closers:
            return tuple(parts), found.start()
        else:
            raise TemplateError(f"unexpected {mark!r} at {found.start()} in {source!r}")


def _options(source: str, start: int, closer: str) -> tuple[tuple[Template, ...], int]:
    options: list[Template] = []
    at = start
    while True:
        option, end = _sequence(source, at, closers="|" + closer)
        options.append(option)
        at = end + 1
        if source[end] == closer:
            return tuple(options), at


def _braces(source: str, start: int) -> tuple[Slot | Agree, int]:
    named = re.compile(r"([a-z][a-z0-9_]*)([}:])").match(source, start)
    if named is None:
        raise TemplateError(f"bad name after '{{' at {start} in {source!r}")
    name, mark = named.groups()
    if mark == "}":
        return Slot(name), named.end()
    if name not in ("c", "a", "p"):
        raise TemplateError(f"nothing agrees with {name!r} in {source!r}")
    forms, at = _options(source, named.end(), "}")
    return Agree(name, forms), at


def render(template: Template, context: Context) -> str:
    """Fill a template; draws from the context's random source in reading order."""
    out: list[str] = []
    _render(template, context, out)
    return "".join(out)


def _render(template: Template, context: Context, out: list[str]) -> None:
    for part in template:
        if isinstance(part, str):
            out.append(part)
        elif isinstance(part, Slot):
            out.append(context.slot(part.name))
        elif isinstance(part, Choice):
            options = part.options
            _render(options[int(context.rng.random() * len(options))], context, out)
        else:
            _render(_agreeing(part.forms, context.form(part.who)), context, out)


def _agreeing(forms: Sequence[Template], index: int) -> Template:
    """Pick the form: 0 masculine, 1 feminine, 2 and 3 their plurals.

    A language without gender writes two forms for products: singular and plural, marked by an
    index of 0 or 2 in its lexicon, so an index beyond the end falls to the last form given.
    """
    return forms[min(index, len(forms) - 1)]


def names_in(template: Template) -> set[str]:
    """Every slot or bank a template may ask for, so that a missing one is found at load."""
    found: set[str] = set()
    for part in template:
        if isinstance(part, Slot):
            found.add(part.name)
        elif isinstance(part, Choice):
            for option in part.options:
                found |= names_in(option)
        elif isinstance(part, Agree):
            for form in part.forms:
                found |= names_in(form)
    return found
