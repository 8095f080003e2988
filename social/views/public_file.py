"""The door at which networks fetch the files that we send through them. There is no session here: the address is the right."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import NotFound, RabtaError
from core.serving import Served, serve
from core.vault import NoSuchFile
from social.services.public_files import behind


@require_safe
def public_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """One file, to whoever has its signed address. 404 for an address that we never gave, 410 when its time is over."""
    try:
        found = behind(token, name=name)
        served = Served(found.key, found.size, found.mime, found.name, drawn=found.is_drawn)
        answer = serve(request, served, workspace_id=found.workspace_id)
        # Whoever has the address has the file, from any page: a chat's widget draws it on a page that is not ours.
        answer["Access-Control-Allow-Origin"] = "*"
        return answer
    except NoSuchFile:
        error: RabtaError = NotFound(_("This file is kept no longer."))
    except RabtaError as refused:
        error = refused
    refusal = HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    refusal["Cache-Control"] = "no-store"
    refusal["Access-Control-Allow-Origin"] = "*"
    return refusal
