"""The composer in a real Chromium, by keyboard alone: saved replies, and what is named and kept while somebody types."""
# ruff: noqa: F401, F811 - fixtures of the module beside this one

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from core import vault
from core.folding import DROPPED, PAIRS, fold
from core.tenancy import tenant
from crm.models import Contact
from inbox.models import NoteMention, SavedReply
from inbox.services import uploads
from inbox.services.saved_replies import keep
from social.models import StoredFile
from tests.accounts.factories import Cast
from tests.inbox.factories import Desk, hear, post
from tests.inbox.test_screens_browser import cast, desk, screen, written
from tests.pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

#: Texts whose folding differs where a rule of it is missing in one of the two places.
FOLDED = [
    "".join(PAIRS), f"a{DROPPED}b", "ＷＩＤＥ ﷺ ﻻ ﬁ Ǆ", "İstanbul STRASSE ß", " a\u00a0 b\u2003\n\x1c\x85 c ",
    "٣۴5 كِتَابٌ", "👩‍🚀 🇵🇰",
]  # fmt: skip
FOLD = "async texts => { const { fold } = await import('/static/js/fold.js'); return texts.map(fold); }"


def opened(screen: Page, desk: Desk, kind: str = "r") -> Any:
    """The public conversation, with the caret in its composer, which is empty."""
    screen.goto(f"/w/meridian/inbox/{desk.conversation.pk}/")
    screen.wait_for_selector("#thread")
    screen.keyboard.press(kind)
    return screen.locator("#composer-text")


def test_a_saved_reply_is_found_taken_and_completed_by_keyboard(screen: Page, cast: Cast, desk: Desk) -> None:
    with tenant(desk.workspace.pk):
        member = cast.member("owner")
        keep(member=member, values={"title": "کیف دستی", "shortcut": "kaif", "body": "Bag for {{contact.name}}."})
        keep(member=member, values={"title": "Returns", "body": "Dear {{contact.first_name}}, send it back."})
        Contact.objects.filter(pk=desk.contact.pk).update(name="@handle")
    text = opened(screen, desk)
    listed = screen.locator("[data-suggest] [role=option]")

    # A slash inside a word is no question; Arabic letters find Persian ones; Escape closes and keeps what was typed.
    screen.keyboard.type("and/or ")
    expect(screen.locator("[data-suggest]")).to_be_hidden()
    screen.keyboard.type("/كيف")
    expect(listed).to_have_count(1)
    expect(listed.first).to_contain_text("Bag for @handle.")
    expect(text).to_have_attribute("aria-activedescendant", "suggest-1")
    screen.keyboard.press("Escape")
    expect(screen.locator("[data-suggest]")).to_be_hidden()
    expect(text).to_be_focused()
    expect(text).to_have_value("and/or /كيف")

    text.fill("")
    screen.keyboard.type("/")
    expect(listed).to_have_count(2)
    screen.keyboard.press("ArrowDown")
    expect(listed.nth(1)).to_have_attribute("aria-selected", "true")
    expect(text).to_have_attribute("aria-activedescendant", "suggest-2")
    title = listed.nth(1).inner_text()
    assert "Returns" not in title or "کیف" not in title
    screen.keyboard.press("Escape")
    text.fill("")
    screen.keyboard.type("/ret")
    expect(listed).to_have_count(1)
    screen.keyboard.press("Enter")
    expect(text).to_have_value("Dear {{contact.first_name}}, send it back.")

    # The blank that nothing filled is named and selected: what is typed next replaces it. Sending before is refused in words.
    expect(screen.locator("[data-blanks]")).to_be_visible()
    screen.keyboard.press("Control+Enter")
    expect(screen.locator("#composer-error")).to_contain_text("{{contact.first_name}}")
    assert written(desk, "Dear {{contact.first_name}}, send it back.") == 0
    screen.locator("[data-blank]").focus()
    screen.keyboard.press("Enter")
    expect(text).to_be_focused()
    screen.keyboard.type("Ayesha")
    expect(text).to_have_value("Dear Ayesha, send it back.")
    expect(screen.locator("[data-blanks]")).to_be_hidden()
    screen.keyboard.press("Control+Enter")
    expect(screen.locator(".msg-out", has_text="Dear Ayesha, send it back.")).to_have_count(1)
    assert written(desk, "Dear Ayesha, send it back.") == 1
    with tenant(desk.workspace.pk):
        assert SavedReply.objects.get(title="Returns").used_count == 1


