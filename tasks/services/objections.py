"""异议申诉: raised within 30 days, decided within 30 by somebody else (政府督查工作条例 17).

Findings may be objected to. Whatever else may be (a campaign's conclusion) is
told of here by its own part, which registers how it is found and what follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.door import Act, Actor, acting
from accountability.models import User
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import outbox
from accountability.services.audit import change
from tasks.models import OBJECTION_TRANSITIONS, Finding, FindingState, Objection, ObjectionState
from tasks.services import findings
from tasks.services.acts import day_of, move, person, require_unit, save, words
from tasks.services.telling import finding_link, people_of_office, people_of_units

DAYS_TO_OBJECT = 30
DAYS_TO_DECIDE = 30


@dataclass(frozen=True, slots=True)
class Against:
    """What is objected to: its name, when it was fed back to the unit, and who made it."""

    title: str
    told_on: date
    maker: User


# (the asker, the object's id, the unit's id) → None where there is no such thing in sight.
Finder = Callable[[User, int, int], Against | None]
# What a decision does to the object, in the door that decides.
Follow = Callable[[Act, Objection], None]
_kinds: dict[str, tuple[Finder, Follow]] = {}
# The page of each kind that shows the object, with the objection to it.
_routes: dict[str, str] = {}


def register(kind: str, finder: Finder, follow: Follow, route: str) -> None:
    """Make something beside findings objectionable; called when the portal starts."""
    _kinds[kind] = (finder, follow)
    _routes[kind] = route


def link_of(row: Objection) -> str:
    """Where an objection is read and decided; "" for a kind that nobody registered."""
    if row.finding_id is not None:
        return finding_link(row.finding_id)
    route = _routes.get(row.subject_kind)
    return reverse(route, args=[row.subject_id]) if route else ""


def to_finding(
    *, by: Actor, finding_id: int, grounds: str, now: datetime | None = None
) -> Objection:
    """Object to a finding that stands, for the unit that it was served on. Once."""
    _, on = day_of(now)
    with acting(by=by) as act:
        finding = findings.locked(by, finding_id)
        user = require_unit(by, finding.unit_id)
        if finding.state != FindingState.STANDING:
            raise WrongState(f"{finding}现为“{finding.get_state_display()}”，不能申诉。")
        if Objection.objects.filter(finding=finding).exists():
            raise Conflict("对这个问题已经提出过申诉，请查看复核情况。")
        assert finding.established_at is not None
        assert finding.established_by is not None
        told_on = timezone.localdate(finding.established_at)
        _check_in_time(told_on, on)
        row = Objection(
            county=finding.county, unit=finding.unit, finding=finding,
            subject_text=f"问题 {finding}"[:200], against=finding.established_by,
        )  # fmt: skip
        _raise(act, row, user, grounds, now)
    return row


def to_subject(
    *,
    by: Actor,
    kind: str,
    subject_id: int,
    unit_id: int,
    grounds: str,
    now: datetime | None = None,
) -> Objection:
    """Object to a thing of a registered kind. Raises `NotFound` where it is out of sight."""
    _, on = day_of(now)
    with acting(by=by) as act:
        asker = person(by)
        found = _kinds[kind][0](asker, subject_id, unit_id) if kind in _kinds else None
        if found is None:
            raise NotFound
        user = require_unit(by, unit_id)
        same = Q(subject_kind=kind, subject_id=subject_id, unit_id=unit_id)
        if Objection.objects.filter(same, county_id=user.county_id).exists():
            raise Conflict("对这份结论已经提出过申诉，请查看复核情况。")
        _check_in_time(found.told_on, on)
        row = Objection(
            county=user.county, unit_id=unit_id, subject_kind=kind, subject_id=subject_id,
            subject_text=found.title[:200], against=found.maker,
        )  # fmt: skip
        _raise(act, row, user, grounds, now)
    return row


def _check_in_time(told_on: date, on: date) -> None:
    last = told_on + timedelta(days=DAYS_TO_OBJECT)
    if on > last:
        raise WrongState(f"申诉须在收到之日起 {DAYS_TO_OBJECT} 日内提出，期限为 {last:%Y-%m-%d}。")


def _raise(act: Act, row: Objection, user: User, grounds: str, now: datetime | None) -> None:
    moment, on = day_of(now)
    row.grounds = words(grounds, "grounds", "请填写申诉理由", 4000)
    row.raised_at, row.raised_by = moment, user
    row.due_on = on + timedelta(days=DAYS_TO_DECIDE)
    save(row)
    act.record("objection.raise", row, summary=f"{row.unit}申诉：{row.subject_text}",
               units=[row.unit_id])  # fmt: skip
    people = people_of_office(row.county_id, on=on)
    _tell(act, row, people, "objection.raised", on, f"{row.unit}提出申诉，{row.due_on} 前作出决定")


def decide(
    *,
    by: Actor,
    objection_id: int,
    outcome: str,
    decision: str,
    facts: str = "",
    now: datetime | None = None,
) -> Objection:
    """维持, 变更 (with the facts as they are now held) or 撤销, by another than who made it.

    Late it is decided all the same; the day it was due stays beside it.
    """
    moment, on = day_of(now)
    with acting(by=by, reason=decision.strip()[:500]) as act:
        rows = Objection.objects.visible_to(person(by)).select_related("county", "unit")
        row: Objection = find(rows.select_for_update(of=("self",)), pk=objection_id)
        user = findings.require_examiner(by, Action.FINDING_DECIDE)
        if row.against_id == user.pk or (row.finding and row.finding.made_by_id == user.pk):
            raise NotAllowed("原认定人、拟稿人应当回避，请由另一人复核。")
        if outcome not in OBJECTION_TRANSITIONS[ObjectionState.OPEN]:
            raise Invalid("请选择复核决定。", details={"outcome": ["请选择复核决定"]})
        decision = words(decision, "decision", "请填写复核理由", 2000)
        before = move(row, outcome, OBJECTION_TRANSITIONS)
        row.decision, row.decided_at, row.decided_by = decision, moment, user
        save(row)
        changes = [change("state", "状态", before, row.get_state_display())]
        act.record(
            "objection.decide", row, changes=changes, units=[row.unit_id],
            summary=f"复核{row.unit}对{row.subject_text}的申诉：{row.get_state_display()}",
        )  # fmt: skip
        if row.finding_id is not None:
            _follow_finding(act, row, facts, moment)
        elif row.subject_kind in _kinds:
            _kinds[row.subject_kind][1](act, row)
        people = people_of_units([row.unit_id], on=on).get(row.unit_id, [])
        told = f"申诉复核决定：{row.get_state_display()}"
        _tell(act, row, people, "objection.decided", on, told)
    return row


def _follow_finding(act: Act, row: Objection, facts: str, moment: datetime) -> None:
    """What the decision does to the finding."""
    if row.state == ObjectionState.UPHELD:
        return
    finding = Finding.objects.select_for_update().get(pk=row.finding_id)
    if row.state == ObjectionState.REVOKED:
        findings.withdrawn(act, finding, reason=row.decision[:500], moment=moment)
        return
    facts = words(facts, "facts", "变更认定的，请填写变更后的事实", 4000)
    before, finding.facts = finding.facts, facts
    save(finding)
    act.record(
        "finding.changed",
        finding,
        summary=f"按申诉复核决定变更问题 {finding}",
        changes=[change("facts", "事实", before, facts)],
        units=[finding.unit_id],
    )


def _tell(act: Act, row: Objection, people: list[int], rule: str, on: date, title: str) -> None:
    outbox.tell(
        act,
        people=people,
        rule=rule,
        on=on,
        title=f"{row.subject_text}：{title}"[:200],
        link=link_of(row),
        about=row,
        county=row.county_id,
    )
