"""`manage.py portal`: the whole portal on one machine, in the foreground."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import socket
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from accountability.models import RoleGrant
from accountability.models.dated import holds_on
from accountability.services import jobs
from accountability.supervisor import Child, Supervisor, end_with_parent

ADDRESS = "127.0.0.1"
READY_SECONDS = 60


class Command(BaseCommand):
    help = "启动平台：建库、演示数据、网页服务和后台任务，按 Ctrl-C 全部停止。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=None, help="端口，默认取 PORT 或 8000")

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 after a wanted stop, 1 when something is in the way or a part ended."""
        if not settings.EMBEDDED:
            raise CommandError("portal 只用于单机运行，正式部署请用 docker-compose.yml。")
        if "MAKELEVEL" in os.environ:  # `make run` killed outright must leave nothing behind
            end_with_parent()
        supervisor = Supervisor()
        supervisor.listen()
        data_dir: Path = settings.DATA_DIR
        lock = take_lock(data_dir)
        listener = listen_on(options["port"] or port_wanted())
        port: int = listener.getsockname()[1]
        try:
            notes = self.prepare(data_dir)
            if supervisor.asked_to_stop:
                return
            self.start(supervisor, listener)
            if supervisor.wait_for(lambda: answers(port), seconds=READY_SECONDS):
                self.welcome(port, notes)
                self.report(supervisor.watch())
            elif not supervisor.asked_to_stop:
                self.report(supervisor.dead())
                raise CommandError(f"平台在 {READY_SECONDS} 秒内未能就绪，请查看上面的日志。")
        finally:
            listener.close()
            supervisor.stop()
            lock.close()
        self.say("平台已停止，数据保存完好。")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def prepare(self, data_dir: Path) -> str:
        """Bring database, demo and static files up to date; what load_demo had to say."""
        self.say("正在准备数据库……")
        call_command("migrate", interactive=False, verbosity=0)
        if connection.vendor == "sqlite":
            # Under the lock nobody else works on this database: what was
            # interrupted need not wait for its lease to run out.
            jobs.give_back_all()
        notes = io.StringIO()
        if settings.DEMO and "load_demo" in get_commands():
            call_command("load_demo", if_empty=True, stdout=notes)
        collect_static(data_dir)
        for stale in data_dir.glob("queue.db*"):
            stale.unlink()
        return notes.getvalue().strip()

    def start(self, supervisor: Supervisor, listener: socket.socket) -> None:
        """The web server on the socket that is already ours, and the worker with its beat."""
        environment = child_environment()
        supervisor.start(
            "网页服务",
            [
                *(sys.executable, "-m", "gunicorn"),
                *("--config", str(settings.BASE_DIR / "config" / "gunicorn.py")),
                *("--bind", f"fd://{listener.fileno()}"),
            ],
            environment=environment,
            pass_fds=[listener.fileno()],
        )
        supervisor.start(
            "后台任务",
            [
                *(sys.executable, "-m", "celery", "--quiet", "--workdir", str(settings.BASE_DIR)),
                *("-A", "config", "worker", "--beat", "--concurrency", "1"),
                *("--loglevel", "WARNING", "--without-gossip", "--without-mingle"),
            ],
            environment=environment,
        )

    def welcome(self, port: int, notes: str) -> None:
        """The address and, of a demo, its accounts."""
        if notes:
            self.say(notes)
        lines = ["", f"平台已启动：http://{ADDRESS}:{port}/", f"数据目录：{settings.DATA_DIR}"]
        if settings.DEMO and not notes:  # load_demo names the accounts it makes
            lines += ["演示账号：", *demo_accounts()]
            if os.environ.get("PORTAL_DEMO_PASSWORD"):
                lines.append("密码：由 PORTAL_DEMO_PASSWORD 设定。")
            else:
                lines.append("密码：首次启动时随机生成，仅显示一次。")
        self.say("\n".join([*lines, "按 Ctrl-C 停止。"]))

    def report(self, child: Child | None) -> None:
        """Says which part ended by itself, and ends the whole."""
        if child is not None:
            raise CommandError(
                f"{child.label}意外退出（状态 {child.process.returncode}），平台随之停止，"
                "请查看上面的日志后重新启动。"
            )


def port_wanted() -> int:
    """PORT, 8000 by default."""
    text = os.environ.get("PORT") or "8000"
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise CommandError(f"PORT 应为 1 至 65535 的数字，现为“{text}”。")
    return int(text)


def listen_on(port: int) -> socket.socket:
    """The listening socket; taken here, so that nobody can come in between."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except PermissionError as error:
        listener.close()
        raise CommandError(
            f"没有使用端口 {port} 的权限，请用 PORT 另选 1024 以上的端口。"
        ) from error
    except OSError as error:
        listener.close()
        raise CommandError(
            f"端口 {port} 已被占用，请先停止占用它的程序，或用 PORT 另选端口，"
            f"如 PORT={port + 1 if port < 65535 else 8000} make run。"
        ) from error
    return listener


def take_lock(data_dir: Path) -> io.TextIOWrapper:
    """Hold DATA_DIR for this portal; the kernel lets go of it however the portal ends."""
    file = (data_dir / "portal.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = file.read().strip()
        file.close()
        raise CommandError(
            f"数据目录 {data_dir} 正由另一个平台使用（进程 {holder}），"
            "请先停止它，或用 DATA_DIR 另选目录。"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def child_environment() -> Mapping[str, str]:
    """The environment of the children: the same settings, unbuffered, UTF-8."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"],
        "DATA_DIR": str(settings.DATA_DIR),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        # Celery's warning is about pickle; the portal takes JSON alone.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }


def answers(port: int) -> bool:
    """Whether the portal serves its health page."""
    try:
        with urllib.request.urlopen(f"http://{ADDRESS}:{port}/health/", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def demo_accounts() -> list[str]:
    """One line an account: name, role, person and post; the demo's first county only."""
    today = timezone.localdate()
    grants = RoleGrant.objects.filter(holds_on(today), user__is_active=True).select_related(
        "user__person", "unit", "user__county"
    )
    rows = sorted(grants, key=lambda g: (g.user.county_id or 0, g.user_id))
    first = rows[0].user.county_id if rows else None
    return [
        f"  {g.user.username:<12} {g.get_role_display()}"
        + (f"，{g.user.person.name}" if g.user.person else "")
        + (f"（{g.unit.name}）" if g.unit else "")
        for g in rows
        if g.user.county_id == first
    ] or ["  （尚无账号）"]


def collect_static(data_dir: Path) -> None:
    """Collect the static files when any of them changed since the last time."""
    mark = data_dir / "static.digest"
    digest = static_digest()
    root = Path(settings.STATIC_ROOT)
    if root.is_dir() and mark.is_file() and mark.read_text(encoding="ascii") == digest:
        return
    mark.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=root.is_dir(), verbosity=0)
    mark.write_text(digest, encoding="ascii")


def static_digest() -> str:
    """A digest over name, size and time of every static file; it reads none of them."""
    seen = hashlib.sha256()
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                stat = path.stat()
                seen.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return seen.hexdigest()
