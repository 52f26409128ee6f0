"""任务权限: which group may see which task; guardian's table, and what lists are read from."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Self

from django.contrib.auth.models import Group, Permission
from django.db import connection, models
from guardian.managers import GroupObjectPermissionManager
from guardian.models import GroupObjectPermissionBase

from accountability.access import scope_for
from accountability.models import County
from accountability.models.dated import Dated, ends_after_start, holds_on

from .paper import Paper

if TYPE_CHECKING:
    from accountability.access import Scope
    from accountability.models import User

VIEW = "view_taskitem"


@cache
def _permission_id(codename: str, database: str) -> int:
    return int(Permission.objects.get_by_natural_key(codename, "tasks", "taskitem").pk)


def view_permission_id() -> int:
    """The id of tasks.view_taskitem in this database; asked once a process."""
    return _permission_id(VIEW, str(connection.settings_dict["NAME"]))


class GrantQuerySet(models.QuerySet["TaskItemGroupPermission"]):
    """Grants by whose they are and when."""

    def of_scope(self, scope: Scope) -> Self:
        """Grants to view that the groups of a scope have on its day."""
        return self.filter(
            holds_on(scope.day),
            group_id__in=scope.permission_group_ids,
            permission_id=view_permission_id(),
            county_id=scope.county_id,
        )

    def visible_to(self, user: User) -> Self:
        """What `user` sees tasks by; nothing for the office, which sees by its county."""
        return self.of_scope(scope_for(user))


class TaskItemGroupPermission(GroupObjectPermissionBase, Dated):
    """A right of a unit's or post's group on a task that is handed out, from–to.

    Derived from the assignments by `services.grants` and never written
    otherwise. `year`, `paper` and `item_order` are the task's sort key, which
    never changes after it is handed out: lists walk the index from group to
    rows in order, without reading the tasks before them.
    """

    # guardian's own fields, protected like every other foreign key.
    group = models.ForeignKey(Group, models.PROTECT, db_index=False, verbose_name="权限组")
    permission = models.ForeignKey(Permission, models.PROTECT, db_index=False, verbose_name="权限")
    content_object = models.ForeignKey(
        "tasks.TaskItem", models.PROTECT, related_name="grants", verbose_name="任务"
    )
    county = models.ForeignKey(
        County, models.PROTECT, db_index=False, related_name="+", verbose_name="县（区）"
    )
    year = models.PositiveSmallIntegerField("年度")
    paper = models.ForeignKey(
        Paper, models.PROTECT, db_index=False, related_name="+", verbose_name="实施意见"
    )
    item_order = models.PositiveIntegerField("次序")

    objects = GroupObjectPermissionManager.from_queryset(GrantQuerySet)()

    class Meta:
        verbose_name = "任务权限"
        verbose_name_plural = verbose_name
        default_permissions = ()
        constraints = [
            ends_after_start("task_item_group_permission_ends_after_start"),
            models.UniqueConstraint(
                fields=["content_object", "group", "permission", "valid_from"],
                name="task_item_group_permission_unique",
            ),
        ]
        indexes = [
            models.Index(
                fields=["group", "permission", "year", "paper", "item_order", "content_object"],
                name="task_grant_list",
            )
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.content_object_id}"
