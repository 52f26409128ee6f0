"""期满: what the schedule does for letters whose year is over."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from accountability.door import Actor
from accountability.models import County
from accountability.rhythm import Made
from reports.models import Letter
from reports.models.letter import LetterState

from . import letters


def expire_due(county: County, on: date, by: Actor) -> Made:
    """Every effective letter of a year before that of `on` expires; those that had stay so."""
    # `letters.expire` goes by the clock: a year that is not over there is not over here.
    over = min(on.year, timezone.localdate().year)
    of_past_years = Letter.objects.filter(county=county, year__lt=over)
    existing = of_past_years.filter(state=LetterState.EXPIRED).count()
    years = of_past_years.filter(state=LetterState.EFFECTIVE).order_by("year")
    created = sum(
        letters.expire(by=by, year=year, county=county)
        for year in years.values_list("year", flat=True).distinct()
    )
    return Made(created, existing)
