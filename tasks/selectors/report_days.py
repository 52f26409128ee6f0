"""When a quarter's progress is due in a county, which quarter is on, when a task is 临期."""

from __future__ import annotations

from datetime import date, timedelta

from accountability import workdays
from accountability.models import County
from tasks.lights import Threshold
from tasks.models import ProgressSetting
from tasks.periods import Period


def setting_of(county_id: int) -> ProgressSetting:
    """The county's choice, or the defaults; one query."""
    found: ProgressSetting | None = ProgressSetting.objects.filter(county_id=county_id).first()
    return found or ProgressSetting(county_id=county_id)


def deadline(setting: ProgressSetting, period: Period) -> date:
    """The last day on which the quarter's progress is in time, on a working day."""
    day = period.last + timedelta(days=setting.report_days)
    return workdays.roll(setting.county_id, day)


def current(setting: ProgressSetting, *, on: date) -> Period:
    """The quarter that is reported now: the last one until its deadline, then this one."""
    now = Period.of(on)
    return now.previous if on <= deadline(setting, now.previous) else now


def threshold(setting: ProgressSetting, *, on: date) -> Threshold:
    """`horizon` is the first working day that is too far away to be 临期."""
    horizon = workdays.add(setting.county_id, on, setting.soon_days + 1)
    return Threshold(setting.soon_days, horizon)


def threshold_of(county: County | int, *, on: date) -> Threshold:
    """`threshold` of a county by its row or id."""
    county_id = county if isinstance(county, int) else county.pk
    return threshold(setting_of(county_id), on=on)
