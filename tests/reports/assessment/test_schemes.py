"""考核方案: drafted, judged, published by another, corrected as a version, out to Excel and in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.db.utils import IntegrityError
from hypothesis import HealthCheck, given, settings
from openpyxl import load_workbook

from accountability.door import Actor, acting
from accountability.models import AuditEvent
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from reports.assessment import Scheme as Core
from reports.assessment import problems
from reports.models import Scheme
from reports.rules import rule_names
from reports.scheme_examples import examples
from reports.services import scheme_workbook, schemes
from tests.world import World, build

from .rounds import actor, core, published
from .schemes import schemes as any_scheme

pytestmark = pytest.mark.django_db


def drafted(world: World, made: Core | None = None) -> Scheme:
    return schemes.draft(
        by=actor(world, "bangong"), year=2026, kind="town", occasion="yearly", topic="",
        core=made or core(),
    )  # fmt: skip


@pytest.mark.parametrize("code", sorted(examples()))
def test_the_examples_can_be_published_as_they_are(code: str) -> None:
    assert problems(examples()[code].core, rules=rule_names()) == []


def test_a_draft_holds_what_it_was_given(world: World) -> None:
    row = drafted(world)
    assert row.core() == core()
    assert AuditEvent.objects.filter(action="scheme.draft", target_id=row.pk).exists()


def test_somebody_else_publishes_and_then_nothing_changes(world: World) -> None:
    by_head = schemes.draft(
        by=actor(world, "zhuren"), year=2026, kind="department", occasion="yearly", topic="",
        core=core(),
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="拟稿人以外"):
        schemes.publish(by=actor(world, "zhuren"), scheme=by_head)
    row = drafted(world)
    with pytest.raises(NotAllowed):
        schemes.publish(by=actor(world, "bangong"), scheme=row)
    row = schemes.publish(by=actor(world, "zhuren"), scheme=row)
    with pytest.raises(WrongState, match="修订"):
        schemes.revise(by=actor(world, "bangong"), scheme=row, values={"title": "改名"})
    line = row.criteria.first()
    assert line is not None
    with pytest.raises(WrongState):
        schemes.drop_criterion(by=actor(world, "bangong"), scheme=row, criterion_id=line.pk)

    def alone() -> None:
        with transaction.atomic(), acting(by=Actor.system("test")) as act:
            act.unchanged()
            with connection.cursor() as cursor:
                cursor.execute("UPDATE reports_scheme SET published_by_id = made_by_id")

    with pytest.raises(IntegrityError, match="scheme_published_by_another"):
        alone()


def test_what_cannot_be_used_is_not_published(world: World) -> None:
    row = drafted(world, core(veto_grade=""))
    with pytest.raises(Invalid, match="请选择否决后的等次"):
        schemes.publish(by=actor(world, "zhuren"), scheme=row)
    row.refresh_from_db()
    assert row.state == "draft"


def test_a_correction_is_the_next_version_with_its_reason(world: World) -> None:
    first = published(world)
    with pytest.raises(Invalid, match="修订原因"):
        schemes.correct(by=actor(world, "bangong"), scheme=first, reason=" ")
    second = schemes.correct(by=actor(world, "bangong"), scheme=first, reason="分值有误")
    assert (second.version, second.replaces_id, second.core()) == (2, first.pk, first.core())
    first.refresh_from_db()
    assert first.state == "published"
    with pytest.raises(Invalid, match="草拟中"):
        schemes.correct(by=actor(world, "bangong"), scheme=first, reason="再改")
    schemes.publish(by=actor(world, "zhuren"), scheme=second)
    first.refresh_from_db()
    assert first.state == "replaced"


def test_lines_are_added_moved_up_and_taken_out(world: World) -> None:
    row, by = drafted(world), actor(world, "bangong")
    part = row.criteria.get(code="1")
    values = {"name": "警示教育", "points": Decimal(5), "weight": None, "method": "review",
              "rule": "", "per_case": None, "standard": "", "nature": "score",
              "parent": part.pk}  # fmt: skip
    made = schemes.put_criterion(by=by, scheme=row, criterion_id=None, values=values)
    assert made.code == "1.3"
    with pytest.raises(Invalid, match="先删去下级"):
        schemes.drop_criterion(by=by, scheme=row, criterion_id=part.pk)
    gone = row.criteria.get(code="1.1")
    schemes.drop_criterion(by=by, scheme=row, criterion_id=gone.pk)
    assert list(row.criteria.values_list("code", flat=True)) == [
        "1", "1.1", "1.2", "加1", "扣1", "否1",
    ]  # fmt: skip
    made.refresh_from_db()
    assert made.code == "1.2"
    with pytest.raises(Invalid, match="须放在"):
        schemes.put_criterion(
            by=by, scheme=row, criterion_id=None, values={**values, "parent": None}
        )
    with pytest.raises(Invalid, match="请选择系统计分的规则"):
        schemes.put_criterion(
            by=by, scheme=row, criterion_id=made.pk,
            values={**values, "method": "rule", "rule": "none"},
        )  # fmt: skip


def test_one_draft_at_a_time_and_none_of_another_county(world: World) -> None:
    row = drafted(world)
    with pytest.raises((Conflict, Invalid), match="草拟中"):
        drafted(world)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        away = build(name="乙县", code="990012", suffix="_b")
    with pytest.raises(NotFound):
        schemes.void(by=actor(away, "bangong"), scheme=row, reason="x")
    schemes.void(by=actor(world, "bangong"), scheme=row, reason="重来")
    assert drafted(world).version == 2


@given(any_scheme())
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_excel_gives_back_what_it_was_given(made: Core) -> None:
    data = scheme_workbook.export(made, kind="town", occasion="yearly", topic="")
    loaded = scheme_workbook.load(data)
    assert (loaded.core, loaded.kind, loaded.occasion) == (made, "town", "yearly")


def test_a_wrong_cell_is_named_and_nothing_is_imported(world: World) -> None:
    data = scheme_workbook.export(core(), kind="town", occasion="yearly", topic="")
    book = load_workbook(BytesIO(data))
    book["指标"]["F3"] = "三十"
    book["指标"]["C4"] = "别的"
    out = BytesIO()
    book.save(out)
    with pytest.raises(Invalid, match="“指标”第 4 行C 性质"):
        scheme_workbook.load(out.getvalue())
    book["指标"]["C4"] = "评分项"
    out = BytesIO()
    book.save(out)
    with pytest.raises(Invalid, match="“指标”第 3 行F 分值：应为最多两位小数的数字"):
        scheme_workbook.load(out.getvalue())
    twice = core().criteria
    with pytest.raises(Invalid, match="重复"):
        drafted(world, replace(core(), criteria=(*twice, twice[1])))
    assert not Scheme.objects.exists()
