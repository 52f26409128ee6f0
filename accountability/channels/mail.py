"""电子邮件: one message by Django's mail backend (EMAIL_URL)."""

from __future__ import annotations

import smtplib
import socket

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from . import Away, Envelope, NotNow, Refused

FOOT = "此邮件由平台自动发出，请勿回复。办理请登录平台。"


def send(envelope: Envelope) -> None:
    """Send it. What the server answered with a plain no was not accepted."""
    deliver(
        envelope.address,
        subject=f"[{settings.PORTAL_NAME}] {envelope.title}",
        body=f"{envelope.name}：\n\n{envelope.text or envelope.title}\n\n{FOOT}\n",
        key=envelope.key,
    )


def deliver(address: str, *, subject: str, body: str, key: str) -> None:
    """One message as it stands; `key` is the same each time this very message is sent."""
    if not settings.MAIL_IS_SET:
        raise Refused("没有设置邮件服务器（EMAIL_URL），请系统管理员设置后重新发送。")
    connection = get_connection()
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        raise Refused("邮件服务器不接受平台的账号，请系统管理员核对。") from error
    except (OSError, smtplib.SMTPException) as error:
        raise Away("邮件服务器连接不上，稍后自动重试。") from error
    try:
        EmailMessage(
            subject=subject,
            body=body,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[address],
            connection=connection,
            headers={"Message-ID": f"<{key}@{socket.gethostname()}>"},
        ).send()
    except smtplib.SMTPRecipientsRefused as error:
        code = max((code for code, _ in error.recipients.values()), default=550)
        raise _answered(code) from error
    except smtplib.SMTPResponseException as error:
        raise _answered(error.smtp_code) from error
    finally:
        connection.close()


def _answered(code: int) -> Exception:
    """4xx is for now, 5xx for good (RFC 5321 4.2.1)."""
    if 400 <= code < 500:
        return NotNow(f"邮件服务器暂不接收（{code}），稍后自动重试。")
    return Refused(f"邮件服务器拒收（{code}），请核对电子邮箱。")
