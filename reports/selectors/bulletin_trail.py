"""轨迹 of bulletins: the events that tell of them."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from reports.models import Bulletin


def events_of(bulletin: Bulletin) -> QuerySet[AuditEvent]:
    """What was done to a bulletin."""
    return AuditEvent.objects.filter(target_type="reports.bulletin", target_id=bulletin.pk)


def _bulletins(user: User) -> QuerySet[Bulletin]:
    return Bulletin.objects.visible_to(user)


def _bulletin(user: User, bulletin: Bulletin) -> object_trail.Subject:
    url = reverse("bulletin", args=[bulletin.pk])
    return object_trail.Subject(bulletin.title, url, events_of(bulletin))


object_trail.register("bulletin", "督查通报", Bulletin, visible=_bulletins, subject=_bulletin)
