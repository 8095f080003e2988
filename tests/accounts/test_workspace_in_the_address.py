"""The workspace an address names is found by the person's own membership, or not at all."""

import pytest

from tests.accounts.factories import Cast, signed_in

pytestmark = pytest.mark.django_db


def test_a_member_sees_their_people(cast: Cast) -> None:
    page = signed_in(cast.user("agent")).get("/w/meridian/people/")
    assert page.status_code == 200
    assert "owner@meridian.example" in page.content.decode()
    assert "zarrin.example" not in page.content.decode()
