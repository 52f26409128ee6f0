"""Why an account sees a task, or does not: the rules of `TaskItem.visible_to`, one by one.

A test holds the two together for every account and task.
"""

from __future__ import annotations

from django.db.models import Q

from accountability.access import Action, Scope
from accountability.access.why import Part, Rules, explainer, register, whole_county
from accountability.models import UnitGroup, User
from accountability.models.dated import holds_on
from tasks.models import Assignment, TaskItem, TaskState


def _task(task: TaskItem, scope: Scope, account: User) -> Rules:
    return Rules(
        label=f"任务 #{task.pk}（{task.year} 年 {task.number}）",
        needed=(
            Part(
                "任务已下发，或由政府办起草",
                task.issued_at is not None or scope.sees_drafts,
                TaskState(task.state).label,
            ),
        ),
        ways=(
            whole_county(scope),
            *_ways(task, scope),
        ),
    )


def _ways(task: TaskItem, scope: Scope) -> list[Part]:
    """What of the account's scope the task's holders lie on today."""
    items = [task.pk] + ([task.parent_id] if task.parent_id else [])
    holders = Assignment.objects.filter(holds_on(scope.day), item_id__in=items)
    units = scope.unit_ids | scope.portfolio_unit_ids
    inspected = scope.inspected_unit_ids
    their_groups = UnitGroup.objects.filter(
        holds_on(scope.day),
        holds_on(scope.day, "memberships__"),
        memberships__unit_id__in=inspected,
    )
    rules = [
        ("责任落在本人任职的职务", Q(post_id__in=scope.own_post_ids)),
        ("责任落在本人代管的职务", Q(post_id__in=scope.delegated_post_ids)),
        ("责任落在本人所在单位", Q(unit_id__in=scope.unit_ids)),
        ("责任落在本人分管的单位", Q(unit_id__in=scope.portfolio_unit_ids)),
        ("责任落在包含上述单位的单位集合", Q(group_id__in=scope.group_ids)),
        ("责任落在上述单位的职务", Q(post__unit_id__in=units)),
        (
            "责任落在本人监督的单位",
            Q(unit_id__in=inspected)
            | Q(post__unit_id__in=inspected)
            | Q(group_id__in=their_groups.values("id")),
        ),
    ]
    found = []
    for rule, condition in rules:
        rows = holders.filter(condition).select_related("post__unit", "unit", "group")[:5]
        names = "、".join(dict.fromkeys(str(row.holder) for row in rows))
        found.append(Part(rule, bool(names), names))
    return found


register("task", "任务", explainer(TaskItem, Action.TASK_READ, "任务", _task))
