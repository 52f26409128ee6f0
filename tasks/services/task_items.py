"""任务: change a deadline, the measure of done or the wording, mark as done, reopen, void."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability import pinyin
from accountability.access import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import Post
from accountability.refusals import Conflict, Invalid, NotFound, WrongState
from accountability.services import audit
from tasks import slips
from tasks.models import (
    TASK_TRANSITIONS,
    Assignment,
    Paper,
    PaperState,
    TaskItem,
    TaskState,
)
from tasks.selectors.held import key_of
from tasks.services import commitments
from tasks.services.slots import REASON_WANTED, members_by_group

# What a letter prints and takes on by an annex.
PRINTED = frozenset({"due_on", "due_text", "heading", "text"})
CHANGED = "这项任务已由他人修改，请核对现在的内容后再提交。"


def change_due(
    *,
    by: Actor,
    item: TaskItem,
    due_on: date | None,
    due_text: str,
    reason: str = "",
    version: int,
) -> TaskItem:
    """Set the deadline and its wording; a task that is handed out wants a reason (调整依据).

    `version` is the task's as the person saw it: `Conflict` when it has changed since.
    """
    return _change(
        by=by,
        item=item,
        values={"due_on": due_on, "due_text": due_text.strip()},
        reason=reason,
        version=version,
        action="task.due",
        told="调整时限",
    )


def change_measure(
    *, by: Actor, item: TaskItem, measure: str, reason: str = "", version: int
) -> TaskItem:
    """Set the measure of done (完成标准); rules as of `change_due`."""
    return _change(
        by=by,
        item=item,
        values={"measure": measure.strip()},
        reason=reason,
        version=version,
        action="task.measure",
        told="调整完成标准",
    )


def correct(
    *,
    by: Actor,
    item: TaskItem,
    heading: str,
    text: str,
    reason: str = "",
    version: int,
    choice: commitments.Choice | None = None,
) -> TaskItem:
    """更正文字: put the wording right; rules as of `change_due`.

    A slip of the pen goes into an annex to the signed letters that print it.
    Anything more is another change: `choice` says what becomes of them, and
    `LettersConcerned` is raised without one.
    """
    if not heading.strip():
        raise Invalid("请填写任务内容。", details={"heading": ["请填写任务内容"]})
    return _change(
        by=by,
        item=item,
        values={"heading": heading.strip(), "text": text.replace("\r\n", "\n").strip()},
        reason=reason,
        version=version,
        action="task.correct",
        told="更正文字",
        choice=choice,
    )


def mark_done(*, by: Actor, item: TaskItem, reason: str, version: int) -> TaskItem:
    """办结: the task is finished; `reason` says on what grounds."""
    return _move(by=by, item=item, to=TaskState.DONE, reason=reason, version=version)


def reopen(*, by: Actor, item: TaskItem, reason: str, version: int) -> TaskItem:
    """A finished task is taken up again."""
    return _move(by=by, item=item, to=TaskState.ISSUED, reason=reason, version=version)


def void(
    *,
    by: Actor,
    item: TaskItem,
    reason: str,
    version: int,
    choice: commitments.Choice | None = None,
) -> TaskItem:
    """作废: the task no longer holds; it is kept with its history.

    `choice` says what becomes of signed letters that print it; `LettersConcerned` without one.
    """
    return _move(by=by, item=item, to=TaskState.VOID, reason=reason, version=version, choice=choice)


def _locked(by: Actor, item: TaskItem, version: int, mine: dict[str, Any]) -> TaskItem:
    """The row as it stands now, locked; `Conflict` with both versions when it moved on."""
    require(by, Action.TASK_EDIT)
    paper = Paper.objects.select_for_update().defer("reading", "findings").get(pk=item.paper_id)
    if paper.state == PaperState.CLOSED:
        raise WrongState("这份意见已归档，不能再改。")
    rows = TaskItem.objects.select_for_update()
    if by.user is not None:
        rows = rows.filter(pk__in=TaskItem.objects.visible_to(by.user, item=item.pk).values("pk"))
    now = rows.filter(pk=item.pk).first()
    if now is None:
        raise NotFound
    if now.version != version:
        raise Conflict(
            CHANGED,
            details={
                "mine": mine,
                "theirs": {
                    "due_on": now.due_on.isoformat() if now.due_on else "",
                    "due_text": now.due_text,
                    "measure": now.measure,
                    "state": now.get_state_display(),
                },
                "version": now.version,
            },
        )
    return now


def _change(
    *,
    by: Actor,
    item: TaskItem,
    values: dict[str, Any],
    reason: str,
    version: int,
    action: str,
    told: str,
    choice: commitments.Choice | None = None,
) -> TaskItem:
    with acting(by=by, reason=reason.strip()) as act:
        now = _locked(by, item, version, {k: audit.shown(v) for k, v in values.items()})
        if now.state not in (TaskState.DRAFT, TaskState.ISSUED):
            raise WrongState(f"这项任务已{now.get_state_display()}，不能再{told}。")
        changes = audit.differences(now, values)
        if not changes:
            act.unchanged()
            return now
        if now.state == TaskState.ISSUED and not reason.strip():
            raise Invalid(REASON_WANTED, details={"reason": [REASON_WANTED]})
        wording = (now.heading, now.text)
        for name, value in values.items():
            setattr(now, name, value)
        now.heading_pinyin, now.heading_initials = pinyin.text_keys(now.heading)
        _store(act, now, action, f"{told}：{now.number} {now.heading}", changes)
        if now.state == TaskState.ISSUED:
            slip = all(map(slips.is_slip, wording, (now.heading, now.text)))
            if slip and {c["field"] for c in changes} & PRINTED:
                commitments.amend(act, now.pk, reason.strip())
            elif not slip:
                commitments.settle(act, [now.pk], choice)
    return now


def _move(
    *,
    by: Actor,
    item: TaskItem,
    to: TaskState,
    reason: str,
    version: int,
    choice: commitments.Choice | None = None,
) -> TaskItem:
    with acting(by=by, reason=reason.strip()) as act:
        now = _locked(by, item, version, {"state": to.label})
        if to not in TASK_TRANSITIONS[now.state]:
            raise WrongState(f"这项任务现在是“{now.get_state_display()}”，不能改为“{to.label}”。")
        if not reason.strip():
            raise Invalid("请填写依据。", details={"reason": ["请填写依据，如会议纪要文号"]})
        changes = [audit.change("state", "状态", now.get_state_display(), to.label)]
        told = {"done": "办结", "issued": "重新办理", "void": "作废"}[to.value]
        was_out = now.state != TaskState.DRAFT
        now.state = to
        _store(act, now, f"task.{to.value}", f"{told}：{now.number} {now.heading}", changes)
        if to == TaskState.VOID and was_out:
            commitments.settle(act, [now.pk], choice)
    return now


def _store(
    act: Act, item: TaskItem, action: str, summary: str, changes: list[dict[str, Any]]
) -> None:
    item.version += 1
    try:
        item.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    item.save()
    held = {key_of(row) for row in Assignment.objects.on(timezone.localdate()).filter(item=item)}
    act.record(action, item, summary=summary, changes=changes, units=sorted(units_held(held)))


def units_held(keys: set[str]) -> set[int]:
    """The units that holders (p12, u5, g3) stand for today: a seat's own, a group's members."""
    units = {int(key[1:]) for key in keys if key[0] == "u"}
    posts = [int(key[1:]) for key in keys if key[0] == "p"]
    if posts:
        units.update(Post.objects.filter(pk__in=posts).values_list("unit_id", flat=True))
    groups = {int(key[1:]) for key in keys if key[0] == "g"}
    for members in members_by_group(groups, on=timezone.localdate()).values():
        units |= members
    return units
