"""Whole requests of the pages that are opened most, against the same rows by one raw SQL.

    python -m tests.bench.bench_pages

Sizes by PORTAL_BENCH_SIZES (100,10000; the whole: 100,10000,100000), the
database by DATABASE_URL (a test database beside it is made and dropped),
without it SQLite. A request goes through the whole handler: middleware,
session, access, view, template. `floor` fetches the tasks that the page
showed, with their slots and who holds them, by one statement. `cpu` is the least
processor time of a request in this process (SQLite works in it, PostgreSQL does
not): it is what can be compared between runs on a shared machine. The ratio is between
processor times on SQLite, between the best wall times on PostgreSQL.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from tests.bench.measure import Counter, at, cpu_ms, peak, timed
from tests.bench.portal import load_tasks, portal, sizes

TASK = re.compile(rb"/tasks/(\d+)/")
OFFICE, LIAISON, LEADER, INSPECTOR = "bangong", "caizheng", "fuxianzhang", "jiwei"
FLOOR = """
SELECT i.id, i.number, i.heading, i.due_on, i.state, s.id, s.kind, a.id,
       u.name, g.name, p.title, pu.name, pe.name
FROM tasks_taskitem i
LEFT JOIN tasks_itemslot s ON s.item_id = i.id
LEFT JOIN tasks_assignment a ON a.slot_id = s.id
LEFT JOIN accountability_unit u ON u.id = a.unit_id
LEFT JOIN accountability_unitgroup g ON g.id = a.group_id
LEFT JOIN accountability_post p ON p.id = a.post_id
LEFT JOIN accountability_unit pu ON pu.id = p.unit_id
LEFT JOIN accountability_tenure t ON t.post_id = p.id AND t.valid_to IS NULL
LEFT JOIN accountability_person pe ON pe.id = t.person_id
"""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is asked for: its name in the table, who asks, the address."""

    name: str
    user: str
    url: str


def pages(year: int) -> list[Page]:
    every = (OFFICE, LIAISON, LEADER, INSPECTOR)
    listed = f"/y/{year}/tasks/"
    return [
        *(Page("工作台", user, "/") for user in every),
        *(Page("任务台账", user, listed) for user in every),
        Page("台账，未落实", OFFICE, f"{listed}?unfilled=on"),
        Page("台账，按单位", OFFICE, f"{listed}?unit={{unit}}"),
        Page("台账，含文字", OFFICE, f"{listed}?q=村级账目"),
        *(Page("任务分解", user, f"/y/{year}/assign/") for user in every),
        *(Page("搜索，汉字", user, "/search/?q=村级账目") for user in every),
        Page("搜索，首字母", OFFICE, "/search/?q=gkcjzm"),
        Page("搜索，无结果", OFFICE, "/search/?q=没有这回事"),
        Page("任务详情", OFFICE, "/tasks/{task}/"),
        Page("意见", OFFICE, f"/y/{year}/papers/"),
        Page("校验并下发", OFFICE, f"/y/{year}/assign/issue/"),
        Page("审计轨迹", INSPECTOR, "/audit/"),
        Page("单位", OFFICE, "/settings/units/"),
        Page("人员", OFFICE, "/settings/people/"),
    ]


def floor(ids: list[int]) -> float:
    """Milliseconds of the same rows by one raw SQL: of the processor, or on PostgreSQL the best."""
    from django.db import connection

    marks = ", ".join(["%s"] * len(ids))

    def fetch() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"{FLOOR} WHERE i.id IN ({marks}) ORDER BY i.id", ids)
            cursor.fetchall()

    return cpu_ms(fetch, rounds=20) if connection.vendor == "sqlite" else timed(fetch)[0]


