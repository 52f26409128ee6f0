"""履责事项: made by the rhythm, put on record by who owes them, waived or returned by the office.

What is done late is taken all the same, and says 逾期补报.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from ..access import Action, scope_for
from ..access.find import find
from ..access.require import require
from ..door import Act, Actor, acting
from ..duty_content import CHECK_POINTS, FIELDS, held_on_of, judge, missing_of
from ..models import (
    DUTY_TRANSITIONS,
    County,
    Duty,
    DutyKind,
    DutyRule,
    DutyState,
    Unit,
    User,
)
from ..models.duty import answered_units
from ..refusals import Conflict, Invalid, NotAllowed, WrongState
from ..rhythm import Made
from ..selectors.duty_plan import Directory, Planned, Preview, plan, rules_of
from . import bulk
from .audit import Note, change

MOST_TEXT = 200


def make(*, county: County, on: date, by: Actor) -> Made:
    """Everything that the rules ask for in periods begun by `on` and that is not there yet.

    At the turn of the year the former year's rules are carried over first. Run
    twice, or after an outage, it makes what is missing and nothing else.
    """
    from . import duty_rules

    years = DutyRule.objects.filter(county=county, year__lte=on.year).order_by("-year")
    last = years.values_list("year", flat=True).first()
    if last is None:
        return Made()
    for year in range(last + 1, on.year + 1):
        duty_rules.carry_over(by=by, county=county, year=year)
    rules = rules_of(county, years=range(county.started_on.year, on.year + 1))
    with acting(by=by) as act:
        made, existing = _make(act, rules, Directory(county), on=on)
        if not made:
            act.unchanged()
        else:
            act.record("duty.make", county, summary=f"按履责规则生成履责事项 {made} 项")
    return Made(made, existing)


def make_for(act: Act, *, rule: DutyRule, on: date) -> int:
    """The duties of one rule that are due to be made, inside the caller's act; how many."""
    made, _ = _make(act, [rule], Directory(rule.county), on=on)
    return made


def _make(
    act: Act, rules: Iterable[DutyRule], directory: Directory, *, on: date
) -> tuple[int, int]:
    planned = plan(rules, directory, started_by=on, on=on)
    there = set(
        Duty.objects.filter(rule__in={p.rule.pk for p in planned})
        .order_by()
        .values_list("rule_id", "period", "unit_id", "post_id")
    )
    new = [p for p in planned if p.key not in there]
    bulk.create([_duty(p) for p in new])
    return len(new), len(planned) - len(new)


def _duty(planned: Planned) -> Duty:
    rule = planned.rule
    return Duty(
        county_id=rule.county_id,
        rule=rule,
        year=rule.year,
        kind=rule.kind,
        unit=planned.unit,
        post=planned.post,
        period=planned.period.key,
        period_start=planned.period.start,
        period_end=planned.period.end,
        due_on=planned.due_on,
    )


def follow_rule(act: Act, *, effects: Preview, reason: str) -> None:
    """Let the open duties follow their changed rule, inside the caller's act."""
    for duty, due_on in effects.moved:
        duty.due_on = due_on
        duty.revision += 1
    bulk.update([duty for duty, _ in effects.moved], ["due_on", "revision"])
    for duty in effects.dropped:
        _move(duty, DutyState.WAIVED)
        duty.waived_at, duty.waived_by = timezone.now(), act.actor.name[:60]
        duty.waive_reason = f"规则调整：{reason}"[:MOST_TEXT]
        duty.revision += 1
    bulk.update(effects.dropped, ["state", "waived_at", "waived_by", "waive_reason", "revision"])
    act.record_many(
        [
            Note(
                "duty.waive",
                duty,
                f"免除{duty}：{duty.waive_reason}",
                units=[duty.subject_unit_id],
            )
            for duty in effects.dropped
        ]
    )


