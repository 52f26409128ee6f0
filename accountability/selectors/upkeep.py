"""What the three administrators see on their 工作台: accounts and the log, no business content."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from ..access import Action, scope_for
from ..models import AuditEvent, Job, JobState, Outcome, RoleGrant, User
from ..models.dated import holds_on

SOON_DAYS = 30
LOG_DAYS = 7
LOG_ROWS = 12


def upkeep(user: User, *, on: date) -> dict[str, Any]:
    """Counts of accounts and grants; the log of logins for who may read it."""
    scope = scope_for(user)
    accounts = User.objects.filter(county_id=scope.county_id).aggregate(
        total=Count("pk"),
        stopped=Count("pk", filter=Q(is_active=False)),
        fresh=Count("pk", filter=Q(must_change_password=True, is_active=True)),
    )
    context: dict[str, Any] = {"accounts": accounts}
    if scope.may(Action.ROLE_GRANT):
        context["lapsing"] = list(
            RoleGrant.objects.filter(
                holds_on(on),
                user__county_id=scope.county_id,
                valid_to__lte=on + timedelta(days=SOON_DAYS),
            )
            .select_related("user__person", "unit")
            .order_by("valid_to", "id")[:LOG_ROWS]
        )
    if scope.may(Action.SECURITY_LOG_READ):
        since = timezone.now() - timedelta(days=LOG_DAYS)
        events = AuditEvent.objects.filter(county_id=scope.county_id, at__gte=since)
        context["denied"] = events.filter(outcome=Outcome.DENIED).count()
        context["log"] = list(
            events.filter(Q(action__startswith="login") | Q(outcome=Outcome.DENIED)).order_by(
                "-id"
            )[:LOG_ROWS]
        )
    if scope.may(Action.SYSTEM_MANAGE):
        jobs = Job.objects.filter(Q(county_id=scope.county_id) | Q(county__isnull=True))
        context["jobs_open"] = jobs.filter(state__in=[JobState.WAITING, JobState.RUNNING]).count()
        context["jobs_failed"] = jobs.filter(state=JobState.FAILED).count()
    return context
