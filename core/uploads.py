"""Files nobody asked for: no page of ours takes one, so none is kept, and a body may not be larger because it says it is a file."""

from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, SkipFile


class NoFiles(FileUploadHandler):
    """Refuse large forms before they are read, and drop what small ones carry as files.

    Django bounds the fields of a form, not its files: those it writes to the disk, whole, before any view is asked, and before it
    is known whether the sender may send anything.
    """

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: str, encoding: str | None = None  # noqa: N803 - Django's
    ) -> None:
        limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if content_length > limit:
            raise RequestDataTooBig("This form is larger than any page of ours takes.")

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: what `new_file` skips is read and forgotten."""

    def file_complete(self, file_size: int) -> None:
        """Nothing was kept."""
