"""`make setup` on machines that lack something: named exactly, in Chinese and in English."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .processes import TOP

pytestmark = pytest.mark.nodb
PLAIN = ("bash", "env", "dirname", "cat", "id", "sed", "head", "grep", "rm")


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A PATH with a few plain tools: no apt-get, no sudo, no Python, no Chromium."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in PLAIN:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    return folder


def run(script: str, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("PORTAL_CHROMIUM", "PYTHON")}
    return subprocess.run(
        [shutil.which("bash") or "bash", str(TOP / ".ci" / script), *arguments],
        env={**kept, "PATH": str(path)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


def test_without_python_it_says_which_is_needed(bare_path: Path) -> None:
    done = run("setup", path=bare_path)
    assert done.returncode == 1
    assert "缺少 Python 3.11 或更高版本" in done.stderr
    assert "Python 3.11 or later is missing" in done.stderr


def test_a_python_that_is_too_old_or_a_dead_shim_is_passed_over(bare_path: Path) -> None:
    for name in ("python3", "python3.12"):
        (bare_path / name).write_text("#!/bin/sh\nexit 127\n", encoding="ascii")
        (bare_path / name).chmod(0o755)
    done = run("setup", path=bare_path)
    assert done.returncode == 1
    assert "缺少 Python" in done.stderr


def test_without_the_right_to_install_the_packages_are_named(bare_path: Path) -> None:
    done = run("system-packages", "test", path=bare_path)
    assert done.returncode == 1
    assert "系统缺少以下软件包" in done.stderr
    assert "The system lacks these packages" in done.stderr
    command = next(line for line in done.stderr.splitlines() if "apt-get install" in line)
    assert {"chromium", "poppler-utils"} <= set(command.split())


def test_what_only_the_tests_need_does_not_stop_the_set_up(bare_path: Path) -> None:
    if not (TOP / ".venv").exists():
        pytest.skip("asks the libraries by the environment's own Python")
    done = run("system-packages", "setup", path=bare_path)
    assert done.returncode == 0, done.stderr
    assert "needed by the tests only" in done.stderr


def test_a_second_set_up_does_nothing(tmp_path: Path) -> None:
    """The digest of the lock file, kept in the environment, is what it looks at."""
    digest = TOP / ".venv" / ".lock-digest"
    if not digest.exists():
        pytest.skip("this checkout has no environment of its own")
    before = digest.stat().st_mtime_ns
    done = run("setup", path=Path(os.environ["PATH"]))
    assert (done.returncode, done.stdout) == (0, "")
    assert digest.stat().st_mtime_ns == before


@pytest.mark.parametrize("script", sorted(p.name for p in (TOP / ".ci").iterdir()))
def test_scripts_parse_and_can_be_run(script: str) -> None:
    path = TOP / ".ci" / script
    first = path.read_text("utf-8").splitlines()[0]
    if "bash" not in first:
        return
    assert os.access(path, os.X_OK)
    assert "set -" in path.read_text("utf-8")
    subprocess.run(["bash", "-n", str(path)], check=True)
