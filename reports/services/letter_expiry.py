"""期满: what the schedule does for letters whose year is over."""

from __future__ import annotations

from datetime import date

from accountability.door import Actor
from accountability.models import County
from accountability.rhythm import Made
from reports.models import Letter
from reports.models.letter import LetterState

from . import letters


def expire_due(county: County, on: date, by: Actor) -> Made:
    """Every effective letter of a year before that of `on` expires; those that had stay so."""
    over = Letter.objects.filter(county=county, year__lt=on.year, state=LetterState.EXPIRED)
    existing = over.count()
    return Made(letters.expire(county=county, on=on, by=by), existing)
