"""督办文书: drafted by one of the office, sent by another; void with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from accountability import workdays
from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, Unit
from accountability.models.dated import holds_on
from accountability.refusals import Invalid, NotAllowed, NotFound
from accountability.services import bulk, outbox
from accountability.services.audit import Note, change, differences
from tasks.models import (
    NOTICE_TRANSITIONS,
    WARNING_COLOURS,
    Colour,
    Notice,
    NoticeKind,
    NoticeState,
    TaskItem,
)
from tasks.services import numbering
from tasks.services.acts import check, day_of, move, person, save, words
from tasks.services.telling import notice_link, people_of_units

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says. `source_kind` with `source_id` names what it came from, where known."""

    kind: str
    title: str
    demand: str
    source_kind: str
    source_text: str = ""
    source_id: int | None = None
    colour: str = Colour.YELLOW
    colour_reason: str = ""
    ack_days: int = 2
    answer_days: int = 5


def locked(by: Actor, notice_id: int) -> Notice:
    """The notice within what `by` may see, locked until the transaction ends."""
    row: Notice = find(_rows(by).select_for_update(of=("self",)), pk=notice_id)
    return row


def _rows(by: Actor) -> QuerySet[Notice]:
    return Notice.objects.visible_to(person(by)).select_related("county", "unit")


def told(row: Notice) -> str:
    """How the trail and refusals name it: number, or kind and title, with its unit."""
    return f"{row}（{row.unit}）"


def draft(
    *,
    by: Actor,
    content: Content,
    unit_ids: Sequence[int],
    item_id: int | None = None,
    follows_id: int | None = None,
    now: datetime | None = None,
) -> list[Notice]:
    """One draft for each unit (一事一单). Nothing is sent, no number is taken."""
    user, (_, on) = person(by), day_of(now)
    with acting(by=by) as act:
        require(by, Action.NOTICE_EDIT)
        assert user.county is not None
        units = _units(user.county, unit_ids, on)
        item = find(TaskItem.objects.visible_to(user), pk=item_id) if item_id else None
        before = _followed(by, follows_id)
        rows = []
        for unit in units:
            row = Notice(
                county=user.county, year=on.year, unit=unit, item=item, follows=before,
                made_by=user, **_values(content),
            )  # fmt: skip
            check(row)
            rows.append(row)
        made = bulk.create(rows)
        act.record_many(
            [Note("notice.draft", row, f"拟{told(row)}", units=[row.unit_id]) for row in made]
        )
    return made


def _values(content: Content) -> dict[str, Any]:
    if content.kind not in NoticeKind.values:
        raise Invalid("请选择文种。", details={"kind": ["请选择文种"]})
    if content.colour not in WARNING_COLOURS:
        raise Invalid("颜色只能是黄色、橙色或红色。", details={"colour": ["请重新选择"]})
    reason = content.colour_reason.strip()
    if content.colour != Colour.YELLOW:
        reason = words(reason, "colour_reason", "直接定为橙色、红色的，请填写理由", 200)
    return {
        "kind": content.kind,
        "title": words(content.title, "title", "请填写事项", 120),
        "demand": words(content.demand, "demand", "请填写办理要求", 2000),
        "source_kind": content.source_kind,
        "source_text": content.source_text.strip(),
        "source_id": content.source_id,
        "colour": content.colour,
        "colour_reason": reason,
        "ack_days": content.ack_days,
        "answer_days": content.answer_days,
    }


def _units(county: County, unit_ids: Sequence[int], on: date) -> list[Unit]:
    wanted = list(dict.fromkeys(unit_ids))
    if not wanted:
        raise Invalid("请选择承办单位。", details={"units": ["请选择承办单位"]})
    if len(wanted) > MOST_AT_ONCE:
        sentence = f"一次最多拟 {MOST_AT_ONCE} 份，请分批办理。"
        raise Invalid(sentence, details={"units": [sentence]})
    found = {u.pk: u for u in Unit.objects.filter(holds_on(on), county=county, pk__in=wanted)}
    if len(found) != len(wanted):
        sentence = "所选单位中有已停用的，请重新选择。"
        raise Invalid(sentence, details={"units": [sentence]})
    return [found[pk] for pk in wanted]


def _followed(by: Actor, notice_id: int | None) -> Notice | None:
    if notice_id is None:
        return None
    before: Notice = find(_rows(by), pk=notice_id)
    if before.issued_at is None or before.state == NoticeState.VOID:
        raise Invalid("接续的文书尚未签发或已作废，请重新选择。")
    return before


