"""履责规则: take the shipped ones, carry a year's over to the next, change one for a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from ..access import Action
from ..access.find import find
from ..access.require import require
from ..door import Actor, acting
from ..duty_shipped import shipped
from ..models import County, DutyKind, DutyRule, DutySubject, Unit, UnitKind
from ..models.dated import holds_on
from ..models.person import Layer
from ..refusals import Conflict, Invalid, NotAllowed
from ..selectors.duty_plan import Preview, preview
from . import bulk, duties
from .audit import change

# What of a rule the office may change; the code and the year stay.
CHANGEABLE = (
    "kind", "title", "text", "basis_paper", "basis_clause", "per_year", "due_month", "due_day",
    "roll", "is_about_former", "subject", "unit_kinds", "group", "unit", "layers",
    "leaders_only", "hears_kinds", "hand_in", "hand_in_days", "send_to", "first_reminder",
    "second_reminder", "thing", "is_on",
)  # fmt: skip


def adopt(*, by: Actor, county: County, year: int, on: date) -> list[DutyRule]:
    """Take the shipped rules for a year of a county that has none yet.

    A rule of a named unit that the county's directory does not know comes switched
    off, for the office to name its unit. Raises `Conflict` when the year has rules.
    """
    with acting(by=by) as act:
        require(by, Action.DUTY_MANAGE)
        _check_county(by, county)
        if DutyRule.objects.filter(county=county, year=year).exists():
            raise Conflict(f"{year}年度已有履责规则，请在原有规则上修改。")
        units = list(Unit.objects.filter(holds_on(on), county=county).order_by("id"))
        rows = [_shipped_rule(county, year, values, units) for values in shipped()]
        for row in rows:
            _clean(row)
        made = bulk.create(rows)
        act.record(
            "duty_rule.adopt",
            county,
            summary=f"采用随带的 {year}年度履责规则 {len(made)} 条",
            changes=[change("rules", "履责规则", "", [row.title for row in made])],
        )
    return made


def _shipped_rule(county: County, year: int, values: dict[str, Any], units: list[Unit]) -> DutyRule:
    names = values.get("units", ())
    given = {k: v for k, v in values.items() if k != "units"}
    unit = next((u for name in names for u in units if name in u.names), None)
    return DutyRule(
        county=county, year=year, unit=unit, is_on=unit is not None or not names, **given
    )


def carry_over(*, by: Actor, county: County, year: int) -> list[DutyRule]:
    """Next year's rules as the former year's stand; [] where the year has rules or the former none.

    The rhythm does it at the turn of the year, the office may do it before.
    """
    with acting(by=by) as act:
        require(by, Action.DUTY_MANAGE)
        _check_county(by, county)
        former = DutyRule.objects.filter(county=county, year=year - 1).order_by("precedence", "id")
        if DutyRule.objects.filter(county=county, year=year).exists():
            act.unchanged()
            return []
        rows = [_copied(rule, year) for rule in former]
        if not rows:
            act.unchanged()
            return []
        made = bulk.create(rows)
        act.record(
            "duty_rule.carry_over",
            county,
            summary=f"沿用 {year - 1}年度履责规则 {len(made)} 条为 {year}年度规则",
        )
    return made


def _copied(rule: DutyRule, year: int) -> DutyRule:
    values = {name: getattr(rule, name) for name in (*CHANGEABLE, "code", "precedence")}
    return DutyRule(county_id=rule.county_id, year=year, **values)


def add(
    *, by: Actor, county: County, year: int, values: dict[str, Any], reason: str, on: date
) -> DutyRule:
    """A rule of the county's own; its duties of the periods begun are made at once."""
    with acting(by=by, reason=reason) as act:
        require(by, Action.DUTY_MANAGE)
        _check_county(by, county)
        _check_reason(reason)
        rows = DutyRule.objects.filter(county=county, year=year)
        taken = set(rows.values_list("code", flat=True))
        number = next(n for n in range(1, 10_000) if f"own_{n}" not in taken)
        last = rows.order_by("-precedence").values_list("precedence", flat=True).first() or 0
        rule = DutyRule(
            county=county, year=year, code=f"own_{number}", precedence=last + 10, **values
        )
        _clean(rule)
        rule.save()
        made = duties.make_for(act, rule=rule, on=on)
        act.record(
            "duty_rule.add",
            rule,
            summary=f"新增履责规则“{rule.title}”，已生成 {made} 项",
            changes=[_told(rule, name, None) for name in CHANGEABLE if getattr(rule, name)],
        )
    return rule


