"""Errors a person or a client can act on: a machine code, the field, and a sentence translated once, at the door."""

from typing import Any

from django.utils.functional import Promise


class RabtaError(Exception):
    """Something was refused. `code` is for machines, `message` for people, `field` says where, `status` is the HTTP answer."""

    status = 400
    code = "refused"

    def __init__(
        self,
        message: "str | Promise",
        *,
        field: str | None = None,
        code: str | None = None,
        detail: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.detail = detail or {}
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return str(self.message)


class Invalid(RabtaError):
    """The input is wrong; `field` names where."""

    status = 422
    code = "invalid"


class NotFound(RabtaError):
    """Not there, or not for this workspace: the two answers are the same on purpose."""

    status = 404
    code = "not_found"


class Forbidden(RabtaError):
    """There, and visible, but this role may not do that."""

    status = 403
    code = "forbidden"


class Conflict(RabtaError):
    """Somebody else was first; the caller should look again before deciding."""

    status = 409
    code = "conflict"
