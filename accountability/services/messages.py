"""消息 as its reader handles it: read, all read; and the choice of channels (个人设置)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from ..access.find import find
from ..door import Actor, acting
from ..models import Contact, OutboxDelivery, OutboxMessage, Person
from ..refusals import Invalid
from .audit import change

LABELS = {
    "by_mail": "发电子邮件",
    "mail": "电子邮箱",
    "by_webhook": "发即时通信",
    "webhook_account": "即时通信账号",
}


def mark_read(*, by: Actor, message_id: int) -> OutboxMessage:
    """One of one's own messages was read. Reading leaves no event: it is nobody's act."""
    user = by.user
    message: OutboxMessage = find(
        OutboxMessage.objects.visible_to(user) if user else OutboxMessage.objects.none(),
        pk=message_id,
    )
    with acting(by=by) as act:
        act.unchanged()
        OutboxDelivery.objects.unread_by(message.person_id).filter(message=message).update(
            read_at=timezone.now()
        )
    return message


def mark_all_read(*, by: Actor) -> int:
    """All of one's own messages were read; how many were not before."""
    if by.user is None or by.user.person_id is None:
        return 0
    with acting(by=by) as act:
        act.unchanged()
        return OutboxDelivery.objects.unread_by(by.user.person_id).update(read_at=timezone.now())


def choose(
    *, by: Actor, by_mail: bool, mail: str, by_webhook: bool, webhook_account: str
) -> Contact:
    """One's own choice of channels besides the portal; it holds for what is sent from now on."""
    person: Person | None = by.user.person if by.user else None
    if person is None:
        raise Invalid("本账号没有登记人员，收不到消息，不必设置接收渠道。")
    values: dict[str, Any] = {
        "by_mail": by_mail,
        "mail": mail.strip(),
        "by_webhook": by_webhook,
        "webhook_account": webhook_account.strip(),
    }
    with acting(by=by) as act:
        Person.objects.select_for_update().get(pk=person.pk)
        row = Contact.objects.filter(person=person).first() or Contact(
            county_id=person.county_id, person=person
        )
        before = {name: getattr(row, name) for name in values}
        if row.pk is not None and before == values:
            act.unchanged()
            return row
        for name, value in values.items():
            setattr(row, name, value)
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid("；".join(error.messages), details=error.message_dict) from error
        row.save()
        # Where somebody is reached is his own: the trail says that it changed, not to what.
        act.record(
            "contact.choose",
            row,
            summary="更改本人的消息接收渠道",
            changes=[
                change(name, LABELS[name], "", "已更改")
                for name, value in values.items()
                if value != before[name]
            ],
        )
    return row
