"""Feeds as sites write them, and as sites should not: each with where its shape comes from."""

import gzip
from html import escape

from tests.social.networks.servers import Says

RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml"
SPACES = (
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:wfw="http://wellformedweb.org/CommentAPI/" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def id_of(number: int) -> str:
    return f"tag:blog.example,2026:{number}"


def item(number: int, *, text: str = "", **parts: str) -> str:
    """An RSS item; `parts` are further elements, their colon written as two underscores."""
    rows = {
        "guid": id_of(number),
        "title": f"Post {number}",
        "link": f"https://blog.example/{number}",
        "pubDate": f"Thu, 01 Jan 2026 00:00:{number % 60:02d} GMT",
        "description": text or f"<p>Something about the brand, {number}</p>",
        **parts,
    }
    named = [(name.replace("__", ":"), value) for name, value in rows.items() if value]
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in named)
    return f"<item>{inner}</item>"


def rss(items: list[str], *, head: str = "", following: str = "") -> bytes:
    """RSS 2.0 with these items (rssboard.org/rss-specification, read 2026-11-27)."""
    link = f'<atom:link rel="next" href="{following}"/>' if following else ""
    about = f"<title>The blog</title><link>https://blog.example/</link><language>en-US</language>{link}{head}"
    document = f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0' {SPACES}><channel>{about}{''.join(items)}</channel></rss>"
    return document.encode()


def says(body: bytes, status: int = 200, *, kind: str = RSS, **headers: str) -> Says:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Says(status, body, {"content-type": kind, **names})


def page_naming(*feeds: str) -> Says:
    """A web page whose head names feeds (html.spec.whatwg.org, link type alternate, read 2026-11-27)."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" title="{feed}" href="{feed}">' for feed in feeds)
    body = f"<!doctype html><html><head><title>The blog</title>{links}</head><body><p>Hello <b>you"
    return says(body.encode(), kind="text/html; charset=utf-8")


#: RFC 4287, 1.1, the more extensive example, shortened (read 2026-11-27).
ATOM_FEED = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">dive into mark</title>
<subtitle type="html">A &lt;em&gt;lot&lt;/em&gt; of effort went into making this effortless</subtitle>
<updated>2005-07-31T12:29:29Z</updated><id>tag:example.org,2003:3</id>
<link rel="alternate" type="text/html" hreflang="en" href="http://example.org/"/>
<entry><title>Atom draft-07 snapshot</title>
<link rel="alternate" type="text/html" href="http://example.org/2005/04/02/atom"/>
<link rel="enclosure" type="audio/mpeg" length="1337" href="http://example.org/audio/ph34r_my_podcast.mp3"/>
<id>tag:example.org,2003:3.2397</id><updated>2005-07-31T12:29:29Z</updated><published>2003-12-13T08:29:29-04:00</published>
<author><name>Mark Pilgrim</name><uri>http://example.org/</uri><email>f8dy@example.com</email></author>
<content type="xhtml" xml:lang="en" xml:base="http://diveintomark.org/">
<div xmlns="http://www.w3.org/1999/xhtml"><p><i>[Update: The Atom draft is finished.]</i></p></div></content></entry></feed>"""

#: RFC 4685, 3, the example of in-reply-to (read 2026-11-27).
THREADED = b"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
<id>http://www.example.org/myfeed</id><title>My Example Feed</title><updated>2005-07-28T12:00:00Z</updated>
<author><name>James</name></author>
<entry><id>tag:example.org,2005:1</id><title>My original entry</title><updated>2006-03-01T12:12:12Z</updated>
<link type="application/xhtml+xml" href="http://www.example.org/entries/1"/><summary>This is my original entry</summary></entry>
<entry><id>tag:example.org,2005:1,1</id><title>A response to the original</title><updated>2006-03-01T12:12:12Z</updated>
<author><name>Sara</name></author><link href="http://www.example.org/entries/1/1"/>
<thr:in-reply-to ref="tag:example.org,2005:1" type="application/xhtml+xml" href="http://www.example.org/entries/1"/>
<summary>This is a response to the original entry</summary></entry></feed>"""

#: Entities that call each other: CWE-776, "billion laughs" (cwe.mitre.org, read 2026-11-27).
LEVELS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
ENTITY_BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e0 "ha">{LEVELS}]>'
    '<rss version="2.0"><channel><title>&e9;</title></channel></rss>'
)
#: One long entity called often: what the guards against nesting do not see.
FLAT_BOMB = (
    f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY e "{"ha" * 50_000}">]><rss version="2.0"><channel><title>{"&e;" * 50_000}'
    "</title></channel></rss>"
)
#: An entity that reads a file: CWE-611 (cwe.mitre.org, read 2026-11-27). `%s` is the address it is to read.
XXE = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY xxe SYSTEM "%s">]><rss version="2.0"><channel><title>&xxe;</title>'
    "<item><guid>1</guid><title>&xxe;</title></item></channel></rss>"
)


def gzip_bomb() -> Says:
    """A small answer that unpacks to 200 MB (CWE-409)."""
    packed = gzip.compress(b"<?xml version='1.0'?><rss version='2.0'><channel><title>" + b"a" * 200_000_000, 9)
    return says(packed, content_encoding="gzip")


#: Documents of up to 4 MB on which feedparser alone spends 3 to 40 seconds (measured 2026-11-27 with 6.0.14).
SLOW: dict[str, bytes] = {
    "deep": b"<rss version='2.0'><channel>" + b"<a>" * 300_000,
    "deep and whole": b"<rss version='2.0'><channel>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</channel></rss>",
    "many items": rss(["<item><title>x</title></item>"] * 90_000),
    "many broken items": b"<rss version='2.0'><channel>" + b"<item><title>&x</title></item>" * 90_000,
    "brackets": b"<rss version='2.0'><channel><item><title>" + b"<" * 2_900_000,
    "ampersands": b"<rss version='2.0'><channel><item><title>" + b"&a" * 1_400_000,
    "attributes": b"<rss version='2.0'><channel><item " + b"a='1' " * 300_000,
    "brackets, just small enough": b"<rss version='2.0'><channel><item><title>" + b"<" * 240_000,
    "deep, just small enough": b"<rss version='2.0'><channel>" + b"<a>" * 80_000,
    "ampersands, just small enough": b"<rss version='2.0'><channel><item><title>" + b"&a" * 120_000,
    "html": rss([item(1, text="<div><a href='x'>" * 20_000)]),
}

#: What a person writes and a machine may lose: right-to-left, four bytes a letter, joiners.
LETTERS = "سلام! \u200fکتاب\u200cها 👨‍👩‍👧 𝒳 \u202ex"


OTHER_LETTERS = {
    "windows-1256": "سلام",
    "iso-8859-1": "café",
    "koi8-r": "привет",
    "shift_jis": "日本",
    "iso-2022-jp": "日本",
    "utf-16": "سلام 👋",
}


def in_letters(charset: str, *, declared: str) -> bytes:
    """A feed whose one title is written in `charset`; `declared` is what its first line claims."""
    first = f"<?xml version='1.0' encoding='{declared}'?>" if declared else ""
    title = f"<title>{OTHER_LETTERS.get(charset, LETTERS)}</title>"
    return f"{first}<rss version='2.0'><channel><title>b</title><item><guid>1</guid>{title}</item></channel></rss>".encode(charset)
