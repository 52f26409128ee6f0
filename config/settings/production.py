"""The production profile: refuses to start unless everything that makes it safe is given.

Every process (web, worker, beat, commands) imports it, so every process
refuses. `manage.py check --deploy` then looks at what came of it, and at the
rights of the database role.
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from . import base
from .base import *  # noqa: F403
from .secret import url_with_password, value_or_file

problems: list[str] = []
MIN_PASSWORD = 16


def wanted(name: str, *, url: bool = False) -> str:
    """The value of `name`, or of its file; a fault is noted, not raised, so that all are shown."""
    try:
        return (url_with_password if url else value_or_file)(name, os.environ)
    except ValueError as error:
        problems.append(str(error))
        return ""


def flag(name: str) -> bool:
    """Whether somebody set `name` to anything but a plain no."""
    return os.environ.get(name, "").strip().lower() not in ("", "0", "false", "no", "off")


def weak_password(url: str) -> bool:
    """Whether a service URL carries no password, or one that is short enough to be a default."""
    return len(urlsplit(url).password or "") < MIN_PASSWORD


# --- what may not be switched on -------------------------------------------
if flag("DEBUG") or flag("DJANGO_DEBUG"):
    problems.append("正式环境不得打开 DEBUG，请去掉该环境变量。")
if flag("PORTAL_DEMO") or os.environ.get("PORTAL_DEMO_PASSWORD"):
    problems.append("正式环境不得装入演示数据，请去掉 PORTAL_DEMO 和 PORTAL_DEMO_PASSWORD。")
DEBUG = False
DEMO = False

# --- keys and hosts --------------------------------------------------------
if not os.environ.get("SECRET_KEY_FILE"):
    problems.append("请用 SECRET_KEY_FILE 指明密钥文件（至少 50 个随机字符）。")
SECRET_KEY = wanted("SECRET_KEY")
if os.environ.get("SECRET_KEY_FILE") and (
    len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 15 or SECRET_KEY.startswith("django-insecure-")
):
    problems.append("SECRET_KEY_FILE 中的密钥不足 50 个随机字符，请重新生成。")

ALLOWED_HOSTS = [h.strip() for h in os.environ.get("ALLOWED_HOSTS", "").split(",") if h.strip()]
if not ALLOWED_HOSTS:
    problems.append("请用 ALLOWED_HOSTS 写明平台的主机名，多个用逗号分开。")
for host in ALLOWED_HOSTS:
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\]", host):
        problems.append(f"ALLOWED_HOSTS 须写全主机名，不能用通配：{host}。")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]

# --- database: the application's role, and the owner's for migrate alone ----
app_url = wanted("DATABASE_URL", url=True)
owner_url = wanted("DATABASE_OWNER_URL", url=True)
as_owner = os.environ.get("PORTAL_DB_ROLE") == "owner" or sys.argv[1:2] == ["migrate"]
for name, url in (("DATABASE_URL", app_url), ("DATABASE_OWNER_URL", owner_url)):
    if not url:
        continue
    if urlsplit(url).scheme not in ("postgres", "postgresql"):
        problems.append(f"{name} 须指向 PostgreSQL，例如 postgres://portal_app@主机:5432/portal。")
    elif weak_password(url):
        problems.append(f"{name} 的口令缺失或不足 {MIN_PASSWORD} 位，请为数据库账号设置强口令。")
if not app_url:
    problems.append("请用 DATABASE_URL 或 DATABASE_URL_FILE 指明 PostgreSQL 数据库。")
if as_owner and not owner_url:
    problems.append("升级数据库（migrate）须用 DATABASE_OWNER_URL 指明数据库属主账号。")
if app_url and owner_url and urlsplit(app_url).username == urlsplit(owner_url).username:
    problems.append(
        "DATABASE_URL 与 DATABASE_OWNER_URL 不得使用同一账号："
        "运行账号不应有改表的权限，请分设两个账号。"
    )

# --- broker ----------------------------------------------------------------
REDIS_URL = wanted("REDIS_URL", url=True)
if not REDIS_URL:
    problems.append("请用 REDIS_URL 或 REDIS_URL_FILE 指明 Redis。")
elif urlsplit(REDIS_URL).scheme not in ("redis", "rediss"):
    problems.append("REDIS_URL 须以 redis:// 或 rediss:// 开头。")
elif weak_password(REDIS_URL):
    problems.append(f"REDIS_URL 的口令缺失或不足 {MIN_PASSWORD} 位，请为 Redis 设置强口令。")
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = base.REDIS_TRANSPORT_OPTIONS
CELERY_WORKER_ENABLE_REMOTE_CONTROL = True

# --- HTTPS -----------------------------------------------------------------
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/$"]  # asked inside the machine, over plain HTTP
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
# Preloading is for hosts that the public Internet knows; an intranet's is none of them.
SILENCED_SYSTEM_CHECKS = [*base.SILENCED_SYSTEM_CHECKS, "security.W021"]

# A forwarded header is believed from these addresses alone; from anybody else it is dropped.
TRUSTED_PROXY = [a.strip() for a in os.environ.get("TRUSTED_PROXY", "").split(",") if a.strip()]
for address in TRUSTED_PROXY:
    try:
        network = ipaddress.ip_network(address)
    except ValueError:
        problems.append(f"TRUSTED_PROXY 须为代理服务器的 IP 地址或网段：{address}。")
    else:
        if network.prefixlen == 0:
            problems.append("TRUSTED_PROXY 不得包含所有地址，请只写代理服务器的地址。")
MIDDLEWARE = ["accountability.proxy.TrustedProxyMiddleware", *base.MIDDLEWARE]
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

if problems:
    raise ImproperlyConfigured(
        "为保证安全，平台没有启动：\n" + "\n".join(f"  {n}. {p}" for n, p in enumerate(problems, 1))
    )

DATABASES = {
    "default": dj_database_url.parse(
        owner_url if as_owner else app_url, conn_max_age=600, conn_health_checks=True
    )
}
DATABASE_APP_ROLE = urlsplit(app_url).username or ""
# Whatever the addresses say, the database is asked at the first connection.
DATABASE_ROLE_MUST_BE_WEAK = not as_owner
