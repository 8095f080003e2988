"""The journey everything is built for, in two browsers: a customer is angry on the network, an agent answers in the inbox.

The whole product runs: web, worker and scheduler, Postgres, Valkey, and the practice network with its own page. Nothing is told to
either page by hand: what appears, appears by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from accounts.models import User, Workspace
from core.tenancy import tenant
from inbox.models import Message
from social.services.connecting import connect_with_tokens
from tests.accounts.factories import PASSWORD, make_user, make_workspace
from tests.barriers import barriers
from tests.chromium import chromium_beside_database
from tests.flows.product import Product, product
from tests.practice.conftest import Network

pytestmark = [pytest.mark.browser]
#: Milliseconds. What a person does waits as long as a busy machine needs; what appears by itself must do so in time.
PATIENCE = 60_000
BY_ITSELF = 10_000


@dataclass(frozen=True)
class Story:
    """One run of the journey: the agent's language, what is said, and which way each text reads."""

    language: str
    page: str
    complaint: str
    complaint_reads: str
    answer: str
    answer_reads: str


STORIES = [
    Story(
        "en", "ltr",
        "my parcel has been on its way for eleven days and nobody answers me!", "ltr",
        "We are very sorry. It leaves our house today.", "ltr",
    ),
    Story(
        "ur", "rtl",
        "گیارہ دن ہو گئے، پارسل نہیں ملا اور کوئی جواب بھی نہیں دیتا!", "rtl",
        "We are very sorry. It leaves our house today.", "ltr",
    ),
    Story(
        "fa", "rtl",
        "یازده روز گذشت و بستهٔ من هنوز نرسیده، کسی هم جواب نمی‌دهد!", "rtl",
        "بسیار متأسفیم. بستهٔ شما همین امروز فرستاده می‌شود.", "rtl",
    ),
]  # fmt: skip


