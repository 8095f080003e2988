"""The named commits and calls of both lines, read from the source itself: what `test_killed.py` must cover, and what has no name.

A commit is a `tenant(…)` block and a call a method of a network file. Writing outside of `tenant()` is no third way: the walls
refuse it. Savepoints inside of a block are no commits; where they stand is listed here, so that a new one is looked at.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.subscribers import SUBSCRIBERS

ROOT = Path(__file__).resolve().parents[2]
#: Where both lines are written.
LINES = (
    "accounts/middleware.py",
    "activity/services",
    "activity/tasks.py",
    "crm/services",
    "inbox/services",
    "inbox/tasks.py",
    "social/services",
    "social/tasks.py",
)
#: Who listens rings for polls and does nothing else: a commit of theirs that is lost is a bell that is lost, and polls come anyway
#: (docs/adr/listening.md). They are killed in tests of their own.
BELLS = frozenset({"social/services/ears.py", "social/services/listening.py", "social/services/subscribing.py"})
#: Methods of `social.networks.base.Network` that speak with the network; all others are pure.
ASKING = frozenset(
    {
        "identify", "accounts", "fetch", "fetch_back", "send", "act", "find_sent", "recheck", "refresh", "exchange", "open_media",
        "upload", "ready", "app_at", "look_up", "listen", "subscribe", "unsubscribe",
    }
)
#: (file, function) with a bare `transaction.atomic()`: savepoints within a block, and one list of ids that writes nothing.
SAVEPOINTS = frozenset(
    {
        ("activity/services/fan_out.py", "_deliver_batch"),
        ("activity/services/fan_out.py", "_deliver_one"),
        ("activity/services/fan_out.py", "retry_set_aside"),
        ("crm/services/tags.py", "change_tag"),
        ("inbox/services/filling.py", "remove_form"),
        ("inbox/services/filling.py", "save_form"),
        ("inbox/services/planned.py", "_send_due"),
        ("inbox/services/approvals.py", "ask"),
        ("inbox/services/planned.py", "plan"),
        ("inbox/services/planned.py", "rehearse"),
        ("inbox/services/replies.py", "_save_new"),
        ("inbox/services/saved_reply_files.py", "bring_in"),
        ("social/services/delivering.py", "due_deliveries"),
        ("social/services/outbox.py", "queue"),
        ("social/services/publishing.py", "publish"),
        ("social/services/streams.py", "add"),
    }
)
#: What the f-string in a step's name stands for.
VARIABLE = {"subscriber": [subscriber.name for subscriber in SUBSCRIBERS]}


@dataclass(frozen=True, order=True)
class Step:
    """One named commit or call."""

    name: str
    kind: str  # commit or call

    @property
    def points(self) -> tuple[str, str]:
        return (f"{self.name}.before_{self.kind}", f"{self.name}.after_{self.kind}")


@dataclass(frozen=True)
class Finding:
    """What one file holds: its steps, what has no name, and where savepoints stand."""

    steps: tuple[Step, ...]
    unnamed: tuple[str, ...]
    savepoints: frozenset[tuple[str, str]]


def all_steps() -> list[Step]:
    """Every named commit and call of both lines, each once."""
    return sorted({step for path in _files() for step in scan(path.read_text("utf-8"), _shown(path)).steps})


def problems() -> list[str]:
    """Commits and calls of both lines that have no failpoint."""
    found: list[str] = []
    for path in _files():
        finding = scan(path.read_text("utf-8"), _shown(path))
        found += finding.unnamed
        found += [f"{file}: a transaction of its own in {name}()" for file, name in finding.savepoints - SAVEPOINTS]
    return found


def savepoints() -> set[tuple[str, str]]:
    """Where savepoints stand."""
    return {place for path in _files() for place in scan(path.read_text("utf-8"), _shown(path)).savepoints}


def scan(source: str, shown: str) -> Finding:
    """Look through one file's source; `shown` is its path from the root."""
    tree = ast.parse(source)
    looking = _Looking(shown, _imported(tree))
    looking.visit(tree)
    return Finding(tuple(looking.steps), tuple(looking.unnamed), frozenset(looking.savepoints))


def _files() -> Iterator[Path]:
    for entry in LINES:
        place = ROOT / entry
        files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        yield from (file for file in files if _shown(file) not in BELLS)


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imported(tree: ast.AST) -> set[str]:
    """Names that imports bind: a function of a module is not a method of a network."""
    return {
        (alias.asname or alias.name).partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }


class _Looking(ast.NodeVisitor):
    def __init__(self, shown: str, imported: set[str]) -> None:
        self.shown = shown
        self.imported = imported
        self.steps: list[Step] = []
        self.unnamed: list[str] = []
        self.savepoints: list[tuple[str, str]] = []
        self._functions: list[str] = []
        self._calling = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._functions.append(node.name)
        self.generic_visit(node)
        self._functions.pop()

    def visit_With(self, node: ast.With) -> None:
        named = sum(_is_call(item.context_expr, "calling") for item in node.items)
        for item in node.items:
            self.visit(item)
        self._calling += named
        for statement in node.body:
            self.visit(statement)
        self._calling -= named

    def visit_Call(self, node: ast.Call) -> None:
        if _is_call(node, "tenant"):
            given = next((keyword.value for keyword in node.keywords if keyword.arg == "step"), None)
            self._name(node, given, "commit", "tenant() without a step")
        elif _is_call(node, "calling"):
            self._name(node, node.args[0] if node.args else None, "call", "calling() without a name")
        elif isinstance(node.func, ast.Attribute):
            self._method(node, node.func)
        self.generic_visit(node)

    def _method(self, node: ast.Call, func: ast.Attribute) -> None:
        if func.attr == "atomic":
            self.savepoints.append((self.shown, self._functions[-1] if self._functions else ""))
        elif func.attr in ASKING and not self._calling and not self._is_imported(func.value):
            self.unnamed.append(f"{self.shown}:{node.lineno}: .{func.attr}() asks a network outside of calling()")

    def _is_imported(self, receiver: ast.expr) -> bool:
        return isinstance(receiver, ast.Name) and receiver.id in self.imported

    def _name(self, node: ast.Call, given: ast.expr | None, kind: str, problem: str) -> None:
        names = list(_spelled(given)) if given is not None else []
        if not names:
            self.unnamed.append(f"{self.shown}:{node.lineno}: {problem}")
        self.steps += [Step(name, kind) for name in names]


def _is_call(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _spelled(node: ast.expr) -> Iterator[str]:
    """The names a constant, or an f-string over a known variable, can stand for."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        values = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        variables = [value.id for value in values if isinstance(value, ast.Name)]
        if len(variables) == 1 and variables[0] in VARIABLE:
            for value in VARIABLE[variables[0]]:
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else value for part in node.values)
