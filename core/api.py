"""What all doors of the API share: strict reading of what was sent, UTC moments, keyset pages. It knows no row of anybody's.

A field or parameter that does not exist is refused by name, and so is a value of another type: a typing error in a program
must not look like success.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from core.keyset import number_after

#: Most rows a page of the API holds.
MAX_ROWS = 100
#: So many unknown fields of a body are named, the first in the alphabet.
MAX_NAMED = 20
#: How half of a surrogate pair is spelt in JSON. Two that belong together are one character; one alone is no text.
_HALF = re.compile(r"\\u[dD][89a-fA-F]")


class TooLargeBody(APIException):
    """The body is larger than any operation needs."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = _("This body is too large.")
    default_code = "too_large"


class StrictJSONParser(JSONParser):
    """JSON in UTF-8 and nothing else, of a bounded size, however deep a hostile one is nested."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLargeBody
        try:
            text = body.decode("utf-8")
            found = json.loads(text, parse_constant=_no_constant)
            if _HALF.search(text):
                # Neither the database nor an answer could hold it: refused here, not found out there.
                json.dumps(found, ensure_ascii=False).encode("utf-8")
            return found
        except ValueError as error:
            raise ParseError(_("The body is not JSON in UTF-8.")) from error
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


class Strict(serializers.Serializer[Any]):
    """Reads a body or an address's parameters; a name that is not declared is refused by that name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in data if name not in self.fields)
            if unknown:
                raise serializers.ValidationError({name: [_("There is no such field.")] for name in unknown[:MAX_NAMED]})
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text as it was sent: a number or a truth value is no text, blanks stay."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A whole number of a JSON body: not text, not a truth value, not 1.0."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """True or false of a JSON body, and nothing that resembles them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Several(serializers.ListField):
    """A list whose length is looked at before what stands in it: each wrong entry of a long one has a sentence of its own."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, list) and self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A moment in UTC, whatever time zone the asking person reads pages in."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default_timezone=UTC, **kwargs)


class PageQuery(Strict):
    """Parameters of every list."""

    after: ClassVar[serializers.Field[Any, Any, Any, Any]] = serializers.CharField(
        required=False, default="", max_length=200, help_text="Where to go on: stands in the `next` address of a page."
    )
    limit: ClassVar[serializers.Field[Any, Any, Any, Any]] = serializers.IntegerField(
        required=False, default=40, min_value=1, max_value=MAX_ROWS, help_text="Rows on a page."
    )


class SinceQuery(Strict):
    """Parameters of a question for changes."""

    since: ClassVar[serializers.Field[Any, Any, Any, Any]] = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, help_text="The `mark` of an earlier answer."
    )


def asked(query: type[Strict], request: Request) -> dict[str, Any]:
    """The parameters of an address, checked. Raises DRF's ValidationError naming the parameter."""
    return read(query, request.query_params.dict())


def read(shape: type[Strict], data: Any) -> dict[str, Any]:
    """A body, checked. Raises DRF's ValidationError naming the field."""
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found


def refuse_body(request: Request) -> None:
    """For operations that take no body: one that names fields is a misunderstanding. Raises ValidationError naming the first."""
    read(Strict, request.data)


def page(request: Request, results: Any, *, after: str, **more: Any) -> dict[str, Any]:
    """One keyset page: rows, and the address of the next ones (null on the last page)."""
    address = None
    if after:
        parameters = request.query_params.copy()
        parameters["after"] = after
        address = f"{request.path}?{parameters.urlencode()}"
    return {"results": results, "next": address, **more}


def numbered_page(
    request: Request, query: Mapping[str, Any], out: type[serializers.Serializer[Any]], found: Callable[..., list[Any]]
) -> dict[str, Any]:
    """A page of rows that come newest number first. `found` is asked for one row more than fit, with `before_id` and `limit`."""
    size = query["limit"]
    rows = found(before_id=number_after(query["after"]), limit=size + 1)
    after = str(rows[size - 1].id) if len(rows) > size else ""
    return page(request, out(rows[:size], many=True).data, after=after)


def page_of(row: type[serializers.Serializer[Any]], name: str, **more: serializers.Field[Any, Any, Any, Any]) -> Any:
    """How `page` looks in the OpenAPI schema."""
    fields = {
        "results": row(many=True),
        "next": serializers.CharField(allow_null=True, help_text="Address of the next page; null on the last one."),
    }
    return inline_serializer(name=name, fields={**fields, **more})
