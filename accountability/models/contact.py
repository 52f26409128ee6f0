"""接收渠道: where a person wants to be told, besides the portal itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from .county import County
from .person import Person
from .recorded import RecordedModel, RecordedQuerySet

if TYPE_CHECKING:
    from .user import User


class ContactQuerySet(RecordedQuerySet):
    """Everybody's own choice is his own."""

    def visible_to(self, user: User) -> Self:
        if user.person_id is None:
            return self.none()
        return self.filter(person_id=user.person_id, county_id=user.county_id)


class Contact(RecordedModel):
    """A person's own choice of channels (个人设置). Without a row: the portal alone."""

    county = models.ForeignKey(
        County, models.PROTECT, related_name="contacts", verbose_name="县（区）"
    )
    person = models.ForeignKey(Person, models.PROTECT, related_name="contacts", verbose_name="人员")
    by_mail = models.BooleanField("发电子邮件", default=False)
    mail = models.EmailField("电子邮箱", blank=True, max_length=120)
    by_webhook = models.BooleanField("发即时通信", default=False)
    webhook_account = models.CharField("即时通信账号", blank=True, max_length=60)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = "接收渠道"
        verbose_name_plural = verbose_name
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint(
                fields=["county", "person"],
                name="contact_unique_in_county",
                violation_error_message="接收渠道已经登记，请刷新后再改。",
            ),
            models.CheckConstraint(
                name="contact_by_mail_names_a_mailbox",
                condition=Q(by_mail=False) | ~Q(mail=""),
                violation_error_message="请填写电子邮箱，或不选“发电子邮件”。",
            ),
            models.CheckConstraint(
                name="contact_by_webhook_names_an_account",
                condition=Q(by_webhook=False) | ~Q(webhook_account=""),
                violation_error_message="请填写即时通信账号，或不选“发即时通信”。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}的接收渠道"
