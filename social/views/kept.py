"""What views do with files: hand out a kept one, read a new one no further than it may be long."""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from core.errors import Invalid, NotFound
from core.pictures import MIME
from core.serving import Served, serve
from core.vault import NoSuchFile
from social.models import StoredFile


def handed_out(request: HttpRequest, file: StoredFile, *, workspace_id: int, small: bool) -> HttpResponseBase:
    """A kept file as an answer: drawn or played where a browser may, else a download. Raises NotFound."""
    try:
        return serve(request, served_of(file, small=small), workspace_id=workspace_id)
    except NoSuchFile as error:
        raise NotFound(_("This file is kept no longer.")) from error


def served_of(file: StoredFile, *, small: bool) -> Served:
    """Which of what is kept of a file is handed out. A picture leaves as we drew it, but for one that moves."""
    name = file.name
    if file.kind == "image":
        key, size = (file.small_key, file.small_size) if small else (file.large_key, file.large_size)
        if key:
            return Served(key, size, MIME, f"{name.rpartition('.')[0] or name or 'picture'}.webp", drawn=True)
    return Served(file.key, file.size, file.mime, name, drawn=file.kind != "file")


def whole_body(request: HttpRequest) -> bytes:
    """The body of an upload, read no further than a file may be long. Raises Invalid for a longer one."""
    limit: int = settings.MEDIA_FILE_BYTES
    said = request.headers.get("Content-Length", "")
    if said.isascii() and said.isdigit() and int(said) > limit:
        raise _too_long(limit)
    content = request.read(limit + 1)
    if len(content) > limit:
        raise _too_long(limit)
    return content


def _too_long(limit: int) -> Invalid:
    sentence = _("This file is larger than {limit} MB.").format(limit=limit // (1024 * 1024))
    return Invalid(sentence, field="file", code="too_large")
