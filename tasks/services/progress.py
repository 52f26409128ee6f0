"""进展: save a draft, hand it in, report zero in one step, confirm as the unit's head.

`save`, `submit`, `report_zero` and `confirm` are open to other parts of the
portal; `tasks.selectors.progress.latest` tells what was reported last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Role, RoleGrant, Unit, User
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services.audit import change, differences
from tasks.models import (
    PROGRESS_TRANSITIONS,
    WRITABLE,
    Evidence,
    Milestone,
    Part,
    Progress,
    ProgressEvidence,
    ProgressState,
    TaskItem,
    TaskState,
)
from tasks.periods import Period
from tasks.selectors.report_days import report_days
from tasks.selectors.reporters import part_of
from tasks.services import receipts

ZERO = "本季度没有新的进展（零报告）。"
CHANGED = "这份进展已由本单位其他人员修改，请核对两个版本后再保存。"
LONGEST = 4000
MOST_EVIDENCE = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """What a unit says: the text, how far it is, what supports it (evidence ids)."""

    text: str
    percent: int | None = None
    milestone_id: int | None = None
    evidence: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a report belongs: a task, a unit, a quarter."""

    item: TaskItem
    unit: Unit
    period: Period


def save(
    *, by: Actor, place: Place, entry: Entry, version: int, on: date, token: str = ""
) -> Progress:
    """存草稿. `version` is the row's as the person saw it, 0 where there was none.

    Raises `Conflict` with both versions when somebody of the unit has changed
    it since; the same `token` sent again changes nothing more.
    """
    return _write(by=by, place=place, entry=entry, version=version, on=on, token=token, hand_in="")


def submit(
    *, by: Actor, place: Place, entry: Entry, version: int, on: date, token: str = ""
) -> Progress:
    """提交审核: save and hand in. After the county's day for it the report is 逾期补报."""
    return _write(
        by=by, place=place, entry=entry, version=version, on=on, token=token, hand_in="提交"
    )


def report_zero(*, by: Actor, place: Place, version: int, on: date, token: str = "") -> Progress:
    """零报告 in one step: nothing new this quarter; a share reached before stays as it was."""
    last = _last_before(place)
    entry = Entry(ZERO, percent=last.percent if last else None)
    return _write(
        by=by, place=place, entry=entry, version=version, on=on, token=token, hand_in="零报告"
    )


def confirm(*, by: Actor, progress_id: int, version: int) -> Progress:
    """单位负责人确认: by the head of the reporting unit, who did not report it himself."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.PROGRESS_CONFIRM)
        row = locked(user, progress_id, version)
        if not heads(user, row.unit_id):
            raise NotAllowed("只有报送单位的负责人可以确认本单位的进展。")
        if is_own(user, row.reported_by):
            raise NotAllowed("本人报送的进展须由另一人确认，请由联络员报送。")
        before = row.get_state_display()
        move(row, ProgressState.CONFIRMED)
        row.confirmed_at, row.confirmed_by = timezone.now(), user
        store(row)
        act.record(
            "progress.confirm",
            row,
            summary=f"单位负责人确认{row}",
            units=[row.unit_id],
            changes=[change("state", "状态", before, row.get_state_display())],
        )
    return row


def _write(
    *,
    by: Actor,
    place: Place,
    entry: Entry,
    version: int,
    on: date,
    token: str,
    hand_in: str,
) -> Progress:
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.PROGRESS_REPORT)
        item = _item(user, place)
        part = _part(user, item, place, on=on)
        token = _named(token, place)
        if (told := receipts.told_before(by, token)) is not None:
            act.unchanged()
            return Progress.objects.select_related("unit", "item").get(pk=told["progress"])
        row = _row(place, part)
        values = _values(item, entry)
        _check_version(row, version, values)
        if row.state not in WRITABLE:
            raise WrongState(
                f"这份进展已提交（{row.get_state_display()}），要改的请办公室退回后再改。"
            )
        values |= {"part": part, "is_zero": hand_in == "零报告"}
        told_changes = [] if row.pk is None else differences(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        before = row.get_state_display() if row.pk else ""
        if hand_in:
            _hand_in(row, user, on=on)
            told_changes.append(change("state", "状态", before, row.get_state_display()))
        if row.pk is None:
            told_changes.append(change("text", "进展情况", "", row.text))
            _checked(row)
            row.save()
            links = _support(user, row, entry.evidence)
        else:
            links = _support(user, row, entry.evidence)
            if not told_changes and not links:
                act.unchanged()
                return row
            store(row)
        act.record(
            "progress.submit" if hand_in else "progress.save",
            row,
            summary=(f"{hand_in}：{row}" + ("（逾期补报）" if row.is_late else ""))
            if hand_in
            else f"保存草稿：{row}",
            units=[row.unit_id],
            changes=[*told_changes, *links],
        )
        receipts.keep(by, token, {"progress": row.pk})
    return row


def _named(token: str, place: Place) -> str:
    """The token as it counts: for this report alone, and never another service's."""
    if not token:
        return ""
    of = f"progress:{place.item.pk}:{place.unit.pk}:{place.period.code}:{token}"
    return hashlib.sha256(of.encode()).hexdigest()


