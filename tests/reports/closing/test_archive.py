"""年度归档包: one file, checked by Python's library alone; one byte altered is found."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accountability.ledger import standalone
from accountability.models import AuditEvent, ClosedYear, Job, JobState
from accountability.refusals import WrongState
from accountability.services import files, jobs
from reports.assessment import standalone as recompute
from reports.services import closing, year_archive
from tests.papers import make_paper
from tests.reports.assessment.rounds import actor, in_public
from tests.world import World

from .years import AFTER, LAST, TODAY, closed

pytestmark = pytest.mark.django_db(transaction=True)  # the ledger's links are made at commit


@pytest.fixture
def row(world: World) -> ClosedYear:
    make_paper(world, items=4, filled=4, year=TODAY.year)
    make_paper(world, items=2, year=LAST, title="上年意见")
    in_public(world)
    return closed(world, year=TODAY.year, on=AFTER)


def made(world: World, row: ClosedYear) -> bytes:
    job = year_archive.ask(by=actor(world, "zhuren"), closing_id=row.pk)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    assert job.result_file is not None
    return files.read(job.result_file)


def names(data: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(data)).namelist()


def member(data: bytes, name: str) -> bytes:
    return zipfile.ZipFile(io.BytesIO(data)).read(name)


def altered(data: bytes, name: str, new: bytes) -> bytes:
    out = io.BytesIO()
    source = zipfile.ZipFile(io.BytesIO(data))
    with zipfile.ZipFile(out, "w") as target:
        for entry in source.namelist():
            target.writestr(entry, new if entry == name else source.read(entry))
    return out.getvalue()


def test_a_later_reader_checks_it_without_the_portal(
    world: World, row: ClosedYear, tmp_path: Path
) -> None:
    data = made(world, row)
    package = tmp_path / "archive.zip"
    package.write_bytes(data)
    zipfile.ZipFile(io.BytesIO(data)).extractall(tmp_path / "open")
    manifest = json.loads(member(data, "manifest.json"))
    assert manifest["closing"]["digest"] == row.digest
    told = subprocess.run(
        [sys.executable, "-I", "-S", str(tmp_path / "open/verify_ledger.py"), str(package),
         "--key", manifest["key"]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout
    assert "核对通过" in told.stdout
    assert f"结转：{TODAY.year}年度" in told.stdout
    scores = [name for name in names(data) if name.startswith("考核成绩/")]
    assert len(scores) == 1
    assert recompute.main([str(tmp_path / "open" / scores[0])]) == 0
    assert any(name.startswith("实施意见/") for name in names(data))
    assert {"台账/任务.xlsx", "台账/责任槽位.xlsx", "台账/进展.xlsx"} <= set(names(data))


def test_only_the_closed_year_is_shown_in_the_trail(world: World, row: ClosedYear) -> None:
    data = made(world, row)
    shown = [json.loads(line) for line in member(data, "ledger.jsonl").decode().splitlines()]
    tables = {line["entry"]["table"] for line in shown if line["entry"]}
    assert "tasks_paper" in tables
    assert "reports_score" in tables
    assert not tables & {"accountability_user", "accountability_auditevent", "tasks_notice"}
    images = "".join(line["entry"]["image"] for line in shown if line["entry"])
    assert "上年意见" not in images
    events = [json.loads(line) for line in member(data, "审计轨迹.jsonl").decode().splitlines()]
    assert {"year.close"} <= {event["action"] for event in events}


def test_one_byte_altered_is_found_wherever_it_is(
    world: World, row: ClosedYear, tmp_path: Path
) -> None:
    data = made(world, row)
    package = tmp_path / "altered.zip"
    for name in names(data):
        old = member(data, name)
        new = old[:-2] + bytes([old[-2] ^ 1]) + old[-1:]
        package.write_bytes(altered(data, name, new))
        assert standalone.main([str(package)]) != 0, name


def test_a_manifest_that_tells_another_closing_is_found(world: World, row: ClosedYear) -> None:
    manifest = json.loads(member(made(world, row), "manifest.json"))
    told: dict[int, dict[int, str]] = {}
    assert standalone.check_closing(manifest["closing"], told) == ""
    assert told == {row.county_id: {row.head_seq: row.head_link}}
    manifest["closing"]["standing"][0]["count"] += 1
    assert "不一致" in standalone.check_closing(manifest["closing"], {})


def test_an_open_year_has_no_archive(world: World) -> None:
    row = closing.prepare(by=actor(world, "bangong"), year=LAST, reason="审定", on=TODAY)
    with pytest.raises(WrongState, match="结转后"):
        year_archive.ask(by=actor(world, "zhuren"), closing_id=row.pk)


def test_asking_and_fetching_are_on_the_trail_after_confirming(
    world: World, row: ClosedYear, client: Client
) -> None:
    client.force_login(world.users["zhuren"])
    asking = reverse("closing_archive", args=[row.pk])
    assert "确认身份" in client.post(asking).content.decode()
    assert not Job.objects.filter(kind=year_archive.KIND).exists()
    client.force_login(world.users["zhuren"])
    made(world, row)
    job = Job.objects.get(kind=year_archive.KIND)
    assert client.get(reverse("job_file", args=[job.pk])).status_code == 200
    told = AuditEvent.objects.filter(action__in=["year.archive", "year.archived"])
    assert told.count() == 2
    assert AuditEvent.objects.filter(action="read.year_archive").count() == 1
