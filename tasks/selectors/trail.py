"""轨迹 of tasks and papers: the events that tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from accountability.models import AuditEvent, Outcome, User
from accountability.selectors import object_trail
from tasks.models import Extension, ItemSlot, Milestone, Paper, Progress, TaskItem


def events_of(item: TaskItem) -> QuerySet[AuditEvent]:
    """What was done to a task, its slots and milestones, and to requests for more time."""
    slots = ItemSlot.objects.filter(item=item).values("pk")
    steps = Milestone.objects.filter(item=item).values("pk")
    asked = Extension.objects.filter(item=item).values("pk")
    return AuditEvent.objects.filter(
        Q(target_type="tasks.taskitem", target_id=item.pk)
        | Q(target_type="tasks.itemslot", target_id__in=slots)
        | Q(target_type="tasks.milestone", target_id__in=steps)
        | Q(target_type="tasks.extension", target_id__in=asked)
    )


def events_of_paper(paper_id: int) -> QuerySet[AuditEvent]:
    """What was done to a paper as a whole; each task has a trail of its own."""
    return AuditEvent.objects.filter(target_type="tasks.paper", target_id=paper_id)


def events_of_progress(progress_id: int) -> QuerySet[AuditEvent]:
    """What was done to one report, from its first draft on."""
    return AuditEvent.objects.filter(target_type="tasks.progress", target_id=progress_id)


def trails_of_papers(user: User, paper_ids: Collection[int]) -> dict[int, object_trail.Trail]:
    """The latest events of each paper of a page; two queries for all of them."""
    place = Window(RowNumber(), partition_by=F("target_id"), order_by=F("id").desc())
    rows = (
        AuditEvent.objects.filter(
            target_type="tasks.paper", target_id__in=paper_ids, outcome=Outcome.DONE
        )
        .annotate(latest=place)
        .filter(latest__lte=object_trail.INLINE + 1)
        .order_by("-id")
    )
    found: dict[int, list[AuditEvent]] = defaultdict(list)
    for event in rows:
        found[event.target_id or 0].append(event)
    return object_trail.of_many(user, "paper", {pk: found[pk] for pk in paper_ids})


def _tasks(user: User) -> QuerySet[TaskItem]:
    return TaskItem.objects.visible_to(user)


def _papers(user: User) -> QuerySet[Paper]:
    return Paper.objects.visible_to(user).defer("reading", "findings")


def _task(user: User, item: TaskItem) -> object_trail.Subject:
    url = reverse("task_detail", args=[item.pk])
    return object_trail.Subject(f"{item.number} {item.heading}", url, events_of(item))


def _paper(user: User, paper: Paper) -> object_trail.Subject:
    url = reverse("papers", args=[paper.year])
    return object_trail.Subject(paper.title, url, events_of_paper(paper.pk))


def _reports(user: User) -> QuerySet[Progress]:
    return Progress.objects.visible_to(user).select_related("item", "unit")


def _progress(user: User, row: Progress) -> object_trail.Subject:
    url = reverse("task_detail", args=[row.item_id])
    return object_trail.Subject(str(row), url, events_of_progress(row.pk))


object_trail.register("progress", "进展", Progress, visible=_reports, subject=_progress)
object_trail.register("task", "任务", TaskItem, visible=_tasks, subject=_task, as_of="task_as_of")
object_trail.register("paper", "意见", Paper, visible=_papers, subject=_paper)
