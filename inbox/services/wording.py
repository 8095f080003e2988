"""What is asked of every text and key that comes in by any door."""

from django.utils.translation import gettext as _

from core.errors import Invalid
from core.names import shows_something

#: Longest text any door takes; the network's own limit is checked besides.
MAX_CHARACTERS = 25_000
MAX_KEY = 200


def checked_words(body: str, *, may_be_empty: bool = False) -> str:
    """The text as it is stored. Raises Invalid (field `body`) for what shows nothing, or is too long for any door."""
    text = body.replace("\x00", "").replace("\r\n", "\n").strip()
    if may_be_empty and not text:
        return ""
    if not shows_something(text):
        raise Invalid(_("Write something first."), field="body", code="empty")
    if len(text) > MAX_CHARACTERS:
        raise Invalid(
            _("This text has {count} characters; at most {limit} fit.").format(count=len(text), limit=MAX_CHARACTERS),
            field="body",
            code="too_long",
        )
    return text


def checked_key(given: str) -> str | None:
    """A key as it is stored; None without one. Raises Invalid."""
    if len(given) > MAX_KEY:
        raise Invalid(
            _("A key has at most {limit} characters.").format(limit=MAX_KEY), field="idempotency_key", code="too_long"
        )
    if "\x00" in given:
        # Postgres stores no such text.
        raise Invalid(_("A key is made of ordinary characters."), field="idempotency_key")
    return given or None