def measure(page: Page, client: Any) -> tuple[str, float]:
    """One line of the table, and the page's processor time."""
    from django.db import connection

    answer = client.get(page.url)
    if answer.status_code != 200:
        raise SystemExit(f"{page.url} as {page.user}: {answer.status_code}")
    counter = Counter()
    with connection.execute_wrapper(counter):
        answer = client.get(page.url)
    body: bytes = answer.content
    ids = sorted({int(n) for n in TASK.findall(body)} - {0})[:1000]
    times = timed(lambda: client.get(page.url))
    cpu = cpu_ms(lambda: client.get(page.url))
    best = cpu if connection.vendor == "sqlite" else times[0]
    least = floor(ids) if ids else 0.0
    plain = f"{least:8.2f} {best / least:7.0f}×" if ids else f"{'–':>8} {'–':>8}"
    return (
        f"{page.name:<8}\t{page.user:<11} {counter.statements:3d}"
        f" {at(times, 0.5):8.1f} {at(times, 0.95):8.1f} {cpu:8.1f}"
        f" {len(body) / 1024:7.0f} {len(ids):5d} {plain}"
    ), cpu


def export(client: Any, year: int) -> None:
    """The whole list as Excel: time and memory beside the raw rows."""
    from django.db import connection
    from django.utils import timezone

    from accountability.services.signing_in import CONFIRMED

    client.get("/")  # what is loaded once a process is loaded now
    session = client.session
    session[CONFIRMED] = timezone.now().isoformat()  # more than 100 rows want the factor
    session.save()

    def fetch() -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"{FLOOR} WHERE i.year = %s ORDER BY i.id", [year])
            return len(cursor.fetchall())

    began = time.perf_counter()
    fetch()
    least = time.perf_counter() - began
    sizes_of: list[int] = []

    def fetch_sheet() -> None:
        answer = client.get(f"/y/{year}/tasks/xlsx/")
        if answer.status_code != 200:
            raise SystemExit(f"xlsx: {answer.status_code}")
        sizes_of.append(sum(len(chunk) for chunk in answer))

    began = time.perf_counter()
    taken = peak(fetch_sheet)
    took = time.perf_counter() - began
    print(
        f"导出 Excel  {took:.2f} s, {sizes_of[0] / 2**20:.1f} MB, memory +{taken:.0f} MB; "
        f"its rows by one raw SQL {least:.2f} s ({took / least:.1f}×)"
    )


def main() -> None:
    """A table for each size; at the end how each page grew."""
    with portal() as loaded:
        from django.db import connection
        from django.test import Client
        from django.utils import timezone

        from tasks.models import TaskItem

        year = timezone.localdate().year
        wanted = pages(year)
        clients = {}
        for user in {page.user for page in wanted}:
            clients[user] = Client(headers={"user-agent": "Mozilla/5.0 Chrome/120.0"})
            clients[user].force_login(loaded.users[user])
        print(f"{connection.vendor}; times in ms; floor: the page's tasks by one raw SQL")
        there = 0
        first: dict[Page, float] = {}
        last: dict[Page, float] = {}
        for size in sorted(sizes("100,10000")):
            began = time.perf_counter()
            load_tasks(loaded, size - there, year=year, first=there)
            there = size
            print(f"\n{size:,} tasks (loaded in {time.perf_counter() - began:.0f} s)")
            export(clients[OFFICE], year)
            print(
                f"{'page':<8}\t{'as':<11} {'sql':>3} {'p50':>8} {'p95':>8} {'cpu':>8} {'kB':>7}"
                f" {'tasks':>5} {'floor':>8} {'ratio':>8}"
            )
            seen = {
                "task": TaskItem.objects.order_by("id").values_list("id", flat=True)[0],
                "unit": loaded.units["县财政局"].pk,
            }
            for page in wanted:
                filled = Page(page.name, page.user, page.url.format(**seen))
                line, last[page] = measure(filled, clients[page.user])
                first.setdefault(page, last[page])
                print(line, flush=True)
        if len(sizes("100,10000")) > 1:
            print("\ngrowth of cpu from the smallest to the largest size")
            for page in wanted:
                print(f"{page.name:<8}\t{page.user:<11} {last[page] / first[page]:6.1f}×")


if __name__ == "__main__":
    main()
