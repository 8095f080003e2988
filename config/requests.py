"""What the log says of a request: who, from where, what came of it."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django_structlog.middlewares.request import RequestMiddleware
from structlog.contextvars import bind_contextvars


class RequestLog(RequestMiddleware):
    """One line a refused or failed request, with the address the rate limits count, and without an address's parameters.

    The library takes the client's word for where a request comes from (X-Forwarded-For). Parameters hold what people search for
    and what networks send back with a sign-in.
    """

    @classmethod
    def bind_ip(cls, request: HttpRequest) -> None:
        try:
            bind_contextvars(ip=get_adapter(request).get_client_ip(request))
        except PermissionDenied:
            bind_contextvars(ip=None)  # a proxy that should have said it did not

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"
