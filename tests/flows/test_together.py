"""Two agents in two browsers at one conversation, and one whose line is cut: who is there, who answers, and nothing typed is lost.

The scene is the journey's: everything runs, nothing is told to a page by hand.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User, Workspace
from accounts.policies import Role
from core.tenancy import tenant
from inbox.models import Message
from tests.accounts.factories import make_member, make_user
from tests.flows.test_journey import BY_ITSELF, Scene, furnish, played, scene, sign_in  # noqa: F401 - fixtures used by the tests here

pytestmark = [pytest.mark.browser]
#: Milliseconds in which others see who looks and writes, and the pause before a look is said.
AT_ONCE = 1_000 + 250


def desk_of_two(scene: Scene, name: str) -> tuple[Workspace, Page, Page]:  # noqa: F811
    """A workspace with a customer's word, and two browsers that show it: Agent's and Sana's."""
    user, workspace = furnish(scene, name, "en")
    sana = make_user(f"sana-{name}@journey.example", name="Sana Malik", language="en")
    make_member(workspace, sana, Role.AGENT)
    scene.network.post(f"sara_{name}", f"@brand_{name} my parcel is late")
    pages = [opened(scene, person, workspace) for person in (user, sana)]
    return workspace, pages[0], pages[1]


def opened(scene: Scene, person: User, workspace: Workspace) -> Page:  # noqa: F811
    page = sign_in(scene, person, workspace)
    row = page.locator("#rows [data-row]", has_text="my parcel is late")
    expect(row).to_have_count(1)  # the poll of a busy machine
    row.click()
    page.wait_for_selector("#composer-text")
    page.evaluate("window.neverReloaded = true")
    return page


def answers(workspace: Workspace) -> list[str]:
    with tenant(workspace.pk):
        return list(Message.objects.filter(direction="out").order_by("id").values_list("body", flat=True))


def until(fact: Callable[[], bool], page: Page) -> None:
    """Wait for a fact, while the page's events go on."""
    for _ in range(600):
        if fact():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came true")


def is_there(page: Page) -> bool:
    return page.locator("#rows [data-row]", has_text="nobody there?").count() == 1


def test_a_cut_line_is_shown_and_mended_without_a_reload(played: Scene) -> None:  # noqa: F811
    workspace, mine, hers = desk_of_two(played, "cut")
    state = mine.locator("html")
    expect(state).to_have_attribute("data-connection", "live")
    mine.locator("#composer-text").press_sequentially("Half an answer", delay=10)

    # The computer loses its network: the page says so at once, and keeps what is typed on.
    mine.context.set_offline(True)
    expect(state).to_have_attribute("data-connection", "offline")
    expect(mine.locator(".stale")).to_be_visible()
    mine.locator("#composer-text").press_sequentially(" and more", delay=10)
    mine.locator("#composer-text").press("Control+Enter")
    expect(mine.locator("#composer-error")).to_contain_text("No connection")
    expect(mine.locator("#composer-text")).to_have_value("Half an answer and more")
    mine.context.set_offline(False)
    expect(state).to_have_attribute("data-connection", "live")
    expect(mine.locator(".stale")).to_be_hidden()

    # The web process dies: both pages know, and find each other again when it is back.
    played.product.kill("web")
    expect(state).not_to_have_attribute("data-connection", "live")
    expect(mine.locator(".stale")).to_be_visible(timeout=BY_ITSELF)
    played.network.post("sara_cut", "@brand_cut nobody there?")
    played.product.start("web")
    for page, name in ((mine, "Sana Malik"), (hers, "Agent cut")):
        expect(page.locator("html")).to_have_attribute("data-connection", "live")
        expect(page.locator("#thread-here")).to_contain_text(name)
        # It settles by itself, or waits behind its button where somebody is in the list.
        until(lambda page=page: page.locator("#news").is_visible() or is_there(page), page)
        assert page.evaluate("window.neverReloaded") is True
    expect(mine.locator("#composer-text")).to_have_value("Half an answer and more")
    mine.locator("#composer-text").press("Control+Enter")
    expect(mine.locator("#composer-text")).to_have_value("")
    assert answers(workspace) == ["Half an answer and more"]
    played.complaints.clear()  # what browsers say of a server that is away
    for page in (mine, hers):
        page.context.close()