def _item(user: User, place: Place) -> TaskItem:
    """The task, locked: two reports at once of one unit stand in a row here."""
    rows = TaskItem.objects.select_for_update(of=("self",))
    visible = TaskItem.objects.visible_to(user, item=place.item.pk).values("pk")
    item: TaskItem = find(rows.filter(pk__in=visible), pk=place.item.pk)
    if item.state != TaskState.ISSUED:
        raise WrongState(f"这项任务{item.get_state_display()}，不再报送进展。")
    if place.period.year != item.year:
        raise Invalid(f"这项任务属于 {item.year} 年度，请选择 {item.year} 年的季度。")
    return item


def _part(user: User, item: TaskItem, place: Place, *, on: date) -> Part:
    if place.unit.pk not in scope_for(user).unit_ids:
        raise NotAllowed("只能报送本单位的进展，请由该单位的联络员报送。")
    part = part_of(item, place.unit.pk, on=on)
    if part is None:
        raise NotAllowed(f"{place.unit.name}不是这项任务的牵头单位或责任单位，不需要报送。")
    if place.period.first > on:
        raise Invalid(f"{place.period.label}还没有开始，到时再报。")
    return part


def _row(place: Place, part: Part) -> Progress:
    known: Progress | None = (
        Progress.objects.select_for_update(of=("self",))
        .filter(item=place.item, unit=place.unit)
        .of_period(place.period)
        .first()
    )
    if known is not None:
        known.unit, known.item = place.unit, place.item
        return known
    return Progress(
        county_id=place.item.county_id,
        item=place.item,
        unit=place.unit,
        year=place.period.year,
        quarter=place.period.quarter,
        part=part,
    )


def _values(item: TaskItem, entry: Entry) -> dict[str, Any]:
    text = entry.text.replace("\r\n", "\n").strip()
    if len(text) > LONGEST:
        raise Invalid(f"进展情况不超过 {LONGEST} 字，请精简。", details={"text": ["过长，请精简"]})
    if entry.percent is not None and not 0 <= entry.percent <= 100:
        raise Invalid("完成比例须在 0 至 100 之间。", details={"percent": ["须在 0 至 100 之间"]})
    milestone = None
    if entry.milestone_id is not None:
        milestone = Milestone.objects.filter(
            pk=entry.milestone_id, item=item, is_dropped=False
        ).first()
        if milestone is None:
            raise Invalid("所选节点已不在这项任务中，请刷新后重选。")
    return {"text": text, "percent": entry.percent, "milestone": milestone}


def _check_version(row: Progress, version: int, mine: dict[str, Any]) -> None:
    now = row.version if row.pk else 0
    if now == version:
        return
    raise Conflict(
        CHANGED,
        details={
            "mine": {"text": mine["text"], "percent": mine["percent"]},
            "theirs": {
                "text": row.text,
                "percent": row.percent,
                "state": row.get_state_display() if row.pk else "",
            },
            "version": now,
        },
    )


