"""The room that a workspace has for files: how much is taken, and for how long they are kept."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from social.forms import KeepForm
from social.services import file_room


@require_http_methods(["GET", "POST"])
@member_view(Permission.WORKSPACE_MANAGE)
def files(request: MemberRequest, slug: str) -> HttpResponse:
    """How full it is, and how long files are kept; a refusal is said at its field. One query."""
    room = file_room.room()
    form = KeepForm(request.POST) if request.method == "POST" else KeepForm.of(room.keep_days)
    if request.method == "POST" and form.is_valid():
        try:
            file_room.change(member=request.membership, keep_days=form.cleaned_data["keep_days"])
        except Invalid as error:
            form.add_error("keep_days", str(error))
        else:
            messages.success(request, _("Saved. Files that are older go within the hour."))
            return redirect("files", slug=slug)
    context = {"section": "channels", "room": room, "form": form}
    return render(request, "social/files.html", context, status=422 if form.errors else 200)
