"""Where networks call us. No person, no session, no cookie: the channel's key finds it and the signature proves the caller."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from core.errors import RabtaError
from social.networks.values import Greeting, Hook
from social.services import hooks


@csrf_exempt
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, key: str) -> HttpResponse:
    """Take a webhook: 202 and how many items were new, once committed (200 and the network's own document where it wants one);
    401 unproven, 404 no such channel, 413 too large.

    With GET, answer the network that asks first whether this address is ours: 405 where networks do not ask.
    """
    if request.method == "GET":
        return _greet(lambda query: hooks.greet(key=key, query=query), request)
    return _receive(lambda called: hooks.receive(key=key, hook=called), request)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def app_hook(request: HttpRequest, network: str) -> HttpResponse:
    """The same for the one address of this installation's own app at a network: its calls are about accounts of any workspace."""
    if request.method == "GET":
        return _greet(lambda query: hooks.greet_for_app(slug=network, query=query), request)
    return _receive(lambda called: hooks.receive_for_app(slug=network, hook=called), request)


def _receive(take: Callable[[Hook], hooks.Taken], request: HttpRequest) -> HttpResponse:
    try:
        body = request.body
    except RequestDataTooBig:
        return _refused(413, "too_large", _("This body is too large."))
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        # Behind a proxy the request knows another address than the one that was called.
        taken = take(Hook(headers, body, f"{settings.BASE_URL}{request.get_full_path()}"))
    except RabtaError as error:
        return _refused(error.status, error.code, str(error))
    return _said(taken.answer) if taken.answer else JsonResponse({"new": taken.new}, status=202)


def _greet(answer: Callable[[dict[str, str]], Greeting], request: HttpRequest) -> HttpResponse:
    try:
        greeting = answer(request.GET.dict())
    except RabtaError as error:
        return _refused(error.status, error.code, str(error))
    return _said(greeting)


def _said(greeting: Greeting) -> HttpResponse:
    return HttpResponse(greeting.text, content_type=greeting.kind, headers={"X-Content-Type-Options": "nosniff"})


def _refused(status: int, code: str, message: str) -> HttpResponse:
    return JsonResponse({"error": {"code": code, "message": message, "field": None, "detail": None}}, status=status)
