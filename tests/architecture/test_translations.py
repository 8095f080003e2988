"""Every word of the screens in every language: found by reading the sources, so no system tool is needed."""

import re
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import override
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "core", "activity", "accounts", "files", "notifications", "understanding", "social", "crm", "inbox", "search",
    "automation", "outreach", "community", "reports", "config",
)  # fmt: skip
LANGUAGES = ("ur", "fa", "ar")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2), "ngettext": (1, 2), "ngettext_lazy": (1, 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%n|%n|%[sd]|\{\w*\}|</?\w+[^>]*>")
#: Arabic says nothing, one and two by the noun itself.
SAID_BY_THE_NOUN = {"ar": (0, 1, 2)}
Key = tuple[str, str | tuple[str, ...]]
#: Calls in a templatized template; what stands between them is not Python.
CALL = re.compile(r"""\b(?:_|n?p?gettext)\((?:\s*u?(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")\s*,?)+""")


def spoken(source: str, name: str) -> set[Key]:
    """What a Python source, or a template turned into one, hands to gettext."""
    found: set[Key] = set()
    options = {"encoding": "utf-8"}
    for _line, function, messages, _comments in extract_python(BytesIO(source.encode()), KEYWORDS, [], options):
        words = [messages] if isinstance(messages, str) else [word for word in messages if word is not None]
        if not words or not words[0]:
            continue
        context = words.pop(0) if function in ("pgettext", "pgettext_lazy", "npgettext") else ""
        plural = function in ("ngettext", "ngettext_lazy", "npgettext")
        assert words, f"{name}: {function} without a text"
        found.add((context, (words[0], words[1]) if plural else words[0]))
    return found


def drawn(template: str, name: str) -> set[Key]:
    """What a template says."""
    calls = (call.group().rstrip().rstrip(",") for call in CALL.finditer(templatize(template, origin=name)))
    return spoken("\n".join(f"{call})" for call in calls), name)


@pytest.fixture(scope="module")
def wanted() -> set[Key]:
    found: set[Key] = set()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                found |= spoken(path.read_text(encoding="utf-8"), str(path))
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in (".html", ".txt"):
            found |= drawn(path.read_text(encoding="utf-8"), str(path))
    return found


def catalog(path: Path, language: str) -> Catalog:
    with path.open("rb") as text:
        return read_po(text, locale=language)


def messages_of(found: Catalog) -> dict[Key, Message]:
    return {(row.context or "", row.id): row for row in found if row.id}


FILES = [(language, ROOT / "locale" / language / "LC_MESSAGES" / "django.po") for language in LANGUAGES]
ALL_FILES = [*FILES, ("ur", ROOT / "locale" / "libraries" / "ur" / "LC_MESSAGES" / "django.po")]


@pytest.mark.parametrize(("language", "path"), FILES)
def test_every_word_is_there_and_no_other(language: str, path: Path, wanted: set[Key]) -> None:
    there = set(messages_of(catalog(path, language)))
    assert not wanted - there, f"without {language} words: {sorted(map(str, wanted - there))}"
    assert not there - wanted, f"no longer said: {sorted(map(str, there - wanted))}"
    assert len(wanted) > 500


@pytest.mark.parametrize(("language", "path"), ALL_FILES)
def test_every_word_is_translated(language: str, path: Path) -> None:
    found = catalog(path, language)
    for key, row in messages_of(found).items():
        forms = [row.string] if isinstance(row.string, str) else list(row.string)
        assert all(forms), key
        assert not row.fuzzy, key
        if isinstance(row.id, tuple):
            assert len(forms) == found.num_plurals, key


@pytest.mark.parametrize(("language", "path"), ALL_FILES)
def test_placeholders_and_tags_survive(language: str, path: Path) -> None:
    for key, row in messages_of(catalog(path, language)).items():
        sources = [row.id] if isinstance(row.id, str) else list(row.id)
        asked = set(PLACEHOLDER.findall(sources[-1]))
        forms = [row.string] if isinstance(row.string, str) else list(row.string)
        for index, form in enumerate(forms):
            given = set(PLACEHOLDER.findall(form))
            assert given <= asked, (key, form)
            if len(forms) == 1 or index not in SAID_BY_THE_NOUN.get(language, ()):
                assert given == asked, (key, form)


@pytest.mark.parametrize(("language", "path"), ALL_FILES)
def test_letters_belong_to_the_language(language: str, path: Path) -> None:
    strange = {"ur": "[يكىةه]", "fa": "[يكىةہے]", "ar": "[یکہےگچپ]"}[language]
    for key, row in messages_of(catalog(path, language)).items():
        for form in [row.string] if isinstance(row.string, str) else row.string:
            assert not re.search(strange, form), (key, form)
            assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", form), (key, form)
            assert re.search("[\u0600-\u06ff%]", form), (key, form)
            if language == "ur":
                assert not re.search(r"[\u0600-\u06ff]\.(\s|$)|[,;?]( |$)", form), f"Urdu has its own marks: {key} {form}"


def test_the_libraries_still_say_what_we_translate_for_them() -> None:
    said: set[Key] = set()
    for library in ("django", "allauth"):
        spec = find_spec(library)
        assert spec is not None
        assert spec.origin
        for path in Path(spec.origin).parent.rglob("locale/en/LC_MESSAGES/django.po"):
            said |= set(messages_of(catalog(path, "en")))
    ours = set(messages_of(catalog(ROOT / "locale" / "libraries" / "ur" / "LC_MESSAGES" / "django.po", "ur")))
    assert len(ours & said) > 200
    assert not ours - said, f"no library says: {sorted(map(str, ours - said))}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_password_must_be_is_said_in_the_readers_language(language: str) -> None:
    with override(language):
        for line in password_validators_help_texts():
            assert re.search("[\u0600-\u06ff]", line), line


def test_a_missing_word_would_be_noticed(tmp_path: Path) -> None:
    assert spoken('_("Zebra crossing")\npgettext_lazy("road", "Zebra")', "x") == {("", "Zebra crossing"), ("road", "Zebra")}
    counted = "{% blocktranslate count n=3 %}{{ n }} a{% plural %}{{ n }} b{% endblocktranslate %}"
    assert drawn('{% translate "One" %}' + counted, "x") == {("", "One"), ("", ("%(n)s a", "%(n)s b"))}
    assert drawn('{% icon "mail" _("Letter") %}{% translate "May" context "month" %}', "x") == {("", "Letter"), ("month", "May")}
