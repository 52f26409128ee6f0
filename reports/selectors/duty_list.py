"""责任清单: all tasks that a person answers for in a year, as an official annex."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accountability.access import scope_for
from accountability.models import User
from reports.documents.content import Annex, Column, OfficialPaper, Paragraph
from reports.selectors.letter_plan import due_shown
from tasks.models import TaskItem
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tasks.selectors.holders import SlotHeld, slots_held

COLUMNS = (
    Column("序号", 1.7, "center"),
    Column("责任事项", 4.7),
    Column("承担", 2),
    Column("牵头单位", 2.4),
    Column("完成时限", 1.6, "center"),
    Column("状态", 1.2, "center"),
    Column("意见文件", 3),
)
THROUGH = {True: "分管或本单位", False: "全县"}


@dataclass(frozen=True, slots=True)
class DutyList:
    """The paper, its name, and the ids of the tasks that it names."""

    paper: OfficialPaper
    name: str
    items: list[int]


def duty_list(user: User, year: int, *, on: date) -> DutyList:
    """What `visible_to` lets the person read and is handed out, as of a day."""
    items = list(
        TaskItem.objects.visible_to(user, year=year)
        .filter(state__in=["issued", "done"])
        .select_related("paper")
        .defer("paper__reading", "paper__findings")
        .order_by("paper_id", "order")
    )
    held = slots_held([item.pk for item in items], on=on)
    rows = tuple(
        (
            item.number,
            item.heading,
            _part(user, held.get(item.pk, [])),
            _lead(held.get(item.pk, [])),
            due_shown(item),
            item.get_state_display(),
            item.paper.number or item.paper.title,
        )
        for item in items
    )
    county = user.county
    name = f"{year}年度责任清单（{user.display_name}）"
    paper = OfficialPaper(
        title=f"{year}年度党风廉政建设责任清单",
        body=(
            Paragraph(f"责任人：{user.display_name}"),
            Paragraph(f"责任事项共{len(rows)}项，见附件。"),
        ),
        signature=county.issuer if county else "",
        dated=on,
        sealed=False,
        annexes=(Annex.of_table("责任事项", COLUMNS, rows),) if rows else (),
    )
    return DutyList(paper, name, [item.pk for item in items])


def _part(user: User, slots: list[SlotHeld]) -> str:
    scope = scope_for(user)
    parts = []
    for slot in slots:
        for holder in slot.holders:
            kind, pk = holder.key[0], int(holder.key[1:])
            if (
                (kind == "p" and pk in scope.post_ids)
                or (kind == "g" and pk in scope.group_ids)
                or (holder.unit_id in scope.unit_ids)
            ):
                parts.append(STANDARD_NAMES[SlotKind(slot.kind)])
                break
    return "、".join(dict.fromkeys(parts)) or THROUGH[not scope.sees_whole_county]


def _lead(slots: list[SlotHeld]) -> str:
    return "、".join(h.label for s in slots if s.kind == SlotKind.LEAD_UNIT for h in s.holders)
