"""A form that carries files costs nobody's disk, whoever sends it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.accounts.factories import make_user, make_workspace, signed_in

pytestmark = pytest.mark.django_db


@contextmanager
def files_made() -> Iterator[list[Any]]:
    """Every temporary file that Django makes meanwhile."""
    made: list[Any] = []
    real = tempfile.NamedTemporaryFile

    def counted(*args: Any, **kwargs: Any) -> Any:
        made.append(kwargs)
        return real(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.files.temp.NamedTemporaryFile", counted)
        patch.setattr("django.core.files.uploadedfile.tempfile.NamedTemporaryFile", counted)
        yield made


@pytest.fixture
def kept() -> Iterator[list[Any]]:
    """Every temporary file that Django makes during a test."""
    with files_made() as made:
        yield made


@pytest.mark.parametrize("path", ["/accounts/login/", "/theme/", "/api/v1/w/kite/contacts/1"])
@pytest.mark.parametrize("who", ["stranger", "member"])
def test_a_large_file_is_refused_before_it_is_kept(kept: list[Any], path: str, who: str) -> None:
    person = make_user("files@kite.example")
    make_workspace("Kite", owner=person, slug="kite")
    browser = Client() if who == "stranger" else signed_in(person)
    # Without the token in a header the form is read to look for it, before anything else is known of the sender.
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = browser.cookies
    guarded.cookies["csrftoken"] = "a" * 32
    large = SimpleUploadedFile("a.bin", b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    answer = guarded.post(path, {"file": large})
    assert 400 <= answer.status_code < 500
    assert kept == []


def test_a_small_file_is_dropped_and_the_form_still_read() -> None:
    answer = Client().post("/language/", {"language": "fa", "file": SimpleUploadedFile("a.bin", b"x" * 100_000)})
    assert answer.status_code == 302
    assert answer.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fa"
    assert answer.wsgi_request.FILES == {}
