"""Why an account sees a task, or does not: the rules of `TaskItem.visible_to`, one by one.

A test holds the two together for every account and task.
"""

from __future__ import annotations

from django.db.models import Q

from accountability.access import Scope, scope_of
from accountability.access.why import Explanation, Part, register
from accountability.models import Role, UnitGroup, User
from accountability.models.dated import holds_on
from tasks.models import Assignment, TaskItem, TaskState


def explain_task(account: User, pk: int, county_id: int | None) -> Explanation | None:
    """The explanation for one task; None outside the asker's county."""
    task = TaskItem.objects.filter(pk=pk).first()
    if task is None or (county_id is not None and task.county_id != county_id):
        return None
    scope = scope_of(account)
    account._scope = scope  # type: ignore[attr-defined]  # one computation, one day
    roles = "、".join(str(Role(role).label) for role in sorted(scope.roles)) or "没有角色"
    needed = (
        Part("账号启用", account.is_active, "" if account.is_active else "账号已停用"),
        Part("角色可以查看任务", scope.may("task.read"), roles),
        Part("任务属于本县", scope.county_id == task.county_id),
        Part(
            "任务已下发，或由政府办起草",
            task.issued_at is not None or scope.sees_drafts,
            TaskState(task.state).label,
        ),
    )
    return Explanation(
        label=f"任务 #{task.pk}（{task.year} 年 {task.number}）",
        is_visible=TaskItem.objects.visible_to(account).filter(pk=pk).exists(),
        needed=needed,
        ways=(
            Part("政府办和监督检查人员可查看全县", scope.sees_whole_county, roles),
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


register("task", "任务", explain_task)
