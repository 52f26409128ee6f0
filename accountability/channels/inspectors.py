"""存证点报送: one checkpoint to the inspectors' machine, by e-mail or by POST.

What leaves the portal is the checkpoint as it stands in its file, and nothing
else: sequence numbers, digests, time, signature (see `ledger.checkpoint`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from . import mail, webhook

MOST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Recipient:
    """One entry of CHECKPOINT_RECIPIENTS. `shown` has no path, which may hold a key."""

    address: str

    @property
    def is_mail(self) -> bool:
        return "://" not in self.address

    @property
    def key(self) -> str:
        """What tells recipients apart in the database, where the address itself is not kept."""
        return hashlib.sha256(self.address.encode()).hexdigest()[:32]

    @property
    def shown(self) -> str:
        return (self.address if self.is_mail else webhook.origin_of(self.address))[:MOST_SHOWN]

    def wrong(self) -> str:
        """What is wrong with the entry, "" for nothing."""
        if not self.is_mail:
            if not webhook.origin_of(self.address):
                return "须写作 http(s)://主机[:端口]/路径，不得含账号口令"
            return "不得带 # 片段" if urlsplit(self.address).fragment else ""
        try:
            validate_email(self.address)
        except ValidationError:
            return "既不是电子邮箱，也不是 http(s):// 地址"
        return "" if settings.MAIL_IS_SET else "是电子邮箱，但没有设置邮件服务器（EMAIL_URL）"


def recipients() -> list[Recipient]:
    """Whom checkpoints are sent to; what is no address is left to the checks."""
    found = (Recipient(entry) for entry in dict.fromkeys(settings.CHECKPOINT_RECIPIENTS))
    return [r for r in found if r.is_mail or webhook.origin_of(r.address)]


def send(recipient: Recipient, *, number: int, line: str, key: str) -> None:
    """Send one checkpoint's line; raises as the other channels do."""
    if recipient.is_mail:
        subject = f"[{settings.PORTAL_NAME}] 存证点 {number}"
        mail.deliver(recipient.address, subject=subject, body=line + "\n", key=key)
    else:
        webhook.post(recipient.address, line.encode() + b"\n", key=key, to="接收方")
