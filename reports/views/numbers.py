"""设置 · 文号."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.views.units import choice, frame, whole
from reports.forms.numbers import PatternForm, VoidForm
from reports.models import DocumentNumber, NumberKind
from reports.selectors import numbers as selector
from reports.services import numbers


@require_safe
def number_list(request: PortalRequest) -> HttpResponse:
    """A year's series; the numbers of one of them; all void numbers."""
    this_year = timezone.localdate().year
    years = selector.years(request.user, this_year=this_year)
    year = whole(request.GET.get("year"))
    year = year if year in years else this_year
    kind = choice(request.GET.get("kind"), dict(NumberKind.choices), "")
    context = frame(
        request,
        "numbers",
        year=year,
        years=years,
        kind=kind,
        kind_label=dict(NumberKind.choices).get(kind, ""),
        rows=selector.series_rows(request.user, year),
        numbers=selector.numbers_of(request.user, year=year, kind=kind) if kind else [],
        most_shown=selector.MOST_SHOWN,
        voids=selector.void_numbers(request.user, year=year),
    )
    return render(request, "settings/numbers.html", context)


@require_http_methods(["GET", "POST"])
def number_pattern(request: PortalRequest) -> HttpResponse:
    """How a kind's numbers of a year are written."""
    kind = choice(request.GET.get("kind"), dict(NumberKind.choices), NumberKind.NOTICE.value)
    year = whole(request.GET.get("year")) or timezone.localdate().year
    form = PatternForm(
        request.POST or None,
        initial={
            "kind": kind,
            "year": year,
            "pattern": selector.pattern_of(request.user, year=year, kind=kind),
        },
    )
    back = reverse("settings_numbers")
    if request.method == "POST" and form.is_valid():
        series = form.attempt(
            lambda: numbers.set_pattern(by=request.get_actor(), **form.cleaned_data)
        )
        if series is not None:
            messages.success(request, f"已保存{series}的格式")
            return redirect(f"{back}?year={series.year}")
    context = frame(
        request,
        "numbers",
        form=form,
        title="文号格式",
        name="文号",
        back=back,
        submit="保存格式",
        note="某文种当年第一个文号编出后，格式当年不再变动。",
        is_plain=True,
    )
    return render(request, "settings/end.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def number_void(request: PortalRequest, number_id: int) -> HttpResponse:
    """Void one number, with its reason."""
    number: DocumentNumber = find(
        DocumentNumber.objects.visible_to(request.user).select_related("series"), pk=number_id
    )
    form = VoidForm(request.POST or None)
    back = f"{reverse('settings_numbers')}?year={number.series.year}&kind={number.series.kind}"
    if request.method == "POST" and form.is_valid():
        done = form.attempt(
            lambda: numbers.void(
                by=request.get_actor(), number_id=number.pk, reason=form.cleaned_data["reason"]
            )
        )
        if done is not None:
            messages.success(request, f"已作废文号 {done.text}")
            return redirect(back)
    context = frame(
        request,
        "numbers",
        form=form,
        title="作废文号",
        name=number.text,
        back=back,
        submit="作废",
        note=f"{number.text} 用于“{number.for_label}”。作废后保留在列表中，不再使用。",
    )
    return render(request, "settings/end.html", context, status=form.status)
