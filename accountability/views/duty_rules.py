"""设置 → 履责规则: the year's rules, one rule with its preview, taking the shipped ones."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access import Action, scope_for
from ..access.find import find
from ..duty_shipped import TEN_THINGS
from ..forms.duty_rules import RuleForm
from ..http import PortalRequest
from ..models import DutyRule
from ..refusals import NotAllowed
from ..selectors.duties import years_of
from ..selectors.duty_plan import Preview, preview
from ..selectors.duty_rules import due_words, rules_page
from ..services import duty_rules

SHOWN = 60


@require_safe
def duty_rules_latest(request: PortalRequest) -> HttpResponse:
    """The present year's rules, or those of the year chosen."""
    given = request.GET.get("year", "")
    year = int(given) if given.isdecimal() and len(given) == 4 else timezone.localdate().year
    return redirect("duty_rules", year=year)


@require_safe
def duty_rules_of_year(request: PortalRequest, year: int) -> HttpResponse:
    """All rules of a year."""
    on = timezone.localdate()
    rows = rules_page(request.user, year)
    context = {
        "tab": "duty_rules",
        "year": year,
        "years": sorted({*years_of(request.user, on=on), on.year + 1}, reverse=True),
        "rows": [(rule, due_words(rule)) for rule in rows],
        "may_manage": scope_for(request.user).may(Action.DUTY_MANAGE),
        "has_former": DutyRule.objects.visible_to(request.user).filter(year=year - 1).exists(),
    }
    return render(request, "duties/rules.html", context)


@require_POST
def duty_rules_adopt(request: PortalRequest, year: int) -> HttpResponse:
    """Take the shipped rules, or the former year's."""
    county = request.user.county
    if county is None:
        raise NotAllowed("本账号不属于任何县（区），不能办理此事项。")
    by = request.get_actor()
    if request.POST.get("from") == "former":
        rows = duty_rules.carry_over(by=by, county=county, year=year)
    else:
        rows = duty_rules.adopt(by=by, county=county, year=year, on=timezone.localdate())
    messages.success(request, f"{year}年度已有履责规则 {len(rows)} 条")
    return redirect("duty_rules", year=year)


@require_http_methods(["GET", "POST"])
def duty_rule(request: PortalRequest, rule_id: int) -> HttpResponse:
    """One rule: 预览 shows what would come due for whom, 保存 does it."""
    rule: DutyRule = find(
        DutyRule.objects.visible_to(request.user).select_related("county", "unit", "group"),
        pk=rule_id,
    )
    on = timezone.localdate()
    if request.method != "POST":
        form = RuleForm(user=request.user, rule=rule, on=on)
        return _page(request, rule, form, preview(rule, on=on))
    form = RuleForm(request.POST, user=request.user, rule=rule, on=on)
    if not form.is_valid():
        return _page(request, rule, form, None)
    if "preview" in request.POST:
        return _preview(request, rule, form)
    done = form.attempt(
        lambda: duty_rules.amend(
            by=request.get_actor(),
            rule_id=rule.pk,
            values=form.values(),
            reason=form.cleaned_data["reason"],
            revision=form.cleaned_data["revision"] or 0,
            on=on,
        )
    )
    if done is None:
        return _page(request, rule, form, None)
    saved, effects = done
    messages.success(
        request,
        f"“{saved.title}”已保存：时限变动 {len(effects.moved)} 项，免除 {len(effects.dropped)} 项",
    )
    return redirect("duty_rules", year=saved.year)


@require_http_methods(["GET", "POST"])
def duty_rule_new(request: PortalRequest, year: int) -> HttpResponse:
    """A rule of the county's own."""
    county = request.user.county
    if county is None:
        raise NotAllowed("本账号不属于任何县（区），不能办理此事项。")
    on = timezone.localdate()
    rule = DutyRule(
        county=county, year=year, code="new", kind="other", per_year=1, due_month=12, due_day=31,
        subject="unit",
    )  # fmt: skip
    if request.method != "POST":
        return _page(request, rule, RuleForm(user=request.user, rule=rule, on=on), None)
    form = RuleForm(request.POST, user=request.user, rule=rule, on=on)
    if not form.is_valid():
        return _page(request, rule, form, None)
    if "preview" in request.POST:
        return _preview(request, rule, form)
    done = form.attempt(
        lambda: duty_rules.add(
            by=request.get_actor(),
            county=county,
            year=year,
            values=form.values(),
            reason=form.cleaned_data["reason"],
            on=on,
        )
    )
    if done is None:
        return _page(request, rule, form, None)
    messages.success(request, f"已新增履责规则“{done.title}”")
    return redirect("duty_rules", year=year)


def _preview(request: PortalRequest, rule: DutyRule, form: RuleForm) -> HttpResponse:
    """What saving the form would do; nothing is saved."""
    wanted = DutyRule.objects.get(pk=rule.pk) if rule.pk else rule
    for name, value in form.values().items():
        setattr(wanted, name, value)
    found = form.attempt(lambda: preview(duty_rules.checked(wanted), on=timezone.localdate()))
    return _page(request, rule, form, found, is_preview=found is not None)


def _page(
    request: PortalRequest,
    rule: DutyRule,
    form: RuleForm,
    found: Preview | None,
    *,
    is_preview: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {
        "tab": "duty_rules",
        "rule": rule,
        "form": form,
        "found": found,
        "planned": found.planned[:SHOWN] if found else [],
        "more": max(0, len(found.planned) - SHOWN) if found else 0,
        "is_preview": is_preview,
        "may_manage": scope_for(request.user).may(Action.DUTY_MANAGE),
        "things": list(enumerate(TEN_THINGS, start=1)),
    }
    return render(request, "duties/rule.html", context, status=form.status)
