"""消息发送: the county's gateway, and by hand what could not be sent or is 待核实."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils import timezone

from ..access import Action
from ..access.find import find
from ..access.require import require
from ..channels import webhook
from ..door import Actor, acting
from ..field_crypto import seal
from ..models import County, DeliveryState, Gateway, OutboxDelivery
from ..models.outbox_message import TRANSITIONS
from ..refusals import Invalid, NotFound, WrongState
from . import outbox_sending
from .audit import change

NOT_ALLOWED = (
    "网关地址不在允许范围。允许的网关由运维人员在 WEBHOOK_ORIGINS 中写明，请核对后重新填写。"
)


def set_gateway(*, by: Actor, form: str, address: str, is_on: bool) -> Gateway:
    """Where the county's messages are posted to; an empty address keeps the one there is."""
    county = _county(by)
    with acting(by=by) as act:
        require(by, Action.SYSTEM_MANAGE)
        County.objects.select_for_update(no_key=True).get(pk=county.pk)
        row = Gateway.objects.filter(county=county).first() or Gateway(county=county)
        before = (row.form, row.origin, row.is_on)
        address = address.strip()
        if not address and row.pk is None:
            raise Invalid("请填写网关的完整地址。", details={"address": ["请填写网关的完整地址"]})
        if address:
            if not webhook.is_allowed(address):
                raise Invalid(NOT_ALLOWED, details={"address": [NOT_ALLOWED]})
            row.origin = webhook.origin_of(address)
            row.address = seal(address, place=row.place)
        row.form, row.is_on = form, is_on
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid("；".join(error.messages), details=error.message_dict) from error
        row.save()
        after = (row.form, row.origin, row.is_on)
        act.record(
            "gateway.set",
            row,
            summary=f"设置即时通信网关 {row.origin}{'' if is_on else '（停用）'}",
            changes=[
                change(name, label, str(old), str(new))
                for name, label, old, new in zip(
                    ("form", "origin", "is_on"),
                    ("消息格式", "网关", "启用"),
                    before,
                    after,
                    strict=True,
                )
                if old != new
            ]
            + ([change("address", "完整地址", "", "已更换")] if address else []),
        )
    return row


def send_again(*, by: Actor, delivery_id: int) -> OutboxDelivery:
    """A person lets a message go once more, having looked whether it arrived."""
    return _move(by, delivery_id, DeliveryState.WAITING, "outbox.resend", "重新发送")


def call_sent(*, by: Actor, delivery_id: int) -> OutboxDelivery:
    """A person has found that the message arrived."""
    return _move(by, delivery_id, DeliveryState.SENT, "outbox.verified", "核实已送达")


def _move(
    by: Actor, delivery_id: int, state: DeliveryState, action: str, word: str
) -> OutboxDelivery:
    county = _county(by)
    now = timezone.now()
    with acting(by=by) as act:
        require(by, Action.SYSTEM_MANAGE)
        row: OutboxDelivery = find(
            OutboxDelivery.objects.select_for_update(of=("self",))
            .filter(message__county=county)
            .select_related("message", "person"),
            pk=delivery_id,
        )
        if state not in TRANSITIONS[row.state]:
            raise WrongState(f"这条消息现为“{row.get_state_display()}”，不能{word}，请刷新后查看。")
        former = row.get_state_display()
        row.state, row.error, row.attempts = state, "", 0
        row.run_after = now
        row.ended_at = None if state == DeliveryState.WAITING else now
        row.save(update_fields=["state", "error", "attempts", "run_after", "ended_at"])
        act.record(
            action,
            row.message,
            # The administrator who sees to the sending does not read what is sent.
            label=f"消息 {row.message_id}",
            summary=f"{word}：{row.person.name} 的{row.get_channel_display()}",
            changes=[change("state", "状态", former, str(row.get_state_display()))],
        )
        if state == DeliveryState.WAITING:
            outbox_sending.ask(key=f"{outbox_sending.KIND}:{act.id}")
    return row


def _county(by: Actor) -> County:
    if by.county is None:
        raise NotFound
    return by.county
