"""消息: a person's own list; of a matter, who was told and who has read it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, Model

from ..models import Channel, Contact, OutboxDelivery, OutboxMessage, User

PAGE = 30


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of messages, newest first; `older` is the id before which the next begins."""

    rows: list[OutboxMessage]
    older: int | None


def unread_count(user: User) -> int:
    """How many messages the person has not read; one query, none without a person."""
    if user.person_id is None:
        return 0
    return OutboxDelivery.objects.unread_by(user.person_id).count()


def inbox(user: User, *, only_unread: bool, before: int | None) -> Inbox:
    """The person's messages, each with `read_at`; one query."""
    rows = OutboxMessage.objects.visible_to(user).filter(deliveries__channel=Channel.PORTAL)
    if only_unread:
        rows = rows.filter(deliveries__read_at__isnull=True)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.annotate(read_at=F("deliveries__read_at")).order_by("-id")[: PAGE + 1])
    return Inbox(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


def told_about(matter: Model) -> list[OutboxDelivery]:
    """Everything told of `matter`: message, person, channel, state, when it was read.

    Whoever calls it has let the asker see the matter itself.
    """
    return list(
        OutboxDelivery.objects.filter(
            message__about_type=matter._meta.label_lower, message__about_id=matter.pk
        )
        .select_related("message", "person")
        .order_by("-message_id", "id")
    )


def own_contact(user: User) -> Contact | None:
    """The person's choice of channels, if he made one."""
    return Contact.objects.visible_to(user).first()
