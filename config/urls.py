"""All addresses, grouped by path. Pages live below /w/<slug>/, the API below /api/v1/w/<slug>/."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

from config.registries import fill
from core.styleguide import styleguide

fill()


def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process serves; it says nothing about anybody's data."""
    return HttpResponse("ok\n", content_type="text/plain")


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("notifications.urls")),
    path("", include("social.urls")),
    path("", include("crm.urls")),
    path("", include("inbox.urls")),
    path("", include("search.urls")),
    path("styleguide/", styleguide, name="styleguide"),
    path("api/v1/", include("config.api")),
    # Where a workspace begins. Kept here: the room of people knows no inbox.
    path("w/<slug:slug>/", RedirectView.as_view(url="/w/%(slug)s/inbox/"), name="workspace"),
]

handler400 = "accounts.errors.bad_request"
handler403 = "accounts.errors.forbidden"
handler404 = "accounts.errors.not_found"
handler429 = "accounts.errors.too_many_requests"
handler500 = "accounts.errors.server_error"
