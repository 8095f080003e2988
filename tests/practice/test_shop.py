"""The pretend shop carries the widget it was given, and lets that one script in."""

import requests

from tests.practice.conftest import Network


def test_the_shop_carries_the_widget_it_was_given(network: Network) -> None:
    bare = requests.get(f"{network.base}/shop/", timeout=10)
    assert "no chat yet" in bare.text
    assert "<script async" not in bare.text
    made = network.call("POST", "/shop", script="http://localhost:8420/static/webchat/chat.js", key="k" * 22)
    assert made == {"page": f"{network.base}/shop/"}
    page = requests.get(f"{network.base}/shop/?lang=ur", timeout=10)
    script = '<script async src="http://localhost:8420/static/webchat/chat.js" data-key="kkkkkkkkkkkkkkkkkkkkkk" data-lang="ur">'
    assert script in page.text
    assert 'dir="rtl"' in page.text
    policy = page.headers["content-security-policy"]
    assert "script-src 'self' http://localhost:8420" in policy
    assert "connect-src 'self' http://localhost:8420 ws://localhost:8420" in policy
    other = requests.get(f"{network.base}/blog/", timeout=10).headers["content-security-policy"]
    assert "8420" not in other


def test_what_is_no_widget_is_refused_by_name(network: Network) -> None:
    for script, key, field in (
        ("javascript:alert(1)", "k", "script"), ("https://a; script-src *", "k", "script"), (7, "k", "script"),
        ("https://a.example/x.js", "", "key"), ("https://a.example/x.js", 7, "key"),
    ):  # fmt: skip
        answer = network.call("POST", "/shop", 400, script=script, key=key)
        assert answer["error"]["field"] == field