def _hand_in(row: Progress, user: User, *, on: date) -> None:
    if not row.text:
        raise Invalid(
            "请填写进展情况后再提交；没有新进展的，点“零报告”。",
            details={"text": ["请填写进展情况"]},
        )
    move(row, ProgressState.SUBMITTED)
    # Handed in again after a return it is as late or as timely as it was at first.
    if row.reported_at is None:
        row.is_late = on > report_days(row.county_id).deadline(row.period)
    row.reported_at, row.reported_by = timezone.now(), user
    row.confirmed_at = row.confirmed_by = None
    row.reviewed_at = row.reviewed_by = None


def _support(user: User, row: Progress, evidence: Sequence[int]) -> list[dict[str, Any]]:
    """Rest the report on exactly these pieces of the unit's evidence; the changes in names."""
    wanted = list(dict.fromkeys(evidence))
    if len(wanted) > MOST_EVIDENCE:
        raise Invalid(f"一份进展最多附 {MOST_EVIDENCE} 件佐证，请精选。")
    links = {link.evidence_id: link for link in row.evidence_links.select_related("evidence")}
    found = {
        e.pk: e for e in Evidence.objects.visible_to(user).filter(unit=row.unit, pk__in=wanted)
    }
    if missing := set(wanted) - set(found):
        raise Invalid(f"有 {len(missing)} 件佐证不是本单位的，请刷新后重选。")
    if any(e.is_held for e in found.values()):
        raise Invalid("有佐证因密级标志被隔离，不能选用。请移除后再提交，并向保密工作机构报告。")
    before = [link.evidence.name for link in links.values() if not link.is_dropped]
    for pk in wanted:
        link = links.get(pk) or ProgressEvidence(progress=row, evidence=found[pk])
        if link.pk is None or link.is_dropped:
            link.is_dropped = False
            link.save()
    for pk, link in links.items():
        if pk not in found and not link.is_dropped:
            link.is_dropped = True
            link.save()
    after = [found[pk].name for pk in wanted]
    return [change("evidence", "佐证", before, after)] if set(before) != set(after) else []


def _last_before(place: Place) -> Progress | None:
    return (
        Progress.objects.filter(item=place.item, unit=place.unit)
        .before(place.period)
        .order_by("-year", "-quarter")
        .first()
    )


def person(by: Actor) -> User:
    """The signed-in person; progress is never reported by the system itself."""
    if by.user is None:
        raise NotAllowed("进展须由本人登录办理。")
    return by.user


def heads(user: User, unit_id: int) -> bool:
    """Whether `user` has the role of head of this very unit today."""
    return RoleGrant.objects.filter(
        holds_on(scope_for(user).day), user=user, role=Role.UNIT_HEAD, unit_id=unit_id
    ).exists()


def is_own(user: User, other: User | None) -> bool:
    """Whether both accounts are one person's."""
    return other is not None and (
        other.pk == user.pk or (user.person_id is not None and other.person_id == user.person_id)
    )


def locked(user: User, progress_id: int, version: int) -> Progress:
    """A report in the asker's sight, locked; `Conflict` when it has changed since it was seen."""
    row: Progress = find(
        Progress.objects.filter(pk__in=Progress.objects.visible_to(user).values("pk"))
        .select_for_update(of=("self",))
        .select_related("item", "unit", "reported_by", "confirmed_by"),
        pk=progress_id,
    )
    if row.version != version:
        who = row.reviewed_by or row.confirmed_by or row.reported_by
        raise Conflict(
            f"这份进展现在是“{row.get_state_display()}”"
            f"{f'（{who.display_name}办理）' if who else ''}，请核对后再办理。",
            details={
                "mine": {"version": version},
                "theirs": {"text": row.text, "state": row.get_state_display()},
                "version": row.version,
            },
        )
    return row


def move(row: Progress, to: ProgressState) -> None:
    """Set the state where the table allows it; raises `WrongState`."""
    if to not in PROGRESS_TRANSITIONS[row.state]:
        raise WrongState(f"{row}现在是“{row.get_state_display()}”，不能改为“{to.label}”。")
    row.state = to


def store(row: Progress) -> None:
    """Check and save a change of an existing report."""
    row.version += 1
    _checked(row)
    row.save()


def _checked(row: Progress) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
