"""When a quarter's progress is due in a county, which quarter is on, when a task is 临期."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from accountability import workdays
from accountability.workdays import Workdays
from tasks.lights import Threshold
from tasks.models import ProgressSetting
from tasks.periods import Period


@dataclass(frozen=True, slots=True)
class ReportDays:
    """One county's choice and working calendar as they stood when they were read."""

    setting: ProgressSetting
    calendar: Workdays

    def deadline(self, period: Period) -> date:
        """The last day on which the quarter's progress is in time, a working day."""
        return self.calendar.roll(period.last + timedelta(days=self.setting.report_days))

    def current(self, on: date) -> Period:
        """The quarter that is reported now: the last one until its deadline, then this one."""
        now = Period.of(on)
        return now.previous if on <= self.deadline(now.previous) else now

    def threshold(self, on: date) -> Threshold:
        """`horizon` is the first working day that is too far away to be 临期."""
        days = self.setting.soon_days
        return Threshold(days, self.calendar.add(on, days + 1))


def setting_of(county_id: int) -> ProgressSetting:
    """The county's choice, or the defaults; one query."""
    found: ProgressSetting | None = ProgressSetting.objects.filter(county_id=county_id).first()
    return found or ProgressSetting(county_id=county_id)


def report_days(county_id: int) -> ReportDays:
    """Two queries, however many days are asked for."""
    return ReportDays(setting_of(county_id), workdays.of(county_id))