@dataclass
class Scene:
    """The running product, the network, and two browsers' pages; what either browser complains about is kept."""

    product: Product
    network: Network
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    def page(self, address: str, **options: Any) -> Page:
        """A page in a browser profile of its own."""
        page = self.browser.new_context(viewport={"width": 1440, "height": 900}, **options).new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(address)
        return page


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Everything running, nobody there yet."""
    folder = tmp_path_factory.mktemp("journey")
    network = Network(folder / "practice", "--no-cast")
    network.start()
    try:
        with django_db_blocker.unblock(), chromium_beside_database() as browser:
            expect.set_options(timeout=PATIENCE)
            here = override_settings(
                PRACTICE_URL=network.base,
                X_API_BASE=network.base,
                X_CLIENT_ID=network.client_id,
                X_CLIENT_SECRET=network.client_secret,
            )
            times = {"RABTA_POLL_SECONDS": "1", "RABTA_UNDO_SECONDS": "1"}
            with here, product(network, folder, **times) as running:
                yield Scene(running, network, browser)
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False, inhibit_post_migrate=True)
    finally:
        network.stop()


@pytest.fixture
def played(scene: Scene) -> Iterator[Scene]:
    """The scene for one test: neither browser may complain, about the content policy or anything else."""
    scene.complaints.clear()
    yield scene
    assert scene.complaints == []


def furnish(scene: Scene, name: str, language: str) -> tuple[User, Workspace]:
    """A workspace whose brand is connected, an agent who reads `language`, and a customer on the network."""
    owner = make_user(f"agent-{name}@journey.example", name=f"Agent {name}", language=language)
    workspace = make_workspace(f"Journey {name}", owner=owner, slug=f"journey-{name}".replace("_", "-"))
    scene.network.person(f"brand_{name}", name=f"Brand {name}", is_brand=True)
    scene.network.person(f"sara_{name}", name=f"Sara {name}", lang=language)
    pair = scene.network.call("POST", "/tokens", account=f"brand_{name}")
    tokens = {"access_token": pair["access_token"], "refresh_token": pair["refresh_token"]}
    connect_with_tokens(network="x", values=tokens, workspace_id=workspace.pk, actor_id=None)
    return owner, workspace


def sign_in(scene: Scene, user: User, workspace: Workspace) -> Page:
    """A browser in which the agent has signed in, at the inbox."""
    page = scene.page(f"{scene.product.base}/accounts/login/?next=/w/{workspace.slug}/inbox/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button[type=submit]").click()
    page.wait_for_selector("html[data-ready]")
    return page


def play(scene: Scene, name: str) -> Page:
    """A browser in which somebody plays the customer on the network's own page."""
    page = scene.page(scene.network.base)
    page.locator("#folk button.person", has_text=f"Sara {name}").click()
    expect(page.locator("#who-name")).to_have_text(f"Sara {name}")
    return page


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.language)
def test_a_complaint_is_answered(played: Scene, story: Story) -> None:
    user, workspace = furnish(played, story.language, story.language)
    inbox = sign_in(played, user, workspace)
    expect(inbox.locator("html")).to_have_attribute("dir", story.page)
    expect(inbox.locator("html")).to_have_attribute("lang", story.language)
    # Gone when the page is loaded anew.
    inbox.evaluate("window.neverReloaded = true")

    square = play(played, story.language)
    square.fill("#compose-text", f"@brand_{story.language} {story.complaint}")
    square.locator("#compose button[type=submit]").click()

    row = inbox.locator("#rows [data-row]", has_text=story.complaint[:30])
    expect(row).to_have_count(1, timeout=BY_ITSELF)
    row.click()
    complaint = inbox.locator("[data-message] [dir]", has_text=story.complaint).last
    expect(complaint).to_have_attribute("dir", story.complaint_reads)

    composer = inbox.locator("#composer-text")
    composer.fill(story.answer)
    composer.press("Control+Enter")
    mine = inbox.locator("[data-message]", has_text=story.answer)
    expect(mine).to_have_count(1)
    expect(mine.locator(".bubble")).to_have_attribute("dir", story.answer_reads)

    # On the network it stands below the complaint, from the brand.
    below = square.locator("article.post", has_text=story.complaint).locator("article.post", has_text=story.answer)
    expect(below).to_have_count(1, timeout=2 * BY_ITSELF)
    expect(below).to_contain_text(f"@brand_{story.language}")
    expect(inbox.locator('[data-message][data-state="sent"]', has_text=story.answer)).to_have_count(1, timeout=BY_ITSELF)
    assert inbox.evaluate("window.neverReloaded") is True

    posted = played.network.ledger(kind="post", origin="api", account=f"brand_{story.language}")
    with tenant(workspace.pk):
        assert [m.external_id for m in Message.objects.filter(direction="out")] == [entry["object_id"] for entry in posted]
    for page in (inbox, square):
        page.context.close()


@pytest.mark.parametrize("language", ["en", "ur"])
def test_no_barriers_where_the_journey_leads(played: Scene, language: str) -> None:
    name = f"{language}_open"
    user, workspace = furnish(played, name, language)
    played.network.post(f"sara_{name}", f"@brand_{name} my parcel is late")
    inbox = sign_in(played, user, workspace)
    inbox.locator("#rows [data-row]").first.click()
    inbox.wait_for_selector("#composer-text")
    found = {"inbox": barriers(inbox)}
    with tenant(workspace.pk):
        message = Message.objects.select_related("conversation").get()
    places = {
        "contact": f"contacts/{message.conversation.contact_id}/",
        "contacts": "contacts/",
        "channels": "channels/",
        "channel": f"channels/{message.channel_id}/",
    }
    for name, place in places.items():
        inbox.goto(f"{played.product.base}/w/{workspace.slug}/{place}")
        inbox.wait_for_selector("main")
        found[name] = barriers(inbox)
    door = played.page(f"{played.product.base}/accounts/login/", locale=language)
    found["sign-in"] = barriers(door)
    for page in (inbox, door):
        page.context.close()
    assert {name: what for name, what in found.items() if what} == {}


def test_a_barrier_that_is_there_is_found(played: Scene) -> None:
    door = played.page(f"{played.product.base}/accounts/login/")
    assert barriers(door) == []
    door.evaluate("document.querySelector('[name=login]').labels.forEach((label) => label.remove())")
    door.evaluate("document.querySelector('[name=login]').removeAttribute('placeholder')")
    assert [what.partition(":")[0] for what in barriers(door)] == ["label"]
    door.context.close()
