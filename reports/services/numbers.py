"""文号: take the next number of a kind and year, void one, say how they are written."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db.models import Max, Model
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting, require_act
from accountability.models import County
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.services.audit import change

from ..models import DocumentNumber, NumberKind, NumberSeries
from ..models.document_number import usual_pattern

FIRST_YEAR, LAST_YEAR = 2000, 2099


def take(*, county: County, kind: str, year: int, for_: Model | str) -> DocumentNumber:
    """The next number of `kind` in `year`, for the paper `for_` (or its name, before it is a row).

    To be called inside the open door of the service that makes the paper: if
    that is rolled back, so is the number, and the series stays without a gap.
    Whoever comes meanwhile waits at the series' row. The caller's event names
    the number. Raises `DoorClosed` outside a door, `Conflict` where the
    written number exists already in the county.
    """
    act = require_act()
    series = _locked_series(county=county, kind=kind, year=year)
    last = series.numbers.aggregate(last=Max("ordinal"))["last"] or 0
    number = DocumentNumber(
        county=county,
        series=series,
        ordinal=last + 1,
        text=series.written(last + 1),
        for_type=for_._meta.label_lower if isinstance(for_, Model) else "",
        for_id=for_.pk if isinstance(for_, Model) else None,
        for_label=str(for_)[:200],
        taken_by=act.actor.user or act.actor.on_behalf_of,
    )
    if DocumentNumber.objects.filter(county=county, text=number.text).exists():
        raise Conflict(f"文号 {number.text} 已经用过，请到“设置 → 文号”调整文号格式。")
    number.save()
    return number


def void(*, by: Actor, number_id: int, reason: str) -> DocumentNumber:
    """Void a number; it stays listed with its reason and is not given again."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请填写作废理由。", details={"reason": ["请填写作废理由"]})
    if by.user is None:
        raise Invalid("作废文号须由办公室人员办理。")
    with acting(by=by, reason=reason) as act:
        require(by, Action.FORM_MANAGE)
        number: DocumentNumber = find(
            DocumentNumber.objects.filter(county=by.county).select_for_update(of=("self",)),
            pk=number_id,
        )
        if number.is_void:
            raise WrongState(f"文号 {number.text} 已经作废，请刷新后查看。")
        number.voided_at, number.voided_by, number.void_reason = timezone.now(), by.user, reason
        _checked(number)
        number.save()
        act.record(
            "number.void",
            number,
            summary=f"作废文号 {number.text}（{number.for_label}）：{reason}",
            changes=[change("voided_at", "状态", "已用", "作废")],
        )
    return number


def set_pattern(*, by: Actor, kind: str, year: int, pattern: str) -> NumberSeries:
    """Say how the numbers of `kind` in `year` are written, before the first is taken."""
    if kind not in NumberKind.values:
        raise Invalid("没有这个文种，请从列表中选择。", details={"kind": ["请选择文种"]})
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid("年度有误，请填写四位年份。", details={"year": ["请填写四位年份"]})
    assert by.county is not None
    with acting(by=by) as act:
        require(by, Action.FORM_MANAGE)
        series = _locked_series(county=by.county, kind=kind, year=year)
        if series.numbers.exists():
            raise WrongState(f"{series}已经启用，格式不再变动，可从下一年度起更改。")
        before, series.pattern = series.pattern, pattern.strip()
        _checked(series)
        series.save()
        act.record(
            "number.pattern",
            series,
            summary=f"{series}的格式定为 {series.pattern}",
            changes=[change("pattern", "文号格式", before, series.pattern)],
        )
    return series


def _locked_series(*, county: County, kind: str, year: int) -> NumberSeries:
    """The series' row, made if it is the first, locked until the transaction ends."""
    NumberSeries.objects.get_or_create(
        county=county,
        kind=NumberKind(kind),
        year=year,
        defaults={"pattern": usual_pattern(kind, county)},
    )
    series: NumberSeries = NumberSeries.objects.select_for_update().get(
        county=county, kind=kind, year=year
    )
    return series


def _checked(row: NumberSeries | DocumentNumber) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
