"""Reading documents that promise nothing: what is not of the expected shape is as good as absent."""

from collections.abc import Mapping
from typing import Any

from social.networks._text import clean


def mapping(value: Any) -> Mapping[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The objects in what should be a list of objects; everything else in it is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def string(value: Any) -> str:
    """`value` if it is a string, else an empty one. Ids that came as numbers are taken as well."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def web(value: Any) -> str:
    """A web address, or an empty string."""
    url = clean(string(value))
    return url[:1000] if url.startswith(("https://", "http://")) else ""


def size(value: Any) -> int | None:
    """A width or height in pixels, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else None