def test_a_colleague_is_named_in_a_note_and_let_go_with_the_name(screen: Page, cast: Cast, desk: Desk) -> None:
    text = opened(screen, desk)
    screen.keyboard.type("@age")
    expect(screen.locator("[data-suggest]")).to_be_hidden()  # customers are told of nobody
    text.fill("")
    screen.keyboard.press("Escape")
    screen.keyboard.press("n")
    listed = screen.locator("[data-suggest] [role=option]")
    screen.keyboard.type("Look, @age")
    expect(listed).to_have_count(1)
    screen.keyboard.press("Enter")
    expect(text).to_have_value("Look, @Agent of Meridian ")
    screen.keyboard.type("and @sal")
    expect(listed).to_have_count(1)
    screen.keyboard.press("Tab")
    expect(text).to_have_value("Look, @Agent of Meridian and @Sales of Meridian ")
    for _letter in "Sales of Meridian":
        screen.keyboard.press("Backspace")
    with screen.expect_response("**/drafts/note/"):  # kept a moment after the last key
        screen.keyboard.press("Backspace")
    # What was typed and not sent survives a reload, with whom it names.
    screen.reload()
    screen.wait_for_selector("html[data-ready] #thread")
    expect(text).to_have_value("Look, @Agent of Meridian and @")
    screen.locator("#composer-text").focus()
    screen.keyboard.press("Control+End")
    screen.keyboard.type("others")
    screen.keyboard.press("Control+Enter")
    expect(screen.locator(".msg-note .mention", has_text="@Agent of Meridian")).to_have_count(1)
    with tenant(desk.workspace.pk):
        assert list(NoteMention.objects.values_list("member_id", flat=True)) == [cast.member("agent").pk]


def test_an_emoji_is_found_in_four_languages_and_remembered(screen: Page, desk: Desk) -> None:
    text = opened(screen, desk)
    listed = screen.locator("[data-suggest] [role=option]")
    for name, emoji in (("rocket", "🚀"), ("موشک", "🚀"), ("راکٹ", "🚀"), ("صاروخ", "🚀")):
        text.fill("")
        screen.keyboard.type(f":{name}")
        expect(listed.filter(has_text=emoji).first).to_be_visible()
    text.fill("")
    screen.keyboard.type("at 10:30 :)")
    expect(screen.locator("[data-suggest]")).to_be_hidden()
    text.fill("Sent ")
    screen.keyboard.press("Control+End")
    screen.keyboard.type(":rocket")
    expect(listed.first).to_contain_text("🚀")
    screen.keyboard.press("Enter")
    expect(text).to_have_value("Sent 🚀")
    screen.locator("[data-suggest-begin=':']").focus()
    screen.keyboard.press("Enter")
    expect(listed.first).to_contain_text("🚀")  # what was used last comes first
    folded = screen.evaluate(FOLD, FOLDED)
    assert folded == [fold(each) for each in FOLDED]


def test_another_language_than_the_customers_is_said_quietly(screen: Page, desk: Desk) -> None:
    hear(desk.channel, post(desk.channel, "سلام، سفارش من کجاست؟", thread=desk.conversation.thread_key))
    text = opened(screen, desk)
    line = screen.locator("[data-tongue]")
    screen.keyboard.type("Your parcel left today")
    expect(line).to_have_text("The customer writes Persian, you write Latin letters.")
    assert text.get_attribute("lang") is None
    text.fill("آپ کا پارسل آج روانہ ہوا")
    expect(line).to_have_text("The customer writes Persian, you write Urdu.")
    expect(text).to_have_attribute("lang", "ur")
    text.fill("بستهٔ شما امروز فرستاده شد https://example.com/track")
    expect(line).to_be_hidden()
    expect(text).to_have_attribute("lang", "fa")
    text.fill("Your parcel left today")
    screen.keyboard.press("Escape")
    screen.keyboard.press("n")
    expect(line).to_be_hidden()  # colleagues read what they like


def test_a_broken_line_costs_one_part_of_a_file(screen: Page, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES", 2000)
    content = picture(size=(700, 500)) + b"\x00" * 6000
    opened(screen, desk)
    asked: list[str] = []

    def line(route: Route) -> None:
        """The second part arrives and its answer is lost; the third finds no line at all."""
        asked.append(route.request.url.partition("?")[2])
        if asked.count("offset=2000") == 1 and route.request.url.endswith("offset=2000"):
            route.fetch()
            route.abort()
        elif route.request.url.endswith("offset=4000") and asked.count("offset=4000") == 1:
            route.abort()
        else:
            route.continue_()

    screen.route("**/uploads/**", line)
    chosen = {"name": "parcel.png", "mimeType": "image/png", "buffer": content}
    screen.locator("[data-attach-input]").set_input_files(chosen)  # type: ignore[arg-type]
    expect(screen.locator("[data-file][data-ready]")).to_have_count(1)
    # What had arrived did not travel again.
    assert asked.count("offset=0") == asked.count("offset=2000") == 1
    with tenant(desk.workspace.pk):
        file = StoredFile.objects.filter(source=None).latest("id")
    assert vault.read_kept(file.key, workspace_id=desk.workspace.pk) == content
    # A kind that the network does not take travels not at all.
    before = len(asked)
    chosen = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    screen.locator("[data-attach-input]").set_input_files(chosen)  # type: ignore[arg-type]
    expect(screen.locator("[data-file][data-failed] .error")).to_have_text("X does not take files of this kind.")
    assert len(asked) == before
