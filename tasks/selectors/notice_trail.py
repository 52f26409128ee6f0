"""轨迹 of notices and findings: the events that tell of them."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse

from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from tasks.models import Finding, Notice, Objection, Rectification


def events_of_notice(notice: Notice) -> QuerySet[AuditEvent]:
    """What was done to a notice."""
    return AuditEvent.objects.filter(target_type="tasks.notice", target_id=notice.pk)


def events_of_finding(finding: Finding) -> QuerySet[AuditEvent]:
    """What was done to a finding, its putting right, and the objection to it."""
    rows = Rectification.objects.filter(finding=finding).values("pk")
    objections = Objection.objects.filter(finding=finding).values("pk")
    return AuditEvent.objects.filter(
        Q(target_type="tasks.finding", target_id=finding.pk)
        | Q(target_type="tasks.rectification", target_id__in=rows)
        | Q(target_type="tasks.objection", target_id__in=objections)
    )


def _notices(user: User) -> QuerySet[Notice]:
    return Notice.objects.visible_to(user)


def _findings(user: User) -> QuerySet[Finding]:
    return Finding.objects.visible_to(user)


def _notice(user: User, notice: Notice) -> object_trail.Subject:
    url = reverse("notice_detail", args=[notice.pk])
    return object_trail.Subject(str(notice), url, events_of_notice(notice))


def _finding(user: User, finding: Finding) -> object_trail.Subject:
    url = reverse("finding_detail", args=[finding.pk])
    return object_trail.Subject(str(finding), url, events_of_finding(finding))


object_trail.register("notice", "督办文书", Notice, visible=_notices, subject=_notice)
object_trail.register("finding", "问题", Finding, visible=_findings, subject=_finding)
