"""X's way with text: what it escapes and shortens, how it counts, and how our own words look when they come back."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from social.networks._shapes import mappings, string
from social.networks._text import clean

#: twitter-text's configuration version 3 (github.com/twitter/twitter-text, config/v3.json, read 2026-11): code points
#: in these ranges weigh 1, all others 2, an emoji of any length 2, a link 23, after normalising to NFC.
LIGHT_RANGES = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
URL_WEIGHT = 23
EMOJI_WEIGHT = 2

#: Written-out link endings that X shortens even without https:// before them. The country codes are ISO 3166's; the
#: others are those people use. A rare one missed is counted as typed, and X then says so itself.
_COUNTRIES = (
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo bq br bs bt bv bw by "
    "bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg eh er es et eu fi fj "
    "fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq "
    "ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk "
    "ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm "
    "pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td "
    "tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw"
)
_OTHERS = (
    "academy agency app art asia audio band bank bar beer best bid bike biz blog boutique build business buzz "
    "cafe camera camp care cash cat center chat church city clinic cloud club coach codes coffee com community "
    "company computer consulting cool coop credit dance dating deals delivery dental dev digital direct directory "
    "discount doctor dog domains earth edu education email energy engineer equipment estate events exchange "
    "expert express fail family fan farm fashion finance fish fit fitness flights florist football foundation fun "
    "fund furniture fyi gallery game games garden gift gifts global gold golf gov graphics gratis green group "
    "guide guru health help holiday host hotel house how icu immo inc industries info ink institute insurance int "
    "international investments jobs kitchen land law lawyer legal life limited link live loan lol love ltd "
    "management market marketing mba media memorial men menu mil mobi moda money movie museum name net network "
    "news ngo ninja observer one ong online org page paris partners parts party pet photo photography photos pics "
    "pictures pink pizza place plus porn press pro productions promo properties property pub quest racing recipes "
    "red rehab rent rentals repair report rest restaurant review reviews rip rocks run sale salon school science "
    "security services sex sexy shoes shop shopping show site ski soccer social software solar solutions space "
    "sport store stream studio style supply support surf systems tax taxi team tech technology tel tennis theater "
    "tips tires today tools top tours town toys trade trading training travel tube university vegas ventures vet "
    "video villas vip vision vodka vote voyage watch webcam website wedding wiki win wine work works world wtf "
    "xyz yoga zone"
)
_ENDINGS = "|".join(sorted(f"{_COUNTRIES} {_OTHERS}".split(), key=len, reverse=True))
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_LETTERS = r"a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u04ff"
_MIDDLE = rf"[{_LETTERS}!*';:=+,.$/%#\[\]\-\u2013_~@|&?^]"
_END = rf"[{_LETTERS}=_#/+\-&@|~%$?]"
#: Brackets belong to a path as long as they are closed again.
_BRACKETS = rf"\({_MIDDLE}*\)"
_PATH = rf"(?:[/?#](?:(?:{_MIDDLE}|{_BRACKETS})*(?:{_END}|{_BRACKETS}))?)?"
#: With https:// any host that has a dot; without it only one with a known ending, and not inside an address or a
#: @handle.
URL = re.compile(
    rf"https?://(?:{_LABEL}\.)+[^\W\d_]{{2,}}(?::[0-9]+)?{_PATH}"
    rf"|(?<![\w@＠$#＃./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_ENDINGS})(?![\w@-])(?::[0-9]+)?{_PATH}",
    re.IGNORECASE,
)
_PICTURE = (
    "\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2"
    "\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2604\u260e\u2611\u2614\u2615\u2618\u261d\u2620\u2622\u2623"
    "\u2626\u262a\u262e\u262f\u2638-\u263a\u2640\u2642\u2648-\u2653\u265f\u2660\u2663\u2665\u2666\u2668\u267b"
    "\u267e\u267f\u2692-\u2697\u2699\u269b\u269c\u26a0\u26a1\u26a7\u26aa\u26ab\u26b0\u26b1\u26bd\u26be\u26c4"
    "\u26c5\u26c8\u26ce\u26cf\u26d1\u26d3\u26d4\u26e9\u26ea\u26f0-\u26f5\u26f7-\u26fa\u26fd\u2702\u2705"
    "\u2708-\u270d\u270f\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755"
    "\u2757\u2763\u2764\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030"
    "\u303d\u3297\u3299\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e"
    "\U0001f191-\U0001f19a\U0001f201\U0001f202\U0001f21a\U0001f22f\U0001f232-\U0001f23a\U0001f250\U0001f251"
    "\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f7f0\U0001f900-\U0001f9ff"
    "\U0001fa70-\U0001faff"
)
_ONE_PICTURE = rf"[{_PICTURE}]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
EMOJI = re.compile(
    rf"[\u00a9\u00ae]\ufe0f|[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|"
    rf"{_ONE_PICTURE}(?:[\U000e0020-\U000e007e]+\U000e007f)?(?:\u200d{_ONE_PICTURE})*"
)
_ESCAPED = re.compile(r"&(amp|lt|gt);")
_PLAIN = {"amp": "&", "lt": "<", "gt": ">"}
_SHORT = re.compile(r"https?://t\.co/[A-Za-z0-9]+")
_HANDLES = re.compile(r"^(?:[@＠]\w+\s+)+")


def weighted_length(text: str) -> int:
    """How long X counts a public post."""
    plain = unicodedata.normalize("NFC", text)
    total, place = 0, 0
    for link in URL.finditer(plain):
        total += _weigh(plain[place : link.start()]) + URL_WEIGHT
        place = link.end()
    return total + _weigh(plain[place:])


def _weigh(text: str) -> int:
    without, emoji = EMOJI.subn("", text)
    return emoji * EMOJI_WEIGHT + sum(_weight(ord(character)) for character in without)


def _weight(point: int) -> int:
    return 1 if any(low <= point <= high for low, high in LIGHT_RANGES) else 2


def unescape(text: str) -> str:
    """Undo X's escaping, which it does exactly once and to these three characters only."""
    return text if "&" not in text else _ESCAPED.sub(lambda found: _PLAIN[found[1]], text)


