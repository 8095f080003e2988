"""Every address that names no workspace: strangers see the way in and nothing else, nobody sees anybody's rows, nothing breaks."""

from typing import Any

import pytest
from django.urls import reverse

from tests.tenancy.test_walk import addresses
from tests.tenancy.world import SECRET_WORD, World, undone

pytestmark = pytest.mark.django_db

#: What a stranger may see: the way in, and what says nothing about anybody. Everything else sends them to sign in, or is not found.
OPEN = {
    "healthz",
    "guest",
    "api_schema",
    "set_language",
    "set_theme",
    "styleguide",
    "account_login",
    "account_signup",
    "account_inactive",
    "account_email_verification_sent",
    "account_confirm_email",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_login_code",
    "mfa_login_webauthn",
}
#: Never requested here, each with its reason.
EXEMPT = {
    "account_logout": "ends the session with which all others are asked; tests/accounts signs out",
    "sessions_end_others": "the same",
}
ARGUMENTS = {
    "token": "nobody-made-this",
    "key": "1:nobody",
    "uidb36": "1",
    "pk": 1,
    "session_id": 999_999,
    "network": "x",
    "name": "tent.png",
}


def others() -> dict[str, str]:
    """Name → an address of everything that names no workspace."""
    found = {}
    for route, entry in addresses():
        if "<slug:slug>" in route or entry.name in EXEMPT:
            continue
        names = {part.partition(">")[0].rpartition(":")[2] for part in route.replace("(?P<", "<").split("<")[1:]}
        found[str(entry.name)] = reverse(str(entry.name), kwargs={name: ARGUMENTS[name] for name in names})
    return found


def ask_all(world: World, who: str, method: str) -> dict[str, Any]:
    answers = {}
    for name, address in others().items():
        with undone():
            answers[name] = getattr(world.browser(who), method)(address)
    return answers


def test_every_exemption_is_an_address() -> None:
    assert {str(entry.name) for _route, entry in addresses()} >= set(EXEMPT)


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_see_the_way_in(world: World, method: str) -> None:
    before = world.state()
    for name, answer in ask_all(world, "stranger", method).items():
        assert answer.status_code < 500, (name, answer.content[:500])
        assert SECRET_WORD not in answer.content.decode(), name
        if name not in OPEN:
            sent_away = answer.status_code == 302 and answer.headers["Location"].startswith("/accounts/")
            assert sent_away or answer.status_code in (403, 404, 405), (name, answer.status_code, answer.headers)
    assert world.state() == before


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_persons_own_addresses_show_no_workspace_of_others(world: World, method: str) -> None:
    before = world.state()
    for name, answer in ask_all(world, "outsider", method).items():
        assert answer.status_code < 500, (name, answer.content[:500])
        text = answer.content.decode()
        assert SECRET_WORD not in text, name
        assert "meridian" not in text.lower(), name
    assert world.state() == before
