"""文号: take the next number of a kind and year, void one, say how they are written."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db.models import Max, Model
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting, require_act
from accountability.models import County, User
from accountability.refusals import Conflict, Invalid, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from tasks.models import Notice, NoticeState

from ..models import DocumentNumber, Letter, NumberKind, NumberSeries
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
    return take_many(county=county, kind=kind, year=year, for_=[for_])[0]


def take_many(
    *, county: County, kind: str, year: int, for_: Sequence[Model | str]
) -> list[DocumentNumber]:
    """The next numbers for many papers at once, in their order; see `take`."""
    act = require_act()
    series = _locked_series(county=county, kind=kind, year=year)
    last = series.numbers.aggregate(last=Max("ordinal"))["last"] or 0
    wanted = [
        DocumentNumber(
            county=county,
            series=series,
            ordinal=ordinal,
            text=series.written(ordinal),
            for_type=paper._meta.label_lower if isinstance(paper, Model) else "",
            for_id=paper.pk if isinstance(paper, Model) else None,
            for_label=str(paper)[:200],
            taken_by=act.actor.user or act.actor.on_behalf_of,
        )
        for ordinal, paper in enumerate(for_, last + 1)
    ]
    texts = [number.text for number in wanted]
    known = DocumentNumber.objects.filter(county=county, text__in=texts)
    if (taken := known.order_by("id").first()) is not None:
        raise Conflict(f"文号 {taken.text} 已经用过，请到“设置 → 文号”调整文号格式。")
    return bulk.create(wanted)


def void(*, by: Actor, number_id: int, reason: str) -> DocumentNumber:
    """Void a number; it stays listed with its reason and is not given again.

    The number of a notice that is out is voided with the notice, not by itself.
    """
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
        if _is_out(number):
            raise WrongState(f"文号 {number.text} 的文书尚未作废，请先到“督办文书”作废该文书。")
        if number.series.kind == NumberKind.RESPONSIBILITY and _is_of_letter(number):
            raise WrongState(f"{number.text} 是责任书的编号，请到“责任书”页作废该责任书。")
        _void(number, by=by.user, reason=reason)
        _record(act, number, reason)
    return number


def void_with_paper(*, county: County, kind: str, text: str, reason: str) -> None:
    """Void the number of a paper that is itself being void, inside its open door.

    The paper's event names the number. Nothing happens where there is none.
    """
    act = require_act()
    by = act.actor.user or act.actor.on_behalf_of
    number = (
        DocumentNumber.objects.filter(county=county, series__kind=kind, text=text)
        .select_for_update(of=("self",))
        .first()
    )
    if number is None or number.is_void:
        return
    if by is None:
        raise Invalid("作废文号须由办公室人员办理。")
    _void(number, by=by, reason=reason[:200])


class OfficeRegister:
    """The numbers of notices, which are made in tasks, are taken from the office's series."""

    def take(self, *, county: County, kind: str, year: int, for_: Model) -> str:
        """The next number; see `take`."""
        return take(county=county, kind=kind, year=year, for_=for_).text

    def void(self, *, by: Actor, for_: Model, reason: str) -> None:
        """Void what was taken for a paper that is void now; the caller has asked for the right."""
        taken = DocumentNumber.objects.select_for_update().get(
            for_type=for_._meta.label_lower, for_id=for_.pk
        )
        if by.user is None:
            raise Invalid("作废文号须由办公室人员办理。")
        with acting(by=by, reason=reason) as act:
            _void(taken, by=by.user, reason=reason)
            _record(act, taken, reason)


def _is_out(number: DocumentNumber) -> bool:
    notices = Notice.objects.filter(pk=number.for_id).exclude(state=NoticeState.VOID)
    return number.for_type == Notice._meta.label_lower and notices.exists()


def _is_of_letter(number: DocumentNumber) -> bool:
    return Letter.objects.filter(county_id=number.county_id, number=number.text).exists()


def _void(number: DocumentNumber, *, by: User, reason: str) -> None:
    number.voided_at, number.voided_by, number.void_reason = timezone.now(), by, reason
    _checked(number)
    number.save()


def _record(act: Act, number: DocumentNumber, reason: str) -> None:
    act.record(
        "number.void",
        number,
        summary=f"作废文号 {number.text}（{number.for_label}）：{reason}",
        changes=[change("voided_at", "状态", "已用", "作废")],
    )


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
