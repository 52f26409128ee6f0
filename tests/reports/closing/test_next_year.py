"""开启下一年度: drafts of the next year from this one, and a list of what changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accountability.door import Actor, acting
from accountability.models import DutyRule, Job, JobState, Unit
from accountability.services import bulk, duty_rules, jobs
from reports.models import Scheme, SchemeState
from reports.services import next_year
from tasks.models import Assignment, ItemSlot, Paper, PaperSection, PaperState, TaskItem, TaskState
from tasks.services.paper_copies import later
from tests.papers import make_paper
from tests.reports.assessment.rounds import actor, published
from tests.world import World

from .years import LAST, TODAY, closed

pytestmark = pytest.mark.django_db(transaction=True)  # the ledger's links are made at commit

SignedIn = Callable[[str], Client]


def opened(world: World, **changes: Any) -> Job:
    papers = Paper.objects.filter(year=LAST).values_list("pk", flat=True)
    schemes = Scheme.objects.filter(year=LAST).values_list("pk", flat=True)
    values: dict[str, Any] = {
        "paper_ids": set(papers), "scheme_ids": set(schemes), "with_holders": True,
        "with_duties": True, **changes,
    }  # fmt: skip
    job = next_year.ask(by=actor(world, "bangong"), year=LAST, on=TODAY, **values)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    return job


def test_the_same_day_years_later() -> None:
    assert later(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert later(date(2025, 6, 30), 1) == date(2026, 6, 30)


def test_structure_and_standing_holders_come_over_and_the_rest_is_told(world: World) -> None:
    old = make_paper(world, items=6, filled=6, year=LAST)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        items = list(TaskItem.objects.filter(paper=old).order_by("order"))
        items[0].state = TaskState.VOID
        items[1].due_on = date(LAST, 6, 30)
        items[1].text = f"{LAST}年底前完成"
        bulk.update(items[:2], ["state", "due_on", "text"])
        gone: Unit = world.units["县审计局"]
        gone.valid_to, gone.successor = TODAY, world.units["县财政局"]
        gone.save()
    published(world, year=LAST)
    duty_rules.adopt(by=actor(world, "bangong"), county=world.county, year=LAST, on=TODAY)
    closed(world)
    before = Assignment.objects.filter(item__paper=old).count()
    job = opened(world)
    new = Paper.objects.get(year=TODAY.year)
    assert new.state == PaperState.DRAFT
    assert not new.number
    assert str(TODAY.year) in new.title
    copies = TaskItem.objects.filter(paper=new).order_by("order")
    assert [i.number for i in copies] == [i.number for i in items[1:]]
    assert {i.state for i in copies} == {TaskState.DRAFT}
    assert copies[0].due_on == date(TODAY.year, 6, 30)
    assert PaperSection.objects.filter(paper=new).count() == (
        PaperSection.objects.filter(paper=old).count()
    )
    slots = ItemSlot.objects.filter(item__paper=new)
    assert slots.count() == ItemSlot.objects.filter(item__in=items[1:]).count()
    held = Assignment.objects.filter(item__paper=new)
    assert held.exists()
    assert not held.filter(unit=gone).exists()
    assert {a.basis for a in held} == {"沿用上年"}
    told = "\n".join(job.result["warnings"])
    assert "县审计局已撤并，现为县财政局，没有沿用" in told
    assert f"文中有“{LAST}”" in told
    assert "已复制为" in told
    assert job.result_file is not None
    assert job.result_file.name.endswith("变动清单.xlsx")
    assert Scheme.objects.get(year=TODAY.year).state == SchemeState.DRAFT
    assert DutyRule.objects.filter(year=TODAY.year).exists()
    assert Assignment.objects.filter(item__paper=old).count() == before


def test_done_twice_it_copies_nothing_more(world: World) -> None:
    make_paper(world, items=3, filled=3, year=LAST)
    published(world, year=LAST)
    opened(world)
    counts = Paper.objects.count(), Scheme.objects.count(), TaskItem.objects.count()
    told = "\n".join(opened(world).result["warnings"])
    assert (Paper.objects.count(), Scheme.objects.count(), TaskItem.objects.count()) == counts
    assert told.count("没有再复制") == 2


def test_without_holders_the_slots_are_empty(world: World) -> None:
    make_paper(world, items=3, filled=3, year=LAST)
    opened(world, with_holders=False, with_duties=False)
    new = Paper.objects.get(year=TODAY.year)
    assert ItemSlot.objects.filter(item__paper=new).exists()
    assert not Assignment.objects.filter(item__paper=new).exists()


def test_the_page_offers_what_there_is_and_refuses_nothing_chosen(
    world: World, signed_in: SignedIn
) -> None:
    paper = make_paper(world, items=3, year=LAST)
    client = signed_in("zhuren")
    url = reverse("next_year", args=[LAST])
    assert paper.title in client.get(url).content.decode()
    wrong = client.post(url, {})
    assert wrong.status_code == 422
    assert "请选择" in wrong.content.decode()
    assert client.post(url, {"paper": "999999"}).status_code == 422
    done = client.post(url, {"paper": paper.pk})
    assert done.status_code == 302
    assert Job.objects.get(kind=next_year.KIND).parameters["with_holders"] is False
    assert signed_in("caizheng").get(url).status_code == 403
