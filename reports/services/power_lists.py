"""权力清单: imported as a new version, approved, published, replaced, withdrawn."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, Post, Unit, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from reports.documents.content import Annex, OfficialPaper, Paragraph
from reports.models import POWER_LIST_TRANSITIONS, PowerItem, PowerList, PowerListState
from reports.services import power_sheet, publishable
from reports.services.letter_issuer import full_name
from reports.services.power_sheet import Plan


def import_version(
    *, by: Actor, unit: Unit, post: Post | None, plan: Plan, basis: str
) -> PowerList:
    """The next version of the list of `unit` (or of `post`) from a workbook that was looked at.

    A version on the desk must be approved or void first. `basis` says why the
    list changes: the decision, or how the organisation changed.
    """
    basis = basis.strip()
    if not basis:
        raise Invalid("请填写依据。", details={"basis": ["请填写依据，如 机构改革方案文号"]})
    if plan.problems or not plan.powers:
        raise Invalid("表中还有需要改正的内容，没有导入。")
    user = _person(by)
    with acting(by=by) as act:
        require(by, Action.POWER_EDIT)
        County.objects.select_for_update(no_key=True).get(pk=user.county_id)
        unit = find(Unit.objects.visible_to(user), pk=unit.pk)
        if post is not None:
            post = find(Post.objects.visible_to(user).filter(unit=unit), pk=post.pk)
        rows = PowerList.objects.filter(county_id=user.county_id, unit=unit, post=post)
        if (desk := rows.filter(state=PowerListState.DRAFT).first()) is not None:
            raise WrongState(f"{desk}还在草拟，请先审核或作废后再导入新版本。")
        row = PowerList(
            county=unit.county,
            unit=unit,
            post=post,
            version=(rows.aggregate(last=Max("version"))["last"] or 0) + 1,
            basis=basis[:200],
            made_by=by.name,
        )
        _save(row)
        bulk.create(
            [
                PowerItem(
                    power_list=row,
                    position=position,
                    name=power.name,
                    category=power.category,
                    basis=power.basis,
                    holder=power.holder,
                    risk=power.risk,
                    level=power.level,
                    measures=power.measures,
                )
                for position, power in enumerate(plan.powers, 1)
            ]
        )
        act.record(
            "power.import",
            row,
            summary=f"导入{row}，{len(plan.powers)} 项：{basis}",
            changes=[change("items", "权力事项", "", [p.name for p in plan.powers[:20]])],
            units=[unit],
        )
    return row


def approve(*, by: Actor, power_list: PowerList) -> PowerList:
    """审核通过: the version stands, not public yet."""
    with acting(by=by) as act:
        require(by, Action.POWER_EDIT)
        row = _locked(by, power_list)
        _check_move(row, PowerListState.APPROVED)
        row.approved_at, row.approved_by = timezone.now(), by.name
        _move(act, row, PowerListState.APPROVED, "power.approve", "审核通过")
    return row


def publish(*, by: Actor, power_list: PowerList, on: date) -> PowerList:
    """公开: this version takes the place of the one that was public."""
    with acting(by=by) as act:
        require(by, Action.POWER_EDIT)
        row = _locked(by, power_list)
        _check_move(row, PowerListState.PUBLISHED)
        for text in row.items.values_list(*power_sheet.TEXTS):
            publishable.check("\n".join(text), field="items")
        former = (
            PowerList.objects.select_for_update(of=("self",))
            .filter(unit=row.unit, post=row.post, state=PowerListState.PUBLISHED)
            .select_related("unit", "post__unit")
            .first()
        )
        if former is not None:
            if former.version > row.version:
                raise WrongState(f"已公开更新的第 {former.version} 版，这一版请作废。")
            former.ended_on, former.ended_by = on, by.name
            former.end_note = f"由第 {row.version} 版替代"
            _move(act, former, PowerListState.REPLACED, "power.replace", "替代")
        row.published_at, row.published_by = timezone.now(), by.name
        _move(act, row, PowerListState.PUBLISHED, "power.publish", "公开")
    return row


def withdraw(*, by: Actor, power_list: PowerList, note: str, on: date) -> PowerList:
    """撤下 of the public version with a dated note, or 作废 of one on the desk."""
    note = note.strip()
    if not note:
        raise Invalid("请填写说明。", details={"note": ["请填写说明"]})
    if len(note) > 200:
        raise Invalid("说明不超过 200 字，请精简。", details={"note": ["不超过 200 字"]})
    publishable.check(note, field="note")
    with acting(by=by, reason=note) as act:
        require(by, Action.POWER_EDIT)
        row = _locked(by, power_list)
        is_public = row.state == PowerListState.PUBLISHED
        to = PowerListState.WITHDRAWN if is_public else PowerListState.VOID
        _check_move(row, to)
        row.ended_on, row.end_note, row.ended_by = on, note, by.name
        action, told = ("power.withdraw", "撤下") if is_public else ("power.void", "作废")
        _move(act, row, to, action, told)
    return row


def paper_of(power_list: PowerList, items: list[PowerItem]) -> OfficialPaper:
    """The list in official layout: a cover text and the landscape table."""
    title = title_of(power_list)
    counts = {level: sum(i.level == level for i in items) for level in ("high", "middle", "low")}
    told = (
        f"{power_list.owner}行使权力事项{len(items)}项，其中廉政风险等级高{counts['high']}项、"
        f"中{counts['middle']}项、低{counts['low']}项，逐项明确责任岗位和防控措施，见附件。"
    )
    published = power_list.published_at
    day = timezone.localdate(published) if published else None
    return OfficialPaper(
        title=title,
        body=(Paragraph(told), Paragraph(f"版本：第{power_list.version}版。")),
        signature=full_name(power_list.county, power_list.unit),
        dated=day,
        sealed=False,
        annexes=(Annex.of_table(title, power_sheet.PRINTED, power_sheet.rows_of(items)),),
    )


def title_of(power_list: PowerList) -> str:
    """县财政局权责清单, 县政府副县长个人行使权力清单."""
    return f"{power_list.owner}{power_list.label}"


def file_name(power_list: PowerList, extension: str = "pdf") -> str:
    """县财政局权责清单第2版.pdf."""
    return f"{title_of(power_list)}第{power_list.version}版.{extension}"


def _locked(by: Actor, power_list: PowerList) -> PowerList:
    visible = PowerList.objects.visible_to(_person(by)).values("pk")
    row: PowerList = find(
        PowerList.objects.select_for_update(of=("self",))
        .filter(pk__in=visible)
        .select_related("county", "unit", "post__unit"),
        pk=power_list.pk,
    )
    return row


def _check_move(row: PowerList, to: PowerListState) -> None:
    if to not in POWER_LIST_TRANSITIONS[row.state]:
        raise WrongState(
            f"{row}现在是“{row.get_state_display()}”，不能转为“{to.label}”，请刷新页面后再办。"
        )


def _move(act: Act, row: PowerList, to: PowerListState, action: str, told: str) -> None:
    before = row.get_state_display()
    row.state = to
    _save(row)
    act.record(
        action,
        row,
        summary=f"{told}{row}",
        changes=[change("state", "状态", before, to.label)],
        units=[row.unit],
    )


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("权力清单须由政府办公室人员登录办理。")
    return by.user


def _save(row: PowerList) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()
