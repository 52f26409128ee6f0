"""What of the duties comes round by the schedule, as accountability.rhythm calls it."""

from __future__ import annotations

from datetime import date

from . import rhythm
from .door import Actor
from .models import County
from .rhythm import Made, Rule
from .services import duties, duty_reminders


def make_duties(county: County, on: date, by: Actor) -> Made:
    """Run twice: the second finds everything made."""
    return duties.make(county=county, on=on, by=by)


def remind_of_duties(county: County, on: date, by: Actor) -> Made:
    """Run twice on a day: the second tells nobody."""
    return duty_reminders.remind(county=county, on=on, by=by)


rhythm.register(Rule("duty", "履责事项", "每期第一天，按履责规则", make_duties))
rhythm.register(Rule("duty_reminder", "履责提醒", "到期前，按规则至多两次", remind_of_duties))