def record(
    *,
    by: Actor,
    duty_id: int,
    held_on: date | None,
    given: Mapping[str, Any],
    revision: int,
    now: datetime,
) -> Duty:
    """Put on record what was done; the duty is done when nothing is missing any more.

    Saved again, the record is corrected; the former one stays in the history. Raises
    `NotAllowed` for who neither owes it nor is the office, `Conflict` after another's
    change, `Invalid` with the sentences by field.
    """
    on = timezone.localdate(now)
    with acting(by=by) as act:
        user = _person(by)
        duty = locked(user, duty_id)
        require_writer(user, duty)
        if duty.revision != revision:
            raise Conflict("这一事项刚被他人登记过，请刷新页面，看过现在的内容再改。")
        if duty.kind == DutyKind.TALK:
            raise WrongState("廉政谈话逐次登记，请在谈话登记页办理。")
        if duty.state == DutyState.WAIVED:
            raise WrongState("这一事项已经免除，不必登记；需要登记的，请办公室先恢复。")
        judged = judge(duty.kind, given, send_to=duty.rule.send_to, on=on)
        wrong = dict(judged.wrong)
        day = held_on_of(duty.kind, judged.content, held_on)
        if sentence := _wrong_day(duty, day, on=on):
            wrong["held_on"] = [sentence]
        if wrong:
            raise Invalid("还有内容要补正，请看各栏下的提示。", details=wrong)
        _check_heard(duty, judged.content)
        before = {**duty.record}
        duty.record, duty.held_on = judged.content, day
        duty.recorded_at, duty.recorded_by = now, user
        duty.return_reason = ""
        duty.follow_due_on = _follow_due(duty)
        _settle(duty, on=on)
        _save(duty)
        act.record(
            "duty.record",
            duty,
            summary=f"登记{duty}，{duty.get_state_display()}",
            units=[duty.subject_unit_id],
            changes=_told(duty, before),
        )
    return duty


def _wrong_day(duty: Duty, day: date | None, *, on: date) -> str:
    if day is None:
        return "" if duty.kind == DutyKind.REPORT and duty.rule.send_to else "请填写开展日期"
    if day > on:
        return "日期还没有到，请核对"
    if day < duty.period_start:
        return f"本期从 {duty.period_start:%Y-%m-%d} 开始，此前开展的不能记入本期"
    return ""


def _check_heard(duty: Duty, content: Mapping[str, Any]) -> None:
    """The units heard are the county's own, of the kinds that the rule hears."""
    ids = content.get("heard", [])
    if not ids:
        return
    known = Unit.objects.filter(county_id=duty.county_id, pk__in=ids)
    if duty.rule.hears_kinds:
        known = known.filter(kind__in=duty.rule.hears_kinds)
    if known.count() != len(ids):
        raise Invalid("听取的单位请从列表中选择。", details={"heard": ["请从列表中选择"]})


def _follow_due(duty: Duty) -> date | None:
    days = duty.rule.hand_in_days
    if days is None or duty.held_on is None or not duty.rule.hand_in:
        return None
    return duty.held_on + timedelta(days=days)


def missing(duty: Duty) -> list[str]:
    """What still has to be handed in for this duty; [] before it was held."""
    handed = duty.files.filter(voided_at__isnull=True).values_list("label", flat=True)
    return missing_of(
        hand_in=duty.rule.hand_in,
        send_to=duty.rule.send_to,
        handed=frozenset(handed),
        content=duty.record,
    )


def _settle(duty: Duty, *, on: date) -> None:
    """Held or done, as the papers stand."""
    wanted = DutyState.HELD if missing(duty) else DutyState.DONE
    if duty.state != wanted:
        _move(duty, wanted)
    if wanted == DutyState.HELD:
        duty.done_on = None
    elif duty.done_on is None:
        # Without papers to follow, it was done on the day it was held.
        duty.done_on = on if duty.rule.hand_in or duty.held_on is None else duty.held_on


