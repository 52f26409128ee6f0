"""Papers with tasks for tests of lists, search and pages; rows are made through the door."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.core.files.base import ContentFile
from django.utils import timezone

from accountability import pinyin
from accountability.door import Actor, acting
from accountability.models import StoredFile
from accountability.services import bulk
from tasks.models import Assignment, ItemSlot, Paper, PaperSection, RecurringDemand, TaskItem
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tasks.services import grants
from tests.world import START, World

HEADINGS = (
    "严格控制“三公”经费支出",
    "规范政府采购监督",
    "加强公共资源交易管理",
    "落实廉政谈话制度",
    "公开重大项目审批结果",
)
DRAFT, ISSUED = "draft", "issued"


@dataclass
class MadePaper:
    """A paper with its sections and items, in their order."""

    paper: Paper
    sections: list[PaperSection] = field(default_factory=list)
    items: list[TaskItem] = field(default_factory=list)


def make_tasks(
    world: World,
    count: int = 20,
    *,
    year: int = 2026,
    state: str = ISSUED,
    title: str = "",
    prefix: str = "",
    text: str = "",
    lead: str = "县财政局",
    leader: str = "周建平",
    unfilled: int = 0,
    due: date | None = None,
) -> MadePaper:
    """`count` items in two sections; the last `unfilled` of them have an empty 责任单位.

    责任领导 is `leader`, 责任人员 the head 黄志强, 牵头单位 `lead`, 责任单位 the group 各乡镇.
    """
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        return _make(
            world,
            count,
            year=year,
            state=state,
            title=title or f"试县{year}年落实主体责任实施意见",
            prefix=prefix,
            text=text,
            holders=(
                (SlotKind.RESPONSIBLE_LEADER, {"post": world.posts[leader]}),
                (SlotKind.RESPONSIBLE_PERSON, {"post": world.posts["黄志强"]}),
                (SlotKind.LEAD_UNIT, {"unit": world.units[lead]}),
                (SlotKind.RESPONSIBLE_UNIT, {"group": world.groups["各乡镇"]}),
            ),
            unfilled=unfilled,
            due=due,
        )


def _make(
    world: World,
    count: int,
    *,
    year: int,
    state: str,
    title: str,
    prefix: str,
    text: str,
    holders: tuple[tuple[SlotKind, dict[str, object]], ...],
    unfilled: int,
    due: date | None,
) -> MadePaper:
    source = StoredFile(
        county=world.county, name="意见.txt", content_type="text/plain", size=1, sha256="0" * 64
    )
    source.content.save("00/test", ContentFile(b"x"), save=False)
    source.save()
    full, initials = pinyin.text_keys(title, limit=60)
    is_issued = state != DRAFT
    paper = Paper(
        county=world.county,
        year=year,
        title=title,
        number=f"试政发〔{year}〕3号" if is_issued else "",
        state=ISSUED if is_issued else DRAFT,
        source=source,
        source_kind="text",
        imported_by="张敏",
        issued_at=timezone.now() if is_issued else None,
        issued_by=world.users["zhuren"] if is_issued else None,
        issued_file=source if is_issued else None,
        title_pinyin=full,
        title_initials=initials,
    )
    paper.full_clean(exclude=["reading", "findings"])
    paper.save()
    made = MadePaper(paper)
    for position, heading in enumerate(("明确职责", "突出重点，全面落实")):
        section = PaperSection(
            paper=paper, position=position, level=1, number="二三"[position], heading=heading
        )
        section.save()
        made.sections.append(section)
    RecurringDemand(
        paper=paper, position=0, section_number="四", text="每季度听取一次汇报", frequency="quarter"
    ).save()
    day = due or timezone.localdate() + timedelta(days=30)
    rows = []
    for order in range(count):
        heading = f"{prefix}{HEADINGS[order % len(HEADINGS)]}"
        heading_full, heading_initials = pinyin.text_keys(heading)
        section = made.sections[0 if order < 3 else 1]
        rows.append(
            TaskItem(
                county=world.county,
                paper=paper,
                section=section,
                year=year,
                order=order + 1,
                number=f"{section.number}（{order + 1}）",
                heading=heading,
                text=f"{heading}。{text or '各责任单位要按月报送情况。'}",
                due_on=day,
                due_text="6月底前",
                state=state,
                issued_at=timezone.now() if is_issued else None,
                issued_by=world.users["zhuren"] if is_issued else None,
                heading_pinyin=heading_full,
                heading_initials=heading_initials,
            )
        )
    made.items = bulk.create(rows)
    slots = [
        ItemSlot(item=item, kind=kind, label=STANDARD_NAMES[kind], position=position)
        for item in made.items
        for position, (kind, _) in enumerate(holders)
    ]
    bulk.create(slots)
    first_unfilled = count - unfilled
    assignments = []
    for index, slot in enumerate(slots):
        at, position = divmod(index, len(holders))
        if position == len(holders) - 1 and at >= first_unfilled:
            continue
        assignments.append(
            Assignment(item=slot.item, slot=slot, valid_from=START, **holders[position][1])
        )
    bulk.create(assignments)
    grants.sync(made.items)
    return made
