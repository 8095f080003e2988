"""Lists and threads: what opening them costs, how many queries, and what Row-Level Security adds."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.test import Client

from bench import gates
from bench.ground import Ground, analyse
from bench.measure import Report, calm, in_turns, p50, p95, statements, timings
from core.tenancy import current_workspace_id, tenant
from inbox.models import Conversation, Message
from inbox.selectors import ListQuery, list_page, numbers, tallies, thread_page

TIMES = 60


def lists(report: Report, ground: Ground, *, scale: str, rounds: int, owner_url: str) -> None:
    """The list by its selectors and by HTTP: first page, filters, a deep page, counts; RLS on against off."""
    name = f"list@{scale}"
    member = ground.member
    queries = [ListQuery(view=view) for view in ("open", "unassigned", "mine", "resolved", "all")]
    narrowed = {
        "open of a channel": ListQuery.of("open", channel=ground.channel.pk),
        "open public": ListQuery.of("open", visibility="public"),
        "open in a language": ListQuery.of("open", language="fa"),
        "open with a file": ListQuery.of("open", has="file"),
        "open, longest waiting": ListQuery.of("open", sort="waiting"),
        "open, most urgent": ListQuery.of("open", sort="priority"),
    }
    with tenant(ground.workspace.pk):
        one = timings(_select_one, times=TIMES)
        report.add(name, "select 1", p50(one), unit="ms")
        for label, query in ({query.view: query for query in queries} | narrowed).items():
            found = timings(lambda query=query: list_page(query, member), times=TIMES)
            report.add(name, f"first page, {label}", p50(found), unit="ms", note=f"p95 {p95(found):.1f}")
        after = ""
        for _ in range(10):
            page = list_page(ListQuery(view="all"), member, after=after)
            after = page.after or after
        deep = timings(lambda: list_page(ListQuery(view="all"), member, after=after), times=TIMES)
        report.add(name, "eleventh page", p50(deep), unit="ms")
        counted = timings(lambda: numbers(member), times=TIMES)
        report.add(name, "counts of all views", p50(counted), unit="ms")
        kept = timings(lambda: tallies(narrowed, member), times=10)
        report.add(name, "numbers of six lists of any kind", p50(kept), unit="ms")
        exact = timings(lambda: list(Conversation.objects.values("status").annotate(n=Count("id"))), times=10)
        report.add(name, "counts ÷ exact", p50(counted) / p50(exact))
        asked = statements(lambda: (list_page(queries[0], member), numbers(member)))
        report.add(name, "queries of list and counts", len(asked))
        ratio = _walls(_of_tables(asked), owner_url, rounds=rounds)
    report.gate(report.add(name, "RLS on ÷ off, slowest query", ratio), gates.WALLS)
    _http(report, ground, name)


def _http(report: Report, ground: Ground, name: str) -> None:
    """The whole page as a browser asks for it, in process."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.force_login(ground.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    address = f"/w/{ground.workspace.slug}/inbox/"

    def ask() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}.")

    found = timings(ask, times=20)
    plain = timings(lambda: client.get("/healthz"), times=20)
    report.add(name, "HTTP page", p50(found), unit="ms", note=f"p95 {p95(found):.0f}, empty view {p50(plain):.1f}")
    report.gate(report.add(name, "queries of the HTTP page", len(statements(ask))), gates.QUERIES_OF_THE_PAGE)