def revise(*, by: Actor, notice_id: int, content: Content) -> Notice:
    """Change a draft; what was sent is not changed any more."""
    with acting(by=by) as act:
        row = locked(by, notice_id)
        require(by, Action.NOTICE_EDIT)
        if row.state != NoticeState.DRAFT:
            raise Invalid("文书签发后不再改动；有误的，作废后重新拟稿。")
        values = _values(content)
        changes = differences(row, values)
        for name, value in values.items():
            setattr(row, name, value)
        save(row)
        act.record(
            "notice.revise", row, summary=f"修改{told(row)}", changes=changes, units=[row.unit_id]
        )
    return row


def issue(*, by: Actor, notice_ids: Sequence[int], now: datetime | None = None) -> list[Notice]:
    """签发: number and send drafts, in the order given; all of them or none.

    Who drafted one does not send it. The clocks run in working days from the
    day after. Raises `NotFound` where one is out of sight.
    """
    user, (moment, on) = person(by), day_of(now)
    wanted = list(dict.fromkeys(notice_ids))
    if not wanted:
        raise Invalid("请先勾选要签发的文书。")
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(f"一次最多签发 {MOST_AT_ONCE} 份，请分批办理。")
    with acting(by=by) as act:
        # In the order of their ids, so that two who send at once do not wait for each other.
        found = {
            row.pk: row
            for row in _rows(by)
            .filter(pk__in=wanted)
            .order_by("pk")
            .select_for_update(of=("self",))
        }
        if len(found) != len(wanted):
            raise NotFound
        require(by, Action.NOTICE_ISSUE)
        rows = [found[pk] for pk in wanted]
        calendar = workdays.of(rows[0].county_id)
        for row in rows:
            move(row, NoticeState.ISSUED, NOTICE_TRANSITIONS)
            if row.answer_days < row.ack_days:
                raise Invalid(f"{told(row)}的反馈时限短于签收时限，请先修改。")
            if row.made_by_id == user.pk:
                raise NotAllowed("拟稿人不能签发自己拟的文书，请由办公室另一位负责人签发。")
            row.year = on.year
            row.ack_due_on = calendar.add(on, row.ack_days)
            row.answer_due_on = calendar.add(on, row.answer_days)
            row.issued_at, row.issued_by = moment, user
            row.number = numbering.register().take(
                county=row.county, kind=row.kind, year=on.year, for_=row
            )
            save(row)
        act.record_many(
            [
                Note(
                    "notice.issue",
                    row,
                    f"签发{told(row)}，{row.ack_due_on:%Y-%m-%d} 前签收，"
                    f"{row.answer_due_on:%Y-%m-%d} 前反馈",
                    [change("number", "编号", "", row.number)],
                    [row.unit_id],
                )
                for row in rows
            ]
        )
        _tell_units(act, rows, on)
    return rows


def _tell_units(act: Act, rows: list[Notice], on: date) -> None:
    people = people_of_units([row.unit_id for row in rows], on=on)
    for row in rows:
        outbox.tell(
            act,
            people=people.get(row.unit_id, []),
            rule="notice.issued",
            on=on,
            title=f"{row.get_kind_display()} {row.number}：{row.title}",
            text=f"请于 {row.ack_due_on:%Y-%m-%d} 前签收，{row.answer_due_on:%Y-%m-%d} 前反馈。",
            link=notice_link(row.pk),
            about=row,
            county=row.county_id,
        )


def void(*, by: Actor, notice_id: int, reason: str, now: datetime | None = None) -> Notice:
    """作废: a draft by anybody of the office; what was sent by who may send, and its number too."""
    user, (moment, _) = person(by), day_of(now)
    with acting(by=by, reason=reason.strip()) as act:
        row = locked(by, notice_id)
        require(by, Action.NOTICE_EDIT if row.issued_at is None else Action.NOTICE_ISSUE)
        reason = words(reason, "reason", "请填写作废理由", 200)
        before = move(row, NoticeState.VOID, NOTICE_TRANSITIONS)
        row.voided_at, row.voided_by, row.void_reason = moment, user, reason
        save(row)
        if row.number:
            numbering.register().void(by=by, for_=row, reason=reason)
        act.record(
            "notice.void",
            row,
            summary=f"作废{told(row)}：{reason}",
            changes=[change("state", "状态", before, row.get_state_display())],
            units=[row.unit_id],
        )
    return row
