"""The rules of the house as functions: a file's text in, complaints out. `test_rules.py` shows each a good and a bad example, and
holds the whole project against all of them.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from social.networks import NOT_NETWORKS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "activity", "accounts", "notifications", "social", "crm", "inbox", "search", "demo", "bench", "config")
MAX_LINES = 400


@dataclass(frozen=True)
class Rule:
    """What is forbidden, where it is looked for, and an example of each kind."""

    name: str
    #: Path from the root → whether the rule speaks about this file.
    covers: Callable[[str], bool]
    #: Text → what is wrong, in words.
    complaints: Callable[[str], list[str]]
    good: str
    bad: tuple[str, ...]


#: What a checkout without git holds besides the project.
NOT_OURS = frozenset({".venv", ".rabta", ".git", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "node_modules"})


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the project as it would be committed: what git tracks or would add; without git, what lies here."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = set(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0"))
    except (OSError, subprocess.CalledProcessError):
        paths = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        names = {path.as_posix() for path in paths if not NOT_OURS & set(path.parts)}
    return tuple(sorted(name for name in names if name and (ROOT / name).is_file()))


def in_rooms(path: str) -> bool:
    """Product code, without migrations."""
    return path.endswith(".py") and path.split("/")[0] in ROOMS and "/migrations/" not in path


def is_python(path: str) -> bool:
    return path.endswith(".py")


def is_template(path: str) -> bool:
    return path.startswith(("templates/", "practice/templates/")) and path.endswith(".html")


def is_door(path: str) -> bool:
    """Views, API, sockets and forms: they parse and render."""
    return in_rooms(path) and ("/views/" in path or bool(re.search(r"/(api(_\w+)?|consumers|forms)\.py$", path)))


def outside_networks(path: str) -> bool:
    return in_rooms(path) and not path.startswith(("social/networks/", "demo/", "bench/"))


# --- length, names --------------------------------------------------------------------------------------------------------


def too_long(text: str) -> list[str]:
    lines = text.count("\n") + (not text.endswith("\n"))
    return [f"{lines} lines; at most {MAX_LINES}"] if lines > MAX_LINES else []


def misnamed(path: str) -> bool:
    """Files named for no one thing."""
    return Path(path).name in {"utils.py", "util.py", "helpers.py", "misc.py", "common.py"}


# --- Python ---------------------------------------------------------------------------------------------------------------


def _at(node: ast.AST, words: str) -> str:
    return f"line {getattr(node, 'lineno', 0)}: {words}"


def signals(text: str) -> list[str]:
    """Signals of ours: imports of Django's, receivers, connections."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module and re.search(r"(^|\.)signals$|^django\.dispatch", node.module):
            found.append(_at(node, f"imports {node.module}"))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "connect":
            owner = ast.unparse(node.func.value)
            if re.search(r"signal|(^|[._])(pre|post)_|m2m_changed|user_(logged|signed)", owner):
                found.append(_at(node, f"{owner}.connect()"))
    return found


@cache
def slugs() -> frozenset[str]:
    """The names of networks: of files in social/networks."""
    files = (path.stem for path in (ROOT / "social/networks").glob("[a-z]*.py"))
    return frozenset(name for name in files if name not in NOT_NETWORKS) | {
        "facebook",
        "instagram",
        "mastodon",
        "telegram",
        "whatsapp",
        "youtube",
        "reddit",
        "linkedin",
    }


def asks_which_network(text: str) -> list[str]:
    """Comparing with a network's name, or a row's network with anything, or choosing by a table of names."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(_names_a_network(side, beside=sides) for side in sides) or any(
                isinstance(side, ast.Attribute) and side.attr in ("network", "network_slug") for side in sides
            ):
                found.append(_at(node, ast.unparse(node)))
        elif isinstance(node, ast.MatchValue) and _names_a_network(node.value, beside=[node.value]):
            found.append(_at(node, f"case {ast.unparse(node.value)}"))
        elif isinstance(node, ast.Dict) and any(key is not None and _names_a_network(key) for key in node.keys):
            found.append(_at(node, "a table by names of networks"))
    return found


#: Names of networks that are names of fields as well: alone they say nothing, beside a slug, a network or in a `case` they do.
ORDINARY_WORDS = frozenset({"email"})


def _names_a_network(node: ast.expr, *, beside: list[ast.expr] | None = None) -> bool:
    if isinstance(node, ast.Constant) and node.value in ORDINARY_WORDS:
        return beside == [node] or any(re.search("slug|network", ast.unparse(side)) for side in beside or [])
    if isinstance(node, ast.Constant):
        return node.value in slugs()
    return isinstance(node, ast.Tuple | ast.List | ast.Set) and any(_names_a_network(entry, beside=beside) for entry in node.elts)


#: Methods that ask or write rows, whatever they are called on.
ROW_METHODS = frozenset(
    {
        "filter", "exclude", "annotate", "aggregate", "select_related", "prefetch_related", "select_for_update", "values_list",
        "order_by", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "full_clean", "refresh_from_db",
    }
)  # fmt: skip


def touches_rows(text: str) -> list[str]:
    """The ORM, or SQL, in what should only parse and render."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and node.attr in ("objects", "across", "_default_manager", "_base_manager"):
            found.append(_at(node, ast.unparse(node)))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            writes = node.func.attr in ("save", "delete") and not owner.endswith("session") and owner != "super()"
            if node.func.attr in ROW_METHODS or writes or (owner, node.func.attr) == ("connection", "cursor"):
                found.append(_at(node, f"{owner}.{node.func.attr}()"))
    return found


