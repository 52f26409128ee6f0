"""账号 and 角色: an account of a person; a role given by somebody, from–to."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q

from .county import County
from .dated import Dated, ends_after_start
from .person import Person
from .recorded import DoorModel, RecordedModel, RecordedQuerySet, kept_history
from .unit import Unit


class Role(models.TextChoices):
    """The roles (security.md 4.2). The three administrators hold no business role."""

    OFFICE_CLERK = "office_clerk", "政府办经办人"
    OFFICE_HEAD = "office_head", "政府办负责人"
    LIAISON = "liaison", "单位联络员"
    UNIT_HEAD = "unit_head", "单位主要负责人"
    LEADER = "leader", "责任领导"
    INSPECTOR = "inspector", "监督检查人员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
UNIT_ROLES = frozenset({Role.LIAISON, Role.UNIT_HEAD})


class UserQuerySet(RecordedQuerySet):
    """Accounts by who may see them."""

    def visible_to(self, user: Any) -> Self:
        """The administrators see the accounts of their county; everybody else his own.

        An administrator of no county keeps the whole installation.
        """
        from ..access import Action, scope_for

        scope = scope_for(user)
        if not scope.may(Action.ACCOUNT_READ):
            return self.filter(pk=user.pk)
        if scope.county_id is None:
            return self.all()
        return self.filter(county_id=scope.county_id)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    """Accounts are made by `services.accounts`, never by a short cut."""

    def get_by_natural_key(self, username: str | None) -> Any:
        return self.get(username=username)


class User(DoorModel, AbstractBaseUser, PermissionsMixin):
    """An account (账号). Names are unique in the installation, whatever the county."""

    username = models.CharField("用户名", max_length=40, unique=True)
    person = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name="人员"
    )
    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="accounts",
        verbose_name="县（区）",
    )
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=True)
    password_changed_at = models.DateTimeField("密码修改时间", null=True, blank=True)
    made_by = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="创建人",
        help_text="空：初始安装或演示",
    )

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []
    objects = UserManager()
    # A password hash appears in no image; that it changed is told by password_changed_at.
    history = kept_history(excluded_fields=["password", "last_login"])

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        ordering = ["username"]
        constraints = [
            models.CheckConstraint(
                name="user_is_never_superuser",
                condition=Q(is_superuser=False),
                violation_error_message="不设超级用户。",
            )
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def display_name(self) -> str:
        """The person's name, or the account's where there is no person."""
        return self.person.name if self.person else self.username


class RoleGrant(RecordedModel, Dated):
    """A role of an account, from–to; unit roles name their unit."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_grants", verbose_name="账号")
    role = models.CharField("角色", max_length=20, choices=Role.choices)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="role_grants", verbose_name="单位"
    )
    granted_at = models.DateTimeField("授予时间", auto_now_add=True)
    granted_by = models.CharField("授予人", max_length=60)
    granter = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="授予人账号",
        help_text="空：初始安装或演示",
    )
    witness = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="在场人",
        help_text="授予管理员角色须有第二名管理员在场",
    )
    reason = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        verbose_name = "角色授予"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            ends_after_start("role_grant_ends_after_start"),
            models.CheckConstraint(
                name="role_grant_unit_roles_name_a_unit",
                condition=~Q(role__in=sorted(UNIT_ROLES)) | Q(unit__isnull=False),
                violation_error_message="单位角色须指明单位。",
            ),
            models.CheckConstraint(
                name="role_grant_not_to_oneself",
                condition=Q(granter__isnull=True) | ~Q(granter=F("user")),
                violation_error_message="不能给本人授予角色。",
            ),
            models.CheckConstraint(
                name="role_grant_of_administrator_has_witness",
                condition=~Q(role__in=sorted(ADMINISTRATORS))
                | Q(granter__isnull=True)
                | (Q(witness__isnull=False) & ~Q(witness=F("granter")) & ~Q(witness=F("user"))),
                violation_error_message="授予管理员角色须有第二名管理员在场确认。",
            ),
            # Two, because SQLite knows no "nulls not distinct".
            models.UniqueConstraint(
                fields=["user", "role", "unit"],
                condition=Q(valid_to__isnull=True, unit__isnull=False),
                name="role_grant_unit_role_unique_while_open",
                violation_error_message="该账号已有此角色。",
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(valid_to__isnull=True, unit__isnull=True),
                name="role_grant_unique_while_open",
                violation_error_message="该账号已有此角色。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"
