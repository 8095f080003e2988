"""Lists and threads: what opening them costs, how many queries, and what Row-Level Security adds."""

from collections.abc import Callable
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection
from django.db.models import Count, QuerySet
from django.test import Client

from bench.ground import Ground, analyse
from bench.measure import Report, p50, p95, statements, timings
from core.tenancy import tenant
from inbox.models import Conversation, Message
from inbox.selectors import ListQuery, counts, list_page, thread_page
from inbox.selectors import _rows as list_rows

TIMES = 60


def lists(report: Report, ground: Ground, *, scale: str, owner_url: str) -> None:
    """The list by its selectors and by HTTP: first page, filters, a deep page, counts; RLS on against off."""
    name = f"list@{scale}"
    member = ground.member
    queries = [ListQuery(view=view) for view in ("open", "unassigned", "mine", "resolved", "all")]
    queries += [ListQuery(view="open", channel_id=ground.channel.pk), ListQuery(view="open", visibility="public")]
    with tenant(ground.workspace.pk):
        one = timings(_select_one, times=TIMES)
        report.add(name, "select 1", p50(one), unit="ms")
        for query in queries:
            found = timings(lambda query=query: list_page(query, member), times=TIMES)
            label = query.view + (" of a channel" if query.channel_id else " public" if query.visibility else "")
            report.add(name, f"first page, {label}", p50(found), unit="ms", note=f"p95 {p95(found):.1f}")
        after = ""
        for _ in range(10):
            page = list_page(ListQuery(view="all"), member, after=after)
            after = page.after or after
        deep = timings(lambda: list_page(ListQuery(view="all"), member, after=after), times=TIMES)
        report.add(name, "eleventh page", p50(deep), unit="ms")
        counted = timings(lambda: counts(member), times=TIMES)
        report.add(name, "counts of all views", p50(counted), unit="ms")
        exact = timings(lambda: list(Conversation.objects.values("status").annotate(n=Count("id"))), times=10)
        report.add(name, "counts ÷ exact", p50(counted) / p50(exact))
        report.add(name, "queries of list and counts", statements(lambda: (list_page(queries[0], member), counts(member))))
        sample = list_rows(ListQuery(view="open"), member).order_by("-last_activity_at", "-id")[:41]
        ratio = _walls(sample, owner_url, ground.workspace.pk)
    report.gate(report.add(name, "RLS on ÷ off", ratio), at_most=1.25)
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
    report.gate(report.add(name, "queries of the HTTP page", statements(ask)), at_most=12)


def threads(report: Report, ground: Ground, *, scale: str, owner_url: str) -> None:
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
            report.add(
                name, f"queries, thread {label}", statements(lambda conversation=conversation: thread_page(conversation))
            )
        # Sixty messages against three cost more to carry; what must not grow is finding them.
        rows = Message.objects.filter(conversation_id=long).order_by("-occurred_at", "-id")[:61]
        report.gate(report.add(name, "RLS on ÷ off", _walls(rows, owner_url, ground.workspace.pk)), at_most=1.25)
    report.add(name, "10,000 ÷ short", costs["of 10,000"] / costs["short"])


def _long_thread(ground: Ground, number: int) -> int:
    """Make one conversation ten thousand messages long."""
    model = Message.objects.filter(conversation_id=number).first()
    missing = 10_000 - Message.objects.filter(conversation_id=number).count()
    if model is None or missing <= 0:
        return number
    Message.objects.bulk_create(
        [
            Message(
                conversation_id=number, channel_id=ground.channel.pk, external_id=f"long-{n}", direction="in",
                body=model.body, lang=model.lang, occurred_at=model.occurred_at, stored_at=model.stored_at,
                identity_id=model.identity_id,
            )
            for n in range(missing)
        ],
        batch_size=2000,
    )  # fmt: skip
    return number


def _select_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def _walls(rows: QuerySet[Any], owner_url: str, workspace_id: int) -> list[float]:
    """The same statement as the application's role and as the owner, whom policies do not bind; ratios of seven rounds."""
    sql, parameters = rows.query.sql_with_params()
    owner = psycopg2.connect(owner_url)
    try:
        free = owner.cursor()
        free.execute("SELECT set_config('app.workspace', %s, false)", [str(workspace_id)])

        def bound() -> None:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters)
                cursor.fetchall()

        def unbound() -> None:
            free.execute(sql, parameters)
            free.fetchall()

        pairs: list[tuple[Callable[[], None], Callable[[], None]]] = [(bound, unbound)] * 7
        return [p50(timings(a, times=TIMES)) / p50(timings(b, times=TIMES)) for a, b in pairs]
    finally:
        owner.close()
