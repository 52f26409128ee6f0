"""Papers for the tests of what is handed out: imported by the readers, then filled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from io import BytesIO

import docx

from accountability.door import Actor, acting
from tasks.models import Assignment, ItemSlot, Paper, TaskItem
from tasks.outline import corrections
from tasks.outline.analyse import analyse
from tasks.outline.model import SlotKind
from tasks.outline.readers import read
from tasks.services import grants
from tasks.services.papers import store_paper
from tests.papers import key_of
from tests.world import World

SYSTEM = Actor.system("test")
DAY = date(2026, 5, 1)
HOLDERS = {
    SlotKind.RESPONSIBLE_LEADER: ["周建平"],
    SlotKind.RESPONSIBLE_PERSON: ["黄志强", "任喆"],
    SlotKind.LEAD_UNIT: ["县财政局"],
    SlotKind.RESPONSIBLE_UNIT: ["各乡镇", "县审计局"],
}
WRITTEN = {kind: "、".join(names) for kind, names in HOLDERS.items()}

TEXT = """试县人民政府关于2026年度廉政工作的实施意见
试政发〔2026〕7号
各乡镇人民政府，县政府各部门：
为做好全年工作，提出如下意见。
一、重点任务
1.管好会议经费。各部门会议经费由县财政局审核，6月底前完成一次抽查。
责任领导：
责任人员：
牵头单位：
责任单位：
2.公开村级账目。各乡镇按月公开村级账目。
责任领导：
责任人员：
牵头单位：
责任单位：
试县人民政府
2026年2月3日
"""


def docx_of(text: str) -> bytes:
    """The lines of a text as the paragraphs of a .docx."""
    document = docx.Document()
    for line in text.removesuffix("\n").split("\n"):
        document.add_paragraph(line)
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def imported(
    world: World, data: bytes, name: str, *, year: int = 2026, with_slots: bool = False
) -> Paper:
    """The paper stored from its own text; `with_slots` gives every task the four slots."""
    source = read(data, name)
    outline = analyse(source, year=year)
    if with_slots and not outline.has_slots:
        corrections.fill_all_slots(outline)
    return store_paper(
        by=SYSTEM,
        county=world.county,
        year=year,
        name=name,
        data=data,
        source=source,
        outline=outline,
    )


def put(world: World, slot: ItemSlot, names: Iterable[str], *, after: int = 0) -> None:
    """Lay the slot on holders by name, as the grid does: its version goes up."""
    with acting(by=SYSTEM) as act:
        act.unchanged()
        for position, name in enumerate(names, after):
            key = key_of(world, name)
            Assignment(
                item_id=slot.item_id,
                slot=slot,
                position=position,
                valid_from=date(2026, 1, 1),
                **{{"p": "post_id", "u": "unit_id", "g": "group_id"}[key[0]]: int(key[1:])},
            ).save()
        slot.version += 1
        slot.save()
        grants.sync([slot.item_id])


def fill_all(world: World, paper: Paper) -> None:
    """Every empty slot gets the holders of its kind."""
    for slot in ItemSlot.objects.filter(item__paper=paper).select_related("item"):
        if not slot.assignments.exists():
            put(world, slot, HOLDERS[SlotKind(slot.kind)])


def add_by_hand(paper: Paper, number: str, label: str) -> ItemSlot:
    """A slot of 责任单位's kind that the paper does not have, at the task's end."""
    item = TaskItem.objects.get(paper=paper, number=number)
    slot = ItemSlot(
        item=item,
        kind=SlotKind.RESPONSIBLE_UNIT,
        ordinal=1,
        label=label,
        position=9,
        is_by_hand=True,
    )
    with acting(by=SYSTEM) as act:
        act.unchanged()
        slot.save()
    return slot


def lines_of_docx(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in read(data, "a.docx").paragraphs]
