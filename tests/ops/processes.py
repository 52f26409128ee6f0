"""Starting parts of the portal as processes, and looking at what they left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def clean_environment(**values: str) -> dict[str, str]:
    """This environment without what would lead a process to the tests' own database."""
    strange = {"DJANGO_SETTINGS_MODULE", "DATA_DIR", "DATABASE_URL", "REDIS_URL", "PORT"}
    strange |= {"DATABASE_OWNER_URL", "SECRET_KEY_FILE", "ALLOWED_HOSTS", "MAKELEVEL"}
    strange |= {"DJANGO_ALLOW_ASYNC_UNSAFE", "DATABASE_APP_ROLE"}
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in strange and not k.startswith(("PYTEST_", "PORTAL_"))
    }
    return {**kept, "PYTHONPATH": str(TOP), **values}


def manage(
    *arguments: str, environment: Mapping[str, str], seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """`manage.py …`, its output kept."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=TOP,
        env=dict(environment),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=seconds,
        check=False,
    )


@contextmanager
def running(
    command: list[str], *, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a group of its own; the whole group is gone at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=TOP,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill_group(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """kill -9 for the process and everything in its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition: Callable[[], bool], *, seconds: float, what: str, log: Path) -> float:
    """Wait for `condition`; the seconds it took. Fails with the log's end."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        if condition():
            return time.monotonic() - start
        time.sleep(0.1)
    tail = log.read_text(encoding="utf-8", errors="replace")[-3000:] if log.exists() else ""
    raise AssertionError(f"not within {seconds} s: {what}\n{tail}")


def processes_with(mark: str) -> list[str]:
    """Command lines of the processes whose environment holds `mark` (this one not)."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            environment = (folder / "environ").read_bytes()
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if mark.encode() in environment and command:
            found.append(command)
    return found
