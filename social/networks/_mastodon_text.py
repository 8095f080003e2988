"""Mastodon's way with text: HTML to what a person reads, how it counts, and how our own words look when they come back."""

import re
import unicodedata
from html.parser import HTMLParser

from social.networks._text import clean

#: docs.joinmastodon.org/user/posting, read 2026-11: a link counts 23 characters whatever its length.
URL_WEIGHT = 23
URL = re.compile(r"(?<![\w])https?://[^\s]+", re.IGNORECASE)
#: Elements whose end is the end of a paragraph, and those whose words are not for people.
PARAGRAPHS = frozenset({"p", "blockquote", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "div"})
SILENT = frozenset({"script", "style", "template"})
VOID = frozenset({"br", "img", "hr", "wbr", "input"})
_HANDLES = re.compile(r"^(?:@[\w.-]+(?:@[\w.-]+)?\s+)+")
_FAR_HANDLE = re.compile(r"@(\w[\w.-]*)@[\w.-]+")


class _Words(HTMLParser):
    """Collects the words. Flat, so that no depth of nesting can exhaust anything."""

    def __init__(self, hides: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._silent = 0
        #: How deep inside an element that stands for the quoted post, which is shown beside the words.
        self._inside = 0
        self._hides = hides
        self._link: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        classes = named.get("class", "").split()
        if self._inside or (self._hides and self._hides in classes):
            self._inside += tag not in VOID
        elif tag in SILENT:
            self._silent += 1
        elif tag == "br":
            self.words.append("\n")
        elif tag == "li":
            self.words.append("\n• ")
        elif tag == "a":
            plain = "mention" in classes or "hashtag" in classes
            self._link = ("" if plain else named.get("href", ""), len(self.words))

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            self._inside -= tag not in VOID
        elif tag in SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in PARAGRAPHS:
            self.words.append("\n\n")
        elif tag == "a" and self._link is not None:
            self._say_where(*self._link)
            self._link = None

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._inside:
            self.words.append(data)

    def _say_where(self, target: str, begin: int) -> None:
        """Servers with richer text hide where a link leads behind other words; a person must see it."""
        shown = "".join(self.words[begin:]).strip()
        if target.startswith(("https://", "http://")) and not _same_link(shown, target) and shown[:1] not in ("@", "#"):
            self.words.append(f" ({target})")


def _same_link(shown: str, target: str) -> bool:
    return _bare(shown) == _bare(target)


def _bare(link: str) -> str:
    return re.sub(r"^https?://", "", link.strip(), flags=re.IGNORECASE).rstrip("/").lower()


def readable(content: str, *, hides: str = "") -> str:
    """A status's HTML as plain text: paragraphs and breaks kept, entities undone, links written out. Without elements of the class
    `hides`.
    """
    parser = _Words(hides)
    parser.feed(clean(content))
    parser.close()
    text = "".join(parser.words).replace("\r\n", "\n").replace("\xa0", " ")
    # What hides behind a numeric entity is only seen now: NUL and halves of pairs among it.
    lines = [line.strip() for line in clean(text).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def length(text: str) -> int:
    """How long Mastodon counts `text`, never less: it counts drawn characters, we count code points."""
    links = URL.findall(text)
    return len(URL.sub("", unicodedata.normalize("NFC", text))) + len(links) * URL_WEIGHT


def addressed(text: str, handle: str) -> str:
    """`text` with the person it answers in front: without the @handle they are not told, and see no direct message."""
    named = re.compile(rf"(?<![\w@/])@{re.escape(handle)}(?![\w@]|\.\w)", re.IGNORECASE)
    return text if named.search(text) else f"@{handle} {text}".rstrip()


def same_words(*, ours: str, theirs: str) -> bool:
    """Whether the HTML `theirs` is `ours` as we sent it, handles in front aside: the server shortens far ones."""
    return _flat(ours) == _flat(readable(theirs))


def no_words(theirs: str) -> bool:
    """Whether the HTML of a post holds nothing but handles, as one that was sent with files only."""
    return not _HANDLES.sub("", f"{_flat(readable(theirs))} ").strip()


def _flat(text: str) -> str:
    flat = " ".join(unicodedata.normalize("NFC", clean(text)).split())
    return _FAR_HANDLE.sub(r"@\1", _HANDLES.sub("", flat))