def settle_papers(act: Act, *, duty: Duty, on: date) -> None:
    """After a paper came or was taken back: done, or owed again; inside the caller's act."""
    if duty.recorded_at is None:
        return
    _settle(duty, on=on)
    _save(duty)


def return_(*, by: Actor, duty_id: int, reason: str) -> Duty:
    """退回: the office asks for the record anew; what was recorded stays as the draft."""
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.DUTY_MANAGE)
        duty = locked(_person(by), duty_id)
        if duty.state not in (DutyState.HELD, DutyState.DONE) or duty.kind == DutyKind.TALK:
            raise WrongState("只有已登记的事项可以退回。")
        _need(reason, "退回意见")
        before = duty.get_state_display()
        _move(duty, DutyState.OPEN)
        duty.done_on = None
        duty.return_reason = reason
        _save(duty)
        act.record(
            "duty.return",
            duty,
            summary=f"退回{duty}：{reason}",
            units=[duty.subject_unit_id],
            changes=[change("state", "状态", before, duty.get_state_display())],
        )
    return duty


def waive(*, by: Actor, duty_id: int, reason: str, now: datetime) -> Duty:
    """免除: it need not be done, for a reason that stands beside it."""
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.DUTY_MANAGE)
        duty = locked(_person(by), duty_id)
        _need(reason, "免除理由")
        before = duty.get_state_display()
        _move(duty, DutyState.WAIVED)
        duty.waived_at, duty.waived_by, duty.waive_reason = now, by.name[:60], reason
        _save(duty)
        act.record(
            "duty.waive",
            duty,
            summary=f"免除{duty}：{reason}",
            units=[duty.subject_unit_id],
            changes=[change("state", "状态", before, duty.get_state_display())],
        )
    return duty


def restore(*, by: Actor, duty_id: int, reason: str) -> Duty:
    """恢复: a waived duty is owed again."""
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.DUTY_MANAGE)
        duty = locked(_person(by), duty_id)
        if duty.state != DutyState.WAIVED:
            raise WrongState(f"这一事项{duty.get_state_display()}，不用恢复。")
        _need(reason, "恢复理由")
        _move(duty, DutyState.OPEN)
        duty.waived_at, duty.waived_by, duty.waive_reason = None, "", ""
        _save(duty)
        act.record(
            "duty.restore",
            duty,
            summary=f"恢复{duty}：{reason}",
            units=[duty.subject_unit_id],
            changes=[change("state", "状态", "已免除", duty.get_state_display())],
        )
    return duty


def check(*, by: Actor, duty_id: int, answers: Mapping[str, str], note: str, now: datetime) -> Duty:
    """The four points of a 民主生活会 as the discipline inspectors saw them.

    The inspectors add their own look and change nothing of the record (security.md
    4.4, rule 6). Raises `WrongState` before the meeting was put on record.
    """
    note = note.strip()
    with acting(by=by) as act:
        require(by, Action.DUTY_CHECK)
        user = _person(by)
        duty = locked(user, duty_id)
        if duty.kind != DutyKind.LIFE_MEETING:
            raise WrongState("四项检查只用于民主生活会。")
        if duty.recorded_at is None:
            raise WrongState("会议还没有登记，登记后再记录检查情况。")
        if duty.subject_unit_id in scope_for(user).unit_ids:
            raise NotAllowed("本单位的会议由其他单位的监督检查人员检查。")
        given = {key: answers.get(key, "") for key, _ in CHECK_POINTS}
        wrong = {key: ["请选择是或否"] for key, v in given.items() if v not in ("yes", "no")}
        if len(note) > MOST_TEXT:
            wrong["note"] = [f"说明不能超过 {MOST_TEXT} 字"]
        if wrong:
            raise Invalid("四项都要作出判断，请逐项选择。", details=wrong)
        before = dict(duty.check_answers)
        duty.check_answers = {**given, "note": note}
        duty.checked_at, duty.checked_by = now, user
        _save(duty)
        words = {"yes": "是", "no": "否", "": ""}
        act.record(
            "duty.check",
            duty,
            summary=f"检查{duty}：{sum(v == 'yes' for v in given.values())} 项做到",
            units=[duty.subject_unit_id],
            changes=[
                change(key, label, words[before.get(key, "")], words[given[key]])
                for key, label in CHECK_POINTS
                if before.get(key, "") != given[key]
            ],
        )
    return duty


