"""Where a request comes from, for limits on doors at which nobody signs in."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """As sign-in's limits count it; one bucket for all whom a proxy does not name."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return "unknown"
