"""Last year's paper as a draft of the next: its structure, and the holders that still stand."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date

from accountability.door import Actor
from accountability.models import Post, Tenure
from accountability.models.dated import holds_on
from accountability.selectors.directory import directory
from accountability.services import bulk
from tasks.models import (
    Assignment,
    ItemSlot,
    Milestone,
    Paper,
    PaperSection,
    PaperState,
    RecurringDemand,
    TaskItem,
    TaskState,
)
from tasks.selectors.held import cells_of
from tasks.services.slots import CARRIED

SLOT_FIELDS = ("kind", "ordinal", "label", "position", "is_by_hand", "fill")


@dataclass(slots=True)
class Copied:
    """The draft that was made, and what of it somebody should look at: (where, what, why)."""

    paper: Paper
    items: int = 0
    filled: int = 0
    noted: list[tuple[str, str, str]] = field(default_factory=list)


def copy(*, by: Actor, paper: Paper, to_year: int, with_holders: bool, on: date) -> Copied:
    """Make the draft inside the caller's act, in a bounded number of statements a level.

    Void items, dropped slots and milestones stay behind; days go as many years on.
    """
    new = Paper(
        county_id=paper.county_id,
        year=to_year,
        title=paper.title.replace(str(paper.year), str(to_year)),
        state=PaperState.DRAFT,
        source_id=paper.source_id,
        source_kind=paper.source_kind,
        reading=paper.reading,
        findings=paper.findings,
        imported_by=by.name or (by.on_behalf_of.display_name if by.on_behalf_of else "系统"),
    )
    new.save()
    result = Copied(new)
    sections = _sections(paper, new)
    demands = RecurringDemand.objects.filter(paper=paper, is_kept=True)
    bulk.create(
        [
            RecurringDemand(
                paper=new,
                position=d.position,
                section_number=d.section_number,
                text=d.text,
                frequency=d.frequency,
                times=d.times,
            )
            for d in demands
        ]
    )
    old = list(
        TaskItem.objects.filter(paper=paper).exclude(state=TaskState.VOID).order_by("order", "id")
    )
    items = _items(old, new, sections, result)
    _milestones(items, to_year - paper.year)
    _slots(old, items, result, with_holders=with_holders, on=on)
    result.items = len(items)
    return result


def later(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes the 28th where there is none."""
    year = day.year + years
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


def _sections(paper: Paper, new: Paper) -> dict[int, PaperSection]:
    """Old id → new section, level by level, so that each finds its parent."""
    made: dict[int, PaperSection] = {}
    left = list(PaperSection.objects.filter(paper=paper).order_by("position"))
    while left:
        level = [s for s in left if s.parent_id is None or s.parent_id in made]
        rows = [
            PaperSection(
                paper=new,
                parent=made.get(s.parent_id or 0),
                position=s.position,
                level=s.level,
                number=s.number,
                heading=s.heading,
                text=s.text,
            )
            for s in level
        ]
        made |= {s.pk: row for s, row in zip(level, bulk.create(rows), strict=True)}
        left = [s for s in left if s.pk not in made]
    return made


def _items(
    old: list[TaskItem], new: Paper, sections: dict[int, PaperSection], result: Copied
) -> dict[int, TaskItem]:
    """Old id → new item; an item below a void one stands where that stood, at the top."""
    made: dict[int, TaskItem] = {}
    here = {item.pk for item in old}
    left = old
    while left:
        level = [i for i in left if i.parent_id not in here or i.parent_id in made]
        rows = [_item(i, new, sections, made) for i in level]
        made |= {i.pk: row for i, row in zip(level, bulk.create(rows), strict=True)}
        left = [i for i in left if i.pk not in made]
    for item in old:
        former = str(item.year)
        if former in item.text or former in item.heading:
            result.noted.append((item.number, "原文", f"文中有“{former}”，请核对"))
    return made


def _item(
    item: TaskItem, new: Paper, sections: dict[int, PaperSection], made: dict[int, TaskItem]
) -> TaskItem:
    return TaskItem(
        county_id=new.county_id,
        paper=new,
        section=sections.get(item.section_id or 0),
        parent=made.get(item.parent_id or 0),
        year=new.year,
        order=item.order,
        number=item.number,
        heading=item.heading,
        text=item.text,
        category=item.category,
        measure=item.measure,
        due_on=later(item.due_on, new.year - item.year) if item.due_on else None,
        due_text=item.due_text,
        place=item.place,
        heading_pinyin=item.heading_pinyin,
        heading_initials=item.heading_initials,
    )


def _milestones(items: dict[int, TaskItem], years: int) -> None:
    rows = Milestone.objects.filter(item__in=list(items), is_dropped=False).order_by("id")
    bulk.create(
        [
            Milestone(
                item=items[m.item_id],
                position=m.position,
                text=m.text,
                due_on=later(m.due_on, years),
            )
            for m in rows
        ]
    )


def _slots(
    old: list[TaskItem],
    items: dict[int, TaskItem],
    result: Copied,
    *,
    with_holders: bool,
    on: date,
) -> None:
    held = cells_of(old, directory=directory(result.paper.county_id, on=on))
    cells = [(items[item.pk], cell) for item in old for cell in held.get(item.pk, [])]
    slots = [
        ItemSlot(item=item, **{name: getattr(cell.slot, name) for name in SLOT_FIELDS})
        for item, cell in cells
    ]
    made = bulk.create(slots)
    if not with_holders:
        return
    rows: list[Assignment] = []
    for slot, (item, cell) in zip(made, cells, strict=True):
        for holder in cell.holders:
            if holder.gone:
                told = (item.number, slot.label, f"{holder.label}{holder.gone}，没有沿用")
                result.noted.append(told)
                continue
            was = holder.assignment
            rows.append(
                Assignment(
                    item=item,
                    slot=slot,
                    post_id=was.post_id,
                    unit_id=was.unit_id,
                    group_id=was.group_id,
                    position=was.position,
                    basis=CARRIED,
                    valid_from=on,
                )
            )
    bulk.create(rows)
    result.filled = len(rows)
    result.noted += _vacant({row.post_id for row in rows if row.post_id}, on)


def _vacant(posts: set[int], on: date) -> list[tuple[str, str, str]]:
    """The posts taken over that nobody holds now."""
    held = Tenure.objects.filter(holds_on(on), post_id__in=posts).values("post_id")
    rows = Post.objects.filter(pk__in=posts).exclude(pk__in=held).select_related("unit")
    return [("", str(post), "职务现空缺，已沿用") for post in rows.order_by("id")]
