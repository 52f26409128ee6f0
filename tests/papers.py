"""Papers for tests: invented texts, as many tasks as wanted, slots empty or filled.

`make_paper(world, items=20)` gives 20 tasks with 79 slots: the third task has
no 责任人员, as in papers where the whole leading group is responsible.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

from django.core.files.base import ContentFile

from accountability.door import Actor, acting
from accountability.models import StoredFile
from accountability.services import bulk
from tasks.models import Assignment, ItemSlot, Paper, PaperSection, TaskItem
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tests.world import World

TOPICS = [
    ("从严控制会议经费", "各部门会议经费由县财政局牵头审核，县审计局每半年抽查一次。"),
    ("公开村级账目", "柳河镇、石桥镇按月公开村级账目，县审计局指导。"),
    ("管好工程发包", "限额以上工程一律公开发包，住建局牵头建立名录，县财政局复核价款。"),
    ("清理闲置房产", "对闲置办公房产逐处登记，县财政局牵头提出盘活办法，各乡镇配合。"),
    ("规范窗口收费", "窗口收费项目一次公示，县审计局核查，县数据中心提供清单。"),
]
NUMERALS = "一二三四五六七八九十"
DEFAULT_HOLDERS = {
    SlotKind.RESPONSIBLE_LEADER: ["周建平"],
    SlotKind.RESPONSIBLE_PERSON: ["黄志强"],
    SlotKind.LEAD_UNIT: ["县财政局"],
    SlotKind.RESPONSIBLE_UNIT: ["县审计局", "各乡镇"],
}


def key_of(world: World, name: str) -> str:
    """The wire key of a person's post, a unit or a group of the test county."""
    if name in world.units:
        return f"u{world.units[name].pk}"
    if name in world.groups:
        return f"g{world.groups[name].pk}"
    return f"p{world.posts[name].pk}"


def make_paper(
    world: World,
    *,
    items: int = 20,
    year: int = 2026,
    filled: int = 0,
    title: str = "",
    extra_slots: Sequence[tuple[SlotKind, str]] = (),
    basis: str = "",
) -> Paper:
    """A paper in state draft with `items` tasks; the first `filled` have all their slots held.

    Every fifth task opens a section （一） of the second chapter. Orders are
    ten apart, so that sub-tasks find room. Runs in a door of its own.
    """
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        paper = _paper(world, year, title or f"试县{year}年度党风廉政建设主体责任实施意见")
        sections = _sections(paper, items)
        made = bulk.create([_item(world, paper, sections, n, year) for n in range(items)])
        slots = bulk.create(
            [
                slot
                for n, item in enumerate(made)
                for slot in _slots(item, without_person=n == 2, extra=extra_slots)
            ]
        )
        ready = {item.pk for item in made[:filled]}
        bulk.create(
            [
                _assignment(world, slot, name, position, date(year, 1, 1), basis)
                for slot in slots
                if slot.item_id in ready
                for position, name in enumerate(DEFAULT_HOLDERS[SlotKind(slot.kind)])
            ]
        )
    return paper


def _paper(world: World, year: int, title: str) -> Paper:
    data = f"{title}\n".encode()
    digest = hashlib.sha256(data).hexdigest()
    source = StoredFile(
        county=world.county,
        name=f"{title}.txt",
        content_type="text/plain",
        size=len(data),
        sha256=digest,
        stored_by="测试",
    )
    source.content.save(f"{digest[:2]}/{digest}", ContentFile(data), save=False)
    source.save()
    paper = Paper(
        county=world.county,
        year=year,
        title=title,
        source=source,
        source_kind="txt",
        imported_by="测试",
    )
    paper.save()
    return paper


def _sections(paper: Paper, items: int) -> list[PaperSection]:
    """Chapter 一 without tasks, chapter 二 with a section for every five tasks."""
    first = PaperSection(paper=paper, position=0, level=1, number="一", heading="总的要求")
    first.save()
    chapter = PaperSection(paper=paper, position=1, level=1, number="二", heading="主要任务")
    chapter.save()
    found = []
    for n in range((items + 4) // 5):
        section = PaperSection(
            paper=paper,
            parent=chapter,
            position=2 + n,
            level=2,
            number=f"二（{_numeral(n + 1)}）",
            heading=f"第{_numeral(n + 1)}方面的工作",
        )
        section.save()
        found.append(section)
    return found


def _numeral(n: int) -> str:
    if n <= 10:
        return NUMERALS[n - 1]
    tens, ones = divmod(n, 10)
    return (NUMERALS[tens - 1] if tens > 1 else "") + "十" + (NUMERALS[ones - 1] if ones else "")


def _item(world: World, paper: Paper, sections: list[PaperSection], n: int, year: int) -> TaskItem:
    heading, text = TOPICS[n % len(TOPICS)]
    section = sections[n // 5]
    return TaskItem(
        county=world.county,
        paper=paper,
        section=section,
        year=year,
        order=(n + 1) * 10,
        number=f"{section.number}{n % 5 + 1}",
        heading=f"{heading}（{n + 1}）" if n >= len(TOPICS) else heading,
        text=text,
    )


def _slots(
    item: TaskItem, *, without_person: bool, extra: Sequence[tuple[SlotKind, str]]
) -> list[ItemSlot]:
    wanted = [(kind, 0, STANDARD_NAMES[kind]) for kind in SlotKind]
    if without_person:
        wanted = [w for w in wanted if w[0] != SlotKind.RESPONSIBLE_PERSON]
    wanted += [(kind, 1, label) for kind, label in extra]
    return [
        ItemSlot(item=item, kind=kind, ordinal=ordinal, label=label, position=position)
        for position, (kind, ordinal, label) in enumerate(wanted)
    ]


def _assignment(
    world: World, slot: ItemSlot, name: str, position: int, day: date, basis: str
) -> Assignment:
    key = key_of(world, name)
    field = {"p": "post_id", "u": "unit_id", "g": "group_id"}[key[0]]
    return Assignment(
        item_id=slot.item_id,
        slot=slot,
        position=position,
        valid_from=day,
        basis=basis,
        **{field: int(key[1:])},
    )
