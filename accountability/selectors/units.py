"""What the pages of units and groups show."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count

from ..models import Unit, UnitGroup, UnitKind, User
from ..models.dated import holds_on
from .matching import matches

PAGE = 200
STATES = {"now": "现行", "retired": "已停用", "all": "全部"}


@dataclass(slots=True)
class UnitRow:
    """A unit in its place in the tree."""

    unit: Unit
    level: int
    parent_name: str
    below: int
    is_now: bool

    @property
    def indent(self) -> int:
        """Deeper than five levels is drawn like five."""
        return min(self.level, 5)


@dataclass(slots=True)
class UnitPage:
    """One page of the tree. `next` is the unit after which the next page begins."""

    rows: list[UnitRow]
    next: int | None
    total: int
    counts: dict[str, int] = field(default_factory=dict)
    is_tree: bool = True


def tree(units: list[Unit]) -> list[UnitRow]:
    """Units in the order of the tree: each below its parent, siblings by precedence."""
    by_id = {u.pk: u for u in units}
    children: dict[int | None, list[Unit]] = defaultdict(list)
    for unit in sorted(units, key=lambda u: (u.precedence, u.pk)):
        parent_id = unit.parent_id if unit.parent_id in by_id else None
        children[parent_id].append(unit)
    rows: list[UnitRow] = []
    stack = [(u, 0) for u in reversed(children[None])]
    while stack:
        unit, level = stack.pop()
        parent = by_id.get(unit.parent_id or 0)
        rows.append(
            UnitRow(
                unit=unit,
                level=level,
                parent_name=parent.name if parent else "",
                below=len(children[unit.pk]),
                is_now=True,
            )
        )
        stack += [(u, level + 1) for u in reversed(children[unit.pk])]
    return rows


def unit_page(
    user: User, *, on: date, q: str = "", kind: str = "", state: str = "now", after: int = 0
) -> UnitPage:
    """The county's units; one query, whatever its size."""
    units = list(Unit.objects.visible_to(user).select_related("successor"))
    rows = tree(units)
    for row in rows:
        row.is_now = row.unit.holds_on(on)
    wanted = [
        row
        for row in rows
        if (not q or matches(q, row.unit.names, row.unit.pinyin, row.unit.initials))
        and (not kind or row.unit.kind == kind)
    ]
    counts = {
        "now": sum(row.is_now for row in wanted),
        "retired": sum(not row.is_now for row in wanted),
        "all": len(wanted),
    }
    if state != "all":
        wanted = [row for row in wanted if row.is_now == (state == "now")]
    total = len(wanted)
    if after:
        places = [i for i, row in enumerate(wanted) if row.unit.pk == after]
        wanted = wanted[places[0] + 1 :] if places else []
    return UnitPage(
        rows=wanted[:PAGE],
        next=wanted[PAGE - 1].unit.pk if len(wanted) > PAGE else None,
        total=total,
        counts=counts,
        is_tree=not (q or kind),
    )


def unit_choices(user: User, *, on: date, blank: str = "") -> list[tuple[str, str]]:
    """Units in use as choices of a select, indented as the tree."""
    rows = tree(list(Unit.objects.visible_to(user).on(on)))
    choices = [(str(row.unit.pk), "　" * row.indent + row.unit.name) for row in rows]
    return [("", blank), *choices] if blank else choices


@dataclass(slots=True)
class KindBlock:
    """Units of one kind with their check boxes."""

    label: str
    units: list[dict[str, Any]]


def unit_blocks(user: User, *, on: date, chosen: set[int]) -> list[KindBlock]:
    """Units in use by kind, for choosing several; 科室 only where one is chosen already."""
    blocks: dict[str, list[dict[str, Any]]] = {}
    for unit in Unit.objects.visible_to(user).on(on).order_by("precedence", "id"):
        if unit.kind == UnitKind.SECTION and unit.pk not in chosen:
            continue
        blocks.setdefault(unit.get_kind_display(), []).append(
            {
                "id": unit.pk,
                "name": unit.name,
                "short": unit.short_name or unit.name,
                "keys": f"{' '.join(unit.names)} {unit.pinyin} {unit.initials}",
                "is_chosen": unit.pk in chosen,
            }
        )
    return [KindBlock(label, units) for label, units in blocks.items()]


def groups_page(user: User, *, on: date, q: str = "", state: str = "now") -> list[UnitGroup]:
    """Groups with the count of members on a day, and what stands in them; one query."""
    groups = UnitGroup.objects.visible_to(user).annotate(
        member_count=Count(
            "memberships",
            filter=holds_on(on, "memberships__") & holds_on(on, "memberships__unit__"),
        )
    )
    found = []
    for group in groups.order_by("precedence", "id"):
        is_now = group.holds_on(on)
        if q and not matches(q, group.names, group.pinyin, group.initials):
            continue
        if state == "all" or is_now == (state == "now"):
            group.is_now = is_now
            found.append(group)
    return found
