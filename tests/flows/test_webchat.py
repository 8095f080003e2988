"""The chat widget in a real browser, on a page of another server: a visitor writes, an agent answers, both see it live."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from core.tenancy import tenant
from inbox.models import Message
from social.services import chat_widgets, connecting
from social.services.chatting import sign
from tests.flows.test_journey import BY_ITSELF, Scene, barriers, scene, sign_in  # noqa: F401 - fixture
from tests.pictures import HTML, picture
from tests.social.webchat.factories import Shop, open_shop

pytestmark = [pytest.mark.browser]
WIDGET = "rabta-chat"


class Host(http.server.ThreadingHTTPServer):
    """A shop's own site: whatever page a test wrote, under a strict content policy."""

    body = ""
    policy = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answering(http.server.BaseHTTPRequestHandler):
    server: Host

    def do_GET(self) -> None:
        found = self.path.startswith("/shop")
        self.send_response(200 if found else 204)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.server.policy)
        self.end_headers()
        if found:
            self.wfile.write(self.server.body.encode())

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@dataclass
class Site:
    """A shop with its widget on its own page."""

    shop: Shop
    host: Host
    scene: Scene

    def show(self, *, language: str = "en", **attributes: str) -> None:
        """Write the page that carries the widget."""
        base = self.scene.product.base
        more = "".join(f' data-{name}="{value}"' for name, value in attributes.items())
        way = "rtl" if language in ("ur", "fa", "ar") else "ltr"
        self.host.policy = (
            f"default-src 'none'; script-src {base}; connect-src {base} {base.replace('http', 'ws', 1)}; base-uri 'none'"
        )
        self.host.body = (
            f'<!doctype html><html lang="{language}" dir="{way}"><head><meta name="viewport" content="width=device-width">'
            f'<title>Shop</title></head><body><main><h1>Shop</h1><p>Kettles.</p></main>'
            f'<script async src="{base}/static/webchat/chat.js" data-key="{self.shop.channel.hook_key}"{more}></script>'
            "</body></html>"
        )  # fmt: skip

    def visit(self, **options: Any) -> Page:
        page = self.scene.page(f"{self.host.origin}/shop", **options)
        expect(page.locator(f"{WIDGET} .open")).to_be_visible()
        return page

    def agent(self) -> Page:
        user: User = self.shop.member.user
        return sign_in(self.scene, user, self.shop.workspace)


@pytest.fixture
def site(scene: Scene, request: pytest.FixtureRequest) -> Iterator[Site]:  # noqa: F811
    scene.complaints.clear()
    host = Host()
    name = "".join(letter for letter in request.node.name if letter.isalnum())[-24:].lower()
    found = Site(open_shop(name, origins=(host.origin,)), host, scene)
    found.show()
    yield found
    host.shutdown()
    host.server_close()
    assert scene.complaints == []


def write(page: Page, text: str) -> None:
    page.locator(f"{WIDGET} textarea").fill(text)
    page.keyboard.press("Enter")


def said(page: Page, text: str, *, own: bool) -> Any:
    return page.locator(f"{WIDGET} .say{'.own' if own else ':not(.own)'} time").locator("..").filter(has_text=text)


