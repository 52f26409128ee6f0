"""分工确认: a 责任领导 confirms or objects to his slots; silence is told as such (rule 9).

Nothing is forced: a slot without an answer stands as it was handed out, and a
late word is taken as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from accountability import workdays
from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, User
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.rhythm import Made, Rule
from accountability.services import bulk, outbox
from accountability.services.audit import Note, change
from accountability.workdays import Workdays
from tasks.models import ANSWER_TRANSITIONS, AnswerState, Assignment, SlotAnswer, TaskItem
from tasks.selectors.slot_answers import (
    DAYS_TO_ANSWER,
    NOTHING_SAID,
    due_of,
    laid_on_leaders,
    with_incumbent,
)
from tasks.services.acts import day_of, move, person, save, words
from tasks.services.telling import people_of_office

NONE_LEFT = "没有待确认的分工，可能已经答复，请刷新后查看。"
ANSWERED = "这项分工已经答复或已调整，请刷新后查看。"


def confirm_all(*, by: Actor, expected: int | None = None, now: datetime | None = None) -> int:
    """全部确认: every slot of the own seats that waits; how many. Statements do not grow with them.

    `expected` is the number that the page showed: another number now is a `Conflict`.
    """
    moment, on = day_of(now)
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.SLOT_ANSWER)
        rows, late = _waiting(laid_on_leaders(on=on).filter(post_id__in=_seats(user)), on=on)
        if not rows:
            raise WrongState(NONE_LEFT)
        if expected is not None and expected != len(rows):
            raise Conflict(
                f"待确认的分工刚才是 {expected} 项，现在是 {len(rows)} 项，请核对后再确认。"
            )
        county_id = rows[0].item.county_id
        calendar = workdays.of(county_id)
        new = [_new(row, county_id, calendar) for row in rows if row.pk not in late]
        for row in (*new, *late.values()):
            row.state, row.answered_at, row.answered_by = AnswerState.CONFIRMED, moment, user
        bulk.create(new)
        bulk.update(list(late.values()), ["state", "answered_at", "answered_by"])
        _note(act, rows, "slot.confirm", "确认分工")
    return len(rows)


def object_(
    *, by: Actor, assignment_id: int, grounds: str, now: datetime | None = None
) -> SlotAnswer:
    """提出异议 to one slot of an own seat, with reasons; the office is told."""
    moment, on = day_of(now)
    user = person(by)
    with acting(by=by, reason=grounds.strip()[:500]) as act:
        require(by, Action.SLOT_ANSWER)
        mine = laid_on_leaders(on=on).filter(post_id__in=_seats(user))
        find(mine, pk=assignment_id)
        grounds = words(grounds, "grounds", "请填写异议理由", 500)
        rows, late = _waiting(mine.filter(pk=assignment_id), on=on)
        if not rows:
            raise WrongState(ANSWERED)
        county_id = rows[0].item.county_id
        row = late.get(assignment_id) or _new(rows[0], county_id, workdays.of(county_id))
        row.state, row.grounds = AnswerState.OBJECTED, grounds
        row.answered_at, row.answered_by = moment, user
        save(row)
        _note(act, rows, "slot.object", "对分工提出异议", said=grounds)
        item = rows[0].item
        outbox.tell(
            act,
            people=people_of_office(item.county_id, on=on),
            rule="slot.objected",
            on=on,
            title=f"{user.display_name}对 {item.number} 的分工提出异议"[:200],
            text=grounds,
            link=reverse("slot_answers"),
            about=row,
            county=item.county_id,
        )
    return row


def decide(
    *, by: Actor, answer_id: int, outcome: str, decision: str, now: datetime | None = None
) -> SlotAnswer:
    """采纳 or 不采纳 an objection; the slot itself is changed in 落实责任 as ever."""
    moment, on = day_of(now)
    user = person(by)
    with acting(by=by, reason=decision.strip()[:500]) as act:
        require(by, Action.SLOT_FILL)
        seen = SlotAnswer.objects.visible_to(user)
        row: SlotAnswer = find(
            seen.select_for_update(of=("self",)).select_related(
                "assignment__item", "assignment__slot", "assignment__post", "answered_by"
            ),
            pk=answer_id,
        )
        if outcome not in (AnswerState.ACCEPTED, AnswerState.DECLINED):
            raise Invalid("请选择采纳或不采纳。", details={"outcome": ["请选择采纳或不采纳"]})
        decision = words(decision, "decision", "请填写处理意见", 500)
        before = move(row, outcome, ANSWER_TRANSITIONS)
        row.decision, row.decided_at, row.decided_by = decision, moment, user
        save(row)
        item, post = row.assignment.item, row.assignment.post
        assert post is not None
        act.record(
            "slot.decide",
            item,
            summary=f"{item.number} {row.assignment.slot.label}：{row.get_state_display()}",
            changes=[change("answer", "分工确认", before, row.get_state_display())],
            units=[post.unit_id],
        )
        if row.answered_by is not None and row.answered_by.person_id:
            outbox.tell(
                act,
                people=[row.answered_by.person_id],
                rule="slot.decided",
                on=on,
                title=f"对 {item.number} 分工的异议：{row.get_state_display()}"[:200],
                text=decision,
                link=reverse("slot_answers"),
                about=row,
                county=row.county_id,
            )
    return row


def record_silence(county: County, on: date, by: Actor) -> Made:
    """The rule `slot.unanswered`: whose five working days are over without a word, once each."""
    return _record_silence(county, on, by)


def _record_silence(county: County, on: date, by: Actor) -> Made:
    calendar = workdays.of(county.pk)
    latest = on - timedelta(days=DAYS_TO_ANSWER)
    with acting(by=by) as act:
        held = laid_on_leaders(on=on).filter(
            item__county=county, item__issued_at__date__lte=latest, valid_from__lte=latest
        )
        rows, late = _waiting(held, on=on)
        fresh = [row for row in rows if county.started_on <= due_of(row, calendar) < on]
        fresh = [row for row in fresh if row.pk not in late]
        answers = [
            SlotAnswer(
                county=county, assignment=row, due_on=due_of(row, calendar),
                state=AnswerState.UNANSWERED, lapsed_on=on,
            )
            for row in fresh
        ]  # fmt: skip
        bulk.create(answers)
        if answers:
            _note(act, fresh, "slot.unanswered", "逾期未答复分工")
        else:
            act.unchanged()
    return Made(created=len(answers), existing=len(late))


RULE = Rule(
    "slot.unanswered",
    "责任领导未答复分工",
    f"分工下达或调整后第 {DAYS_TO_ANSWER} 个工作日仍未确认、未提出异议的，次日如实记录，每处一次",
    record_silence,
)


def _seats(user: User) -> frozenset[int]:
    """The seats held by tenure: nobody answers in another's stead."""
    return scope_for(user).own_post_ids


