"""从数据起草: figures, texts, length, and the dispatch that a duty's page leads to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import acting
from accountability.models import Duty, DutyRule, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from reports.drafting import GENERAL, SPECIAL, Share, YearFigures, characters, draft, over
from reports.drafting.figures import Assessed
from reports.models import Dispatch, DispatchForm, DraftKind
from reports.selectors.year_figures import of_year
from reports.services import dispatch_text, dispatches, year_drafts
from tests.reports.assessment.rounds import actor, in_public
from tests.task_factory import make_tasks
from tests.world import World

SignedIn = Callable[[str], Client]
TODAY = timezone.localdate()
FULL = YearFigures(
    county="试县", issuer="试县人民政府", year=2026, on=date(2026, 12, 1),
    papers=("实施意见",), tasks=Share(16, 20), tasks_overdue=2, letters=Share(9, 10), promises=3,
    rounds=3, returns=Share(29, 30), returns_late=1, bulletins=2, notices=Share(4, 5), findings=6,
    rectified=Share(4, 6), rectify_late=1,
    duties=(("专题会议", Share(3, 4), 2), ("书面报告", Share(0, 0), 5)),
    assessed=(Assessed("乡镇", 3, "97.00", (("优秀", 1), ("较好", 2)), ("柳河镇",)),),
    uses=(("表彰", 1),), weak=(("记录齐全", 3),), carried_tasks=2, carried_rectifications=1,
    last_weak=(("台账", 4),),
)  # fmt: skip


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("一、总体情况。", 7),
        ("2026年办结16项，占80.0%。", 10),
        ("第 3 名\n　ABC-12", 4),
    ],
)
def test_a_number_counts_one_and_each_character_one(text: str, count: int) -> None:
    assert characters(text) == count


@pytest.mark.nodb
def test_what_is_over_the_limit() -> None:
    assert over("字" * SPECIAL, SPECIAL) == 0
    assert over("字" * (SPECIAL + 1), SPECIAL) == 1
    assert over("字" * 9999, 0) == 0


@pytest.mark.nodb
@pytest.mark.parametrize(("had", "of", "told"), [(2, 3, "66.7%"), (1, 16, "6.3%"), (0, 0, "--")])
def test_a_share_is_rounded_half_up(had: int, of: int, told: str) -> None:
    assert Share(had, of).percent == told


@pytest.mark.nodb
@pytest.mark.parametrize("kind", DraftKind.values)
def test_every_draft_is_within_its_limit_and_cites_its_figures(kind: str) -> None:
    text = draft(kind, FULL)
    assert characters(text) < year_drafts.SHAPES[kind].limit
    assert "None" not in text
    assert dispatch_text.NOTHING_TYPED.search(text), "a person has still something to write"
    said = {
        "plan": ("专题会议6项", "逾期任务2项", "“台账”（4个）"),
        "watch": ("督查3次", "认定问题6个"),
    }.get(kind, ("办结16项，办结率80.0%", "专题会议应完成4项、已完成3项", "认定问题6个"))
    assert all(words in text for words in said), text
    assert ("平均97.00分" in text) == (kind in ("summary", "main", "superior"))


@pytest.mark.nodb
@pytest.mark.parametrize("kind", DraftKind.values)
def test_a_year_without_data_makes_a_draft_too(kind: str) -> None:
    bare = YearFigures(county="试县", issuer="试县人民政府", year=2026, on=date(2026, 1, 5))
    text = draft(kind, bare)
    assert "None" not in text
    assert "应签责任书" not in text


pytestmark: list[pytest.MarkDecorator] = []


def make(world: World, kind: str, year: int = TODAY.year, **more: int) -> Dispatch:
    return year_drafts.make(by=actor(world, "bangong"), kind=kind, year=year, on=TODAY, **more)


@pytest.mark.django_db
def test_the_figures_are_those_of_the_portal(world: World) -> None:
    in_public(world)
    make_tasks(world, 4, year=TODAY.year, due=date(2020, 1, 1), prefix="一")
    found = of_year(world.county, TODAY.year, on=TODAY)
    assert (found.tasks, found.tasks_overdue) == (Share(0, 4), 4)
    (town,) = found.assessed
    assert (town.kind, town.count, town.first) == ("乡镇", 3, ("柳河镇",))
    assert found.weak[0][1] == 3
    later = of_year(world.county, TODAY.year + 1, on=TODAY)
    assert later.last_weak == found.weak
    assert (later.tasks, later.carried_tasks) == (Share(0, 0), 4)


@pytest.mark.django_db
def test_a_draft_is_a_dispatch_to_edit_endorse_and_number(world: World) -> None:
    row = make(world, "summary")
    assert (row.form, row.drafted, row.about_year) == (DispatchForm.REPORT, "summary", TODAY.year)
    assert dispatch_text.paper_of(row).form == "general"
    assert row.signature == world.county.issuer
    assert make(world, "main").signature == f"中共{world.county.issuer}党组"
    assert make(world, "watch").mark == "县纪委监委文件"
    with pytest.raises(WrongState, match="没有改写的提示文字"):
        dispatches.issue(by=actor(world, "bangong"), dispatch=row, on=TODAY)
    with pytest.raises(WrongState, match="请打开修改"):
        make(world, "summary")
    dispatches.void(by=actor(world, "bangong"), dispatch=row, reason="重新起草")
    assert make(world, "summary").pk != row.pk


@pytest.mark.django_db
def test_what_is_refused(world: World) -> None:
    with pytest.raises(Invalid, match="没有这种文稿"):
        make(world, "novel")
    with pytest.raises(Invalid, match="以往年度"):
        make(world, "plan", TODAY.year + 1)
    with pytest.raises(NotAllowed):
        year_drafts.make(by=actor(world, "liuhe"), kind="plan", year=TODAY.year, on=TODAY)
    assert not Dispatch.objects.exists()


def a_duty(world: World, code: str, unit: str) -> Duty:
    with acting(by=actor(world, "bangong")) as act:
        act.unchanged()
        rule = DutyRule.objects.filter(code=code).first() or DutyRule(
            county=world.county, year=TODAY.year, code=code, kind="report", title="双报告",
            text="书面报告", basis_paper="意见", basis_clause="第9条", per_year=1, due_month=1,
            due_day=31, is_about_former=True, subject="unit", send_to=["上级党委"],
        )  # fmt: skip
        rule.save()
        duty = Duty(
            county=world.county, rule=rule, year=TODAY.year, kind="report",
            unit=world.units[unit], period=str(TODAY.year), period_start=date(TODAY.year, 1, 1),
            period_end=date(TODAY.year, 12, 31), due_on=date(TODAY.year, 1, 31),
        )  # fmt: skip
        duty.save()
    return duty


@pytest.mark.django_db
def test_the_duty_of_31_january_leads_to_its_draft(world: World, signed_in: SignedIn) -> None:
    duty = a_duty(world, "double_report_main", "县政府")
    towns = a_duty(world, "double_report_main", "柳河镇")
    client = signed_in("bangong")
    assert "从数据起草" not in client.get(reverse("duty", args=[towns.pk])).content.decode()
    page = client.get(reverse("duty", args=[duty.pk])).content.decode()
    where = reverse("year_drafts", args=[TODAY.year - 1])
    assert f"{where}?duty={duty.pk}&amp;kind=main" in page
    desk = client.get(where, {"duty": duty.pk, "kind": "main"}).content.decode()
    assert f'name="duty" value="{duty.pk}"' in desk
    sent = {"kind": "main", "duty": duty.pk}
    done = client.post(reverse("year_draft_make", args=[TODAY.year - 1]), sent)
    row = Dispatch.objects.get()
    assert done["Location"] == reverse("dispatch_edit", args=[row.pk])
    assert (row.duty, row.about_year) == (duty, TODAY.year - 1)
    linked = client.get(reverse("duty", args=[duty.pk])).content.decode()
    assert reverse("dispatch", args=[row.pk]) in linked
    again = client.post(reverse("year_draft_make", args=[TODAY.year - 1]), sent)
    assert again.status_code == 409 or again.status_code == 422
    assert reverse("dispatch", args=[row.pk]) in again.content.decode()
    with pytest.raises(Invalid, match="不用这种文稿"):
        make(world, "superior", duty_id=duty.pk)


@pytest.mark.django_db
def test_a_text_that_is_too_long_is_kept_with_a_warning(world: World, signed_in: SignedIn) -> None:
    row = make(world, "plan")
    client, url = signed_in("bangong"), reverse("dispatch_edit", args=[row.pk])
    page = client.get(url).content.decode()
    assert f'data-limit="{SPECIAL}"' in page
    assert "js/count.js" in page
    values = {name: getattr(row, name) for name in dispatches.FIELDS}
    long = {**values, "body": "字" * (SPECIAL + 7), "version": row.version}
    after = client.post(url, long, follow=True).content.decode()
    assert f"超过 {SPECIAL} 字的要求 7 字" in after
    row.refresh_from_db()
    assert len(row.body) == SPECIAL + 7


@pytest.mark.django_db
def test_other_papers_have_the_general_limit_or_none(world: World) -> None:
    assert year_drafts.limit_of_form("circular") == GENERAL
    assert year_drafts.limit_of_form("letter") == 0
    user = User.objects.get(username="bangong")
    assert user.county is not None
    for form in DispatchForm.values:
        assert dispatches.first_draft(user.county, form, on=TODAY)["body"]
