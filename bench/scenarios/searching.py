"""The search by its selector, in the word classes whose plans differ, in the large workspace and in a small one."""

import time

from django.conf import settings
from django.test import Client

from bench import gates
from bench.ground import Ground, analyse
from bench.measure import Report, in_turns, p50, p95, statements, timings
from bench.pages import Pages
from core.tenancy import tenant
from search import selectors
from search.models import Entry
from search.services.indexing import index

TIMES = 60


def run(report: Report, ground: Ground, pages: Pages, *, small: Ground, scale: str, owner_url: str) -> None:
    """Index what is not, then ask. The gate: the worst class's p95 against that of the list, for which a person waits too."""
    name = f"search@{scale}"
    began = time.perf_counter()
    changes = index(workspace_id=ground.workspace.pk)
    seconds = time.perf_counter() - began
    with tenant(ground.workspace.pk):
        number = Entry.objects.count()
    report.add(name, "indexed", number, unit="rows", note=f"{changes} changes in {seconds:.1f} s")
    index(workspace_id=small.workspace.pk)
    analyse(owner_url)
    for label, question in classes(pages).items():
        _ask(report, name, label, question, ground)
    for label in ("common", "rare", "absent"):
        _ask(report, name, f"{label}, small workspace", classes(pages)[label], small)
    _http(report, name, ground, pages)


def _http(report: Report, name: str, ground: Ground, pages: Pages) -> None:
    """Whole pages as a browser asks for them, the list's and each class's in turns."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.force_login(ground.user, backend=settings.AUTHENTICATION_BACKENDS[0])

    def page(address: str, **query: str) -> None:
        answer = client.get(f"/w/{ground.workspace.slug}/{address}/", query)
        if answer.status_code != 200:
            raise SystemExit(f"{address} {query} answered {answer.status_code}.")

    found = {
        label: in_turns(lambda question=question: page("search", q=question), lambda: page("inbox"), times=20)
        for label, question in classes(pages).items()
    }
    ratios = {label: p95(searched) / p95(listed) for label, (searched, listed) in found.items()}
    slowest = max(ratios, key=ratios.__getitem__)
    note = f"{slowest}: {p95(found[slowest][0]):.0f} ms against {p95(found[slowest][1]):.0f} ms"
    report.gate(report.add(name, "slowest page p95 ÷ the list's", ratios[slowest], note=note), gates.SEARCH_TO_LIST)


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


def _ask(report: Report, name: str, label: str, question: str, ground: Ground) -> None:
    with tenant(ground.workspace.pk):
        parsed = selectors.asked(question)
        found = timings(lambda: selectors.find(parsed, ground.member), times=TIMES)
        page = selectors.find(parsed, ground.member)
        asked = len(statements(lambda: selectors.find(parsed, ground.member)))
    note = f"p95 {p95(found):.1f}, {len(page.hits)} shown of {page.total if page.total is not None else '–'}, {asked} queries"
    report.add(name, label, p50(found), unit="ms", note=note)
