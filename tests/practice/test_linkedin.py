"""LinkedIn's wire, asked by requests alone, as its documents have it."""

from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.practice.conftest import Network


@pytest.fixture
def people(network: Network) -> Network:
    network.person("blue_shop", name="Blue Shop", is_brand=True, network="linkedin")
    network.person("zoya", name="زویا", network="linkedin")
    return network


def asks(network: Network, path: str, *, method: str = "GET", **given: Any) -> requests.Response:
    headers = {
        "Authorization": "Bearer practice-linkedin-blue_shop",
        "LinkedIn-Version": "202609",
        "X-Restli-Protocol-Version": "2.0.0",
        **given.pop("headers", {}),
    }
    return requests.request(method, f"{network.base}/rest/{path}", headers=headers, timeout=5, **given)


def page(network: Network) -> str:
    rows = asks(network, "organizationAcls?q=roleAssignee&role=ADMINISTRATOR").json()["elements"]
    return str(rows[0]["organization"])


def told(network: Network, actions: str = "COMMENT,COMMENT_EDIT,SHARE_MENTION") -> list[dict[str, Any]]:
    path = (
        f"organizationalEntityNotifications?q=criteria&actions=List({actions})&organizationalEntity={quote(page(network), safe='')}"
    )
    rows: list[dict[str, Any]] = asks(network, path).json()["elements"]
    return rows


def test_a_page_is_told_of_comments_and_mentions(people: Network) -> None:
    own = people.post("blue_shop", "We deliver")["id"]
    people.post("zoya", "really?", reply_to=own)
    mention = people.post("zoya", "@blue_shop hello")
    people.post("zoya", "unrelated")
    rows = told(people)
    assert [row["action"] for row in rows] == ["SHARE_MENTION", "COMMENT"]
    assert rows[0]["generatedActivity"] == f"urn:li:share:{mention['id']}"
    assert rows[1]["decoratedGeneratedActivity"]["comment"]["text"] == "really?"
    assert [row["action"] for row in told(people, "SHARE_MENTION")] == ["SHARE_MENTION"]


def test_comments_stand_in_two_levels(people: Network) -> None:
    own = people.post("blue_shop", "We deliver")["id"]
    first = people.post("zoya", "really?", reply_to=own)["id"]
    second = people.post("zoya", "no answer?", reply_to=first)["id"]
    third = people.post("zoya", "hello?", reply_to=second)["id"]
    post, comment = f"urn:li:activity:{own}", f"urn:li:comment:(urn:li:activity:{own},{first})"
    (top,) = asks(people, f"socialActions/{quote(post, safe='')}/comments").json()["elements"]
    assert (top["commentUrn"], top["commentsSummary"]["aggregatedTotalComments"]) == (comment, 1)
    below = asks(people, f"socialActions/{quote(comment, safe='')}/comments").json()["elements"]
    assert [(row["id"], row["parentComment"]) for row in below] == [(second, comment), (third, comment)]
    document = {"actor": page(people), "object": post, "message": {"text": "Sorry!"}, "parentComment": comment}
    made = asks(people, f"socialActions/{quote(comment, safe='')}/comments", method="POST", json=document)
    assert (made.status_code, made.json()["parentComment"]) == (201, comment)
    wrong = {**document, "parentComment": f"urn:li:comment:(urn:li:activity:{own},{second})"}
    deep = f"urn:li:comment:(urn:li:activity:{own},{second})"
    assert asks(people, f"socialActions/{quote(deep, safe='')}/comments", method="POST", json=wrong).status_code == 400
    other = {**document, "actor": "urn:li:person:1"}
    assert asks(people, f"socialActions/{quote(comment, safe='')}/comments", method="POST", json=other).status_code == 403
    people.call("DELETE", f"/posts/{first}")
    batch = asks(people, f"socialActions/{quote(post, safe='')}/comments?ids=List({first},{second})").json()
    assert (set(batch["results"]), batch["errors"][first]["status"]) == ({second}, 404)


def test_versions_and_protocols_are_looked_at(people: Network) -> None:
    assert asks(people, "organizationAcls", headers={"LinkedIn-Version": "202301"}).json()["code"] == "NONEXISTENT_VERSION"
    assert asks(people, "organizationAcls", headers={"LinkedIn-Version": ""}).status_code == 426
    assert asks(people, "organizationAcls", headers={"X-Restli-Protocol-Version": "1.0.0"}).status_code == 400
    assert asks(people, "organizationAcls", headers={"Authorization": "Bearer nothing"}).status_code == 401
    # Only pages have a token that everybody knows.
    assert asks(people, "organizationAcls", headers={"Authorization": "Bearer practice-linkedin-zoya"}).status_code == 401


def test_a_closed_network_takes_nothing(people: Network) -> None:
    own = people.post("blue_shop", "We deliver")["id"]
    people.call("PATCH", "/rules", linkedin_closed=True)
    document = {"actor": page(people), "object": f"urn:li:activity:{own}", "message": {"text": "Sorry!"}}
    made = asks(people, f"socialActions/{quote(f'urn:li:activity:{own}', safe='')}/comments", method="POST", json=document)
    people.call("PATCH", "/rules", linkedin_closed=False)
    assert (made.status_code, made.json()["code"]) == (403, "ACCESS_DENIED")
