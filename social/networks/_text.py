"""Text as it comes from outside, made fit to be kept and to be read, whatever the network."""

import re
from html.parser import HTMLParser

import nh3

#: The first so many characters of a document's body are read; nobody answers what stands behind them.
MAX_HTML = 200_000
_SPACED = frozenset({"p", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table"})
_BLOCKS = _SPACED | {"div", "br", "li", "tr", "hr"}
_TAGS = set(_BLOCKS | {"a", "img"})
#: Parsers take quadratic time over what is nested deeper, and nobody reads it. These close themselves, or hold nothing.
MAX_NESTING = 300
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_FLAT = frozenset({"p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "br", "img", "hr", "meta", "link", "input"})
_BLANKS = re.compile(r"[ \t\r\f\v]+")
_LINES = re.compile(r"\s*\n\s*\n\s*")


def stars(count: int) -> str:
    """A rating of one to five, drawn."""
    return "★" * count + "☆" * (5 - count)


def clean(text: str) -> str:
    """`text` without what Postgres and browsers cannot hold: NUL characters and halves of surrogate pairs."""
    if text.isascii() and "\x00" not in text:
        return text
    if "\x00" in text:
        text = text.replace("\x00", "")
    # "surrogatepass" joins halves that belong together; what is still alone afterwards goes.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def text_of_html(html: str) -> str:
    """What a person reads in `html`: lines and paragraphs, links with their web addresses, pictures by their words; no scripts."""
    # Whatever it was before, it is well formed afterwards, and only web addresses are left in it.
    tame = nh3.clean(
        shallow(html[:MAX_HTML]),
        tags=_TAGS,
        attributes={"a": {"href"}, "img": {"alt"}},
        url_schemes={"http", "https"},
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "svg", "math", "select", "title"},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(tame)
    reader.close()
    text = "\n".join(_BLANKS.sub(" ", line).strip() for line in "".join(reader.pieces).split("\n"))
    return clean(_LINES.sub("\n\n", text)).strip()


def shallow(html: str) -> str:
    """`html` up to where it is nested too deeply."""
    depth = 0
    for found in _TAG.finditer(html):
        if found[2].lower() not in _FLAT:
            depth = max(0, depth + (-1 if found[1] else 1))
            if depth > MAX_NESTING:
                return html[: found.start()]
    return html


class _Reader(HTMLParser):
    """Gathers the words of a document that is well formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._link = ""
        self._said = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "img":
            self.pieces.append(given.get("alt") or "")
        elif tag == "a":
            self._link, self._said = given.get("href") or "", len(self.pieces)
        elif tag == "li":
            self.pieces.append("\n• ")
        elif tag in _BLOCKS:
            self.pieces.append("\n\n" if tag in _SPACED else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n\n" if tag in _SPACED else "\n")
        elif tag == "a" and self._link:
            said = "".join(self.pieces[self._said :]).strip()
            if said.rstrip("/") != self._link.rstrip("/"):
                self.pieces.append(f" ({self._link})" if said else self._link)
            self._link = ""

    def handle_data(self, data: str) -> None:
        self.pieces.append(data.replace("\n", " "))
