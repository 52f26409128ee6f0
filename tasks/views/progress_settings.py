"""设置 → 进展报送."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accountability.forms.refused import add_refusal
from accountability.http import PortalRequest
from accountability.refusals import Invalid, NotFound
from tasks.forms.progress import SettingForm
from tasks.selectors.report_days import report_days, setting_of
from tasks.services import progress_settings


@require_http_methods(["GET", "POST"])
def settings_progress(request: PortalRequest) -> HttpResponse:
    """The county's days and thresholds, with what they amount to now."""
    county = request.user.county
    if county is None:
        raise NotFound
    setting = setting_of(county.pk)
    form = SettingForm(request.POST or None, instance=setting)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                progress_settings.choose(by=request.get_actor(), county=county, **form.cleaned_data)
            except Invalid as refusal:
                add_refusal(form, refusal)
            else:
                messages.success(request, "已保存进展报送设置")
                return redirect("settings_progress")
    days = report_days(county.pk)
    now = days.current(timezone.localdate())
    context = {
        "form": form,
        "tab": "progress",
        "period": now,
        "end": days.deadline(now),
        "active_nav": "settings",
    }
    return render(request, "settings/progress.html", context, status=status)