def swallows(text: str) -> list[str]:
    """Exceptions caught and forgotten, and code that is not there yet."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            names = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            broad = any(name is None or ast.unparse(name) in ("Exception", "BaseException") for name in names)
            empty = all(isinstance(entry, ast.Pass) or _is_ellipsis(entry) for entry in node.body)
            if empty or (broad and isinstance(node.body[0], ast.Continue)):
                found.append(_at(node, "an exception is forgotten"))
        elif isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.unparse(node.exc):
            found.append(_at(node, "NotImplementedError"))
    return found


def _is_ellipsis(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is ...


# --- templates ------------------------------------------------------------------------------------------------------------


def inline(text: str) -> list[str]:
    """What the strict content security policy refuses: scripts, styles and handlers within the page."""
    found = [f"inline script {tag}" for tag in re.findall(r"<script\b(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)]
    found += re.findall(r"<style\b[^>]*>", text)
    found += re.findall(r"\sstyle\s*=\s*[\"'][^\"']*", text)
    found += re.findall(r"\son[a-z]+\s*=\s*[\"'][^\"']*", text)
    found += re.findall(r"(?:javascript|data:text/html):?", text)
    return found


#: Words that are the same in every language, or no words: names, keys, units.
UNSPOKEN = frozenset(
    {"Rabta", "ربط", "Ctrl", "Esc", "Enter", "Alt", "Shift", "X", "Cmd", "nbsp", "middot", "times", "hellip", "rarr", "larr"}
)
SPOKEN_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-confirm")


def untranslated(text: str) -> list[str]:
    """Words a person reads that no translation tag holds."""
    bare = re.sub(r"\{%\s*comment\b.*?endcomment\s*%\}|\{#.*?#\}|<!--.*?-->", " ", text, flags=re.DOTALL)
    bare = re.sub(r"\{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%\}", " ", bare, flags=re.DOTALL)
    bare = re.sub(r"<(script|style|svg|code|kbd)\b.*?</\1>", " ", bare, flags=re.DOTALL)
    # What says its own language is a quotation in it.
    bare = re.sub(r"<(\w+)[^>]*\slang=\"[a-z]+\"[^>]*>.*?</\1>", " ", bare, flags=re.DOTALL)
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\x00", bare, flags=re.DOTALL)
    found = [
        f'{name}="{value}"' for name, value in re.findall(rf"\b({'|'.join(SPOKEN_ATTRIBUTES)})=\"([^\"]*)\"", bare) if _says(value)
    ]
    for piece in re.sub(r"<[^>]*>", "\x01", bare).split("\x01"):
        if _says(piece):
            found.append(" ".join(piece.replace("\x00", "").split())[:80])
    return found


def _says(piece: str) -> bool:
    words = re.findall(r"[^\W\d_]{2,}", piece.replace("\x00", " "))
    return any(word not in UNSPOKEN for word in words)


def asks_network_in_template(text: str) -> list[str]:
    return re.findall(r"\{%\s*(?:if|elif)\b[^%]*\bnetwork(?:\.slug)?\s*(?:==|!=|in\b)[^%]*", text)


# --- any file -------------------------------------------------------------------------------------------------------------

#: Where packages may come from, by name of the host.
REGISTRIES = frozenset({"pypi.org", "files.pythonhosted.org", "registry.npmjs.org"})


def machine(text: str) -> list[str]:
    """Paths of one machine, and hosts of one network's registries."""
    found = re.findall(r"(?<![\w./])/(?:work|root|home/[a-z][\w-]*|Users/[A-Z]?\w+|opt/wheels)/[\w./-]+", text)
    found += re.findall(r"\.library/\w+", text)
    for host in re.findall(r"(?:index-url|find-links|registry|resolved)[\"'\s:=]+https?://([\w.-]+)", text):
        if host not in REGISTRIES:
            found.append(host)
    return found


