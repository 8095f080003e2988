"""What is no text for a customer is refused in words, at both doors, and nothing is written."""

from typing import Any

import pytest

from core.tenancy import tenant
from inbox.models import Message
from tests.accounts.factories import Cast, signed_in
from tests.inbox.conftest import Program
from tests.inbox.factories import Desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(desk: Desk) -> Any:
    """Whether something was written since the test began."""

    def count() -> int:
        with tenant(desk.workspace.pk):
            return Message.objects.count()

    before = count()
    return lambda: count() != before


@pytest.mark.parametrize("kind", ["reply", "note"])
@pytest.mark.parametrize("body", ["\u202e", "\u200b\u200b", "\u3164", "\u2800", "\ufe0f\u200d"])
def test_words_nobody_can_see_are_none(cast: Cast, desk: Desk, program: Program, written: Any, kind: str, body: str) -> None:
    answer = program.post(f"conversations/{desk.conversation.pk}/messages", {"kind": kind, "body": body})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "empty")
    page = signed_in(cast.user("owner")).post(
        f"/w/meridian/inbox/{desk.conversation.pk}/write/", {"kind": kind, "body": body}
    )
    assert page.status_code == 422
    assert not written()


@pytest.mark.parametrize("kind", ["reply", "note"])
@pytest.mark.parametrize("key", ["\x00", "a\x00b"])
def test_a_key_with_a_zero_in_it_is_refused_in_words(cast: Cast, desk: Desk, written: Any, kind: str, key: str) -> None:
    browser = signed_in(cast.user("owner"), raise_request_exception=False)
    form = {"kind": kind, "body": "Hello", "idempotency_key": key}
    assert browser.post(f"/w/meridian/inbox/{desk.conversation.pk}/write/", form).status_code == 422
    assert not written()