def threads(report: Report, ground: Ground, *, scale: str, rounds: int, owner_url: str) -> None:
    """Opening a thread of a few and of ten thousand messages."""
    name = f"thread@{scale}"
    with tenant(ground.workspace.pk):
        numbers = Conversation.objects.order_by("-message_count").values_list("id", flat=True)
        long, short = _long_thread(ground, numbers[0]), numbers[len(numbers) // 2]
    analyse(owner_url)
    with tenant(ground.workspace.pk):
        costs = {}
        for label, number in (("short", short), ("of 10,000", long)):
            conversation = Conversation.objects.get(id=number)
            found = timings(lambda conversation=conversation: thread_page(conversation), times=TIMES)
            costs[label] = p50(found)
            report.add(name, f"thread {label}", p50(found), unit="ms", note=f"p95 {p95(found):.1f}")
            asked = statements(lambda conversation=conversation: thread_page(conversation))
            report.add(name, f"queries, thread {label}", len(asked))
        ratio = _walls(_of_tables(asked), owner_url, rounds=rounds)
        report.gate(report.add(name, "RLS on ÷ off, slowest query", ratio), gates.WALLS)
    _opening(report, ground, name, long)
    # Fifty messages against a few cost more to carry; what must not grow is finding them.
    report.add(name, "10,000 ÷ short", costs["of 10,000"] / costs["short"])


def _opening(report: Report, ground: Ground, name: str, number: int) -> None:
    """The open part of the page as htmx asks for it, where the second half of ten thousand messages is unread."""
    with tenant(ground.workspace.pk):
        Conversation.objects.filter(id=number).update(unread_count=5_000)
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0], "hx-request": "true"})
    client.force_login(ground.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    address = f"/w/{ground.workspace.slug}/inbox/{number}/"

    def ask() -> None:
        answer = client.get(address)
        if b"unread-line" not in answer.content:
            raise SystemExit(f"{address} does not open at its first unread message ({answer.status_code}).")

    found = timings(ask, times=20)
    row = report.add(name, "opened at the first unread of 10,000, p95", p95(found), unit="ms", note=f"p50 {p50(found):.0f}")
    report.gate(row, gates.OPEN_AT_UNREAD_MS)


def _long_thread(ground: Ground, number: int) -> int:
    """Make one conversation ten thousand messages long."""
    model = Message.objects.filter(conversation_id=number).first()
    missing = 10_000 - Message.objects.filter(conversation_id=number).count()
    if model is None or missing <= 0:
        return number
    Message.objects.bulk_create(
        [
            Message(
                conversation_id=number, channel_id=ground.channel.pk, external_id=f"long-{number}-{n}", direction="in",
                body=model.body, lang=model.lang, occurred_at=model.occurred_at, stored_at=model.stored_at,
                identity_id=model.identity_id,
            )
            for n in range(missing)
        ],
        batch_size=2000,
    )  # fmt: skip
    # So that the next scale finds the same one longest.
    Conversation.objects.filter(id=number).update(message_count=10_000)
    return number


def _of_tables(sqls: list[str]) -> list[str]:
    """Those that read rows; what asks for a mark or a setting meets no policy."""
    return [sql for sql in sqls if " FROM " in sql]


def _select_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _walls(sqls: list[str], owner: str, *, rounds: int) -> list[float]:
    """The same statements as the application's role and as the owner, whom policies do not bind, over two like connections.

    Ratios of rounds in turns; the slowest statement's. Raises SystemExit when the two are not what they are taken for.
    """
    bound, free = _line(), _line(owner)
    worst: list[float] = []
    try:
        for sql in sqls:
            if _filtered(free, sql) or not _filtered(bound, sql):
                raise SystemExit(f"Row-Level Security does not tell the two roles apart in: {sql[:200]}")
            ratios: list[float] = []
            for number in range(2 * rounds):
                if number >= rounds and calm(ratios):
                    break
                on, off = in_turns(_asking(bound, sql), _asking(free, sql), times=TIMES)
                ratios.append(p50(on) / p50(off))
            worst = max(worst, ratios, key=lambda found: p50(found) if found else 0.0)
        return worst
    finally:
        bound.close()
        free.close()


def _line(url: str = "") -> Any:
    """A connection like the application's, as the application or as whom `url` names, with the workspace selected."""
    parameters = connection.get_connection_params()
    if url:
        names = urlsplit(url)
        parameters |= {"user": unquote(names.username or ""), "password": unquote(names.password or "")}
    line = connection.get_new_connection(parameters)
    with line.cursor() as cursor:
        cursor.execute("SELECT set_config('app.workspace', %s, false)", [str(current_workspace_id())])
    line.commit()
    return line


def _asking(line: Any, sql: str) -> Callable[[], None]:
    def ask() -> None:
        with line.cursor() as cursor:
            cursor.execute(sql)
            cursor.fetchall()

    return ask


def _filtered(line: Any, sql: str) -> bool:
    """Whether the plan holds a policy's condition."""
    with line.cursor() as cursor:
        cursor.execute(f"EXPLAIN (VERBOSE) {sql}")
        return any("current_setting" in row[0] for row in cursor.fetchall())
