"""How a channel writes, on its own page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import MemberRequest, member_view
from accounts.policies import Permission
from core.errors import Invalid
from social import selectors
from social.forms import LettersForm
from social.networks import network_of
from social.services import letters
from social.views.channels import channel_page


@require_POST
@member_view(Permission.CHANNELS_MANAGE)
def change(request: MemberRequest, slug: str, channel_id: int) -> HttpResponse:
    """Keep the settings; a refusal is said at its field."""
    row = selectors.get_channel(channel_id)
    form = LettersForm(letters.changeable(network_of(row.network)), request.POST)
    if form.is_valid():
        try:
            letters.change(channel_id=row.id, values=form.cleaned_data, actor_id=request.membership.pk)
        except Invalid as error:
            form.blame(error)
    if form.errors:
        return channel_page(request, row, status=422, letters_form=form)
    messages.success(request, _("Saved."))
    return redirect("channel", slug=slug, channel_id=row.id)