def test_a_visitor_writes_an_agent_answers_and_a_reload_resumes(site: Site) -> None:
    inbox = site.agent()
    visitor = site.visit()
    visitor.locator(f"{WIDGET} .open").click()
    visitor.locator(f"{WIDGET} input[name=name]").fill("Sara")
    write(visitor, "Where is my kettle?")
    expect(said(visitor, "Where is my kettle?", own=True)).to_have_count(1)

    row = inbox.locator("#rows [data-row]", has_text="Where is my kettle?")
    expect(row).to_have_count(1, timeout=BY_ITSELF)
    expect(row).to_contain_text("Sara")
    row.click()
    composer = inbox.locator("#composer-text")
    composer.fill("It leaves today.")
    composer.press("Control+Enter")
    expect(said(visitor, "It leaves today.", own=False)).to_have_count(1, timeout=2 * BY_ITSELF)
    expect(inbox.locator('[data-message][data-state="sent"]', has_text="It leaves today.")).to_have_count(1, timeout=BY_ITSELF)

    visitor.reload()
    visitor.locator(f"{WIDGET} .open").click()
    expect(said(visitor, "Where is my kettle?", own=True)).to_have_count(1)
    expect(said(visitor, "It leaves today.", own=False)).to_have_count(1)
    expect(visitor.locator(f"{WIDGET} input[name=name]")).to_have_count(0)
    write(visitor, "Thank you!")
    expect(inbox.locator("[data-message]", has_text="Thank you!")).to_have_count(1, timeout=BY_ITSELF)
    with tenant(site.shop.workspace.pk):
        assert Message.objects.values_list("conversation_id").distinct().count() == 1
    for page in (inbox, visitor):
        page.context.close()


def test_an_answer_is_counted_on_the_closed_widget_and_needs_no_socket(site: Site) -> None:
    """A page whose policy allows no sockets, and a visitor who has closed the widget."""
    site.host.policy = site.host.policy.replace(site.scene.product.base.replace("http", "ws", 1), "")
    visitor = site.visit()
    visitor.locator(f"{WIDGET} .open").click()
    write(visitor, "Is anybody there?")
    expect(said(visitor, "Is anybody there?", own=True)).to_have_count(1)
    visitor.keyboard.press("Escape")
    expect(visitor.locator(f"{WIDGET} .panel")).to_be_hidden()
    inbox = site.agent()
    inbox.locator("#rows [data-row]", has_text="Is anybody there?").click()
    inbox.locator("#composer-text").fill("We are.")
    inbox.locator("#composer-text").press("Control+Enter")
    expect(visitor.locator(f"{WIDGET} .dot")).to_have_text("1", timeout=3 * BY_ITSELF)
    visitor.locator(f"{WIDGET} .open").click()
    expect(visitor.locator(f"{WIDGET} .dot")).to_be_hidden()
    for page in (inbox, visitor):
        page.context.close()
    # The browser complains of the socket that the page forbade, and of nothing else.
    assert all("connect-src" in said or "WebSocket" in said for said in site.scene.complaints)
    site.scene.complaints.clear()


def test_the_keyboard_is_enough(site: Site) -> None:
    visitor = site.visit()
    visitor.keyboard.press("Tab")
    assert visitor.evaluate("document.activeElement.shadowRoot.activeElement.className") == "open"
    visitor.keyboard.press("Enter")
    assert visitor.evaluate("document.activeElement.shadowRoot.activeElement.name") == "name"
    visitor.keyboard.type("Sara")
    visitor.keyboard.press("Tab")
    visitor.keyboard.type("nobody")
    visitor.keyboard.press("Tab")
    visitor.keyboard.type("hello")
    visitor.keyboard.press("Enter")
    note = visitor.locator(f"{WIDGET} #note")
    expect(note).to_have_text("This is no e-mail address.")
    assert visitor.evaluate("document.activeElement.shadowRoot.activeElement.name") == "email"
    visitor.keyboard.press("Control+a")
    visitor.keyboard.type("sara@mail.example")
    visitor.keyboard.press("Enter")
    expect(said(visitor, "hello", own=True)).to_have_count(1)
    # The field that had the focus is gone, and the focus with it nowhere else than in the panel.
    assert visitor.evaluate("document.activeElement.shadowRoot.activeElement.tagName") == "TEXTAREA"
    visitor.keyboard.press("Escape")
    assert visitor.evaluate("document.activeElement.shadowRoot.activeElement.className") == "open"
    visitor.context.close()