def readable(text: str, entities: Any) -> str:
    """A post's text as a person should read it: unescaped once, X's short links replaced by where they lead.

    X counts the offsets of entities differently in different places, so none is trusted: a short link is replaced
    where it stands, by its own spelling. Links of attached pictures go, as the pictures are shown.
    """
    links = _links(entities)
    plain = unescape(clean(text))

    def lead(found: re.Match[str]) -> str:
        return links.get(found[0], found[0])

    return _SHORT.sub(lead, plain).replace("\r\n", "\n").strip()


def _links(entities: Any) -> dict[str, str]:
    """Short link → where it leads, or nothing for a picture's."""
    links: dict[str, str] = {}
    for entry in mappings(entities.get("urls") if isinstance(entities, Mapping) else None):
        short, target = string(entry.get("url")), clean(string(entry.get("expanded_url")))
        if entry.get("media_key"):
            links[short] = ""
        elif target.startswith(("http://", "https://")):
            links[short] = unescape(target)
    return links


def same_words(*, ours: str, theirs: str, entities: Any, reply: bool) -> bool:
    """Whether `theirs`, read back from X, is `ours` as we sent it.

    X escapes, shortens links, normalises, trims, and puts the handles of a reply's readers in front. A short link
    without its target passes for any link of ours at that place.
    """
    come_back = _flat(readable(theirs, entities), reply=reply)
    sent = _flat(ours, reply=reply)
    pattern, place = "", 0
    for link in URL.finditer(sent):
        pattern += re.escape(sent[place : link.start()])
        pattern += rf"(?:{re.escape(_bare(link[0]))}|{_SHORT.pattern})"
        place = link.end()
    pattern += re.escape(sent[place:])
    shown = URL.sub(lambda link: link[0] if _SHORT.fullmatch(link[0]) else _bare(link[0]), come_back)
    return re.fullmatch(pattern, shown) is not None


def _flat(text: str, *, reply: bool) -> str:
    flat = " ".join(unicodedata.normalize("NFC", clean(text)).split())
    return _HANDLES.sub("", flat) if reply else flat


def no_words(theirs: str, entities: Any) -> bool:
    """Whether a post read back holds nothing but the handles of its readers, as one that was sent with pictures only."""
    return not _HANDLES.sub("", f"{_flat(readable(theirs, entities), reply=False)} ").strip()


def _bare(link: str) -> str:
    """A link without what X may add or change: the scheme, the case of its host, a last slash."""
    host, slash, rest = re.sub(r"^https?://", "", link, flags=re.IGNORECASE).partition("/")
    return host.lower() + (slash + rest).rstrip("/")
