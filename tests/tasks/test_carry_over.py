"""沿用上年: what still stands is taken over, the rest says why not."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from accountability.refusals import NotAllowed, WrongState
from tasks.models import Assignment, Paper, TaskItem
from tasks.services import carry_over
from tasks.services.slots import CellChange, Changes, fill
from tests.papers import key_of, make_paper
from tests.world import World

from .test_slots import actor, held, slot


@pytest.fixture
def papers(world: World) -> tuple[Paper, Paper]:
    """Last year's, filled, and this year's, empty."""
    return make_paper(world, items=5, filled=4, year=2025), make_paper(world, items=5)


def rename(item: TaskItem, number: str, text: str) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item.number, item.text = number, text
        item.save()


@pytest.mark.django_db
def test_empty_slots_take_last_years_holders(world: World, papers: tuple[Paper, Paper]) -> None:
    _, paper = papers
    by = actor(world, "bangong")
    mine = slot(paper, 0, "lead_unit")
    fill(
        by=by,
        paper=paper,
        changes=Changes([CellChange(mine.pk, (key_of(world, "县审计局"),), 1)]),
    )
    answer = carry_over.carry_over(by=by, paper=paper)
    assert held(mine) == ["县审计局"]
    assert held(slot(paper, 0, "responsible_unit")) == ["县审计局", "各乡镇"]
    assert len(answer["cells"]) == 14
    assert {n["why"] for n in answer["not_taken"]} == {"上年未填写"}
    assert len(answer["not_taken"]) == 4
    row = Assignment.objects.filter(item__paper=paper, basis="沿用上年").first()
    assert row is not None
    assert row.valid_from == timezone.localdate()
    summaries = AuditEvent.objects.filter(action="slot.fill").values_list("summary", flat=True)
    assert sum(s.startswith("沿用上年 ") for s in summaries) == 4
    again = carry_over.carry_over(by=by, paper=paper)
    assert again["cells"] == {}


@pytest.mark.django_db
def test_tasks_are_the_same_by_words_when_numbers_moved(
    world: World, papers: tuple[Paper, Paper]
) -> None:
    _, paper = papers
    items = list(TaskItem.objects.filter(paper=paper).order_by("order"))
    rename(items[0], "九（九）9", items[0].text.replace("抽查一次", "抽查两次"))
    rename(items[1], "八（八）8", "完全不同的一段话，与上年没有一处相同的内容，应当另行落实。")
    found = carry_over.plan(paper)
    taken = {c.slot_id for c in found.cells}
    assert slot(paper, 0, "lead_unit").pk in taken
    why = {n.slot_id: n.why for n in found.not_taken}
    assert why[slot(paper, 1, "lead_unit").pk] == "上年没有相同的任务"


@pytest.mark.django_db
def test_who_is_gone_is_named(world: World, papers: tuple[Paper, Paper]) -> None:
    _, paper = papers
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        unit = world.units["县审计局"]
        unit.valid_to = timezone.localdate()
        unit.save()
        post = world.posts["黄志强"]
        post.valid_to = timezone.localdate()
        post.save()
    found = carry_over.plan(paper)
    cells = {c.slot_id: c.values for c in found.cells}
    units = slot(paper, 0, "responsible_unit")
    assert cells[units.pk] == (key_of(world, "各乡镇"),)
    why = {n.slot_id: n.why for n in found.not_taken}
    assert why[units.pk] == "县审计局已撤并"
    person = slot(paper, 0, "responsible_person")
    assert person.pk not in cells
    assert why[person.pk] == "县财政局局长职务已撤销"


@pytest.mark.django_db
def test_without_a_former_paper_or_the_right_it_is_refused(world: World) -> None:
    paper = make_paper(world, items=2)
    with pytest.raises(WrongState, match="2025 年度"):
        carry_over.carry_over(by=actor(world, "bangong"), paper=paper)
    with pytest.raises(NotAllowed):
        carry_over.carry_over(by=actor(world, "caizheng"), paper=paper)