def _waiting(held: QuerySet[Assignment], *, on: date) -> tuple[list[Any], dict[int, SlotAnswer]]:
    """Locked, those on which nothing was said; the recorded silences among them by holding.

    Answers are read once more under the lock: whoever was first has said it.
    """
    rows = list(
        with_incumbent(held.filter(NOTHING_SAID), on=on)
        .select_for_update(of=("self",))
        .select_related("item", "slot", "post__unit")
        .order_by("pk")
    )
    said = {
        answer.assignment_id: answer
        for answer in SlotAnswer.objects.filter(assignment__in=[row.pk for row in rows])
    }
    silent = {pk: row for pk, row in said.items() if row.state == AnswerState.UNANSWERED}
    return [row for row in rows if row.pk not in said or row.pk in silent], silent


def _new(row: Any, county_id: int, calendar: Workdays) -> SlotAnswer:
    return SlotAnswer(county_id=county_id, assignment=row, due_on=due_of(row, calendar))


def _note(act: Act, rows: Sequence[Any], action: str, verb: str, *, said: str = "") -> None:
    """One event a task, in the task's own trail."""
    by_item: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_item[row.item_id].append(row)
    notes = []
    for held in by_item.values():
        item: TaskItem = held[0].item
        seats = "、".join(f"{row.slot.label} {row.post}" for row in held)
        summary = f"{verb}：{item.number} {seats}" + (f"，理由：{said}" if said else "")
        units = sorted({row.post.unit_id for row in held})
        notes.append(Note(action, item, summary[:500], [], units))
    act.record_many(notes)