def may_write(user: User, duty: Duty) -> bool:
    """Whether `user` may put this duty on record: who owes it, or the office for the county."""
    scope = scope_for(user)
    if not scope.may(Action.DUTY_RECORD):
        return False
    if scope.may(Action.DUTY_MANAGE) or duty.subject_unit_id in scope.unit_ids:
        return True
    if duty.post_id is not None:
        return duty.post_id in scope.post_ids
    return duty.subject_unit_id in set(answered_units(scope.post_ids))


def require_writer(user: User, duty: Duty) -> None:
    """Raise `NotAllowed` unless `user` may put this duty on record."""
    if not may_write(user, duty):
        raise NotAllowed("这一事项由责任单位、责任人或者政府办公室登记。")


def locked(user: User, duty_id: int) -> Duty:
    """The duty, within what `user` sees, locked and read again."""
    duty: Duty = find(
        Duty.objects.visible_to(user)
        .select_for_update(of=("self",))
        .select_related("rule", "unit", "post__unit", "county"),
        pk=duty_id,
    )
    return duty


def complete_talks(act: Act, *, duty: Duty, is_complete: bool, on: date) -> None:
    """Done once every person was talked with, owed again after a voided talk (services.talks)."""
    if is_complete and duty.state == DutyState.OPEN:
        _move(duty, DutyState.DONE)
        duty.held_on = duty.done_on = on
    elif not is_complete and duty.state == DutyState.DONE:
        _move(duty, DutyState.OPEN)
        duty.held_on = duty.done_on = None
    else:
        return
    _save(duty)
    act.record(
        "duty.record",
        duty,
        summary=f"{duty}{duty.get_state_display()}",
        units=[duty.subject_unit_id],
        changes=[change("state", "状态", "", duty.get_state_display())],
    )


def _move(duty: Duty, state: str) -> None:
    if state not in DUTY_TRANSITIONS[duty.state]:
        raise WrongState(f"{duty}{duty.get_state_display()}，请刷新页面后查看。")
    duty.state = state


def _save(duty: Duty) -> None:
    duty.revision += 1
    try:
        duty.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    duty.save()


def _need(text: str, label: str) -> None:
    if not text:
        raise Invalid(f"请填写{label}。", details={"reason": [f"请填写{label}"]})
    if len(text) > MOST_TEXT:
        raise Invalid(
            f"{label}不能超过 {MOST_TEXT} 字，请缩短。",
            details={"reason": [f"不能超过 {MOST_TEXT} 字"]},
        )


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("履责事项须由登录人员办理。")
    return by.user


def _told(duty: Duty, before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The record's changes by the names of its fields."""
    told = []
    for field in FIELDS[duty.kind]:
        was, now = before.get(field.key, ""), duty.record.get(field.key, "")
        if was == now:
            continue
        if field.shape == "units":
            told.append(change(field.key, field.label, f"{len(was or [])} 个", f"{len(now)} 个"))
        else:
            told.append(change(field.key, field.label, was, now))
    if before.get("sendings") != duty.record.get("sendings"):
        told.append(change("sendings", "报送和签收", _sent(before, duty), _sent(duty.record, duty)))
    told.append(change("held_on", "开展日期", "", duty.held_on or ""))
    return told


def _sent(content: Mapping[str, Any], duty: Duty) -> str:
    return "；".join(
        f"{name} {row['sent_on'] or '未报送'}"
        + (f" 签收 {row['receipt_on']}" if row["receipt_on"] else "")
        for name, row in zip(duty.rule.send_to, content.get("sendings") or [], strict=False)
    )
