"""工作台: what must be done now, the state of the year; each role its own part."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse

from accountability.access import scope_for
from accountability.models import AuditEvent, Outcome, Role, User
from accountability.selectors.upkeep import upkeep
from tasks.models import TaskItem
from tasks.selectors.home_days import address, dated_todo, list_url, missing, nodes, summary
from tasks.selectors.home_duties import leader, unit
from tasks.selectors.home_office import office
from tasks.selectors.waiting import waiting


def home(user: User, *, on: date) -> tuple[str, dict[str, Any]]:
    """The template of the user's part, and its data; a bounded number of queries."""
    scope = scope_for(user)
    if scope.sees_drafts:
        return "home/_office.html", office(user, on=on)
    waits = {"waiting": waiting(user, on=on)}
    if Role.INSPECTOR in scope.roles:
        return "home/_inspector.html", inspector(user, on=on) | waits
    if scope.may("task.read"):
        if Role.LEADER in scope.roles:
            return "home/_leader.html", leader(user, on=on) | waits
        return "home/_unit.html", unit(user, on=on) | waits
    if scope.may("account.read"):
        return "home/_admin.html", admin(user, on=on)
    return "home/_nobody.html", {}


def inspector(user: User, *, on: date) -> dict[str, Any]:
    """The year's summary, what is overdue, and the latest changes of tasks and papers."""
    year = on.year
    rows = TaskItem.objects.visible_to(user, year=year)
    scope = scope_for(user)
    changes = list(
        AuditEvent.objects.visible_to(user)
        .filter(
            county_id=scope.county_id,
            outcome=Outcome.DONE,
            target_type__in=["tasks.taskitem", "tasks.paper"],
        )
        .order_by("-id")[:12]
    )
    seen = set(
        TaskItem.objects.visible_to(user)
        .filter(pk__in=[e.target_id for e in changes if e.target_type == "tasks.taskitem"])
        .values_list("pk", flat=True)
    )
    hidden = {
        e.pk for e in changes if e.target_type == "tasks.taskitem" and e.target_id not in seen
    }
    return {
        "year": year,
        "counts": summary(rows, scope.county_id, on=on),
        "gaps": missing(rows, on=on),
        "changes": [
            {"event": e, "url": reverse("task_detail", args=[e.target_id])
             if e.target_type == "tasks.taskitem" else ""}
            for e in changes
            if e.pk not in hidden
        ],
        "late": dated_todo(rows.filter(due_on__lt=on), on=on),
        "nodes": nodes(user, on=on),
        "all_url": list_url(year),
    }  # fmt: skip


def admin(user: User, *, on: date) -> dict[str, Any]:
    """The administrators' own part; links lead to the pages that exist."""
    links = [
        ("单位与人员", address(("settings", "unit_list", "directory"))),
        ("账号与权限", address(("account_list", "accounts"))),
        ("个人设置", reverse("me")),
        ("帮助", reverse("help")),
    ]
    return {**upkeep(user, on=on), "links": [(label, url) for label, url in links if url]}
