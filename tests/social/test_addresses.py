"""Whether networks can call this installation, and what is offered because of it."""

from typing import Any

import pytest
from django.urls import reverse

from core.errors import Invalid
from social.forms import TokensForm
from social.networks import network_of
from social.services import addresses, connecting


@pytest.mark.parametrize(
    ("base", "public"),
    [
        ("https://crm.example.com", True), ("https://crm.example.com:8443", True), ("https://93.184.216.34", True),
        ("http://crm.example.com", False), ("https://localhost", False), ("https://crm", False), ("https://crm.local", False),
        ("https://10.0.0.7", False), ("https://127.0.0.1", False), ("https://[::1]", False), ("http://localhost:8420", False),
    ],
)  # fmt: skip
def test_only_https_on_a_name_of_the_wide_world_is_public(settings: Any, base: str, public: bool) -> None:
    settings.BASE_URL = base
    assert addresses.is_public() == public
    assert bool(addresses.callable_at("A" * 22)) == public
    assert ("arrival" in TokensForm(network_of("telegram")).fields) == public


def test_the_address_is_the_one_that_listens(settings: Any) -> None:
    settings.BASE_URL = "https://crm.example.com"
    assert addresses.hook_url("A" * 22) == "https://crm.example.com" + reverse("hook", args=["A" * 22])
    assert addresses.callable_at("") == ""


def test_only_what_is_offered_can_be_chosen(settings: Any) -> None:
    settings.BASE_URL = "https://crm.example.com"
    form = TokensForm(network_of("telegram"), {"token": "7:x", "arrival": "pigeon"})
    assert not form.is_valid()
    with pytest.raises(Invalid) as caught:
        connecting.connect_with_tokens(
            network="telegram", values={"token": "7:x", "arrival": "pigeon"}, workspace_id=1, actor_id=None
        )
    assert (caught.value.field, caught.value.code) == ("arrival", "bad_choice")
