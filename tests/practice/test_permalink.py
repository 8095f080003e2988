"""The address of a post leads to its thread, as X's does: Rabta links there."""

import requests

from tests.practice.conftest import Network


def test_a_post_can_be_opened_by_its_address(network: Network) -> None:
    first = network.post("ayesha", "@brand <b>میرا پارسل</b> کہاں ہے؟")
    network.post("brand", "It left today.", reply_to=first["id"])
    answer = requests.get(f"{network.base}/ayesha/status/{first['id']}", timeout=5)
    assert answer.status_code == 200
    assert "It left today." in answer.text
    assert "&lt;b&gt;میرا پارسل" in answer.text


def test_an_unknown_post_says_so(network: Network) -> None:
    answer = requests.get(f"{network.base}/ayesha/status/12", timeout=5)
    assert answer.status_code == 404
    assert "no such post" in answer.text
