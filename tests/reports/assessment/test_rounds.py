"""A round from its teams to its publication: who may, what is refused, what comes of it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from accountability.door import Actor, acting
from accountability.models import AuditEvent, OutboxMessage, Tenure, User
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import audit
from reports.assessment import standalone
from reports.models import Publication, Score, Sheet
from reports.selectors import assessments as selector
from reports.selectors import sheets
from reports.services import appeals, assessments, publications, scoring
from reports.services.scoring import Mark
from tests.task_factory import make_tasks
from tests.world import World

from .rounds import (
    GROUND,
    TODAY,
    actor,
    in_feedback,
    in_public,
    in_review,
    in_self,
    prepared,
    published,
    score,
    sheet_of,
)

pytestmark = pytest.mark.django_db


def mark(points: str | None, reason: str = "", *bases: str) -> Mark:
    return Mark(None if points is None else Decimal(points), reason, bases)


def test_nobody_gets_his_own_unit_by_draw_or_by_hand(world: World) -> None:
    row, by = prepared(world, kind="department"), actor(world, "bangong")
    own = sheet_of(row, "县财政局")
    team = assessments.set_team(
        by=by, assessment=row, team_id=None, name="第二组", user_ids=[world.users["caizheng"].pk]
    )
    with pytest.raises(Invalid, match="刘芳是县财政局的人，须回避"):
        assessments.assign(by=by, assessment=row, teams={own.pk: team.pk})
    for seed in ("1", "20260312", "7788"):
        assessments.draw_teams(by=by, assessment=row, seed=seed)
        own.refresh_from_db()
        assert own.team_id != team.pk
    first = {s.pk: s.team_id for s in row.sheets.all()}
    assessments.draw_teams(by=by, assessment=row, seed="7788")
    assert {s.pk: s.team_id for s in row.sheets.all()} == first
    row.refresh_from_db()
    assert row.seed == "7788"
    other = row.teams.get(name="第一组")
    with pytest.raises(Invalid, match="须回避"):
        assessments.set_team(
            by=by, assessment=row, team_id=other.pk, name="第一组",
            user_ids=[world.users["caizhengju"].pk],
        )  # fmt: skip


def test_a_draw_that_cannot_keep_apart_says_whose_it_is(world: World) -> None:
    row, by = prepared(world, kind="department"), actor(world, "bangong")
    team = row.teams.get()
    assessments.assign(by=by, assessment=row, teams={})
    for sheet in row.sheets.all():
        with acting(by=Actor.system("test")) as act:
            act.unchanged()
            sheet.team = None
            sheet.save()
    assessments.set_team(
        by=by, assessment=row, team_id=team.pk, name="第一组",
        user_ids=[world.users["caizheng"].pk],
    )  # fmt: skip
    with pytest.raises(Invalid, match="每个考核组都有县财政局的人"):
        assessments.draw_teams(by=by, assessment=row, seed="1")


def test_a_round_does_not_begin_without_teams(world: World) -> None:
    scheme = published(world)
    row = assessments.open_round(
        by=actor(world, "bangong"), scheme=scheme, self_due=TODAY, review_due=TODAY,
        keys=[f"u{world.units['柳河镇'].pk}"], on=TODAY,
    )  # fmt: skip
    with pytest.raises(WrongState, match="柳河镇还没有考核组"):
        assessments.start_self(by=actor(world, "bangong"), assessment=row, on=TODAY)
    with pytest.raises(Invalid, match="已经建立"):
        assessments.open_round(
            by=actor(world, "bangong"), scheme=scheme, self_due=TODAY, review_due=TODAY,
            keys=[f"u{world.units['柳河镇'].pk}"], on=TODAY,
        )  # fmt: skip
    with pytest.raises(Invalid, match="已经过去"):
        assessments.open_round(
            by=actor(world, "bangong"), scheme=scheme, self_due=TODAY - timedelta(days=1),
            review_due=TODAY, keys=["u1"], on=TODAY,
        )  # fmt: skip


def test_the_system_counts_for_all_at_once_and_tells_the_subjects(world: World) -> None:
    made = make_tasks(world, 4, due=TODAY - timedelta(days=3), year=TODAY.year)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        for item in made.items[:1]:
            item.state = "done"
            item.save()
    row = in_self(world)
    scores = Score.objects.filter(sheet__assessment=row, criterion__code="1.1")
    # Done today, three days late: none in time, of four.
    assert {s.system for s in scores} == {Decimal(0)}
    counted = scores[0].counted
    assert (counted["good"], counted["total"], len(counted["cases"])) == (0, 4, 4)
    assert counted["how"] == "60 × 0 ÷ 4 = 0.00"
    told = OutboxMessage.objects.filter(rule="assessment_self").values_list(
        "person__name", flat=True
    )
    assert set(told) == {"吴霞"}


def test_self_score_is_the_subjects_own_with_a_note(world: World) -> None:
    row = in_self(world)
    mine = sheet_of(row, "柳河镇")
    with pytest.raises(NotFound):
        scoring.self_score(
            by=actor(world, "liuhe"), sheet=sheet_of(row, "石桥镇"), marks={}, on=TODAY
        )
    with pytest.raises(NotAllowed, match="自评由被考核单位"):
        scoring.self_score(by=actor(world, "bangong"), sheet=mine, marks={}, on=TODAY)
    with pytest.raises(Invalid, match=r"1\.2 自评与满分不一致，请填写说明"):
        scoring.self_score(
            by=actor(world, "liuhe"), sheet=mine, marks={"1.2": mark("38")}, on=TODAY
        )
    done = scoring.self_score(
        by=actor(world, "liuhe"), sheet=mine, marks={"1.2": mark("38", "少一次研究")}, on=TODAY
    )
    assert done.state == "self"
    assert {s.criterion.code: s.own for s in done.scores.select_related("criterion")} == {
        "1.1": 60, "1.2": 38, "加1": 0, "扣1": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        ({"1.2": mark("38")}, "请填写原因和依据"),
        ({"1.2": mark("38", "缺记录")}, "请填写依据"),
        ({"1.2": mark("38", "", "通报〔2026〕5号")}, "请填写原因$"),
        ({"1.1": mark("59")}, "1.1 与系统分 60.00 不一致"),
        ({"加1": mark("1")}, "加1 与零分 0.00 不一致"),
        ({"扣1": mark("1", "通报")}, "请填写依据"),
        ({"1.2": mark("40.01")}, "0 到 40 之间"),
        ({"1.2": mark("39.999")}, "最多两位小数"),
        ({"1.2": mark("-1")}, "0 到 40 之间"),
        ({"1.2": mark("NaN")}, "0 到 40 之间"),
        ({"1.1": mark("60")}, "1.2 还没有评分"),
    ],
)
def test_no_difference_without_its_ground(world: World, marks: dict[str, Mark], told: str) -> None:
    row = in_review(world)
    sheet = sheet_of(row, "柳河镇")
    full = {"1.1": mark("60"), "1.2": mark("40")} if "1.1" not in marks or len(marks) > 1 else {}
    with pytest.raises(Invalid) as refused:
        scoring.team_score(
            by=actor(world, "jiwei"), sheet=sheet, marks={**full, **marks}, vetoes={},
            version=1, is_complete=True, on=TODAY,
        )  # fmt: skip
    assert isinstance(refused.value.details, dict)
    sentences = [s for of in refused.value.details.values() for s in of]
    assert any(re.search(told, s) for s in sentences), sentences
    assert not Score.objects.filter(sheet=sheet, team__isnull=False).exists()


def test_what_it_rests_on_is_kept_with_the_subjects_own_task(world: World) -> None:
    made = make_tasks(world, 2, year=TODAY.year)
    row = in_review(world)
    task = made.items[0]
    sheet = scoring.team_score(
        by=actor(world, "jiwei"), sheet=sheet_of(row, "柳河镇"),
        marks={"1.1": mark("60"), "1.2": mark("38", "未落实", f"任务 {task}", "会议纪要3号")},
        vetoes={}, version=1, is_complete=True, on=TODAY,
    )  # fmt: skip
    bases = sheet.scores.get(criterion__code="1.2").team_bases
    assert [(b["kind"], b["id"]) for b in bases] == [("task", task.pk), ("document", 0)]
    assert sheet.total == Decimal("98.00")


def test_only_the_team_scores_and_two_at_once_conflict(world: World) -> None:
    row = in_review(world)
    sheet = sheet_of(row, "柳河镇")
    with pytest.raises(NotAllowed, match="本账号不在该组"):
        score(world, sheet, by="zhuren", p1_2="40")
    score(world, sheet, p1_2="40")
    with pytest.raises(Conflict, match="有人保存过"):
        scoring.team_score(
            by=actor(world, "jiwei"), sheet=sheet, marks={}, vetoes={}, version=1,
            is_complete=False, on=TODAY,
        )  # fmt: skip


def test_the_office_is_scored_and_approved_by_others(world: World) -> None:
    row = in_review(world, kind="department")
    sheet = sheet_of(row, "县政府办公室")
    score(world, sheet, p1_2="37")
    sheet.refresh_from_db()
    with pytest.raises(NotAllowed, match="须回避"):
        scoring.approve(
            by=actor(world, "zhuren"), sheet=sheet, marks={}, version=sheet.version, on=TODAY
        )
    score(world, sheet_of(row, "县财政局"), p1_2="40")
    count, left = scoring.approve_all(by=actor(world, "zhuren"), assessment_id=row.pk, on=TODAY)
    assert (count, left) == (1, ["县政府办公室"])
    done = scoring.approve(
        by=actor(world, "xianzhang"), sheet=sheet, marks={}, version=sheet.version, on=TODAY
    )
    assert done.state == "approved"


def test_a_new_seat_in_the_unit_binds_a_member_who_was_free(world: World) -> None:
    row = in_review(world)
    sheet = sheet_of(row, "柳河镇")
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        Tenure(
            person=world.persons["罗文涛"], post=world.posts["曾立"], valid_from=TODAY,
            is_acting=True,
        ).save()  # fmt: skip
    with pytest.raises(NotAllowed, match="须回避"):
        score(world, sheet, p1_2="40")


def test_approval_differs_with_its_ground_and_is_given_back_with_a_reason(world: World) -> None:
    row = in_review(world)
    sheet = score(world, sheet_of(row, "柳河镇"), p1_2="38")
    by = actor(world, "zhuren")
    with pytest.raises(Invalid, match=r"1\.2"):
        scoring.approve(
            by=by, sheet=sheet, marks={"1.2": mark("39")}, version=sheet.version, on=TODAY
        )
    done = scoring.approve(
        by=by, sheet=sheet, marks={"1.2": mark("39", "补交", "说明1号")}, version=sheet.version,
        on=TODAY,
    )  # fmt: skip
    assert done.total == Decimal("99.00")
    with pytest.raises(WrongState):
        score(world, done, p1_2="40")
    with pytest.raises(Invalid, match="退回原因"):
        scoring.send_back(by=by, sheet=done, reason="", on=TODAY)
    back = scoring.send_back(by=by, sheet=done, reason="再核", on=TODAY)
    assert (back.state, back.total) == ("scored", Decimal("98.00"))


def test_a_subject_sees_its_points_from_the_feedback_on_and_never_others(world: World) -> None:
    row = in_review(world)
    mine = score(world, sheet_of(row, "柳河镇"), p1_2="38")
    town = User.objects.get(pk=world.users["liuhe"].pk)
    assert sheets.page(town, sheet_of(row, "柳河镇"), on=TODAY)["sees"] is False
    assert sheets.why(town, sheet_of(row, "柳河镇"))["lines"] is None
    assert [s.pk for s in Sheet.objects.visible_to(town)] == [mine.pk]
    assert selector.ranking(town, row)["ranked"] is None
    for name in ("石桥镇", "长岭乡"):
        score(world, sheet_of(row, name), p1_2="40")
    scoring.approve_all(by=actor(world, "zhuren"), assessment_id=row.pk, on=TODAY)
    assessments.feed_back(by=actor(world, "bangong"), assessment=row, on=TODAY)
    town = User.objects.get(pk=town.pk)
    why = sheets.why(town, sheet_of(row, "柳河镇"))
    assert why["total"] == "98.00"
    assert any(line.reason == "缺记录" for line in why["lines"])
    assert selector.ranking(town, row)["ranked"] is None


def test_feedback_waits_for_every_sheet(world: World) -> None:
    row = in_review(world)
    with pytest.raises(WrongState, match="柳河镇、石桥镇、长岭乡还没有核定"):
        assessments.feed_back(by=actor(world, "bangong"), assessment=row, on=TODAY)


def test_an_appeal_is_decided_by_somebody_who_had_no_part(world: World) -> None:
    row = in_feedback(world)
    sheet = sheet_of(row, "柳河镇")
    assert row.appeal_due is not None
    with pytest.raises(NotAllowed):
        appeals.make(by=actor(world, "bangong"), sheet=sheet, code="1.2", text="x", on=TODAY)
    with pytest.raises(WrongState, match="已于"):
        appeals.make(
            by=actor(world, "liuhe"), sheet=sheet, code="1.2", text="有记录",
            on=row.appeal_due + timedelta(days=1),
        )  # fmt: skip
    made = appeals.make(
        by=actor(world, "liuhe"), sheet=sheet, code="1.2", text="有记录", on=row.appeal_due
    )
    with pytest.raises(Conflict, match="已有复核申请"):
        appeals.make(by=actor(world, "liuhe"), sheet=sheet, code="1.2", text="x", on=TODAY)
    with pytest.raises(NotAllowed, match="没有参与"):
        appeals.decide(
            by=actor(world, "zhuren"), appeal=made, mark=mark(None), decision="维持", on=TODAY
        )
    leader = actor(world, "xianzhang")
    with pytest.raises(Invalid, match="依据"):
        appeals.decide(by=leader, appeal=made, mark=mark("40"), decision="属实", on=TODAY)
    done = appeals.decide(
        by=leader, appeal=made, mark=mark("40", "", "会议记录"), decision="属实", on=TODAY
    )
    assert (done.state, done.before, done.after) == ("changed", 38, 40)
    sheet.refresh_from_db()
    assert sheet.total == 100
    with pytest.raises(WrongState, match="已经办理"):
        appeals.decide(by=leader, appeal=made, mark=mark(None), decision="维持", on=TODAY)


def test_publication_waits_for_the_time_the_appeals_and_another_person(world: World) -> None:
    row = in_feedback(world)
    assert row.appeal_due is not None
    after = row.appeal_due + timedelta(days=1)
    clerk = actor(world, "bangong")
    with pytest.raises(WrongState, match="期满后"):
        publications.propose(by=clerk, assessment=row, on=row.appeal_due)
    made = appeals.make(
        by=actor(world, "liuhe"), sheet=sheet_of(row, "柳河镇"), code="1.2", text="x", on=TODAY
    )
    with pytest.raises(WrongState, match="1 项复核申请"):
        publications.propose(by=clerk, assessment=row, on=after)
    appeals.decide(
        by=actor(world, "xianzhang"), appeal=made, mark=mark(None), decision="维持", on=TODAY
    )
    own = publications.propose(by=actor(world, "zhuren"), assessment=row, on=after)
    with pytest.raises(NotAllowed, match="须由他人审定"):
        publications.decide(
            by=actor(world, "zhuren"), publication=own, is_approved=True, decision="",
            digest=own.digest, on=after,
        )  # fmt: skip
    with pytest.raises(Conflict, match="刷新"):
        publications.decide(
            by=actor(world, "xianzhang"), publication=own, is_approved=True, decision="",
            digest="0" * 64, on=after,
        )  # fmt: skip
    publications.decide(
        by=actor(world, "xianzhang"), publication=own, is_approved=False, decision="再核",
        digest=own.digest, on=after,
    )  # fmt: skip
    row.refresh_from_db()
    assert row.state == "feedback"


def test_results_are_ranked_graded_and_recomputed(world: World) -> None:
    row = in_public(world)
    found = {s.name: (s.total, s.rank, s.grade) for s in row.sheets.all()}
    assert found == {
        "柳河镇": (Decimal("98.00"), 1, "优秀"),
        "石桥镇": (Decimal("96.50"), 2, "良好"),  # 40 % of 3 is one place
        "长岭乡": (Decimal("96.50"), 2, "良好"),
    }
    package = Publication.objects.get(assessment=row).content
    by_script = standalone.results(json.loads(package))
    assert {(str(t), r, g) for t, r, g in found.values()} == set(by_script.values())
    town = User.objects.get(pk=world.users["liuhe"].pk)
    ranked = selector.ranking(town, row)["ranked"]
    assert [(r.rank, r.name) for r in ranked] == [(1, "柳河镇"), (2, "石桥镇"), (2, "长岭乡")]
    assert [bool(r.sheet_id) for r in ranked] == [True, False, False]
    (checked,) = selector.versions(User.objects.get(pk=world.users["bangong"].pk), row)
    assert checked.is_right


def test_a_tampered_publication_is_seen(world: World) -> None:
    row = in_public(world)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        made = Publication.objects.get(assessment=row)
        made.content = made.content.replace('"total":"96.50"', '"total":"99.50"', 1)
        made.save()
    (checked,) = selector.versions(User.objects.get(pk=world.users["bangong"].pk), row)
    assert not checked.is_whole
    assert checked.wrong == ("石桥镇得分为 99.50，重算为 96.50",)


def test_after_publication_only_a_new_version_by_two_persons(world: World) -> None:
    row = in_public(world)
    sheet = sheet_of(row, "长岭乡")
    with pytest.raises(WrongState):
        score(world, sheet, p1_2="40")
    clerk = actor(world, "bangong")
    with pytest.raises(Invalid, match="更正原因"):
        publications.correct(
            by=clerk, sheet=sheet, marks={"1.2": mark("40", "漏计", "说明2号")}, reason="", on=TODAY
        )
    with pytest.raises(Invalid, match="请填写原因和依据"):
        publications.correct(
            by=clerk, sheet=sheet, marks={"1.2": mark("39.5")}, reason="漏计", on=TODAY
        )
    with pytest.raises(Invalid, match="没有改动"):
        publications.correct(
            by=clerk, sheet=sheet, marks={"1.2": mark("36.5")}, reason="漏计", on=TODAY
        )
    second = publications.correct(
        by=clerk, sheet=sheet, marks={"1.2": mark("39", "漏计", "说明2号")}, reason="漏计",
        on=TODAY,
    )  # fmt: skip
    sheet.refresh_from_db()
    assert (sheet.total, sheet.rank) == (Decimal("96.50"), 2)
    publications.decide(
        by=actor(world, "zhuren"), publication=second, is_approved=True, decision="同意",
        digest=second.digest, on=TODAY,
    )  # fmt: skip
    found = {s.name: (s.total, s.rank, s.grade) for s in row.sheets.all()}
    assert found["长岭乡"] == (Decimal("99.00"), 1, "优秀")
    assert found["柳河镇"] == (Decimal("98.00"), 2, "良好")
    states = list(row.publications.order_by("version").values_list("version", "state"))
    assert states == [(1, "replaced"), (2, "published")]


def test_a_veto_needs_its_ground_and_decides_the_grade(world: World) -> None:
    row = in_review(world)
    sheet = sheet_of(row, "柳河镇")
    with pytest.raises(Invalid, match="认定 否1 一票否决须写明理由和依据"):
        score(world, sheet, vetoes={"否1": Mark(None, "被处分")}, p1_2="40")
    score(world, sheet, vetoes={"否1": Mark(None, "被处分", GROUND)}, p1_2="40")
    for name in ("石桥镇", "长岭乡"):
        score(world, sheet_of(row, name), p1_2="20")
    ranked = selector.ranking(User.objects.get(pk=world.users["bangong"].pk), row)["ranked"]
    assert [(r.name, r.rank, r.grade) for r in ranked] == [
        ("石桥镇", 1, "良好"), ("长岭乡", 1, "良好"), ("柳河镇", 3, "较差"),
    ]  # fmt: skip


def test_no_event_no_score(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = in_review(world)
    sheet = sheet_of(row, "柳河镇")

    def broken(**_: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        score(world, sheet, p1_2="40")
    monkeypatch.undo()
    assert not Score.objects.filter(sheet=sheet, team__isnull=False).exists()
    assert not AuditEvent.objects.filter(action="sheet.score").exists()
