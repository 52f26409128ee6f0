"""轨迹 of letters: the events that tell of them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from reports.models import Letter


def events_of(letter: Letter) -> QuerySet[AuditEvent]:
    """What was done to a letter."""
    return AuditEvent.objects.filter(target_type="reports.letter", target_id=letter.pk)


def _letters(user: User) -> QuerySet[Letter]:
    return Letter.objects.visible_to(user)


def _letter(user: User, letter: Letter) -> object_trail.Subject:
    url = f"{reverse('letters', args=[letter.year])}?id={letter.pk}"
    return object_trail.Subject(f"{letter.number} {letter.title}", url, events_of(letter))


object_trail.register("letter", "责任书", Letter, visible=_letters, subject=_letter)
