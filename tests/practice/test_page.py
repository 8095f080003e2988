"""The square in a real browser: a person plays the customer, and sees what the brand answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import chromium

from .conftest import CALLBACK, Network

pytestmark = pytest.mark.browser
REFUSED = "Failed to load resource: the server responded with a status of 400"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, network: Network) -> Iterator[Page]:
    """The square as Ayesha sees it; any script error or broken policy fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(8000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def listen(text: str, kind: str) -> None:
        if kind == "error" and not text.startswith(REFUSED):  # the browser's own note of an answer we show in words
            complaints.append(text)

    page.on("console", lambda message: listen(message.text, message.type))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.add_init_script(f"localStorage.setItem('chowk.me', '{network.call('GET', '/people/ayesha')['id']}')")
    page.goto(network.base)
    expect(page.locator("#who-name")).to_have_text("عائشہ خان")
    yield page
    context.close()
    assert complaints == []


class App(BaseHTTPRequestHandler):
    """The app's side of the redirect."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(b"<link rel=icon href='data:,'>back in the app")

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_complaint_and_its_answer(page: Page, network: Network) -> None:
    page.locator("#compose-brands .chip").first.click()
    expect(page.locator("#compose-text")).to_be_focused()
    page.keyboard.type("میرا پارسل ابھی تک نہیں پہنچا")
    page.keyboard.press("Control+Enter")
    thread = page.locator(".thread")
    expect(thread).to_have_count(1)
    expect(thread.locator(".prose")).to_have_text("@brand میرا پارسل ابھی تک نہیں پہنچا")
    expect(thread.locator(".wait")).to_contain_text("Waiting for an answer")
    assert thread.locator(".prose").evaluate("node => getComputedStyle(node).direction") == "rtl"
    [entry] = network.ledger(kind="post", origin="page")
    assert entry["text"] == "@brand میرا پارسل ابھی تک نہیں پہنچا"

    client = network.client()
    mention = client.get_users_mentions(network.call("GET", "/people/brand")["id"])["data"][0]
    client.create_tweet(text="It leaves today, we promise.", in_reply_to_tweet_id=mention["id"], user_auth=False)
    answer = thread.locator(".post.official")
    expect(answer.locator(".prose")).to_have_text("It leaves today, we promise.", timeout=5000)
    expect(answer.locator(".tagged")).to_have_text("Official answer")
    expect(thread.locator(".wait")).to_contain_text("Answered")

    answer.get_by_role("button", name="Answer").click()
    answer.locator("textarea").fill("Thank you!")
    answer.locator("form").get_by_role("button", name="Answer").click()
    expect(answer.locator(".post .prose")).to_have_text("Thank you!")
    assert client.get_users_mentions(network.call("GET", "/people/brand")["id"])["data"][0]["text"] == "@brand Thank you!"


def test_editing_liking_and_deleting(page: Page, network: Network) -> None:
    post = network.post("ayesha", "@brand helo")
    other = network.post("brand", "Hello square")
    mine = page.locator(f"[data-key='{post['id']}']")
    mine.get_by_role("button", name="Edit").click()
    mine.locator("textarea").fill("@brand hello")
    mine.get_by_role("button", name="Save").click()
    expect(mine.locator(".prose")).to_have_text("@brand hello")
    expect(mine.locator("header")).to_contain_text("edited")
    theirs = page.locator(f"[data-key='{other['id']}']")
    expect(theirs.get_by_role("button", name="Edit")).to_have_count(0)
    theirs.get_by_role("button", name="Like").click()
    expect(theirs.locator(".liked")).to_have_text("1")
    mine.get_by_role("button", name="Delete").click()
    mine.get_by_role("button", name="Really delete?").click()
    expect(mine).to_have_count(0)
    assert [entry["kind"] for entry in network.ledger(origin="page")] == ["edit", "like", "delete"]


def test_an_open_answer_box_survives_other_peoples_posts(page: Page, network: Network) -> None:
    post = network.post("brand", "Tell us everything")
    node = page.locator(f"[data-key='{post['id']}']")
    node.get_by_role("button", name="Answer").click()
    node.locator("textarea").fill("half a thou")
    network.call("POST", f"/posts/{post['id']}/like", by="ayesha")
    network.post("ayesha", "me too", reply_to=post["id"])
    expect(node.locator(".post .prose")).to_have_text("me too")
    expect(node.locator(".liked")).to_have_text("1")
    expect(node.locator("textarea")).to_have_value("half a thou")
    expect(node.locator("textarea")).to_be_focused()


def test_messages_go_both_ways(page: Page, network: Network) -> None:
    page.get_by_role("link", name="Messages").click()
    page.locator("#talk-brands .chip").first.click()
    page.locator("#talk-text").fill("یہ میرا نمبر ہے")
    page.keyboard.press("Enter")
    expect(page.locator(".line.mine .prose")).to_have_text("یہ میرا نمبر ہے")
    ayesha = network.call("GET", "/people/ayesha")["id"]
    network.client().create_direct_message(participant_id=ayesha, text="Thank you, noted.", user_auth=False)
    expect(page.locator(".line:not(.mine) .prose")).to_have_text("Thank you, noted.", timeout=5000)
    page.get_by_role("link", name="Wall", exact=True).click()
    network.call("POST", "/dms", **{"from": "brand", "to": "ayesha", "text": "One more thing"})
    expect(page.locator("#dm-dot")).to_be_visible()


def test_a_customer_of_ones_own(page: Page, network: Network) -> None:
    page.get_by_role("button", name="Add your own person").click()
    page.get_by_label("Name", exact=True).fill("Angry Annie")
    expect(page.get_by_label("Handle")).to_have_value("angry_annie")
    page.get_by_label("Handle").fill("brand")
    page.get_by_role("button", name="Step onto the square").click()
    expect(page.locator("#person-problem")).to_contain_text("taken")
    page.get_by_label("Handle").fill("annie")
    page.get_by_role("button", name="Step onto the square").click()
    expect(page.locator("#who-name")).to_have_text("Angry Annie")
    assert network.call("GET", "/people/annie")["origin"] == "page"


def test_backstage_moves_the_network(page: Page, network: Network) -> None:
    token = network.access("brand")
    page.get_by_role("button", name="Start the crowd").click()
    expect(page.locator("#crowd-posted")).not_to_have_text("0")
    expect(page.locator(".thread").first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    assert not network.call("GET", "/crowd")["running"]

    page.get_by_role("tab", name="Crowd").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#trouble-group").select_option("write")
    page.locator("#trouble-share").select_option("once")
    switch = page.get_by_role("switch", name="Swallow")
    switch.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    [on] = network.call("GET", "/trouble")["on"]
    assert (on["name"], on["group"], on["count"]) == ("swallow", "write", 1)
    page.get_by_role("button", name="Everything back to honest").click()
    expect(switch).to_have_attribute("aria-checked", "false")

    page.get_by_role("tab", name="Accounts").click()
    page.get_by_role("button", name="Revoke tokens").click()
    expect(page.locator("#account-list")).to_contain_text("1 revoked")
    assert network.call("GET", "/tokens?account=brand")["good"] == 0
    page.get_by_role("switch", name="reply rule").click()
    expect(page.get_by_role("switch", name="reply rule")).to_have_attribute("aria-checked", "false")
    assert network.call("GET", "/rules")["rules"]["reply_rule"] is False
    network.call("PATCH", "/rules", reply_rule=True)
    assert token


def test_hostile_words_stay_words(page: Page, network: Network) -> None:
    network.person("mallory", name="<img src=x onerror=alert(1)>", bio="<script>alert(2)</script>")
    text = '@brand <svg onload=alert(3)> \u202e javascript:alert(4) https://example.com/"onmouseover=alert(5)'
    post = network.post("mallory", text)
    node = page.locator(f"[data-key='{post['id']}']")
    expect(node.locator(".name")).to_have_text("<img src=x onerror=alert(1)>")
    expect(node.locator(".prose")).to_contain_text("<svg onload=alert(3)>")
    assert node.locator("script, svg[onload], img[onerror]").count() == 0


def test_filters_and_older_posts(page: Page, network: Network) -> None:
    network.call(
        "POST", "/import", posts=[{"author": "brand", "text": f"old {n}", "created_at": 1_700_000_000_000 + n} for n in range(40)]
    )
    mine = network.post("ayesha", "@brand still waiting")
    page.get_by_role("button", name="Waiting for an answer").click()
    expect(page.locator(".thread")).to_have_count(1)
    expect(page.locator("#waiting-count")).to_have_text("1")
    page.get_by_role("button", name="Mine").click()
    expect(page.locator(f"[data-thread='{mine['id']}']")).to_be_visible()
    page.get_by_role("button", name="Everything", exact=True).click()
    expect(page.locator(".thread")).to_have_count(30)
    page.get_by_role("button", name="Show older posts").click()
    expect(page.locator(".thread")).to_have_count(41)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(page: Page, network: Network, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    post = network.post("ayesha", "@brand " + "بہتلمبالفظ" * 20)
    network.client().create_tweet(text="x" * 250, in_reply_to_tweet_id=post["id"], user_auth=False)
    expect(page.locator(".post.official")).to_be_visible()
    assert fits(page)
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("Messages", "People", "Backstage", "Wall"):
        page.locator(".views").get_by_role("link", name=name).click()
        expect(page.locator(f".views [data-view={name.lower()}]")).to_have_attribute("aria-current", "page")
        assert fits(page), name
    expect(page.locator(".ribbon")).to_contain_text("nothing here is real")


def test_consent_leads_back_to_the_app(page: Page, network: Network) -> None:
    query = (
        f"response_type=code&client_id={network.client_id}&redirect_uri={CALLBACK}/connect/x&scope=tweet.read%20users.read"
        f"&state=s1&code_challenge={'a' * 43}&code_challenge_method=S256"
    )
    page.goto(f"{network.base}/i/oauth2/authorize?{query}")
    expect(page.get_by_role("heading", name="Connect an account?")).to_be_visible()
    expect(page.locator(".ribbon")).to_be_visible()
    app = HTTPServer(("localhost", urlsplit(CALLBACK).port or 0), App)
    threading.Thread(target=app.serve_forever, daemon=True).start()
    try:
        page.get_by_role("button", name="Allow").click()
        expect(page.locator("body")).to_have_text("back in the app")
    finally:
        app.shutdown()
        app.server_close()
    answer = parse_qs(urlsplit(page.url).query)
    assert answer["state"] == ["s1"]
    assert answer["code"]
