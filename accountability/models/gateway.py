"""即时通信网关: where a county's messages are posted to, besides the portal and e-mail."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .county import County
from .recorded import DoorModel, kept_history


class GatewayForm(models.TextChoices):
    """Which form of message the gateway takes."""

    PLAIN = "plain", "通用（JSON）"
    WECOM = "wecom", "企业微信"
    DINGTALK = "dingtalk", "钉钉"


class Gateway(DoorModel):
    """The county's one gateway, set by the system administrator; `address` often holds a key.

    `address` is sealed by `accountability.field_crypto` and appears in no image
    and no history; `origin` is its visible part, one of the installation's
    allowed ones (WEBHOOK_ORIGINS).
    """

    county = models.ForeignKey(
        County, models.PROTECT, related_name="gateways", verbose_name="县（区）"
    )
    form = models.CharField("消息格式", max_length=10, choices=GatewayForm.choices)
    origin = models.CharField("网关", max_length=120)
    address = models.TextField("完整地址")
    is_on = models.BooleanField("启用", default=True)

    history = kept_history(excluded_fields=["address"])

    class Meta:
        verbose_name = "即时通信网关"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["county"],
                name="gateway_unique_in_county",
                violation_error_message="本县的网关已经登记，请刷新后再改。",
            ),
            models.CheckConstraint(
                name="gateway_has_an_address",
                condition=~Q(address="") & ~Q(origin=""),
                violation_error_message="请填写网关的完整地址。",
            ),
        ]

    def __str__(self) -> str:
        return f"即时通信网关 {self.origin}"

    @property
    def place(self) -> str:
        """What the sealed address is bound to."""
        return f"gateway:{self.county_id}"
