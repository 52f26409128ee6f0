"""以往情况 of a task."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accountability.access.find import find
from accountability.http import PortalRequest
from accountability.views.as_of import page
from tasks.models import TaskItem
from tasks.selectors import as_of as selector


@require_safe
def task_as_of(request: PortalRequest, task_id: int) -> HttpResponse:
    """The task on the day `on`, with who held its slots then."""
    item: TaskItem = find(TaskItem.objects.visible_to(request.user, item=task_id), pk=task_id)
    return page(
        request,
        lambda on: selector.of_task(request.user, item, on=on),
        title=f"{item.number} {item.heading}",
        kind=("task", item.pk),
        back=(reverse("task_detail", args=[item.pk]), "返回任务"),
        nav="task_list_latest",
    )
