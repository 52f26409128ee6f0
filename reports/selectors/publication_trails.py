"""轨迹 of promises, lists of powers, dispatches and endorsements."""

from __future__ import annotations

from django.db.models import QuerySet
from django.urls import reverse

from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from accountability.selectors.object_trail import Subject
from reports.models import Dispatch, Endorsement, PowerList, Promise
from reports.selectors import dispatches, power_lists, promises


def events_of_endorsement(endorsement: Endorsement) -> QuerySet[AuditEvent]:
    """What was done in one round."""
    return AuditEvent.objects.filter(target_type="reports.endorsement", target_id=endorsement.pk)


def _promise(user: User, row: Promise) -> Subject:
    return Subject(str(row), reverse("promise", args=[row.pk]), promises.events_of(row))


def _power_list(user: User, row: PowerList) -> Subject:
    return Subject(str(row), reverse("power_list", args=[row.pk]), power_lists.events_of(row))


def _dispatch(user: User, row: Dispatch) -> Subject:
    return Subject(str(row), reverse("dispatch", args=[row.pk]), dispatches.events_of(row))


def _endorsement(user: User, row: Endorsement) -> Subject:
    url = reverse("endorsement", args=[row.pk])
    return Subject(str(row), url, events_of_endorsement(row))


object_trail.register(
    "promise", "承诺书", Promise, visible=Promise.objects.visible_to, subject=_promise
)
object_trail.register(
    "power_list",
    "权力清单",
    PowerList,
    visible=lambda user: PowerList.objects.visible_to(user).select_related("unit", "post__unit"),
    subject=_power_list,
)
object_trail.register(
    "dispatch", "发文", Dispatch, visible=Dispatch.objects.visible_to, subject=_dispatch
)
object_trail.register(
    "endorsement",
    "签字背书",
    Endorsement,
    visible=lambda user: Endorsement.objects.visible_to(user).select_related(
        "paper", "dispatch", "report"
    ),
    subject=_endorsement,
)
