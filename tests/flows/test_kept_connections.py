"""A proxy sends many people's requests down one connection: nothing of one person's request may be left for the next one's."""

import http.client
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.accounts.factories import make_user, make_workspace, signed_in
from tests.flows.product import Product, own_valkey, product_environment
from tests.practice.conftest import Network, free_port

#: Larger than what uvicorn holds of a body before it pauses the connection (64 KiB).
LARGE = "x" * 200_000


@pytest.fixture
def web(network: Network, transactional_db: None, tmp_path: Path) -> Any:
    """The web process alone, on this test's database."""
    port = free_port()
    found = Product(product_environment(network, port=port, **own_valkey()), port, tmp_path)
    try:
        found.start("web")
        yield found
    finally:
        found.close()
        found.flush()


def ask(line: http.client.HTTPConnection, who: Client, method: str, path: str, body: str = "") -> int:
    """One request of this person on that connection; returns the status."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in who.cookies.items())
    token = who.cookies["csrftoken"].value
    headers = {"Cookie": cookies, "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded"}
    line.request(method, path, body=body or None, headers=headers)
    answer = line.getresponse()
    answer.read()
    return answer.status


def test_a_large_body_leaves_no_workspace_on_its_connection(web: Product) -> None:
    people = {}
    for name in ("here", "there"):
        person = make_user(f"{name}@kept.example")
        make_workspace(name.title(), owner=person, slug=name)
        people[name] = signed_in(person)
        people[name].get("/me/")
    line = http.client.HTTPConnection("localhost", web.port, timeout=20)
    assert ask(line, people["here"], "POST", "/w/here/people/name/", f"name={LARGE}") == 422
    kept = line.sock
    assert ask(line, people["there"], "GET", "/w/there/contacts/") == 200
    assert ask(line, people["there"], "GET", "/api/v1/w/there/me") == 200
    assert line.sock is kept, "the connection was not kept, so this shows nothing"
    line.close()
