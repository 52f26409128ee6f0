"""Rules are data: taken from the shipped ones, changed for a reason, with a preview."""

from __future__ import annotations

from datetime import date

import pytest

from accountability.models import AuditEvent, Duty, DutyRule
from accountability.refusals import Conflict, Invalid, NotAllowed
from accountability.selectors.duty_plan import preview
from accountability.services import duties, duty_rules
from tests.world import World

from .conftest import Rules, actor, at, make

pytestmark = pytest.mark.django_db
ON = date(2026, 2, 10)


def amend(world: World, rule: DutyRule, **values: object) -> DutyRule:
    rule.refresh_from_db()
    row, _ = duty_rules.amend(
        by=actor(world, "bangong"), rule_id=rule.pk, values=values, reason="县政府常务会议定",
        revision=rule.revision, on=ON,
    )  # fmt: skip
    return row


def test_the_shipped_rules_are_taken_once(started: World) -> None:
    rows = duty_rules.adopt(by=actor(started, "bangong"), county=started.county, year=2026, on=ON)
    by_code = {r.code: r for r in DutyRule.objects.all()}
    assert len(by_code) == len(rows) >= 20
    assert by_code["hear_departments"].unit == started.units["县政府"]
    with pytest.raises(Conflict):
        duty_rules.adopt(by=actor(started, "bangong"), county=started.county, year=2026, on=ON)
    with pytest.raises(NotAllowed):
        duty_rules.adopt(by=actor(started, "liuhe"), county=started.county, year=2027, on=ON)
    made, _ = make(started, date(2026, 12, 31))
    assert made == Duty.objects.count() > 50
    kinds = set(Duty.objects.values_list("kind", flat=True))
    assert kinds >= {"meeting", "hearing", "report", "life_meeting", "account", "talk", "visit"}


def test_a_rule_of_an_unknown_unit_comes_switched_off(
    started: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {**duty_rules.shipped()[1], "units": ["没有这个单位"]}
    monkeypatch.setattr(duty_rules, "shipped", lambda: (values,))
    duty_rules.adopt(by=actor(started, "bangong"), county=started.county, year=2026, on=ON)
    assert DutyRule.objects.get().is_on is False


def test_the_preview_says_what_saving_does(started: World, rule: Rules) -> None:
    row = rule(per_year=2)
    make(started, ON)
    row.due_day, row.unit_kinds = 20, ["town", "gov_department"]
    found = preview(row, on=ON)
    assert len(found.moved) == 3
    assert {p.subject_name for p in found.new} >= {"县财政局", "柳河镇"}
    assert found.dropped == []
    saved = amend(started, row, due_day=20, unit_kinds=["town", "gov_department"])
    now = Duty.objects.filter(rule=saved, period="2026H1")
    assert {d.due_on for d in now} == {date(2026, 6, 20)}
    assert now.count() == len({p.subject_name for p in found.planned})


def test_what_is_asked_for_no_more_is_waived_and_what_was_done_stays(
    started: World, rule: Rules
) -> None:
    row = rule(per_year=2)
    make(started, ON)
    kept = Duty.objects.get(unit=started.units["柳河镇"])
    duties.record(
        by=actor(started, "liuhe"), duty_id=kept.pk, held_on=ON, now=at(ON), revision=1,
        given={"place": "甲", "chair": "乙", "present": "丙", "topics": "丁", "decisions": "戊"},
    )  # fmt: skip
    amend(started, row, per_year=4, due_month=3, due_day=31)
    states = {(d.unit.name, d.period): d.state for d in Duty.objects.select_related("unit")}
    assert states["柳河镇", "2026H1"] == "done"
    assert states["石桥镇", "2026H1"] == "waived"
    assert states["石桥镇", "2026Q1"] == "open"
    assert AuditEvent.objects.filter(action="duty.waive").count() == 2
    amend(started, row, is_on=False)
    assert not Duty.objects.filter(state="open").exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"subject": "post", "layers": []}, "layers"),
        ({"unit_kinds": ["nonsense"]}, "unit_kinds"),
        ({"due_month": 9}, "due_month"),
        ({"hand_in": ["x" * 61]}, "hand_in"),
        ({"send_to": ["上级"]}, "send_to"),
        ({"kind": "talk"}, "subject"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    started: World, rule: Rules, values: dict[str, object], field: str
) -> None:
    row = rule()
    with pytest.raises(Invalid) as refused:
        amend(started, row, **values)
    assert field in refused.value.details
    assert DutyRule.objects.get().revision == 1


def test_a_change_needs_a_reason_the_right_and_the_latest_version(
    started: World, rule: Rules
) -> None:
    row = rule()
    given = {"rule_id": row.pk, "values": {"due_day": 1}, "on": ON}
    with pytest.raises(Invalid, match="依据"):
        duty_rules.amend(by=actor(started, "bangong"), reason=" ", revision=1, **given)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        duty_rules.amend(by=actor(started, "liuhe"), reason="x", revision=1, **given)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        duty_rules.amend(by=actor(started, "bangong"), reason="x", revision=9, **given)  # type: ignore[arg-type]
    assert DutyRule.objects.get().due_day == 31


def test_the_county_adds_a_rule_of_its_own(started: World) -> None:
    made = duty_rules.add(
        by=actor(started, "zhuren"), county=started.county, year=2026, reason="会议纪要", on=ON,
        values={
            "kind": "study", "title": "警示教育", "text": "开展一次", "basis_paper": "纪要",
            "basis_clause": "二", "per_year": 1, "due_month": 9, "due_day": 30, "subject": "post",
            "layers": ["first_responsible"], "unit_kinds": ["town"], "roll": "none",
        },
    )  # fmt: skip
    assert made.code == "own_1"
    assert {d.post.unit.name for d in made.duties.select_related("post__unit")} == {
        "柳河镇", "石桥镇", "长岭乡",
    }  # fmt: skip
