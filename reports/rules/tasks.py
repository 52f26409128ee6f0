"""任务: done, and done in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from accountability.models import GroupMembership, Layer, Post, User
from tasks.models import Assignment, TaskItem, TaskState
from tasks.outline.model import SlotKind

from .registry import Case, Rule, Source, Subject, register, source

KIND = "task"
LEADER_SLOTS = (SlotKind.RESPONSIBLE_LEADER, SlotKind.RESPONSIBLE_PERSON)


def cases(county_id: int, year: int, subjects: list[Subject], until: date) -> dict[str, list[Case]]:
    """The tasks handed out by `until` that lay on each subject on their deadline.

    Without a deadline: on `until`. A group stands for its members of that day; in
    the two slots of persons it stands for the first responsible seat of each. Four queries.
    """
    day_end = timezone.make_aware(datetime.combine(until, time.max))
    rows = list(
        Assignment.objects.filter(
            item__county_id=county_id,
            item__year=year,
            item__state__in=[TaskState.ISSUED, TaskState.DONE],
            item__issued_at__lte=day_end,
        )
        .order_by("item__paper_id", "item__order", "id")
        .values_list(
            "item_id", "item__number", "item__heading", "item__due_on", "item__state",
            "slot__kind", "unit_id", "post_id", "group_id", "valid_from", "valid_to",
        )
    )  # fmt: skip
    members = _members({row[8] for row in rows if row[8]})
    firsts = _first_seats(subjects)
    done = _done_on(county_id, year, {row[0] for row in rows if row[4] == TaskState.DONE})
    by_unit: dict[int, str] = {s.unit_id: s.key for s in subjects if s.unit_id}
    by_post: dict[int, str] = {s.post_id: s.key for s in subjects if s.post_id}
    found: dict[str, dict[int, Case]] = defaultdict(dict)
    for pk, number, heading, due, _, slot, unit, post, group, start, end in rows:
        day = due or until
        if not _held(start, end, day):
            continue
        keys = {by_unit.get(unit or 0), by_post.get(post or 0)}
        for member, m_start, m_end in members.get(group or 0, ()):
            if _held(m_start, m_end, day):
                if slot in LEADER_SLOTS:
                    keys.update(by_post.get(seat) for seat in firsts.get(member, ()))
                else:
                    keys.add(by_unit.get(member))
        keys.discard(None)
        if not keys:
            continue
        finished = done.get(pk)
        if finished is not None and finished > until:
            finished = None
        case = Case(
            KIND,
            pk,
            f"{number} {heading}",
            number,
            _told(due, finished, until),
            {"due": due, "done": finished},
        )
        for key in keys:
            found[str(key)].setdefault(pk, case)
    return {key: list(of_subject.values()) for key, of_subject in found.items()}


def _held(start: date, end: date | None, day: date) -> bool:
    return start <= day and (end is None or day < end)


def _told(due: date | None, finished: date | None, until: date) -> str:
    if finished is None:
        return f"应于 {due} 前办结，逾期未办结" if due and due < until else "办理中"
    if due and finished > due:
        return f"应于 {due} 前办结，{finished} 办结，逾期"
    return f"{finished} 办结"


def _members(groups: set[int]) -> dict[int, list[tuple[int, date, date | None]]]:
    found = defaultdict(list)
    rows = GroupMembership.objects.filter(group_id__in=groups)
    for group, *rest in rows.values_list("group_id", "unit_id", "valid_from", "valid_to"):
        found[group].append((rest[0], rest[1], rest[2]))
    return found


def _first_seats(subjects: list[Subject]) -> dict[int, list[int]]:
    seats = [s.post_id for s in subjects if s.post_id]
    found = defaultdict(list)
    if seats:
        rows = Post.objects.filter(pk__in=seats, layer=Layer.FIRST_RESPONSIBLE)
        for pk, unit in rows.values_list("pk", "unit_id"):
            found[unit].append(pk)
    return found


def _done_on(county_id: int, year: int, items: set[int]) -> dict[int, date]:
    """The day on which each task was done for the last time, by its history."""
    if not items:
        return {}
    versions: Any = TaskItem.history.model
    rows = versions.objects.filter(county_id=county_id, year=year, state__in=["done", "issued"])
    found: dict[int, date] = {}
    for pk, state, at in rows.order_by("history_id").values_list("id", "state", "history_date"):
        if state != TaskState.DONE:
            found.pop(pk, None)
        elif pk in items:
            found.setdefault(pk, timezone.localtime(at).date())
    return found


def _is_open(case: Case, until: date) -> bool:
    """Neither done nor past its deadline: too early to judge."""
    due = case.facts["due"]
    return case.facts["done"] is None and (due is None or due >= until)


def done_in_time(case: Case, until: date) -> bool | None:
    """Done on or before its deadline; without one, done."""
    if _is_open(case, until):
        return None
    due, finished = case.facts["due"], case.facts["done"]
    return finished is not None and (due is None or finished <= due)


def done(case: Case, until: date) -> bool | None:
    """Done by `until`, late or not."""
    return None if _is_open(case, until) else case.facts["done"] is not None


def _visible(user: User, ids: Iterable[int]) -> set[int]:
    return set(TaskItem.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


source(Source(KIND, "任务", cases, "task_detail", _visible))
register(
    Rule(
        "tasks_in_time",
        "任务按时办结",
        "分值 × 按时办结的任务数 ÷ 应计任务数。应计为截止日前已到时限或已办结的任务。",
        KIND,
        done_in_time,
    )
)
register(
    Rule(
        "tasks_done",
        "任务办结",
        "分值 × 办结的任务数 ÷ 应计任务数，逾期办结的也计为办结。"
        "应计为截止日前已到时限或已办结的任务。",
        KIND,
        done,
    )
)
