"""即时通信: one message posted to the county's gateway (企业微信, 钉钉 or a plain one).

Only the title leaves the portal by this way: the other end may be a group.
"""

from __future__ import annotations

import http.client
import json
import socket
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from ..field_crypto import Unsealable, unseal
from ..models import Gateway, GatewayForm
from . import Away, Envelope, NotNow, Refused

SECONDS = 10
MOST_ANSWER = 65_536


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway that sends us elsewhere is not the one that was allowed."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


# Neither redirects nor a proxy of the environment: to the allowed origin or nowhere.
_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


def origin_of(address: str) -> str:
    """scheme://host[:port] of an address; "" for what is no plain web address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        return ""
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port else "")


def is_allowed(address: str) -> bool:
    """Whether the installation lets messages go there (WEBHOOK_ORIGINS)."""
    origin = origin_of(address)
    return bool(origin) and origin in settings.WEBHOOK_ORIGINS


def send(envelope: Envelope) -> None:
    """Post it. A refused connection and a clear no of the gateway are certain; a silence is not."""
    gateway = Gateway.objects.filter(county_id=envelope.county_id, is_on=True).first()
    if gateway is None:
        raise Refused("没有启用即时通信网关，请系统管理员在“设置 → 消息发送”登记。")
    try:
        address = unseal(gateway.address, place=gateway.place)
    except Unsealable as error:
        raise Refused("网关地址不能解密，请系统管理员重新登记。") from error
    if not is_allowed(address):
        raise Refused("网关地址不在允许范围（WEBHOOK_ORIGINS），请系统管理员核对。")
    data = json.dumps(body_of(gateway.form, envelope), ensure_ascii=False).encode()
    _judge(gateway.form, post(address, data, key=envelope.key))


def post(address: str, data: bytes, *, key: str, to: str = "网关") -> bytes:
    """What `address` answers to JSON posted there; `to` names the other end in what is told.

    Whether it may be posted there has been asked before.
    """
    request = urllib.request.Request(  # noqa: S310 - http or https alone, see origin_of
        address,
        data=data,
        headers={"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": key},
    )
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            return bytes(answer.read(MOST_ANSWER))
    except urllib.error.HTTPError as error:
        with error:
            raise _answered(error.code, to) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, (ConnectionRefusedError, socket.gaierror)):
            raise Away(f"{to}连接不上，稍后自动重试。") from error
        raise


def body_of(form: str, envelope: Envelope) -> dict[str, Any]:
    """The message as the gateway wants it; it names the person and the title, no more."""
    content = f"{envelope.name}：{envelope.title}。请登录{settings.PORTAL_NAME}查看。"
    if form == GatewayForm.WECOM:
        return {
            "msgtype": "text",
            "text": {"content": content, "mentioned_list": [envelope.address]},
        }
    if form == GatewayForm.DINGTALK:
        return {
            "msgtype": "text",
            "text": {"content": content},
            "at": {"atUserIds": [envelope.address], "isAtAll": False},
        }
    return {"key": envelope.key, "to": envelope.address, "title": envelope.title, "text": content}


def _judge(form: str, answer: bytes) -> None:
    """企业微信 and 钉钉 answer 200 with `errcode`; anything but 0 means that nothing went out."""
    if form == GatewayForm.PLAIN:
        return
    try:
        code = json.loads(answer)["errcode"]
    except (ValueError, KeyError, TypeError) as error:
        raise http.client.HTTPException("no answer of a gateway") from error
    if code != 0:
        raise Refused(f"网关拒收（{str(code)[:12]}），请核对网关地址和账号。")


def _answered(status: int, to: str) -> Exception:
    """429 and 503 say "later", another 4xx and a redirect "no"; 5xx may have come too late."""
    if status in (429, 503):
        return NotNow(f"{to}暂不接收（{status}），稍后自动重试。")
    if status < 500:
        return Refused(f"{to}拒收（{status}），请核对{to}地址。")
    return http.client.HTTPException(f"{to} answered {status}")