def amend(
    *,
    by: Actor,
    rule_id: int,
    values: dict[str, Any],
    reason: str,
    revision: int,
    on: date,
) -> tuple[DutyRule, Preview]:
    """Change a rule, and with it what is open of it; what was held or done stays.

    Open duties get the new deadline; those asked for no more are waived with the
    reason; new ones are made. Raises `Conflict` when somebody changed it meanwhile.
    """
    with acting(by=by, reason=reason) as act:
        require(by, Action.DUTY_MANAGE)
        user = by.user
        rows = DutyRule.objects.visible_to(user) if user else DutyRule.objects.all()
        rule: DutyRule = find(
            rows.select_for_update(of=("self",)).select_related("county", "unit", "group"),
            pk=rule_id,
        )
        if rule.revision != revision:
            raise Conflict("这条规则刚被他人改过，请刷新页面，看过现在的内容再改。")
        _check_reason(reason)
        before = {name: getattr(rule, name) for name in CHANGEABLE}
        for name, value in values.items():
            if name in CHANGEABLE:
                setattr(rule, name, value)
        changed = [name for name in CHANGEABLE if getattr(rule, name) != before[name]]
        _clean(rule)
        effects = preview(rule, on=on)
        if not changed:
            act.unchanged()
            return rule, effects
        if rule.kind != before["kind"] and rule.duties.filter(recorded_at__isnull=False).exists():
            raise Invalid(
                "已有按原种类登记的记录，种类不能再改。请停用这条规则，另建一条。",
                details={"kind": ["已有记录，种类不能改"]},
            )
        rule.revision += 1
        rule.save()
        duties.follow_rule(act, effects=effects, reason=reason)
        made = duties.make_for(act, rule=rule, on=on)
        act.record(
            "duty_rule.amend",
            rule,
            summary=(
                f"修改履责规则“{rule.title}”：新增 {made} 项，时限变动 {len(effects.moved)} 项，"
                f"免除 {len(effects.dropped)} 项"
            ),
            changes=[_told(rule, name, before[name]) for name in changed],
        )
    return rule, effects


def checked(rule: DutyRule) -> DutyRule:
    """The rule as it would be saved, for the preview; raises `Invalid` as saving would."""
    _clean(rule)
    return rule


def _clean(rule: DutyRule) -> None:
    wrong: dict[str, list[str]] = {}
    if rule.subject == DutySubject.POST and not rule.layers:
        wrong["layers"] = ["责任主体是职务的，请选择责任层级"]
    if rule.subject == DutySubject.UNIT and rule.kind == DutyKind.TALK:
        wrong["subject"] = ["廉政谈话的责任主体须是职务"]
    if set(rule.layers) - set(Layer.values):
        wrong["layers"] = ["责任层级请从列表中选择"]
    for name in ("unit_kinds", "hears_kinds"):
        if set(getattr(rule, name)) - set(UnitKind.values):
            wrong[name] = ["单位类别请从列表中选择"]
    if rule.per_year in (1, 2, 4, 6, 12) and rule.due_month > 12 // rule.per_year + 1:
        wrong["due_month"] = [f"每期只有 {12 // rule.per_year} 个月，到期月至多晚一个月"]
    for name in ("hand_in", "send_to"):
        if any(not v or len(v) > 60 for v in getattr(rule, name)) or len(getattr(rule, name)) > 8:
            wrong[name] = ["至多 8 项，每项不超过 60 字"]
    if rule.send_to and rule.kind != DutyKind.REPORT:
        wrong["send_to"] = ["只有书面报告填写报送对象"]
    if wrong:
        raise Invalid("；".join(v[0] for v in wrong.values()), details=wrong)
    try:
        rule.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error


def _check_county(by: Actor, county: County) -> None:
    if by.user is not None and by.user.county_id != county.pk:
        raise NotAllowed("只能管理本县的履责规则。")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid("请填写修改依据。", details={"reason": ["请填写修改依据"]})


def _told(rule: DutyRule, name: str, before: Any) -> dict[str, Any]:
    field: Any = DutyRule._meta.get_field(name)
    label = str(field.verbose_name)
    return change(name, label, _shown(before), _shown(getattr(rule, name)))


def _shown(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return "、".join(map(str, value))
    return {True: "是", False: "否"}[value] if isinstance(value, bool) else str(value)
