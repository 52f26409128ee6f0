"""设置 → 计划任务, 工作日历, 消息发送."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access import Action, scope_for
from ..forms.messages import AnnounceForm, CalendarDaysForm, GatewaySettingForm
from ..http import PortalRequest
from ..models import County
from ..models.work_year import FIRST_YEAR, LAST_YEAR
from ..refusals import Invalid, NotFound
from ..selectors import calendar as calendars
from ..selectors import checkpoint_copies as copies
from ..selectors import schedule as selector
from ..services import checkpoint_copies, gateways, schedule, work_years
from .units import frame, whole


def county_of(request: PortalRequest) -> County:
    """The asker's county; an administrator of no county has none of these pages."""
    if request.user.county is None:
        raise NotFound
    return request.user.county


@require_safe
def schedule_list(request: PortalRequest) -> HttpResponse:
    """What runs when, its last run, its next run, what failed."""
    county = county_of(request)
    context = frame(
        request,
        "schedule",
        plan=selector.plan(county, now=timezone.now()),
        started_on=county.started_on,
    )
    return render(request, "settings/schedule.html", context)


@require_POST
def schedule_run(request: PortalRequest, rule: str) -> HttpResponse:
    """立即运行 one rule."""
    job = schedule.run_now(by=request.get_actor(), rule_kind=rule, now=timezone.now())
    messages.success(request, f"已发起“{job.title}”，完成后可在本页看到结果")
    return redirect("settings_schedule")


@require_safe
def calendar(request: PortalRequest) -> HttpResponse:
    """One year's table."""
    county = county_of(request)
    today = timezone.localdate()
    year = whole(request.GET.get("year"))
    year = year if FIRST_YEAR <= year <= LAST_YEAR else today.year
    return _calendar(request, county, year)


def _calendar(request: PortalRequest, county: County, year: int, **forms: Any) -> HttpResponse:
    status = max((form.status for form in forms.values()), default=200)
    this_year = timezone.localdate().year
    context = frame(
        request,
        "calendar",
        page=calendars.year_page(county.pk, year),
        years=sorted({this_year - 1, this_year, this_year + 1, year}),
        may_enter=scope_for(request.user).may(Action.FORM_MANAGE),
        **{"days_form": CalendarDaysForm(), "announce_form": AnnounceForm(), **forms},
    )
    return render(request, "settings/calendar.html", context, status=status)


@require_POST
def calendar_days(request: PortalRequest, year: int) -> HttpResponse:
    """Enter a span of days of one year."""
    county = county_of(request)
    form = CalendarDaysForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        first, last = data["first"], data["last"] or data["first"]
        done = form.attempt(
            lambda: work_years.set_days(
                by=request.get_actor(),
                first=first,
                last=last,
                is_working=data["kind"] == "work",
                name=data["name"],
                reason=data["reason"],
            )
        )
        if done is not None:
            messages.success(request, f"已登记 {first:%Y-%m-%d} 至 {last:%Y-%m-%d}")
            return redirect(f"{reverse('settings_calendar')}?year={done.year}")
    return _calendar(request, county, year, days_form=form)


@require_POST
def calendar_clear(request: PortalRequest, year: int) -> HttpResponse:
    """Take one day's entry back."""
    county_of(request)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        raise Invalid("日期有误，请刷新后重试。") from None
    work_years.clear_day(by=request.get_actor(), day=day, reason="")
    messages.success(request, f"已取消 {day:%Y-%m-%d} 的调整")
    return redirect(f"{reverse('settings_calendar')}?year={day.year}")


@require_POST
def calendar_announce(request: PortalRequest, year: int) -> HttpResponse:
    """Say that a year's arrangement is announced and entered."""
    county = county_of(request)
    form = AnnounceForm(request.POST)
    if form.is_valid():
        done = form.attempt(
            lambda: work_years.announce(by=request.get_actor(), year=year, **form.cleaned_data)
        )
        if done is not None:
            messages.success(request, f"已登记{done.year}年放假安排")
            return redirect(f"{reverse('settings_calendar')}?year={done.year}")
    return _calendar(request, county, year, announce_form=form)


@require_http_methods(["GET", "POST"])
def sending(request: PortalRequest) -> HttpResponse:
    """The gateway, and what could not be sent."""
    county_of(request)
    gateway = selector.gateway_of(request.user)
    initial = {"form": gateway.form, "is_on": gateway.is_on} if gateway else {"is_on": True}
    form = GatewaySettingForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = form.attempt(
            lambda: gateways.set_gateway(by=request.get_actor(), **form.cleaned_data)
        )
        if done is not None:
            messages.success(request, "已保存网关设置")
            return redirect("settings_sending")
    context = frame(
        request,
        "sending",
        form=form,
        gateway=gateway,
        troubles=selector.troubles(request.user),
        most_shown=selector.TROUBLES,
        sends_mail=settings.MAIL_IS_SET,
        mail_from=settings.DEFAULT_FROM_EMAIL,
        origins=sorted(settings.WEBHOOK_ORIGINS),
        copies=copies.lines(),
    )
    return render(request, "settings/sending.html", context, status=form.status)


@require_POST
def delivery_again(request: PortalRequest, delivery_id: int) -> HttpResponse:
    """重新发送."""
    gateways.send_again(by=request.get_actor(), delivery_id=delivery_id)
    messages.success(request, "已重新排队发送")
    return redirect("settings_sending")


@require_POST
def delivery_arrived(request: PortalRequest, delivery_id: int) -> HttpResponse:
    """已核实送达."""
    gateways.call_sent(by=request.get_actor(), delivery_id=delivery_id)
    messages.success(request, "已记为送达")
    return redirect("settings_sending")


@require_POST
def checkpoints_again(request: PortalRequest) -> HttpResponse:
    """重新报送 what one recipient of the checkpoints has not got."""
    county_of(request)
    count = checkpoint_copies.send_again(
        by=request.get_actor(), recipient=request.POST.get("recipient", "")
    )
    messages.success(request, f"已重新排队报送 {count} 个存证点")
    return redirect("settings_sending")
