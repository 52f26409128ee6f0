"""Lists of tasks read from the table of rights (performance.md 1, "Winning design").

Who sees his county (the office, inspectors) reads it by the county's index.
Everybody else reads, for each group of his scope, the first rows in order
from the grants' own index, and the heads of these lists are merged: the cost
is the page's, however many tasks there are. UNION ALL of bounded sub-queries,
because SQLite has no LATERAL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL

from accountability.access import scope_for
from accountability.models import User
from accountability.models.dated import holds_on
from tasks.models import TaskItem
from tasks.models.rights import view_permission_id

from .keyset import COUNTED_AT_MOST, Page, beyond, capped_count, page, place_of

ORDER = ("paper_id", "order")
# The same order as the grants carry it, and the task.
OF_GRANTS = {"paper_id": "grants__paper_id", "order": "grants__item_order"}
MOST_GROUPS = 120
ANY_GROUP = -2_000_000_011  # stands for a group while its query is compiled


@dataclass(frozen=True, slots=True)
class TaskList:
    """Tasks of a year that pass some conditions, as one person sees them.

    `visible` is the list as a queryset, in no order, for whoever joins it to
    something else; `rows` the same conditions with nothing of who sees what.
    """

    user: User
    year: int
    visible: QuerySet[TaskItem]
    rows: QuerySet[TaskItem]

    def none(self) -> TaskList:
        return TaskList(self.user, self.year, self.visible.none(), self.rows.none())

    def page(self, columns: Sequence[str], *, after: str = "", before: str = "", size: int) -> Page:
        """One page in the order of papers and items; one query."""
        back = bool(before) and not after
        rows: QuerySet[TaskItem] = self.visible
        if self._is_read_by_group:
            place = place_of(after or before, ORDER) if after or before else None
            ids = self._heads(size + 1, place=place, back=back)
            rows = TaskItem.objects.filter(pk__in=ids)
        return page(rows, columns, fields=ORDER, after=after, before=before, size=size)

    def count(self) -> str:
        """How many there are, 1000+ beyond a thousand; one query."""
        if not self._is_read_by_group:
            return capped_count(self.visible)
        ids = self._heads(COUNTED_AT_MOST + 1, place=None, back=False)
        found = TaskItem.objects.filter(pk__in=ids).count()
        return f"{COUNTED_AT_MOST}+" if found > COUNTED_AT_MOST else str(found)

    def neighbours(self, item: TaskItem) -> tuple[int | None, int | None]:
        """The tasks before and after `item` in the list; two queries."""
        return self._next(item, back=True), self._next(item, back=False)

    def _next(self, item: TaskItem, *, back: bool) -> int | None:
        place = [item.paper_id, item.order]
        if self._is_read_by_group:
            rows: QuerySet[TaskItem] = TaskItem.objects.filter(
                pk__in=self._heads(1, place=place, back=back)
            )
        else:
            rows = self.visible.filter(beyond(ORDER, place, back=back))
        sign = "-" if back else ""
        found = rows.order_by(*(f"{sign}{name}" for name in ORDER)).values_list("pk", flat=True)
        first: int | None = found.first()
        return first

    @property
    def _is_read_by_group(self) -> bool:
        scope = scope_for(self.user)
        return (
            scope.may("task.read")
            and scope.county_id is not None
            and not scope.sees_whole_county
            and not self.rows.query.is_empty()
            and 0 < len(scope.permission_group_ids) <= MOST_GROUPS
        )

    def _heads(self, limit: int, *, place: Sequence[int] | None, back: bool) -> RawSQL:
        """The ids of the first `limit` tasks after (before) a place, over all groups."""
        scope = scope_for(self.user)
        sign = "-" if back else ""
        head = (
            self.rows.filter(
                Q() if place is None else beyond(tuple(OF_GRANTS.values()), place, back=back),
                holds_on(scope.day, "grants__"),
                grants__group_id=ANY_GROUP,
                grants__permission_id=view_permission_id(),
                grants__county_id=scope.county_id,
                grants__year=self.year,
            )
            .order_by(*(f"{sign}{name}" for name in OF_GRANTS.values()))
            .annotate(
                head_id=F("grants__content_object_id"),
                head_paper=F("grants__paper_id"),
                head_order=F("grants__item_order"),
            )
            .values_list("head_id", "head_paper", "head_order")[:limit]
        )
        # Compiled once, its values as parameters; the groups differ in one of them.
        sql, parameters = head.query.sql_with_params()
        parts: list[str] = []
        values: list[Any] = []
        for group in sorted(scope.permission_group_ids):
            parts.append(f"SELECT * FROM ({sql}) AS g{len(parts)}")  # noqa: S608
            values += [group if value == ANY_GROUP else value for value in parameters]
        direction = "DESC" if back else "ASC"
        names = ", ".join(
            connection.ops.quote_name(name) for name in ("head_id", "head_paper", "head_order")
        )
        head_id, head_paper, head_order = names.split(", ")
        # A task that several groups see is counted once.
        sql = (
            f"SELECT {head_id} FROM (SELECT DISTINCT {names} FROM "  # noqa: S608 - compiled by the ORM
            f"({' UNION ALL '.join(parts)}) AS heads) AS merged "
            f"ORDER BY {head_paper} {direction}, {head_order} {direction} LIMIT {int(limit)}"
        )
        return RawSQL(sql, values)  # noqa: S611 - the ORM's own statements, values as parameters
