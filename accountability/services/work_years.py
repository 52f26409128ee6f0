"""工作日历: the office enters a year's 放假调休 over the shipped calendar."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError

from .. import workdays
from ..access import Action
from ..access.require import require
from ..door import Act, Actor, acting
from ..models import County, WorkYear
from ..models.work_year import FIRST_YEAR, LAST_YEAR
from ..refusals import Invalid, NotFound, WrongState
from .audit import change

WORDS = {True: "上班", False: "放假"}


def set_days(
    *, by: Actor, first: date, last: date, is_working: bool, name: str, reason: str
) -> WorkYear:
    """Say that one works, or does not, on each day from `first` to `last` of one year."""
    name = name.strip()
    if last < first or last.year != first.year:
        raise _wrong("last", "止日须与起日在同一年，且不早于起日，请改正。")
    if (last - first).days > 30:
        raise _wrong("last", "一次至多登记 31 天，请分次登记。")
    if not name:
        raise _wrong("name", "请填写名称，如 春节。")
    with acting(by=by, reason=reason) as act:
        row = _locked(by, first.year)
        day = first
        before = dict(row.days)
        while day <= last:
            row.days[day.isoformat()] = [is_working, name]
            day += workdays.DAY
        return _saved(act, row, before, f"{_span(first, last)} 定为{WORDS[is_working]}（{name}）")


def clear_day(*, by: Actor, day: date, reason: str) -> WorkYear:
    """Take one entry back: the day is again as the shipped calendar has it."""
    with acting(by=by, reason=reason) as act:
        row = _locked(by, day.year)
        if day.isoformat() not in row.days:
            raise WrongState(f"{day:%Y-%m-%d} 没有登记过调整，请刷新后查看。")
        before = dict(row.days)
        del row.days[day.isoformat()]
        return _saved(act, row, before, f"{day:%Y-%m-%d} 的调整已取消")


def announce(*, by: Actor, year: int, basis: str) -> WorkYear:
    """Say that a year's 放假安排 is announced and entered, and on what notice it rests."""
    basis = basis.strip()
    if not basis:
        raise Invalid("请填写放假安排通知的文号。", details={"basis": ["请填写放假安排通知的文号"]})
    with acting(by=by) as act:
        row = _locked(by, year)
        before = row.basis if row.is_announced else "未公布"
        row.is_announced, row.basis = True, basis
        _check(row)
        row.save()
        act.record(
            "calendar.announce",
            row,
            summary=f"{year}年放假安排已公布并核对，依据 {basis}",
            changes=[change("is_announced", "放假安排", before, basis)],
        )
    return row


def _wrong(field: str, sentence: str) -> Invalid:
    """The refusal of one field's value, shown beside it."""
    return Invalid(sentence, details={field: [sentence]})


def _locked(by: Actor, year: int) -> WorkYear:
    """The county's row of a year, made at its first entry."""
    require(by, Action.FORM_MANAGE)
    if by.county is None:
        raise NotFound
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise _wrong("year", "年度有误，请填写四位年份。")
    County.objects.select_for_update(no_key=True).get(pk=by.county.pk)
    found = WorkYear.objects.filter(county=by.county, year=year).first()
    return found or WorkYear(county=by.county, year=year)


def _saved(act: Act, row: WorkYear, before: dict[str, list[object]], summary: str) -> WorkYear:
    if before == row.days:
        act.unchanged()
        return row
    _check(row)
    row.save()
    changed = sorted(k for k in {*before, *row.days} if before.get(k) != row.days.get(k))
    act.record(
        "calendar.set",
        row,
        summary=summary,
        changes=[change(k, k, _word(before.get(k)), _word(row.days.get(k))) for k in changed],
    )
    return row


def _word(entry: list[object] | None) -> str:
    return f"{WORDS[bool(entry[0])]}（{entry[1]}）" if entry else "按已公布安排"


def _span(first: date, last: date) -> str:
    return f"{first:%Y-%m-%d}" if first == last else f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}"


def _check(row: WorkYear) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
