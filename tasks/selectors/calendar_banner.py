"""工作台 tells the office of a year whose 放假调休 is not announced or not entered."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import User
from accountability.selectors import calendar

from .home_banners import Banner


def unannounced_year(user: User, on: date) -> Banner | None:
    """The banner for who keeps the calendar; None where all is known. One query."""
    scope = scope_for(user)
    if not scope.may(Action.FORM_MANAGE) or scope.county_id is None:
        return None
    warning = calendar.warning_on(scope.county_id, on)
    if not warning:
        return None
    return Banner(
        title="工作日历待登记",
        detail=warning,
        url=reverse("settings_calendar"),
        button="工作日历",
        icon="clip",
    )
