"""`manage.py import_opinion`, as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accountability.models import AuditEvent
from tasks.models import Paper
from tests.tasks.opinions import OPINION
from tests.world import World

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command with a database that cannot be reached."""
    environment = {
        **{k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"},
        "DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:1/none",
        **more,
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "import_opinion", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    path = tmp_path / "意见.txt"
    path.write_text(OPINION, encoding="utf-8")
    return path


@pytest.mark.nodb
@pytest.mark.parametrize("url", ["postgres://nobody@127.0.0.1:1/none", "nonsense"])
def test_json_needs_no_database(paper: Path, url: str) -> None:
    done = run(str(paper), "--json", DATABASE_URL=url, DATA_DIR="/proc/nowhere")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert list(found) == ["title", "items", "sections", "recurring", "hints"]
    assert [i["number"] for i in found["items"]][:2] == ["一1", "一2"]
    first = found["items"][0]
    assert list(first) == ["number", "heading", "text", "slots", "due", "due_text", "warnings"]
    assert first["slots"] == {"责任领导": [], "牵头单位": [], "责任单位": []}
    assert found["items"][3]["due"] == "2026-06-30"


@pytest.mark.nodb
def test_dry_run_is_for_reading(paper: Path) -> None:
    done = run(str(paper), "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    assert "5 项任务，19 个槽位" in done.stdout


@pytest.mark.nodb
@pytest.mark.parametrize("flags", [["--json"], ["--dry-run"], []])
@pytest.mark.parametrize("what", ["missing", "folder", "binary", "empty"])
def test_a_refusal_is_status_2_and_one_sentence(
    tmp_path: Path, flags: list[str], what: str
) -> None:
    path = tmp_path / "文件.docx"
    if what == "folder":
        path.mkdir()
    elif what != "missing":
        path.write_bytes(b"MZ" + bytes(200) if what == "binary" else b"")
    done = run(str(path), *flags)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.strip().endswith("。")


@pytest.mark.nodb
def test_without_a_database_storing_is_refused(paper: Path) -> None:
    done = run(str(paper))
    assert (done.returncode, done.stdout) == (2, "")
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db
def test_it_stores_as_the_page_would(world: World, paper: Path) -> None:
    out = StringIO()
    call_command("import_opinion", str(paper), county=world.county.name, year=2026, stdout=out)
    stored = Paper.objects.get()
    assert "5 项任务，19 个槽位" in out.getvalue()
    assert (stored.year, stored.items.count(), stored.imported_by) == (2026, 5, "系统（命令行）")
    assert AuditEvent.objects.filter(action="paper.import", actor_key="system:command").exists()
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_opinion", str(paper), county="没有的县", stderr=err)
    assert ended.value.code == 2
    assert "没有找到这个县" in err.getvalue()
    assert Paper.objects.count() == 1
