"""`make run`: starts everything, starts again quickly, ends everything."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from .processes import TOP, clean_environment, processes_with, running, until

pytestmark = [
    pytest.mark.nodb,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]
PORTAL = [sys.executable, "manage.py", "portal"]
PASSWORD = "Qing-Feng-2718-he"
HAS_DEMO = (TOP / "tasks/management/commands/load_demo.py").exists()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except (urllib.error.URLError, OSError):
        return 0


def log_in(address: str, username: str) -> str:
    """The page after signing in through the form, as a browser would."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with browser.open(f"{address}login/", timeout=10) as page:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
    assert token
    fields = {"csrfmiddlewaretoken": token[1], "username": username, "password": PASSWORD}
    request = urllib.request.Request(
        f"{address}login/", urllib.parse.urlencode(fields).encode(), {"Referer": f"{address}login/"}
    )
    with browser.open(request, timeout=10) as page:
        return str(page.read().decode())


def test_it_starts_twice_loses_nothing_and_ends_everything(tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    port = free_port()
    environment = clean_environment(
        DATA_DIR=str(data), PORT=str(port), PORTAL_DEMO_PASSWORD=PASSWORD
    )
    address = f"http://127.0.0.1:{port}/"
    with running(PORTAL, environment=environment, log=log) as first:
        until(
            lambda: "按 Ctrl-C 停止" in log.read_text("utf-8"), seconds=400, what="ready", log=log
        )
        assert get(f"{address}health/") == 200
        assert get(f"{address}login/") == 200
        if HAS_DEMO:
            assert "退出登录" in log_in(address, "bangong")
        # The web server, the worker and the beat are there.
        mark = f"DATA_DIR={data}"
        assert len(processes_with(mark)) >= 4
        first.send_signal(signal.SIGINT)
        assert first.wait(20) == 0
        assert processes_with(mark) == []
    counts = rows(data)
    log.unlink()
    with running(PORTAL, environment=environment, log=log) as second:
        took = until(lambda: get(f"{address}health/") == 200, seconds=60, what="again", log=log)
        assert took < 40  # five on a machine of its own; the demo is not loaded again
        assert rows(data) == counts
        second.send_signal(signal.SIGTERM)
        assert second.wait(20) == 0
        assert processes_with(mark) == []


def rows(data: Path) -> dict[str, int]:
    """Rows of each table of the main database, sessions and the login's event aside."""
    database = sqlite3.connect(data / "portal.sqlite3")
    names = [
        r[0]
        for r in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not r[0].startswith(("sqlite_", "django_session"))
    ]
    found = {n: database.execute(f'SELECT count(*) FROM "{n}"').fetchone()[0] for n in names}
    database.close()
    return found


@pytest.fixture
def started(tmp_path: Path):
    """A portal that answers; (process, its log, its environment)."""
    log = tmp_path / "log"
    environment = clean_environment(
        DATA_DIR=str(tmp_path / "data"), PORT=str(free_port()), PORTAL_DEMO="0"
    )
    with running(PORTAL, environment=environment, log=log) as process:
        until(
            lambda: "按 Ctrl-C 停止" in log.read_text("utf-8"), seconds=400, what="ready", log=log
        )
        yield process, log, environment


def test_what_stands_in_the_way_is_said_in_a_sentence(started, tmp_path: Path) -> None:
    _, _, environment = started
    other = tmp_path / "other-log"
    same_port = {**environment, "DATA_DIR": str(tmp_path / "other")}
    with running(PORTAL, environment=same_port, log=other) as process:
        assert process.wait(60) == 1
    assert f"端口 {environment['PORT']} 已被占用" in other.read_text("utf-8")
    assert "Traceback" not in other.read_text("utf-8")
    other.unlink()
    same_data = {**environment, "PORT": str(free_port())}
    with running(PORTAL, environment=same_data, log=other) as process:
        assert process.wait(60) == 1
    assert "正由另一个平台使用" in other.read_text("utf-8")


def test_the_death_of_a_part_ends_the_whole(started) -> None:
    process, log, environment = started
    mark = f"DATA_DIR={environment['DATA_DIR']}"
    os.kill(pid_of("celery", mark), signal.SIGKILL)
    assert process.wait(20) == 1
    assert "后台任务意外退出" in log.read_text("utf-8")
    assert processes_with(mark) == []


def test_nothing_outlives_a_portal_that_was_killed(started) -> None:
    process, log, environment = started
    mark = f"DATA_DIR={environment['DATA_DIR']}"
    process.kill()
    process.wait()
    until(lambda: processes_with(mark) == [], seconds=20, what="all gone", log=log)


def pid_of(word: str, mark: str) -> int:
    """The leader of the group that runs `word`."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if mark.encode() not in (folder / "environ").read_bytes():
                continue
            if word.encode() not in (folder / "cmdline").read_bytes():
                continue
        except OSError:
            continue
        if os.getpgid(int(folder.name)) == int(folder.name):
            return int(folder.name)
    raise AssertionError(f"no {word} is running")


@pytest.mark.parametrize("text", ["acht", "70000", "-1"])
def test_a_wrong_port_is_refused(tmp_path: Path, text: str) -> None:
    log = tmp_path / "log"
    environment = clean_environment(DATA_DIR=str(tmp_path / "data"), PORT=text)
    with running(PORTAL, environment=environment, log=log) as process:
        assert process.wait(60) == 1
    assert "PORT 应为" in log.read_text("utf-8")
