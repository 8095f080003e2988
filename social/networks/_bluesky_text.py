"""Bluesky's way with text and names: how it counts, what its facets say, and the names of people and posts."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import wcwidth

from social.networks._shapes import mapping, mappings, string
from social.networks._text import clean
from social.networks.values import Outgoing

#: app.bsky.feed.post#text (lexicon, read 2026-11): so many graphemes, and so many bytes.
MAX_GRAPHEMES = 300
MAX_BYTES = 3000
POST = "app.bsky.feed.post"
LINK = "app.bsky.richtext.facet#link"
#: The columns for names of posts are this wide; a longer one is nobody's who is known.
MAX_URI = 160
_DID = re.compile(r"^did:[a-z]{1,20}:[A-Za-z0-9._:%-]{1,100}$")
_URI = re.compile(rf"^at://(did:[a-z]{{1,20}}:[A-Za-z0-9._:%-]{{1,100}})/{re.escape(POST)}/([A-Za-z0-9._:~-]{{1,100}})$")
#: The digits of record keys, in the order of their values (atproto.com/specs/tid, read 2026-11).
_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"


def is_did(value: Any) -> bool:
    """Whether `value` can be a person's lasting name (atproto.com/specs/did, read 2026-11)."""
    return isinstance(value, str) and len(value) <= 128 and _DID.match(value) is not None


def parts_of(uri: Any) -> tuple[str, str]:
    """The author's DID and the record key in the name of a post; two empty strings for anything else."""
    found = _URI.match(uri) if isinstance(uri, str) and len(uri) <= MAX_URI else None
    return (found.group(1), found.group(2)) if found else ("", "")


def is_post(uri: Any) -> bool:
    return bool(parts_of(uri)[0])


def page_of(uri: str, site: str, handle: str = "") -> str:
    """The public page of a post."""
    did, key = parts_of(uri)
    return f"{site}/profile/{handle or did}/post/{key}" if did else ""


def length(text: str) -> int:
    """How many graphemes Bluesky counts: what a person sees as one character is one, whatever it is made of."""
    return len(text) if text.isascii() and "\r" not in text else sum(1 for _cluster in wcwidth.iter_graphemes(text))


def key_of(did: str, outgoing: Outgoing) -> str:
    """The record key for one sending, the same however often it is tried, so that a second try cannot make a second post.

    Shaped as a TID, as the lexicon asks of posts: 64 bits of which the first is 0, in 13 digits. It says no time, because the
    time of the first try is unknown to the second; posts are ordered by what they say themselves.
    """
    known = outgoing.key or json.dumps(outgoing.as_json(), sort_keys=True)
    # With the words and the place in it, another installation's sending can never be taken for this one.
    return tid_of(did, known, outgoing.in_reply_to, outgoing.text)


def tid_of(*words: str) -> str:
    """A record key in the form of a TID, always the same for the same words."""
    seed = "\x00".join(("rabta", *words))
    value = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest()[:8]) >> 1
    return "".join(_DIGITS[(value >> shift) & 31] for shift in range(60, -1, -5))


# --- facets -----------------------------------------------------------------------------------------------------------
def readable(text: str, facets: Any) -> str:
    """`text` with its links whole: what is shown shortened, or behind other words, says where it leads.

    A facet counts bytes of UTF-8. One that lies beyond the text, cuts a letter in two or overlaps another is left out.
    """
    raw = text.encode("utf-8", "surrogatepass")
    pieces: list[str] = []
    end = 0
    for start, stop, target in sorted(_links(facets, len(raw))):
        if start < end:
            continue
        try:
            shown = raw[start:stop].decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            continue
        pieces += [raw[end:start].decode("utf-8", "surrogatepass"), _whole(shown, target)]
        end = stop
    pieces.append(raw[end:].decode("utf-8", "surrogatepass"))
    return clean("".join(pieces))


def _links(facets: Any, size: int) -> Iterator[tuple[int, int, str]]:
    for facet in mappings(facets):
        place = mapping(facet.get("index"))
        start, stop = place.get("byteStart"), place.get("byteEnd")
        if type(start) is not int or type(stop) is not int or not 0 <= start < stop <= size:
            continue
        for feature in mappings(facet.get("features")):
            target = string(feature.get("uri"))
            if feature.get("$type") == LINK and target.startswith(("https://", "http://")) and target.isprintable():
                yield start, stop, target
                break


def _whole(shown: str, target: str) -> str:
    bare, full = _bare(shown).rstrip("….").rstrip("/"), _bare(target)
    return target if bare and full.startswith(bare) else f"{shown} ({target})"


def _bare(link: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", link.strip(), flags=re.IGNORECASE)


def handles_in(text: str) -> list[str]:
    """The handles a text names, each once, in order; only what atproto takes for one."""
    # See `Line` for why here.
    from atproto_client.utils.facet_detection import detect_mentions  # noqa: PLC0415

    return list(dict.fromkeys(match.handle.lower() for match in detect_mentions(text)))


def facets_for(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """The facets of a text of ours: links, tags, and mentions of those whose DID is known, in bytes of UTF-8."""
    from atproto_client.models.utils import get_model_as_dict  # noqa: PLC0415
    from atproto_client.utils.facet_detection import detect_facets, detect_mentions  # noqa: PLC0415

    found = [get_model_as_dict(facet) for facet in detect_facets(text)]
    for match in detect_mentions(text):
        did = dids.get(match.handle.lower(), "")
        if did:
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            found.append({"index": {"byteStart": match.byte_start, "byteEnd": match.byte_end}, "features": [feature]})
    return sorted(found, key=lambda facet: int(facet["index"]["byteStart"]))