RULES: tuple[Rule, ...] = (
    Rule("files of at most 400 lines", is_python, too_long, "x = 1\n" * 400, ("x = 1\n" * 401,)),
    Rule(
        "no signals of ours",
        in_rooms,
        signals,
        "from celery import shared_task\nlayer.connect(address)\n",
        (
            "from django.db.models.signals import post_save\n",
            "from django.dispatch import receiver\n",
            "signals.post_save.connect(tell)\n",
            "post_save.connect(tell)\n",
        ),
    ),
    Rule(
        "nobody asks which network it is",
        outside_networks,
        asks_which_network,
        "if Capability.REPLY in network.capabilities and kept['network'] != named:\n    rows.filter(network=network.slug)\n"
        "if field == 'email': pass\nform = {'email': address, 'role': role}\n",
        (
            "if channel.network == name: pass\n",
            "if slug == 'x': pass\n",
            "if slug in ('x', 'facebook'): pass\n",
            "if 'mastodon' != slug: pass\n",
            "if slug == 'email': pass\n",
            "if channel.slug in ('email', named): pass\n",
            "match slug:\n    case 'email':\n        pass\n",
            "match slug:\n    case 'x':\n        pass\n",
            "SENDERS = {'x': send_post, 'telegram': send_message}\n",
        ),
    ),
    Rule(
        "no rows touched in views, API, sockets and forms",
        is_door,
        touches_rows,
        "request.session.save()\nrow = selectors.get_contact(1)\nservice(member=request.membership)\n",
        (
            "Contact.objects.get(pk=1)\n",
            "contact.save()\n",
            "contact.identities.filter(network=1)\n",
            "contact.delete()\n",
            "with connection.cursor() as cursor: pass\n",
            "Membership.across.all()\n",
        ),
    ),
    Rule(
        "no exception is forgotten, nothing is half made",
        lambda path: in_rooms(path) or (is_python(path) and path.startswith("practice/")),
        swallows,
        "try:\n    x()\nexcept OSError as error:\n    log.warning('x', error=error)\n",
        (
            "try:\n    x()\nexcept ValueError:\n    pass\n",
            "try:\n    x()\nexcept Exception:\n    ...\n",
            "while 1:\n    try:\n        x()\n    except Exception:\n        continue\n",
            "def f():\n    raise NotImplementedError\n",
        ),
    ),
    Rule(
        "no inline script, style or handler",
        is_template,
        inline,
        '<script src="/static/js/a.js" defer></script><p class="lead">{{ name }}</p>',
        (
            "<script>alert(1)</script>",
            "<style>p{}</style>",
            '<p style="color: red">',
            '<button onclick="go()">',
            '<a href="javascript:go()">',
        ),
    ),
    Rule(
        "every word of a page is translated",
        lambda path: path.startswith("templates/") and path.endswith(".html") and "styleguide" not in path,
        untranslated,
        '<p title="{% translate "Name" %}">{% blocktranslate %}Hello {{ name }}.{% endblocktranslate %} · Rabta</p>',
        ("<p>Hello</p>", '<button aria-label="Close">', "<p>{{ name }} wrote</p>", '<input placeholder="Search …">'),
    ),
    Rule(
        "no template asks which network it is",
        is_template,
        asks_network_in_template,
        "{% net channel.network %}{% for network in networks %}",
        ("{% if channel.network == 'x' %}", "{% if network.slug != other %}"),
    ),
    Rule(
        "nothing of this machine in a file",
        lambda path: not path.startswith(("tests/architecture/", "static/vendor/")),
        machine,
        "registry = https://registry.npmjs.org/a\nhttps://pypi.org/simple\n/usr/bin/chromium /var/lib/postgresql\n",
        (
            "see /work/shared/design.md",
            "cd /root/project/x",
            "/home/alice/code/a.py",
            "--index-url https://mirror.example.com/simple",
            '"resolved": "https://cache.internal/a.tgz"',
        ),
    ),
)


def held_against(rule: Rule) -> Iterator[str]:
    """Every complaint of a rule about the project."""
    for path in tracked():
        if rule.covers(path):
            try:
                text = (ROOT / path).read_text("utf-8")
            except UnicodeDecodeError:
                continue  # a picture or a font
            for complaint in rule.complaints(text):
                yield f"{path}: {complaint}"
