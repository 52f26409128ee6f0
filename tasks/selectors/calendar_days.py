"""The deadlines of tasks in 全年时间表."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from accountability.models import User
from accountability.selectors.duty_calendar import DONE_WORD, LATE_WORD, OWED_WORD, Entry
from tasks.models import TaskItem, TaskState

MOST = 400


def task_days(user: User, year: int, on: date) -> list[Entry]:
    """One entry a deadline of the tasks handed out that the person may see; one query."""
    found: dict[date, list[tuple[int, str, str]]] = {}
    for pk, heading, state, due_on in (
        TaskItem.objects.visible_to(user, year=year)
        .filter(
            state__in=[TaskState.ISSUED, TaskState.DONE],
            due_on__gte=date(year, 1, 1),
            due_on__lte=date(year, 12, 31),
        )
        .order_by("due_on", "paper_id", "order")
        .values_list("id", "heading", "state", "due_on")[:MOST]
    ):
        found.setdefault(due_on, []).append((pk, heading, state))
    return [_entry(day, rows, year, on=on) for day, rows in found.items()]


def _entry(day: date, rows: list[tuple[int, str, str]], year: int, *, on: date) -> Entry:
    owed = sum(state != TaskState.DONE for _, _, state in rows)
    state = DONE_WORD if not owed else LATE_WORD if day < on else OWED_WORD
    if len(rows) == 1:
        pk, heading, _ = rows[0]
        url, title, detail = reverse("task_detail", args=[pk]), heading, "任务到期"
    else:
        url, title = reverse("task_list", args=[year]), "任务到期"
        detail = f"{len(rows)} 项，已办结 {len(rows) - owed} 项"
    return Entry(day, title, detail, state, url, f"tasks-{day:%Y%m%d}")
