"""The search by its selector, in the word classes whose plans differ, in the large workspace and in a small one."""

from accounts.models import Membership, Workspace
from bench import gates
from bench.ground import Ground, analyse
from bench.measure import Report, p50, p95, statements, timings
from bench.pages import Pages
from core.tenancy import tenant
from inbox.selectors import ListQuery, list_page
from search import selectors
from search.models import Entry
from search.services.indexing import index

TIMES = 60


def run(report: Report, ground: Ground, pages: Pages, *, scale: str, owner_url: str) -> None:
    """Index what is not, then ask. The gate: the worst class's p95 against that of the list, for which a person waits too."""
    name = f"search@{scale}"
    taken = timings(lambda: index(workspace_id=ground.workspace.pk), times=1)[0]
    with tenant(ground.workspace.pk):
        number = Entry.objects.count()
    report.add(name, "indexed", number, unit="rows", note=f"{taken / 1000:.1f} s for what was new")
    small = Workspace.objects.get(slug="small0")
    index(workspace_id=small.pk)
    analyse(owner_url)
    with tenant(ground.workspace.pk):
        listed = timings(lambda: list_page(ListQuery(view="open"), ground.member), times=TIMES)
    worst = 0.0
    for label, question in classes(pages).items():
        worst = max(worst, _ask(report, name, label, question, ground.workspace, ground.member))
    with tenant(small.pk):
        member = Membership.objects.select_related("user").first()
    assert member is not None
    for label in ("common", "rare", "absent"):
        worst = max(worst, _ask(report, name, f"{label}, small workspace", classes(pages)[label], small, member))
    report.gate(report.add(name, "slowest class p95 ÷ list p95", worst / p95(listed)), gates.SEARCH_TO_LIST)


def classes(pages: Pages) -> dict[str, str]:
    """Questions by the plan they want. The made-up words follow Zipf's law, so that rank is frequency."""
    english, persian, japanese = (pages.words[lang] for lang in ("en", "fa", "ja"))
    return {
        "common": f"{english[0]} ",
        "medium": f"{english[150]} ",
        "rare": f"{english[1990]} ",
        "absent": "qwxzqwxz ",
        "two common": f"{english[0]} {english[1]} ",
        "common and absent": f"{english[0]} qwxzqwxz ",
        "phrase": f'"{english[0]} {english[1]}" ',
        "beginning": f"{english[0][:2]}* ",
        "excluded": f"{english[0]} -{english[1]} ",
        "Persian": f"{persian[20]} ",
        "Japanese": f"{japanese[400]} ",
        "common of a person": f'{english[0]} from:"person 3" ',
        "common, waiting and mine": f"{english[0]} is:waiting is:mine ",
        "without words": "is:open ",
    }


def _ask(report: Report, name: str, label: str, question: str, workspace: Workspace, member: Membership) -> float:
    with tenant(workspace.pk):
        parsed = selectors.asked(question)
        found = timings(lambda: selectors.find(parsed, member), times=TIMES)
        page = selectors.find(parsed, member)
        asked = len(statements(lambda: selectors.find(parsed, member)))
    note = f"p95 {p95(found):.1f}, {len(page.hits)} shown of {page.total if page.total is not None else '–'}, {asked} queries"
    report.add(name, label, p50(found), unit="ms", note=note)
    return p95(found)
