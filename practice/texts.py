"""What X does to a text: weigh it, shorten its links, find its entities, escape it once.

Sources: developer.x.com "Counting characters" (twitter-text v3 configuration: ranges of weight 100, default 200,
links 23, emoji 2) and "Tweet object" (entities, note_tweet), read 2026-11.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

MAX_WEIGHT = 280
LINK_WEIGHT = 23
WIDE = re.compile("[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")

HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
MENTION = re.compile(r"(?<![A-Za-z0-9_@!#$%&*/])[@＠]([A-Za-z0-9_]{1,15})(?![A-Za-z0-9_@])")
HASHTAG = re.compile(r"(?<![\w&/])[#＃]((?=[\w\u200c]*[^\W\d_])[\w\u200c]+)")
LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
SHORT_LINK = re.compile(r"https://t\.co/[A-Za-z0-9]{10}\b")
EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}"
    "|[0-9#*]\ufe0f?\u20e3"
    "|[\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\U0001f000-\U0001faff]"
    "(?:\ufe0f|[\U0001f3fb-\U0001f3ff])*(?:\u200d[\u2600-\u27bf\U0001f000-\U0001faff](?:\ufe0f|[\U0001f3fb-\U0001f3ff])*)*)"
)
URDU_ONLY = re.compile("[ٹڈڑںھہۂۃے]")
PERSIAN_OR_URDU = re.compile("[پچژگکی]")
ARABIC_SCRIPT = re.compile("[\u0600-\u06ff]")


def weighted_length(text: str) -> int:
    """Length as X counts it: links 23, emoji 2, wide characters 2, everything else 1."""
    text = unicodedata.normalize("NFC", text)
    links = len(LINK.findall(text))
    text = LINK.sub("", text)
    emoji = len(EMOJI.findall(text))
    text = EMOJI.sub("", text)
    return len(text) + len(WIDE.findall(text)) + links * LINK_WEIGHT + emoji * 2


def escape(text: str) -> str:
    """HTML-escape exactly as X does: `&`, `<`, `>` and nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def guess_language(text: str) -> str:
    """A rough language code as X would put it on a post; `und` when there are no letters to judge by."""
    bare = MENTION.sub("", LINK.sub("", text))
    if ARABIC_SCRIPT.search(bare):
        if URDU_ONLY.search(bare):
            return "ur"
        return "fa" if PERSIAN_OR_URDU.search(bare) else "ar"
    return "en" if re.search("[A-Za-z]{2}", bare) else "und"


def short_link(url: str) -> str:
    """The t.co address X would show for a link; the same link always gets the same one."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    digest = hashlib.sha256(url.encode()).digest()
    return "https://t.co/" + "".join(alphabet[byte % len(alphabet)] for byte in digest[:10])


@dataclass(frozen=True)
class Link:
    """One shortened link of a post; `media_key` is set when it stands for an attachment."""

    url: str
    expanded: str
    display: str
    media_key: str | None = None


def shorten_links(text: str) -> tuple[str, list[Link]]:
    """Replace each link by its t.co form; returns the text and what each short form stands for."""
    links: list[Link] = []

    def replace(match: re.Match[str]) -> str:
        whole = match.group(0)
        expanded = whole.rstrip(".,;:!?)]}'\u060c\u06d4\u061f")
        if SHORT_LINK.fullmatch(expanded):
            return whole
        bare = re.sub(r"^https?://(www\.)?", "", expanded, flags=re.IGNORECASE)
        display = bare if len(bare) <= 27 else bare[:26] + "…"
        links.append(Link(short_link(expanded), expanded, display))
        return links[-1].url + whole[len(expanded) :]

    return LINK.sub(replace, text), links


def find_entities(wire_text: str, links: Iterable[Link], find_id: Callable[[str], int | None]) -> dict[str, Any]:
    """Entities of an escaped text, with offsets in its code points. Handles nobody has are left out, as on X."""
    entities: dict[str, Any] = {}
    mentions = []
    for match in MENTION.finditer(wire_text):
        user_id = find_id(match.group(1))
        if user_id is not None:
            mentions.append({"start": match.start(), "end": match.end(), "username": match.group(1), "id": str(user_id)})
    hashtags = [{"start": m.start(), "end": m.end(), "tag": m.group(1)} for m in HASHTAG.finditer(wire_text)]
    by_url = {link.url: link for link in links}
    urls = []
    for match in SHORT_LINK.finditer(wire_text):
        link = by_url.get(match.group(0))
        if link is not None:
            url: dict[str, Any] = {
                "start": match.start(),
                "end": match.end(),
                "url": link.url,
                "expanded_url": link.expanded,
                "display_url": link.display,
            }
            if link.media_key:
                url["media_key"] = link.media_key
            else:
                url |= {"status": 200, "unwound_url": link.expanded}
            urls.append(url)
    for name, found in (("mentions", mentions), ("hashtags", hashtags), ("urls", urls)):
        if found:
            entities[name] = found
    return entities


def cut_to(text: str, weight: int) -> str:
    """The longest beginning of the text whose weighted length fits, cut at a space where one is near."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if WIDE.match(character) else 1
        if used > weight:
            space = text.rfind(" ", max(0, index - 30), index)
            return text[: space if space > 0 else index]
    return text


def wire_form(text: str, links: list[Link], find_id: Callable[[str], int | None], *, permalink: str) -> dict[str, Any]:
    """The `text`, `entities` and, above 280, `note_tweet` of a post as they go over the wire."""
    full = escape(text)
    whole = find_entities(full, links, find_id)
    if len(text) * 2 <= MAX_WEIGHT or weighted_length(text) <= MAX_WEIGHT:
        return {"text": full, "entities": whole}
    more = short_link(permalink)
    cut = escape(cut_to(text, MAX_WEIGHT - LINK_WEIGHT - 2)) + "… " + more
    tail = [*links, Link(more, permalink, permalink.removeprefix("https://")[:26] + "…")]
    return {
        "text": cut,
        "entities": find_entities(cut, tail, find_id),
        "note_tweet": {"text": full, "entities": whole},
    }


def mentioned_ids(wire: dict[str, Any]) -> list[int]:
    """Ids of everyone the whole text mentions, in order, each once."""
    entities = wire.get("note_tweet", wire)["entities"]
    return list(dict.fromkeys(int(mention["id"]) for mention in entities.get("mentions", ())))
