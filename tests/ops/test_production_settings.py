"""The production profile starts with everything that makes it safe, and with nothing less."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from accountability.proxy import as_address

from .processes import clean_environment, manage

pytestmark = pytest.mark.nodb
STRONG = "k3Vq8mTz1RwYx5Lp"


def random_text(length: int) -> str:
    return "".join(random.SystemRandom().choices(string.ascii_letters + string.digits, k=length))


@pytest.fixture
def safe(tmp_path: Path) -> dict[str, str]:
    """An environment in which the production profile starts (nothing is asked of the services)."""
    key = tmp_path / "secret_key"
    key.write_text(random_text(64), encoding="ascii")
    return clean_environment(
        DJANGO_SETTINGS_MODULE="config.settings.production",
        DATA_DIR=str(tmp_path / "data"),
        SECRET_KEY_FILE=str(key),
        ALLOWED_HOSTS="portal.example.test",
        DATABASE_URL=f"postgres://portal_app:{STRONG}@127.0.0.1:5432/portal",
        DATABASE_OWNER_URL=f"postgres://portal_owner:{STRONG}@127.0.0.1:5432/portal",
        REDIS_URL=f"redis://:{STRONG}@127.0.0.1:6379/0",
        TRUSTED_PROXY="10.1.2.3,10.9.0.0/24",
    )


def test_a_safe_environment_starts_and_has_no_findings(safe: dict[str, str]) -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", environment=safe)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


WRONG = {
    "debug": ({"DEBUG": "1"}, "不得打开 DEBUG"),
    "demo": ({"PORTAL_DEMO": "true"}, "不得装入演示数据"),
    "demo password": ({"PORTAL_DEMO_PASSWORD": "x" * 20}, "不得装入演示数据"),
    "no key": ({"SECRET_KEY_FILE": ""}, "请用 SECRET_KEY_FILE"),
    "key by environment": ({"SECRET_KEY_FILE": "", "SECRET_KEY": "k" * 64}, "SECRET_KEY_FILE"),
    "missing key file": ({"SECRET_KEY_FILE": "/nowhere/key"}, "无法读取 SECRET_KEY_FILE"),
    "no host": ({"ALLOWED_HOSTS": ""}, "请用 ALLOWED_HOSTS"),
    "any host": ({"ALLOWED_HOSTS": "*"}, "不能用通配"),
    "any sub-host": ({"ALLOWED_HOSTS": ".gov.cn"}, "不能用通配"),
    "no database": ({"DATABASE_URL": ""}, "请用 DATABASE_URL"),
    "sqlite": ({"DATABASE_URL": "sqlite:///x.db"}, "须指向 PostgreSQL"),
    "no password": ({"DATABASE_URL": "postgres://portal_app@db/portal"}, "强口令"),
    "default password": ({"DATABASE_URL": "postgres://portal_app:postgres@db/p"}, "强口令"),
    "one role": (
        {"DATABASE_OWNER_URL": f"postgres://portal_app:{STRONG}@127.0.0.1:5432/portal"},
        "不得使用同一账号",
    ),
    "no broker": ({"REDIS_URL": ""}, "请用 REDIS_URL"),
    "open broker": ({"REDIS_URL": "redis://redis:6379/0"}, "为 Redis 设置强口令"),
    "other broker": ({"REDIS_URL": "sqla+sqlite:///q.db"}, "redis://"),
    "proxy by name": ({"TRUSTED_PROXY": "nginx"}, "TRUSTED_PROXY 须为"),
    "everybody is a proxy": ({"TRUSTED_PROXY": "0.0.0.0/0"}, "不得包含所有地址"),
}


@pytest.mark.parametrize("case", WRONG)
def test_it_refuses_to_start(safe: dict[str, str], case: str) -> None:
    change, sentence = WRONG[case]
    checked = manage("check", "--deploy", environment={**safe, **change})
    assert checked.returncode != 0
    assert "平台没有启动" in checked.stderr
    assert sentence in checked.stderr


@pytest.mark.parametrize(
    "key", ["short", "a" * 64, "django-insecure-" + "abcdefghij0123456789" * 3]
)
def test_a_weak_key_is_refused(safe: dict[str, str], tmp_path: Path, key: str) -> None:
    (tmp_path / "secret_key").write_text(key, encoding="ascii")
    checked = manage("check", environment=safe)
    assert checked.returncode != 0
    assert "不足 50 个随机字符" in checked.stderr


def test_all_faults_are_told_at_once_and_no_secret_is(safe: dict[str, str]) -> None:
    wrong = {**safe, "ALLOWED_HOSTS": "", "REDIS_URL": "redis://:hush@redis:6379/0"}
    checked = manage("check", environment=wrong)
    assert "  1. " in checked.stderr
    assert "  2. " in checked.stderr
    assert "hush" not in checked.stderr
    assert STRONG not in checked.stderr


def test_migrate_alone_uses_the_owner(safe: dict[str, str], tmp_path: Path) -> None:
    ask = "from django.conf import settings; print(settings.DATABASES['default']['USER'])"
    assert manage("shell", "-c", ask, environment=safe).stdout.strip().endswith("portal_app")
    as_owner = {**safe, "PORTAL_DB_ROLE": "owner"}
    assert manage("shell", "-c", ask, environment=as_owner).stdout.strip().endswith("portal_owner")
    without = {**safe, "DATABASE_OWNER_URL": ""}
    assert "DATABASE_OWNER_URL" in manage("migrate", "--plan", environment=without).stderr
    assert manage("check", environment=without).returncode == 0


def test_passwords_may_stand_alone_in_files(safe: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss/word:with%signs-and-length\n", encoding="ascii")
    split = {
        **safe,
        "DATABASE_URL": "postgres://portal_app@127.0.0.1:5432/portal",
        "DATABASE_PASSWORD_FILE": str(file),
    }
    ask = "from django.conf import settings; print(settings.DATABASES['default']['PASSWORD'])"
    told = manage("shell", "-c", ask, environment=split)
    assert told.stdout.strip().endswith("p@ss/word:with%signs-and-length")
    twice = manage("check", environment={**safe, "DATABASE_PASSWORD_FILE": str(file)})
    assert "已含口令" in twice.stderr


def test_the_embedded_profile_does_not_pass_for_production(tmp_path: Path) -> None:
    environment = clean_environment(DATA_DIR=str(tmp_path / "data"))
    checked = manage("check", "--deploy", environment=environment)
    assert checked.returncode != 0
    for code in ("E001", "E003", "E004", "E005", "E009"):
        assert f"portal.{code}" in checked.stderr


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("192.0.2.7", "203.0.113.9", "192.0.2.7"),  # not a proxy: what it says is dropped
        ("10.1.2.3", "203.0.113.9", "203.0.113.9"),
        ("10.1.2.3", "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # the first may be forged
        ("10.1.2.3", "203.0.113.9, 10.9.0.4", "203.0.113.9"),  # two proxies of ours
        ("10.1.2.3", "nonsense", "10.1.2.3"),
        ("10.1.2.3", "", "10.1.2.3"),
        ("::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"),
    ],
)
def test_forwarded_addresses_are_believed_from_our_proxies_alone(
    rf,
    settings,
    peer: str,
    forwarded: str,
    seen: str,
) -> None:
    from django.http import HttpRequest, HttpResponse

    from accountability.proxy import TrustedProxyMiddleware

    settings.TRUSTED_PROXY = ["10.1.2.3", "10.9.0.0/24"]
    got: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        got.append(request)
        return HttpResponse()

    TrustedProxyMiddleware(view)(
        rf.get(
            "/",
            REMOTE_ADDR=peer,
            HTTP_X_FORWARDED_FOR=forwarded,
            HTTP_X_FORWARDED_PROTO="https",
        )
    )
    assert got[0].META["REMOTE_ADDR"] == seen
    assert ("HTTP_X_FORWARDED_PROTO" in got[0].META) == (
        as_address(peer) != as_address("192.0.2.7")
    )
