"""Drafts, corrections, 确认导入 and 替换现有草稿."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accountability.actors import Actor
from accountability.door import UnrecordedChange
from accountability.models import AuditEvent, Person, StoredFile, Unit
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import audit, files
from tasks.models import (
    Assignment,
    ImportDraft,
    ItemSlot,
    Paper,
    PaperNote,
    PaperSection,
    RecurringDemand,
    TaskItem,
)
from tasks.outline.export import outline_from_dict
from tasks.selectors.matching import LEAVE, Choice
from tasks.services import imports
from tests.tasks.opinions import FILLED, OPINION, opinion
from tests.world import World

pytestmark = pytest.mark.django_db


def actor(world: World, name: str = "bangong") -> Actor:
    user = world.users[name]
    return Actor(key=f"user:{user.pk}", name=name, user=user, county=world.county)


def begin(world: World, text: str = OPINION, name: str = "意见.txt") -> ImportDraft:
    return imports.start(
        by=actor(world), county=world.county, year=2026, name=name, data=text.encode()
    )


def outline_of(draft: ImportDraft) -> Any:
    return outline_from_dict(ImportDraft.objects.get(pk=draft.pk).findings)


def business_rows() -> int:
    return sum(
        model.objects.count()
        for model in (Paper, PaperSection, TaskItem, ItemSlot, Assignment, PaperNote, StoredFile)
    )


def batches(more: int) -> int:
    """SQLite takes at most 999 values a statement, so inserts go in batches there."""
    return more // 5 if connection.vendor == "sqlite" else 2


def test_nothing_is_stored_before_it_is_confirmed(world: World) -> None:
    draft = begin(world)
    assert business_rows() == 0
    paper = imports.confirm(by=actor(world), draft=draft, version=1)
    assert (paper.items.count(), ItemSlot.objects.count()) == (5, 19)
    assert [i.number for i in paper.items.all()] == [
        "一1",
        "一2",
        "二（一）",
        "二（二）1",
        "二（二）2",
    ]
    second = paper.items.get(number="二（二）1")
    assert second.section is not None
    assert second.section.number == "二（二）"
    assert second.section.parent is not None
    assert second.heading_initials
    assert str(second.due_on) == "2026-06-30"
    slot = second.slots.first()
    assert slot is not None
    line = OPINION.splitlines()[slot.fill["anchor"]]
    assert line[: slot.fill["start"]] == "责任领导："
    assert set(slot.fill) == {"anchor", "start", "end"}
    assert files.read(paper.source) == OPINION.encode()
    assert RecurringDemand.objects.filter(paper=paper).exists()
    event = AuditEvent.objects.get(action="paper.import")
    assert (event.user, event.target_id) == (world.users["bangong"], paper.pk)
    assert "5 项任务，19 个责任槽位" in event.summary
    for model in (Paper, PaperSection, TaskItem, ItemSlot):
        assert model.history.count() == model.objects.count()


def test_a_repeated_confirmation_makes_nothing_more(world: World) -> None:
    draft = begin(world)
    first = imports.confirm(by=actor(world), draft=draft, version=1)
    events = AuditEvent.objects.count()
    again = imports.confirm(by=actor(world), draft=draft, version=1)
    assert again == first
    assert (Paper.objects.count(), AuditEvent.objects.count()) == (1, events)
    kept = ImportDraft.objects.get(pk=draft.pk)
    assert (bytes(kept.data), kept.reading) == (b"", {})


def test_an_event_that_cannot_be_written_rolls_everything_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begin(world)

    def broken(**_: object) -> None:
        raise UnrecordedChange("no event")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(UnrecordedChange):
        imports.confirm(by=actor(world), draft=draft, version=1)
    assert business_rows() == 0
    assert "paper" not in ImportDraft.objects.get(pk=draft.pk).corrections


@pytest.mark.parametrize("name", ["caizheng", "jiwei", "xianzhang", "xitong"])
def test_only_the_office_imports(world: World, name: str) -> None:
    with pytest.raises(NotAllowed):
        imports.start(
            by=actor(world, name), county=world.county, year=2026, name="a.txt", data=b"x"
        )
    draft = begin(world)
    with pytest.raises((NotAllowed, NotFound)):
        imports.confirm(by=actor(world, name), draft=draft, version=1)
    with pytest.raises(NotFound):  # another of the office has a desk of his own
        imports.merge(by=actor(world, "zhuren"), draft=draft, version=1, node="i1")
    assert business_rows() == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("空.txt", b""),
        ("意见.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("程序.docx", b"MZ\x90\0" + b"\0" * 300),
        ("截断.docx", b"PK\x03\x04" + b"\0" * 40),
        ("图.txt", bytes(range(256)) * 8),
        ("x" * 300 + ".exe", b"MZ"),
    ],
)
def test_hostile_files_are_named_and_leave_nothing(world: World, name: str, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        imports.start(by=actor(world), county=world.county, year=2026, name=name, data=data)
    assert refused.value.sentence.endswith("。")
    assert ImportDraft.objects.count() == 0


def test_corrections_are_kept_and_checked_against_the_version(world: World) -> None:
    draft = begin(world)
    by = actor(world)
    imports.merge(by=by, draft=draft, version=1, node="i1")
    assert len(outline_of(draft).items) == 4
    with pytest.raises(Conflict):
        imports.merge(by=by, draft=draft, version=1, node="i1")
    imports.edit(by=by, draft=draft, version=2, node="i0", number="一9", heading="新标题", due=None)
    imports.add_slot(
        by=by, draft=draft, version=3, node="i0", kind="responsible_unit", label="配合单位"
    )
    imports.drop_slot(by=by, draft=draft, version=4, node="i0", position=0)
    found = outline_of(draft).items[0]
    assert (found.number, found.heading) == ("一9", "新标题")
    assert found.slots[-1].label == "配合单位"
    with pytest.raises(Invalid):
        imports.make_item(by=by, draft=draft, version=5, node="i0")
    assert ImportDraft.objects.get(pk=draft.pk).version == 5
    imports.make_section(by=by, draft=draft, version=5, node="i1")
    imports.make_item(by=by, draft=draft, version=6, node="s1")
    imports.change_level(by=by, draft=draft, version=7, node="i0", is_up=False)
    imports.start_over(by=by, draft=draft, version=8)
    assert len(outline_of(draft).items) == 5


def test_a_split_goes_where_the_sentence_begins(world: World) -> None:
    draft = begin(world)
    by = actor(world)
    row = next((i, line) for i, line in enumerate(OPINION.splitlines()) if "按季核对账目" in line)
    imports.split(
        by=by,
        draft=draft,
        version=1,
        node="i3",
        paragraph=row[0],
        offset=row[1].index("按季核对账目"),
    )
    items = outline_of(draft).items
    assert len(items) == 6
    assert items[4].heading.startswith("按季核对账目")
    assert "按季核对账目" not in items[3].text
    assert (len(items[3].slots), len(items[4].slots)) == (0, 4)
    with pytest.raises(Invalid):
        imports.split(by=by, draft=draft, version=2, node="i3", paragraph=0, offset=0)


def test_slots_for_a_paper_without_slots(world: World) -> None:
    draft = begin(world, opinion(slots=False))
    by = actor(world)
    imports.fill_all_slots(by=by, draft=draft, version=1)
    paper = imports.confirm(by=by, draft=draft, version=2)
    assert ItemSlot.objects.filter(item__paper=paper).count() == 24
    assert set(ItemSlot.objects.values_list("is_by_hand", flat=True)) == {True}
    assert all(fill == {} for fill in ItemSlot.objects.values_list("fill", flat=True))


def test_hints_and_demands_are_decided(world: World) -> None:
    draft = begin(world)
    by = actor(world)
    imports.decide_hints(by=by, draft=draft, version=1, accepted=frozenset({0, 99}))
    imports.decide_demands(by=by, draft=draft, version=2, kept=frozenset())
    paper = imports.confirm(by=by, draft=draft, version=3)
    assert PaperNote.objects.filter(paper=paper, is_accepted=True).count() == 1
    assert not RecurringDemand.objects.filter(paper=paper, is_kept=True).exists()


def test_values_of_filled_slots_are_matched_chosen_created_or_left(world: World) -> None:
    draft = begin(world, FILLED)
    by = actor(world)
    imports.choose(
        by=by,
        draft=draft,
        version=1,
        choices={
            "unit|县林草局": Choice(
                create="unit", name="县林业和草原局", unit_kind="gov_department"
            ),
            "unit|某公司": Choice(key=LEAVE),
            "responsible_person|何文": Choice(
                create="person",
                unit=f"u{world.units['县审计局'].pk}",
                title="副局长",
                layer="dual_duty",
            ),
            "unit|不在文中": Choice(key=LEAVE),
        },
    )
    paper = imports.confirm(by=by, draft=draft, version=2)
    first = paper.items.get(number="一1")

    def held(kind: str) -> list[str]:
        rows = Assignment.objects.filter(slot__item=first, slot__kind=kind).order_by("position")
        return [str(a.holder) for a in rows]

    assert held("responsible_leader") == ["县政府常务副县长"]
    assert held("responsible_person") == ["县财政局局长", "县审计局副局长"]
    assert held("lead_unit") == ["县财政局"]
    assert held("responsible_unit") == ["县住房和城乡建设局", "各乡镇", "县林业和草原局"]
    unit = Unit.objects.get(name="县林业和草原局")
    assert unit.aliases == ["县林草局"]
    assert Person.objects.get(name="何文").tenures.count() == 1
    notes = PaperNote.objects.filter(paper=paper, code="unmatched")
    assert [n.excerpt for n in notes] == ["某公司"]
    event = AuditEvent.objects.get(action="paper.import")
    touched = set(event.units.values_list("pk", flat=True))
    assert {world.units["县财政局"].pk, unit.pk} <= touched


def test_who_may_not_be_created_stops_the_whole_import(world: World) -> None:
    draft = begin(world, FILLED)
    by = actor(world)
    imports.choose(
        by=by,
        draft=draft,
        version=1,
        choices={"unit|县林草局": Choice(create="unit", unit_kind="x")},
    )
    with pytest.raises(Invalid):
        imports.confirm(by=by, draft=draft, version=2)
    assert business_rows() == 0


def test_confirming_takes_a_constant_number_of_statements(world: World) -> None:
    def statements(items: int) -> int:
        draft = begin(world, opinion(more=items), name=f"{items}.txt")
        with CaptureQueriesContext(connection) as queries:
            imports.confirm(by=actor(world), draft=draft, version=1)
        return len(queries)

    few, many = statements(5), statements(150)
    assert many <= few + batches(145)


# --- the same paper again ---------------------------------------------------------


def fill(world: World, paper: Paper, number: str) -> None:
    from accountability.door import acting
    from tests.world import START

    slot = ItemSlot.objects.get(item__paper=paper, item__number=number, kind="lead_unit")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        Assignment(item=slot.item, slot=slot, unit=world.units["县财政局"], valid_from=START).save()


def issue(world: World, item: TaskItem) -> None:
    from django.utils import timezone

    from accountability.door import acting

    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item.state = "issued"
        item.issued_at, item.issued_by = timezone.now(), world.users["bangong"]
        item.save()
        item.paper.state = "part_issued"
        item.paper.save()


def test_importing_again_keeps_filled_slots_where_the_text_is_the_same(world: World) -> None:
    by = actor(world)
    paper = imports.confirm(by=by, draft=begin(world), version=1)
    fill(world, paper, "二（一）")
    fill(world, paper, "二（二）2")
    kept_id = paper.items.get(number="二（二）2").pk
    changed = opinion().replace("按月公开", "按月向社会公开")
    draft = begin(world, opinion(text=changed, drop_first=True, more=2), name="再次.txt")
    again = imports.confirm(by=by, draft=draft, version=1, replace=paper.pk)
    assert again.pk == paper.pk
    assert Paper.objects.count() == 1
    item = again.items.get(number="二（二）2")
    assert item.pk == kept_id
    assert "按月向社会公开" in item.text
    assert [str(a.holder) for a in item.assignments.all()] == ["县财政局"]
    assert again.items.get(number="二（一）").assignments.count() == 1
    gone = TaskItem.objects.filter(paper=paper, state="void")
    assert gone.count() == 1
    live = again.items.exclude(state="void").order_by("order")
    assert live.count() == 6
    assert [i.number for i in live][-1].startswith("三")
    event = AuditEvent.objects.get(action="paper.replace")
    assert "新增 2 项，删除 1 项，修改 1 项" in event.summary
    assert gone.get().history.first().state == "void"
    assert again.sections.filter(number="二（二）").count() == 1


def test_an_issued_item_is_never_removed_or_reworded(world: World) -> None:
    by = actor(world)
    paper = imports.confirm(by=by, draft=begin(world), version=1)
    first = paper.items.get(number="一1")
    issue(world, first)
    draft = begin(world, opinion(drop_first=True), name="少一条.txt")
    before = business_rows()
    with pytest.raises(Conflict) as refused:
        imports.confirm(by=by, draft=draft, version=1, replace=paper.pk)
    assert "一1" in refused.value.sentence
    assert business_rows() == before
    reworded = opinion().replace("统一思想认识", "统一思想和认识")
    imports.confirm(by=by, draft=begin(world, reworded, name="改.txt"), version=1, replace=paper.pk)
    first.refresh_from_db()
    assert "统一思想和认识" not in first.text
    assert first.state == "issued"


def test_a_paper_handed_out_in_full_is_not_replaced(world: World) -> None:
    from django.utils import timezone

    from accountability.door import acting

    by = actor(world)
    paper = imports.confirm(by=by, draft=begin(world), version=1)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        paper.state, paper.number = "issued", "试政发〔2026〕1号"
        paper.issued_at, paper.issued_by = timezone.now(), world.users["bangong"]
        paper.save()
    draft = begin(world, name="又.txt")
    with pytest.raises(WrongState):
        imports.confirm(by=by, draft=draft, version=1, replace=paper.pk)
    imports.confirm(by=by, draft=draft, version=1)
    assert Paper.objects.count() == 2


def test_replacing_takes_a_constant_number_of_statements(world: World) -> None:
    def statements(items: int) -> int:
        text = opinion(more=items)
        paper = imports.confirm(
            by=actor(world), draft=begin(world, text, name=f"a{items}.txt"), version=1
        )
        other = begin(world, text.replace("核对", "认真核对"), name=f"b{items}.txt")
        with CaptureQueriesContext(connection) as queries:
            imports.confirm(by=actor(world), draft=other, version=1, replace=paper.pk)
        return len(queries)

    few, many = statements(5), statements(120)
    assert many <= few + batches(115)


def test_a_draft_goes_after_a_week_or_when_thrown_away(world: World) -> None:
    from datetime import timedelta

    from django.utils import timezone

    old = begin(world)
    ImportDraft.objects.filter(pk=old.pk).update(made_at=timezone.now() - timedelta(days=8))
    new = begin(world, name="新.txt")
    assert not ImportDraft.objects.filter(pk=old.pk).exists()
    assert begin(world, name="新.txt").pk == new.pk
    imports.discard(by=actor(world), draft=new)
    assert ImportDraft.objects.count() == 0


def test_a_word_paper_keeps_the_places_where_its_slots_are_filled(world: World) -> None:
    from accountability.demo.make_opinion import opinion_docx
    from tasks.outline import fill_docx
    from tasks.outline.readers import read as read_paper

    data = opinion_docx(2026)
    by = actor(world)
    draft = imports.start(by=by, county=world.county, year=2026, name="意见.docx", data=data)
    paper = imports.confirm(by=by, draft=draft, version=1)
    assert paper.source_kind == "docx"
    assert files.read(paper.source) == data
    slots = list(ItemSlot.objects.filter(item__paper=paper).order_by("item__order", "position"))
    empty = [s for s in slots if s.fill and s.fill["start"] == s.fill["end"]]
    assert len(slots) >= 75
    assert empty
    entries = [
        fill_docx.Entry(s.fill["anchor"], s.fill["start"], s.fill["end"], f"单位{n}号")
        for n, s in enumerate(empty)
    ]
    filled = read_paper(fill_docx.fill(data, entries), "意见.docx")
    lines = [p.text for p in filled.paragraphs]
    for number, slot in enumerate(empty):
        assert any(slot.label in line and f"单位{number}号" in line for line in lines)
