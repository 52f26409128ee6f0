"""从数据起草: a dispatch drafted from the year's figures (M13 to M15, M32), edited by a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County, Duty, DutyKind, DutyState, Post, Unit, UnitKind, User
from accountability.models.dated import holds_on
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services.audit import change
from reports.drafting import GENERAL, SPECIAL, draft
from reports.models import Dispatch, DispatchForm, DispatchState, DraftKind
from reports.selectors.year_figures import of_year
from reports.services import dispatches

SUBJECT = "党风廉政建设"


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind is written: form, title, to whom, its limit of characters, on what it rests."""

    form: DispatchForm
    title: str
    addressee: str
    limit: int
    basis: str
    code: str = ""  # of the duty's rule, where the portal asks for it


SHAPES: dict[str, Shape] = {
    DraftKind.PLAN: Shape(
        DispatchForm.NOTICE,
        "关于{年度}年度{事项}工作安排的通知",
        "各乡镇人民政府，县政府各部门",
        SPECIAL,
        "政府办公室责任制办法第六条（一）",
    ),
    DraftKind.MID: Shape(
        DispatchForm.CIRCULAR,
        "关于{年度}年{事项}责任制年中检查情况的通报",
        "各乡镇人民政府，县政府各部门",
        SPECIAL,
        "政府办公室责任制办法第六条（一）",
    ),
    DraftKind.SUMMARY: Shape(
        DispatchForm.REPORT,
        "关于{年度}年度{事项}责任制工作总结的报告",
        "县委",
        GENERAL,
        "政府办公室责任制办法第六条（一）",
    ),
    DraftKind.MAIN: Shape(
        DispatchForm.REPORT,
        "关于{年度}年度履行{事项}主体责任情况的报告",
        "上级党委、上级纪委",
        GENERAL,
        "省“两个责任”意见第9条，每年1月31日前报送上一年度情况",
        "double_report_main",
    ),
    DraftKind.WATCH: Shape(
        DispatchForm.REPORT,
        "关于{年度}年度履行{事项}监督责任情况的报告",
        "同级党委、上级纪委",
        GENERAL,
        "省“两个责任”意见第9条，每年1月31日前报送上一年度情况",
        "double_report_supervision",
    ),
    DraftKind.SUPERIOR: Shape(
        DispatchForm.REPORT,
        "关于{年度}年度落实{事项}责任制情况的报告",
        "上级人民政府",
        GENERAL,
        "政府系统工作意见二（三）",
        "report_upward",
    ),
}


def limit_of(dispatch: Dispatch) -> int:
    """How many characters the text should not exceed; 0 for forms without a limit.

    《整治形式主义为基层减负若干规定》: 5,000 for a general paper, 4,000 for one on a special task.
    """
    if dispatch.drafted:
        return SHAPES[dispatch.drafted].limit
    return limit_of_form(dispatch.form)


def limit_of_form(form: str) -> int:
    """The limit of a paper that was not drafted from data."""
    return 0 if form in (DispatchForm.LETTER, DispatchForm.BRIEF) else GENERAL


def make(*, by: Actor, kind: str, year: int, on: date, duty_id: int | None = None) -> Dispatch:
    """A draft of `kind` about `year`, for a person to edit, send for endorsement and number.

    Raises `WrongState` where one is being drafted already, or stands for the duty.
    """
    if kind not in SHAPES:
        raise Invalid("没有这种文稿，请从页面上选择。")
    if not on.year - 10 <= year <= on.year:
        raise Invalid("只能起草本年度和以往年度的文稿，请重新选择年度。")
    shape = SHAPES[kind]
    with acting(by=by) as act:
        require(by, Action.DISPATCH_EDIT)
        user = _person(by)
        county = user.county
        assert county is not None
        County.objects.select_for_update().get(pk=county.pk)
        duty = _duty(user, shape, year, duty_id)
        drafts = Dispatch.objects.filter(county=county, drafted=kind, about_year=year)
        open_one = drafts.filter(state=DispatchState.DRAFT).first()
        if duty is not None and open_one is None:
            rows = Dispatch.objects.filter(duty=duty).exclude(state=DispatchState.VOID)
            open_one = rows.first()
        if open_one is not None:
            raise WrongState(
                f"已有《{open_one.title}》，请打开修改；需要重新起草的，先作废原稿。",
                details={"dispatch": open_one.pk},
            )
        row = Dispatch(
            county=county,
            year=on.year,
            form=shape.form,
            made_by=by.name,
            drafted=kind,
            about_year=year,
            duty=duty,
        )
        figures = of_year(county, year, on=on)
        signer = _signer(kind, county, on=on)
        signed = {"signature": signer, "mark": f"{signer}文件"} if signer else {}
        dispatches.fill(
            row,
            {
                **dispatches.first_draft(county, shape.form, on=on),
                **signed,
                "title": shape.title.replace("{年度}", str(year)).replace("{事项}", SUBJECT),
                "addressee": shape.addressee,
                "body": draft(kind, figures),
            },
        )
        dispatches.save(row)
        act.record(
            "dispatch.write",
            row,
            summary=f"按{year}年度数据起草{row}",
            changes=[change("title", "标题", "", row.title)],
        )
    return row


def kind_for(duty: Duty) -> str:
    """The kind of draft that a duty of the county itself asks for; "" for none.

    The double report of a department or a town is its own; the county's is of the unit
    that has the county leaders' seats, and of the discipline inspectors.
    """
    if duty.kind != DutyKind.REPORT or duty.unit is None or duty.state == DutyState.WAIVED:
        return ""
    kind = next((k for k, s in SHAPES.items() if s.code and s.code == duty.rule.code), "")
    if kind == DraftKind.MAIN:
        led = Post.objects.filter(unit=duty.unit, is_leadership=True)
        return kind if led.exists() else ""
    if kind == DraftKind.WATCH:
        return kind if duty.unit.kind == UnitKind.SUPERVISION else ""
    return kind


def about(duty: Duty) -> int:
    """The year that a duty's report tells of."""
    return duty.year - 1 if duty.rule.is_about_former else duty.year


def _signer(kind: str, county: County, *, on: date) -> str:
    """Whose report it is, where not the government's: its party group's, the inspectors'."""
    if kind == DraftKind.MAIN:
        return f"中共{county.issuer}党组"
    if kind == DraftKind.WATCH:
        rows = Unit.objects.filter(holds_on(on), county=county, kind=UnitKind.SUPERVISION)
        return rows.order_by("precedence", "pk").values_list("name", flat=True).first() or ""
    return ""


def _duty(user: User, shape: Shape, year: int, duty_id: int | None) -> Duty | None:
    if duty_id is None:
        return None
    rows = Duty.objects.visible_to(user).select_related("rule", "unit")
    duty: Duty = find(rows, pk=duty_id)
    if kind_for(duty) == "" or shape.code != duty.rule.code or about(duty) != year:
        raise Invalid("这项履责事项不用这种文稿，请从履责页重新打开。")
    return duty


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("发文须由政府办公室人员登录办理。")
    return by.user
