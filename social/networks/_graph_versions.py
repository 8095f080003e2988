"""How long the Graph's version lives that an installation asks for, and what is said on the channel page before it ends.

developers.facebook.com/docs/graph-api/guides/versioning, read 2026-11: a version ends two years after the next one came; afterwards
the oldest one that still lives answers, and the header `facebook-api-version` says which.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core.clock import now
from social.networks._shapes import string
from social.networks.errors import Text

#: Two years after the release of the next one (developers.facebook.com/docs/graph-api/changelog/versions, read 2026-11).
ENDS: Mapping[str, date] = {
    "v19.0": date(2026, 5, 21),
    "v20.0": date(2026, 10, 2),
    "v21.0": date(2027, 1, 21),
    "v22.0": date(2027, 5, 29),
    "v23.0": date(2027, 10, 8),
    "v24.0": date(2028, 2, 18),
}
WARNED = timedelta(days=90)


def noted(answered: str) -> dict[str, Any]:
    """What the cursor keeps: the version that answered where it is another than was asked for, and the end where it is near."""
    asked = str(settings.GRAPH_VERSION)
    found = {"answered": answered} if answered and answered != asked else {}
    ends = ENDS.get(asked)
    return found | ({"ends": ends.isoformat()} if ends and ends - now().date() <= WARNED else {})


def remarks(cursor: Mapping[str, Any]) -> Iterator[Text]:
    """Sentences for the channel page. Pure."""
    asked, answered, ends = str(settings.GRAPH_VERSION), string(cursor.get("answered")), string(cursor.get("ends"))
    if answered:
        words = _("Meta no longer knows version {asked} of its Graph and answers as {answered}. Set GRAPH_VERSION to a living one.")
        yield words.format(asked=asked, answered=answered)
    elif ends:
        words = _("Version {asked} of Meta's Graph ends on {day}. Set GRAPH_VERSION to a newer one before.")
        yield words.format(asked=asked, day=ends)
