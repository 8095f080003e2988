"""Files for a reply that arrive in parts: begun, asked after, continued, let go of."""

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import MemberRequest, calls_network, member_view
from accounts.policies import Permission
from core.errors import Invalid
from core.keyset import number_after
from inbox.models import Upload
from inbox.services import uploads
from inbox.views.media import file_chosen


@require_POST
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def begin(request: MemberRequest, slug: str, conversation_id: int) -> HttpResponse:
    """Announce a file by name and size."""
    size = number_after(request.POST.get("size", ""), field="size")
    row = uploads.begin(
        member=request.membership, conversation_id=conversation_id, name=request.POST.get("name", ""), size=size or 0
    )
    return _so_far(row)


@require_http_methods(["GET", "POST"])
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def one(request: MemberRequest, slug: str, conversation_id: int, upload_id: int) -> HttpResponse:
    """How much is here, or how the finished file stands in the composer; POST takes the part that begins at `offset`."""
    place = {"member": request.membership, "conversation_id": conversation_id, "upload_id": upload_id}
    if request.method == "GET":
        row = uploads.state(**place)
        file = uploads.chosen(row)
    else:
        offset = number_after(request.GET.get("offset", ""), field="offset")
        if offset is None:
            raise Invalid(_("This must be a whole number."), field="offset", code="not_a_number")
        row, file = uploads.put(**place, offset=offset, content=request.read(uploads.PART_BYTES + 1))
    return _so_far(row) if file is None else file_chosen(request, file, row.conversation_id)


@require_POST
@calls_network
@member_view(Permission.CONVERSATIONS_REPLY)
def drop(request: MemberRequest, slug: str, conversation_id: int, upload_id: int) -> HttpResponse:
    """Let go of one that is on its way."""
    return _so_far(uploads.drop(member=request.membership, conversation_id=conversation_id, upload_id=upload_id))


def _so_far(row: Upload) -> HttpResponse:
    return JsonResponse({"id": row.pk, "offset": row.received, "part": uploads.PART_BYTES})
