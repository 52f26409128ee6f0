"""The demo counties' duties: the shipped rules, what came due, some of it done, some talks.

All texts are invented. Written set by set, as a county's duties are many.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings

from ..door import Actor, acting
from ..models import County, Duty, DutyFile, DutyKind, DutyRule, DutyState, Role, Talk, User
from ..models.dated import holds_on
from ..refusals import WrongState
from ..selectors.talk_partners import Seats
from . import bulk, duties, duty_rules

RECORDS: dict[str, dict[str, Any]] = {
    DutyKind.MEETING: {
        "time": "上午9时",
        "place": "机关二楼会议室",
        "chair": "单位主要负责人",
        "present": "班子全体成员",
        "topics": "分析上一阶段廉政风险排查情况\n研究下一步防控措施",
        "decisions": "采购和工程岗位更新风险清单\n窗口服务每周抽查一次",
    },
    DutyKind.HEARING: {
        "place": "政府常务会议室",
        "chair": "县长",
        "summary": "各部门汇报本期履责重点工作和存在的短板。",
        "demands": "短板逐项列出时限，下期汇报时先说整改结果。",
    },
    DutyKind.REPORT: {"title": "落实责任制情况的报告"},
    DutyKind.LIFE_MEETING: {
        "place": "机关三楼会议室",
        "chair": "单位主要负责人",
        "present": "班子全体成员",
        "topic": "对照责任清单查找差距",
        "former": "上次提出的两项整改已经完成。",
    },
    DutyKind.ACCOUNT: {
        "place": "机关礼堂",
        "before": "本单位干部职工大会",
        "report": "报告分管领域风险防控和个人廉洁自律情况。",
        "questions": "审批时限压缩后怎样保证复核质量",
        "demands": "三个月内完成复核岗位分设。",
    },
    DutyKind.STUDY: {
        "form": "廉政党课",
        "place": "机关礼堂",
        "topic": "守住日常小节",
        "speaker": "单位主要负责人",
        "audience": "全体干部职工 36 人",
    },
    DutyKind.VISIT: {"received": 7, "answered": 6, "solved": "办事大厅排队时间过长"},
    DutyKind.OTHER: {"done": "带队查看两个重点岗位的台账和流程。", "result": "提出改进意见三条。"},
}

# What is older than this was put in order long ago, but for a few.
OLD_DAYS = 75


def load(*, county: County, on: date) -> int:
    """Take the rules for the year of `on` and fill it up to that day; how many duties there are.

    Does nothing for a county that has rules.
    """
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    by = Actor.system("demo", county=county)
    clerk = (
        User.objects.filter(
            holds_on(on, "role_grants__"),
            county=county,
            is_active=True,
            role_grants__role=Role.OFFICE_CLERK,
        )
        .order_by("id")
        .first()
    )
    if clerk is None or DutyRule.objects.filter(county=county).exists():
        return 0
    duty_rules.adopt(by=by, county=county, year=on.year, on=on)
    duties.make(county=county, on=on, by=by)
    rows = list(
        Duty.objects.filter(county=county)
        .exclude(kind=DutyKind.TALK)
        .select_related("rule", "unit", "post")
        .order_by("due_on", "id")
    )
    with acting(by=by) as act:
        done = [row for place, row in enumerate(rows) if _is_done(row, place, on)]
        for place, duty in enumerate(done):
            _fill(duty, place, clerk, on=on)
        _hand_in(done, clerk)
        bulk.update(
            done,
            ["state", "held_on", "done_on", "follow_due_on", "record", "recorded_at",
             "recorded_by", "revision"],
        )  # fmt: skip
        talked = _talks(county, clerk, on=on)
        act.record(
            "duty.demo",
            county,
            summary=f"装入演示履责记录 {len(done)} 项、谈话 {talked} 人次",
        )
    return len(rows)


def _is_done(duty: Duty, place: int, on: date) -> bool:
    """Most of what is past its day, some of what is still to come."""
    if duty.due_on < on:
        return place % (7 if (on - duty.due_on).days < OLD_DAYS else 19) != 4
    return duty.period_start < on and place % 4 == 1


def _fill(duty: Duty, place: int, clerk: User, *, on: date) -> None:
    held = min(duty.due_on - timedelta(days=4 + place % 9), on)
    held = max(held, duty.period_start)
    if place % 11 == 7 and duty.due_on + timedelta(days=5) < on:
        held = duty.due_on + timedelta(days=5)
    duty.held_on = held
    duty.record = {**RECORDS[duty.kind]}
    if duty.rule.send_to:
        sent = held.isoformat()
        duty.record["sendings"] = [
            {"sent_on": sent, "receipt_on": sent, "receipt": f"收文 {place + 1} 号"}
            for _ in duty.rule.send_to
        ]
    duty.recorded_at = datetime(held.year, held.month, held.day, 7, tzinfo=UTC)
    duty.recorded_by = clerk
    duty.revision += 1
    if duty.rule.hand_in_days is not None:
        duty.follow_due_on = held + timedelta(days=duty.rule.hand_in_days)
    is_old = (on - duty.due_on).days > OLD_DAYS
    is_short = bool(duty.rule.hand_in) and place % (23 if is_old else 5) == 3
    duty.state = DutyState.HELD if is_short else DutyState.DONE
    duty.done_on = None if is_short else held


def _hand_in(done: Iterable[Duty], clerk: User) -> None:
    """The papers, as references; the last is missing where the duty is held and not done."""
    bulk.create(
        [
            DutyFile(
                county_id=duty.county_id,
                duty=duty,
                label=label,
                reference=f"{label}（纸质存档第 {duty.pk % 90 + 1} 卷）",
                added_by=clerk,
            )
            for duty in done
            for label in duty.rule.hand_in[: -1 if duty.state == DutyState.HELD else None]
        ]
    )


def _talks(county: County, clerk: User, *, on: date) -> int:
    """Each leader has talked with the first half of the partners; one with all."""
    seats = Seats(county, on=on)
    owed = list(
        Duty.objects.filter(county=county, kind=DutyKind.TALK, post__is_leadership=True)
        .select_related("post", "rule")
        .order_by("post__precedence", "id")
    )
    made: list[Talk] = []
    whole: list[Duty] = []
    first = date(on.year, 1, 1)
    for place, duty in enumerate(owed):
        seat = duty.post
        partners = seats.partners(seat) if seat is not None else []
        talker = seats.holder.get(seat.pk) if seat is not None else None
        if seat is None or talker is None or not partners:
            continue
        is_whole = place == 1
        chosen = partners if is_whole else partners[: (len(partners) + 1) // 2]
        for number, partner in enumerate(chosen):
            made.append(
                Talk(
                    county=county,
                    year=on.year,
                    group=partner.group,
                    talker_post=seat,
                    talker=talker,
                    talked_post=partner.post,
                    talked=partner.person,
                    topic=("duty", "integrity", "style")[number % 3],
                    held_on=min(first + timedelta(days=20 + 9 * number), on),
                    recorded_by=clerk,
                )
            )
        if is_whole:
            duty.state = DutyState.DONE
            duty.held_on = duty.done_on = max(t.held_on for t in made[-len(chosen) :])
            whole.append(duty)
    bulk.create(made)
    bulk.update(whole, ["state", "held_on", "done_on"])
    return len(made)
