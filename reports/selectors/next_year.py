"""What of a year may be taken into the next."""

from __future__ import annotations

from django.db.models import QuerySet

from accountability.models import User
from reports.models import Scheme, SchemeState
from tasks.models import Paper
from tasks.models.paper import PaperQuerySet


def papers_of(user: User, year: int) -> PaperQuerySet:
    """The year's papers that the asker sees."""
    return Paper.objects.visible_to(user).filter(year=year).order_by("id")


def schemes_of(user: User, year: int) -> QuerySet[Scheme]:
    """The year's schemes as they count: published, and not corrected since."""
    return Scheme.objects.visible_to(user).filter(year=year, state=SchemeState.PUBLISHED)
