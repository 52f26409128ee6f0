"""权限组: the `Group` that stands for a unit or a post in object rights.

Object rights are granted to these groups, never to persons; who is in one is
told by today's tenures and roles (access.scope), so `auth_user_groups` stays
empty (DESIGN decision 6).
"""

from __future__ import annotations

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Q

from .county import County
from .person import Post
from .recorded import DoorModel
from .unit import Unit


class RightsGroup(DoorModel):
    """The group of exactly one unit or one post; made with it, kept for ever."""

    group = models.OneToOneField(
        Group, models.PROTECT, primary_key=True, related_name="rights_group", verbose_name="权限组"
    )
    county = models.ForeignKey(
        County, models.PROTECT, related_name="rights_groups", verbose_name="县（区）"
    )
    unit = models.OneToOneField(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rights_group",
        verbose_name="单位",
    )
    post = models.OneToOneField(
        Post,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="rights_group",
        verbose_name="职务",
    )

    class Meta:
        verbose_name = "权限组"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                name="rights_group_is_of_unit_or_post",
                condition=Q(unit__isnull=False, post__isnull=True)
                | Q(unit__isnull=True, post__isnull=False),
                violation_error_message="权限组属于一个单位或一个职务。",
            )
        ]

    def __str__(self) -> str:
        return str(self.unit or self.post)
