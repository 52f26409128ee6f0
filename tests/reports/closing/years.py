"""A year that is over, with a paper, and its closing by two persons."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from accountability.models import ClosedYear
from reports.services import closing
from tests.papers import make_paper
from tests.reports.assessment.rounds import actor
from tests.world import World

TODAY = timezone.localdate()
LAST = TODAY.year - 1
AFTER = date(TODAY.year + 1, 1, 10)  # when this year may be closed


def closed(world: World, *, year: int = LAST, on: date = TODAY) -> ClosedYear:
    """Prepared by the clerk, closed by the head."""
    row = closing.prepare(by=actor(world, "bangong"), year=year, reason="常委会已审定", on=on)
    return closing.close(by=actor(world, "zhuren"), closing_id=row.pk, on=on)


def with_paper(world: World, *, items: int = 6, year: int = LAST) -> object:
    return make_paper(world, items=items, filled=items, year=year)
