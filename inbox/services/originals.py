"""The formatting a message came with, made harmless: nothing in it runs, loads unasked, or reaches the page around it.

Three walls, each of which would do: what is not named here is taken out, the answer's own policy lets nothing else load or run, and
the page draws it in a frame without scripts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import nh3
from django.utils.translation import gettext as _

from core.errors import NotFound
from inbox import selectors
from social.networks import network_of
from social.networks.errors import Malformed
from social.selectors import stored_payload

_TAGS = frozenset(
    """
    a abbr b bdi bdo big blockquote br caption center cite code col colgroup dd del div dl dt em figcaption figure font h1
    h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s small span strike strong sub sup table tbody td tfoot th thead tr
    tt u ul
    """.split()  # noqa: SIM905 - words are read more easily than quotes
)
_DROPPED = frozenset(
    {"script", "style", "title", "template", "noscript", "iframe", "object", "embed", "svg", "math", "form", "select", "textarea"}
)
_ATTRIBUTES = {
    "*": {"dir", "lang", "title", "style", "align", "valign", "width", "height", "bgcolor"},
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start", "type"},
}
#: What a letter needs to look like itself. None of them loads anything or leaves its place.
_STYLES = frozenset(
    """
    background-color border border-bottom border-collapse border-color border-left border-radius border-right
    border-spacing border-style border-top border-width color direction font-family font-size font-style font-weight
    height letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-width
    min-width padding padding-bottom padding-left padding-right padding-top text-align text-decoration text-indent
    text-transform unicode-bidi vertical-align white-space width word-break
    """.split()  # noqa: SIM905 - words are read more easily than quotes
)
_DRAWN = ("data:image/png;base64,", "data:image/gif;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message's formatting, fit to be shown. `withheld`: pictures from elsewhere that were left out."""

    html: str
    withheld: bool


def drawn(*, message_id: int, address_of: Callable[[int], str], remote: bool) -> Drawn:
    """The formatting of a message. Pictures inside it come from `address_of` their place among what is attached; from elsewhere
    only when `remote` is wished: fetching one tells its sender who reads.

    Inside the caller's `tenant()`. Raises NotFound for a message without formatting, or one that is gone on the network.
    """
    message = selectors.get_message(message_id)
    if not message.has_original or message.deleted_at or message.channel_id not in selectors.visible_channel_ids():
        raise NotFound(_("This message has no formatting of its own."))
    slug, payload = stored_payload(channel_id=message.channel_id, external_id=message.external_id or "")
    try:
        original = network_of(slug).original(payload)
    except Malformed as error:
        raise NotFound(error.reason) from error
    if original is None:
        raise NotFound(_("This message has no formatting of its own."))
    left_out = False

    def allowed(tag: str, name: str, value: str) -> str | None:
        nonlocal left_out
        if (tag, name) != ("img", "src"):
            return value
        place = original.parts.get(unquote(value.removeprefix("cid:")))
        if place is not None:
            return address_of(place)
        if value.startswith(_DRAWN):
            return value
        if not value.startswith(("http://", "https://")):
            return None
        left_out = left_out or not remote
        return value if remote else None

    html = nh3.clean(
        original.html,
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=allowed,
        filter_style_properties=set(_STYLES),
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Drawn(html, left_out)
