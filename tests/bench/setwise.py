"""Tasks by the million: each table filled by one INSERT … SELECT a year.

The rows are copies of a task that the factory made, so that a new column needs
no word here; triggers are off while they are written. Units are drawn by a hash
of the task's id: the same data in every run. The SQL is both databases'.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection


def copies(model: Any, of: int, source: str, **changed: str) -> str:
    """INSERT of copies of row `of`; `changed` gives expressions over `source` by column."""
    quote = connection.ops.quote_name
    columns = [f.column for f in model._meta.concrete_fields if not f.primary_key]
    values = [changed.get(column, f"t.{quote(column)}") for column in columns]
    table = quote(model._meta.db_table)
    return (
        f"INSERT INTO {table} ({', '.join(map(quote, columns))}) "
        f"SELECT {', '.join(values)} FROM {table} t, {source} WHERE t.id = {int(of)}"
    )


def load_year(
    *,
    paper: int,
    year: int,
    count: int,
    units: list[int],
    leader: int,
    templates: Mapping[str, int],
) -> None:
    """`count` handed-out tasks with three slots, three units, at times a leader, and their grants.

    Rights are what `tasks.services.grants.derive` says; the bench has it checked.
    """
    from tasks.models import Assignment, ItemSlot, TaskItem, TaskItemGroupPermission

    drawn = "(s.item_id * 7919 % 104729)"
    numbers = (
        "(WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
        f"WHERE n < {count}) SELECT n FROM c) n"
    )
    days = [date(year, 12, 31) - timedelta(days=n) for n in range(300)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS bench_unit (n int, id bigint)")
        cursor.execute("CREATE TEMPORARY TABLE IF NOT EXISTS bench_day (n int, day date)")
        for table, values in (("bench_unit", units), ("bench_day", days)):
            cursor.execute(f"DELETE FROM {table}")
            cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s)", list(enumerate(values)))
        cursor.execute(
            copies(
                TaskItem,
                templates["item"],
                f"{numbers} JOIN bench_day d ON d.n = n.n * 7919 % {len(days)}",
                paper_id=str(paper),
                year=str(year),
                section_id="NULL",
                order="n.n",
                number="'一（' || n.n || '）'",
                heading="'事项' || n.n",
                due_on="d.day",
                state="CASE WHEN n.n * 31 % 100 < 28 THEN 'issued' ELSE 'done' END",
            )
        )
        cursor.execute(
            copies(
                ItemSlot,
                templates["slot"],
                f"(SELECT id FROM tasks_taskitem WHERE paper_id = {paper}) i, "
                "(SELECT 'lead_unit' AS kind, 0 AS place UNION ALL SELECT 'responsible_unit', 1 "
                "UNION ALL SELECT 'responsible_leader', 2) k",
                item_id="i.id",
                kind="k.kind",
                position="k.place",
            )
        )
        slots = (
            "(SELECT s.id, s.item_id, s.kind FROM tasks_itemslot s JOIN tasks_taskitem i "
            f"ON i.id = s.item_id WHERE i.paper_id = {paper}) s"
        )
        for kind, steps in (
            ("lead_unit", "SELECT 0 AS step"),
            ("responsible_unit", "SELECT 1 AS step UNION ALL SELECT 2"),
        ):
            cursor.execute(
                copies(
                    Assignment,
                    templates["assignment"],
                    f"{slots} CROSS JOIN ({steps}) o "
                    f"JOIN bench_unit u ON u.n = ({drawn} + o.step * 101) % {len(units)}",
                    item_id="s.item_id",
                    slot_id="s.id",
                    post_id="NULL",
                    group_id="NULL",
                    unit_id="u.id",
                    position="o.step",
                )
                + f" AND s.kind = '{kind}'"
            )
        cursor.execute(
            copies(
                Assignment,
                templates["assignment"],
                slots,
                item_id="s.item_id",
                slot_id="s.id",
                unit_id="NULL",
                group_id="NULL",
                post_id=str(leader),
                position="0",
            )
            + f" AND s.kind = 'responsible_leader' AND {drawn} % 100 < 3"
        )
        cursor.execute(
            copies(
                TaskItemGroupPermission,
                templates["grant"],
                '(SELECT DISTINCT i.id AS item, i."order" AS place, r.group_id AS holder '
                "FROM tasks_taskitem i JOIN tasks_assignment a ON a.item_id = i.id "
                "LEFT JOIN accountability_post p ON p.id = a.post_id "
                "JOIN accountability_rightsgroup r ON r.post_id = a.post_id "
                f"OR r.unit_id = coalesce(a.unit_id, p.unit_id) WHERE i.paper_id = {paper}) g",
                content_object_id="g.item",
                group_id="g.holder",
                paper_id=str(paper),
                year=str(year),
                item_order="g.place",
            )
        )
