"""审计轨迹: who did what, why, with before and after in names."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from .county import County
from .unit import Unit


class Outcome(models.TextChoices):
    """Whether the act was done or refused."""

    DONE = "done", "成功"
    DENIED = "denied", "拒绝"


class Concern(models.TextChoices):
    """监督关注点: what an inspector looks at first. A pointer, not an accusation."""

    DEADLINE_DELAYED = "deadline_delayed", "时限推迟"
    RESPONSIBLE_CHANGED = "responsible_changed", "责任变更"
    RETURNED = "returned", "退回"
    LIGHT_CHANGED = "light_changed", "灯色改判"
    SCORE_CHANGED = "score_changed", "评分改动"
    RIGHTS_CHANGED = "rights_changed", "权限变更"
    LOGIN_REFUSED = "login_refused", "登录异常"
    DENIED = "denied", "越权被拒"
    EVIDENCE_EXPORTED = "evidence_exported", "证据导出"


# What the audit administrator reads: accounts, rights, logins, refusals, reads that matter.
SECURITY_ACTIONS = (
    *("login", "logout", "password", "account", "role", "session", "denied", "read"),
    *("gateway", "module", "outbox", "schedule", "evidence.export", "evidence.made", "ledger"),
)


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    """Write-once: there is no code that changes or prunes an event."""

    def visible_to(self, user: Any) -> Self:
        """Inspectors see their county or the units of their mandate.

        The audit administrator sees the security log.

        Everybody else sees what he did himself.
        """
        from ..access import Action, scope_for

        scope = scope_for(user)
        if scope.may(Action.TRAIL_READ):
            seen = self.filter(county_id=scope.county_id)
            if scope.sees_whole_county:
                return seen
            # A mandate limited to units: what touched them then, and what he did himself.
            touched = AuditEventUnit.objects.filter(unit_id__in=scope.inspected_unit_ids)
            return seen.filter(Q(pk__in=touched.values("event_id")) | Q(user_id=user.pk))
        if scope.may(Action.SECURITY_LOG_READ):
            wanted = Q()
            for prefix in SECURITY_ACTIONS:
                wanted |= Q(action__startswith=prefix)
            return self.filter(wanted, Q(county_id=scope.county_id) | Q(county__isnull=True))
        return self.filter(user_id=user.pk)

    def update(self, **kwargs: Any) -> int:
        raise TypeError("an audit event is never changed")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise TypeError("an audit event is never deleted")


class AuditEvent(models.Model):
    """One act, written in the same transaction as the change it tells of.

    Names, post and unit are those of the time of the act. `changes` is a list
    of {"field", "label", "before", "after"}. A denial event is written after
    the roll-back of the act it refuses.
    """

    county = models.ForeignKey(
        County,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="audit_events",
        verbose_name="县（区）",
    )
    at = models.DateTimeField("时间", auto_now_add=True)
    actor_key = models.CharField("操作者标识", max_length=60)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="audit_events",
        verbose_name="账号",
    )
    actor_name = models.CharField("操作人", max_length=60)
    actor_post = models.CharField("职务", max_length=120, blank=True)
    actor_unit = models.CharField("单位", max_length=80, blank=True)
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="代何人",
    )
    address = models.GenericIPAddressField("来源地址", null=True, blank=True)
    request_id = models.CharField("请求编号", max_length=40, blank=True)
    act_id = models.CharField("动作编号", max_length=32, db_index=True)
    action = models.CharField("动作", max_length=60)
    concern = models.CharField("关注点", max_length=24, choices=Concern.choices, blank=True)
    is_odd_hour = models.BooleanField("工作时间外", default=False)
    target_type = models.CharField("对象类型", max_length=60, blank=True)
    target_id = models.BigIntegerField("对象编号", null=True, blank=True)
    target_label = models.CharField("对象", max_length=200, blank=True)
    summary = models.CharField("说明", max_length=500)
    changes = models.JSONField("变更", default=list, blank=True)
    reason = models.TextField("理由", blank=True)
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices, default=Outcome.DONE)
    units: models.ManyToManyField[Unit, AuditEventUnit] = models.ManyToManyField(
        Unit, through="AuditEventUnit", related_name="audit_events", verbose_name="涉及单位"
    )

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = verbose_name
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["county", "-id"], name="audit_county_order"),
            models.Index(
                fields=["county", "concern", "-id"],
                condition=~Q(concern=""),
                name="audit_concern_order",
            ),
            models.Index(
                fields=["county", "-id"], condition=Q(is_odd_hour=True), name="audit_odd_hour_order"
            ),
            models.Index(fields=["target_type", "target_id", "-id"], name="audit_target_order"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.summary}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("an audit event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("an audit event is never deleted")


class AuditEventUnit(models.Model):
    """A unit that an act touched, at the time of the act."""

    event = models.ForeignKey(AuditEvent, models.PROTECT, related_name="event_units")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "涉及单位"
        verbose_name_plural = verbose_name
        constraints = [
            models.UniqueConstraint(fields=["event", "unit"], name="audit_event_unit_unique")
        ]
        indexes = [models.Index(fields=["unit", "-event"], name="audit_unit_order")]

    def __str__(self) -> str:
        return f"{self.event_id}:{self.unit_id}"
