"""The settings of a chat widget, on its channel's page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from social import selectors
from social.forms import WidgetForm
from social.services import chat_widgets
from social.views.channels import channel_page


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def widget(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Keep the settings; a refusal is said at its field."""
    row = selectors.get_channel(channel_id)
    form = WidgetForm(request.POST)
    if form.is_valid():
        try:
            chat_widgets.change(channel_id=row.id, values=form.values(), actor_id=request.membership.pk)
        except Invalid as error:
            form.blame(error)
    if form.errors:
        return channel_page(request, row, status=422, widget_form=form)
    messages.success(request, _("Saved. Open pages show it when they are loaded again."))
    return redirect("channel", slug=slug, channel_id=row.id)


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def secret(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Make a new signing secret and show it, this one time."""
    made = chat_widgets.renew_secret(channel_id=channel_id, actor_id=request.membership.pk)
    response = channel_page(request, selectors.get_channel(channel_id), signing_secret=made)
    response["Cache-Control"] = "no-store"
    return response