@pytest.mark.parametrize("language", ["en", "ur", "fa", "ar"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barriers_in_any_language_and_light(site: Site, language: str, scheme: str) -> None:
    site.show(language=language)
    visitor = site.visit(color_scheme=scheme)
    host = visitor.locator(WIDGET)
    expect(host).to_have_attribute("dir", "ltr" if language == "en" else "rtl")
    expect(host).to_have_attribute("lang", language)
    assert barriers(visitor) == []
    box = visitor.locator(f"{WIDGET} .open").bounding_box()
    assert box is not None
    assert (box["x"] > 700) == (language == "en")
    visitor.locator(f"{WIDGET} .open").click()
    for field in visitor.locator(f"{WIDGET} input:visible").all():
        assert field.evaluate("(node) => node.labels.length") == 1
    write(visitor, "کہاں ہے؟ order 42" if language == "ur" else "Where is order 42?")
    expect(visitor.locator(f"{WIDGET} .say.own time")).to_have_count(1)
    assert barriers(visitor) == []
    visitor.context.close()


def test_it_fits_a_telephone(site: Site) -> None:
    visitor = site.visit()
    visitor.set_viewport_size({"width": 390, "height": 700})
    visitor.locator(f"{WIDGET} .open").click()
    box = visitor.locator(f"{WIDGET} .panel").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert box["y"] >= 0
    assert visitor.evaluate("document.documentElement.scrollWidth") <= 390
    visitor.context.close()


def test_words_of_one_user_are_not_shown_to_the_next_at_the_same_browser(site: Site) -> None:
    with site.shop.inside():
        secret = chat_widgets.renew_secret(channel_id=site.shop.channel.pk, actor_id=None)
    site.show(user="u-1", signature=sign(secret, "u-1"))
    visitor = site.visit()
    visitor.locator(f"{WIDGET} .open").click()
    write(visitor, "words of the first")
    expect(said(visitor, "words of the first", own=True)).to_have_count(1)
    for attributes in ({"user": "u-2", "signature": sign(secret, "u-2")}, {}):
        site.show(**attributes)
        visitor.reload()
        visitor.locator(f"{WIDGET} .open").click()
        expect(visitor.locator(f"{WIDGET} .log")).to_contain_text("How can we help?")
        visitor.wait_for_load_state("networkidle")
        expect(visitor.locator(f"{WIDGET} .say.own")).to_have_count(0)
    site.show(user="u-1", signature=sign(secret, "u-2"))
    visitor.reload()
    visitor.locator(f"{WIDGET} .open").click()
    expect(visitor.locator(f"{WIDGET} #note")).to_contain_text("The signature does not fit")
    visitor.context.close()
    assert all("401" in said for said in site.scene.complaints)
    site.scene.complaints.clear()


def test_what_is_said_without_a_connection_is_kept_and_sent_once(site: Site) -> None:
    visitor = site.visit()
    visitor.locator(f"{WIDGET} .open").click()
    visitor.context.set_offline(True)
    write(visitor, "into the tunnel")
    expect(visitor.locator(f"{WIDGET} #note")).to_contain_text("No connection")
    visitor.context.set_offline(False)
    visitor.reload()
    visitor.locator(f"{WIDGET} .open").click()
    expect(said(visitor, "into the tunnel", own=True)).to_have_count(1)
    assert site.shop.raw() == 1
    visitor.context.close()
    assert all("ERR_INTERNET_DISCONNECTED" in said for said in site.scene.complaints)
    site.scene.complaints.clear()


def test_while_the_channel_is_paused_the_visitor_is_told_and_the_words_are_taken(site: Site) -> None:
    with site.shop.inside():
        connecting.pause(channel_id=site.shop.channel.pk, actor_id=None)
    visitor = site.visit()
    visitor.locator(f"{WIDGET} .open").click()
    expect(visitor.locator(f"{WIDGET} #note")).to_contain_text("Nobody is here just now")
    visitor.locator(f"{WIDGET} input[name=email]").fill("sara@mail.example")
    write(visitor, "Call me back.")
    expect(said(visitor, "Call me back.", own=True)).to_have_count(1)
    assert site.shop.raw() == 1
    visitor.context.close()


def test_a_page_that_is_not_on_the_list_shows_no_widget(site: Site) -> None:
    site.shop.change(origins=["https://shop.example"])
    visitor = site.scene.page(f"{site.host.origin}/shop")
    visitor.wait_for_load_state("networkidle")
    expect(visitor.locator(WIDGET)).to_have_count(0)
    visitor.context.close()
    assert site.scene.complaints
    site.scene.complaints.clear()


def test_settings_can_be_changed_on_the_channels_page(site: Site) -> None:
    inbox = site.agent()
    inbox.goto(f"{site.scene.product.base}/w/{site.shop.workspace.slug}/channels/{site.shop.channel.pk}/")
    assert barriers(inbox) == []
    inbox.fill("#widget [name=greeting]", "Salam from the shop!")
    inbox.locator("#widget form button[type=submit]").click()
    expect(inbox.locator("#widget [name=greeting]")).to_have_value("Salam from the shop!")
    visitor = site.visit()
    visitor.locator(f"{WIDGET} .open").click()
    expect(visitor.locator(f"{WIDGET} .log")).to_contain_text("Salam from the shop!")
    for page in (inbox, visitor):
        page.context.close()


def test_files_go_both_ways_and_what_lies_is_told(site: Site) -> None:
    """Under a policy that lets no picture in: chosen by the keyboard, dropped, refused in words; and an answer with a picture."""
    inbox, visitor = site.agent(), site.visit()
    visitor.locator(f"{WIDGET} .open").click()
    with visitor.expect_file_chooser() as chooser:
        visitor.locator(f"{WIDGET} .row .x").focus()
        visitor.keyboard.press("Enter")
    files = [{"name": "kettle.png", "mimeType": "image/png", "buffer": picture(size=(300, 200))}]
    chooser.value.set_files([*files, {"name": "lie.png", "mimeType": "image/png", "buffer": HTML}])
    rows = visitor.locator(f"{WIDGET} .chosen li")
    expect(rows.nth(1)).to_contain_text("is not what its name says", timeout=BY_ITSELF)
    expect(visitor.locator(f"{WIDGET} progress")).to_have_count(0, timeout=BY_ITSELF)
    assert barriers(visitor) == []
    rows.nth(1).locator("button").click()
    write(visitor, "Is it this one?")
    mine = said(visitor, "Is it this one?", own=True)
    expect(mine.locator("canvas")).to_have_attribute("width", "300", timeout=BY_ITSELF)
    assert visitor.evaluate("document.querySelector('rabta-chat').shadowRoot.querySelector('canvas').getAttribute('aria-label')")

    inbox.locator("#rows [data-row]", has_text="Is it this one?").click()
    expect(inbox.locator(".media-picture img")).to_have_js_property("naturalWidth", 300, timeout=BY_ITSELF)
    inbox.set_input_files("[data-attach-input]", files)
    expect(inbox.locator("[data-file][data-ready]")).to_have_count(1, timeout=BY_ITSELF)
    inbox.locator("#composer-text").press("Control+Enter")
    expect(visitor.locator(f"{WIDGET} .say:not(.own) canvas")).to_have_attribute("width", "300", timeout=3 * BY_ITSELF)
    expect(inbox.locator("[data-message] .msg-deeds", has_text="Read")).to_have_count(1, timeout=BY_ITSELF)
    for page in (inbox, visitor):
        page.context.close()
    assert all("422" in said for said in site.scene.complaints)
    site.scene.complaints.clear()


def test_the_script_stays_small() -> None:
    script = Path(__file__).resolve().parents[2] / "static" / "webchat" / "chat.js"
    assert script.stat().st_size < 25_000
    assert "http://" not in script.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
