"""审计轨迹: what an inspector sees and takes away."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accountability.door import Actor, acting
from accountability.ledger import standalone
from accountability.models import AuditEvent, Job, RoleGrant
from accountability.selectors.trail import Filters, page
from accountability.services import evidence, files, grants, jobs
from accountability.services.audit import change
from accountability.services.ledger_check import ask_for_verification, keep_watch
from tests.world import World

Sign = Callable[[str], Client]


def put_off(world: World, *, by: str = "bangong", reason: str = "常务会议纪要") -> AuditEvent:
    user = world.users[by]
    actor = Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)
    with acting(by=actor, reason=reason) as act:
        return act.record(
            "task.due",
            world.units["县财政局"],
            summary="调整三（二）2 完成时限",
            changes=[change("due_on", "完成时限", "2026-06-30", "2026-09-30")],
            units=[world.units["县财政局"]],
        )


@pytest.mark.django_db
def test_who_put_off_a_deadline_is_two_clicks_away(signed_in: Sign, world: World) -> None:
    event = put_off(world)
    client = signed_in("jiwei")
    first = client.get(reverse("audit")).content.decode()
    assert "时限推迟<b>1</b>" in first
    second = client.get(reverse("audit"), {"concern": "deadline_delayed"}).content.decode()
    assert "张敏" in second
    assert '<del><span class="visually-hidden">变更前：</span>2026-06-30</del>' in second
    assert "理由：常务会议纪要" in second
    detail = client.get(reverse("audit_event", args=[event.pk])).content.decode()
    assert "县财政局" in detail
    assert "accountability_auditevent" in detail


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "status"),
    [("jiwei", 200), ("shenji", 200), ("bangong", 403), ("caizheng", 403), ("xitong", 403)],
)
def test_only_inspectors_and_the_audit_administrator_open_it(
    signed_in: Sign, world: World, username: str, status: int
) -> None:
    assert signed_in(username).get(reverse("audit")).status_code == status


@pytest.mark.django_db
def test_the_audit_administrator_sees_the_security_log_alone(signed_in: Sign, world: World) -> None:
    put_off(world)
    text = signed_in("shenji").get(reverse("audit")).content.decode()
    assert "调整三（二）2 完成时限" not in text
    signed_in("bangong").get(reverse("audit"))
    text = signed_in("shenji").get(reverse("audit")).content.decode()
    assert "被拒" in text


@pytest.mark.django_db
def test_filters_are_in_the_address_and_agree_with_the_rows(signed_in: Sign, world: World) -> None:
    put_off(world)
    put_off(world, by="zhuren", reason="另一件")
    client = signed_in("jiwei")
    assert client.get(reverse("audit"), {"who": "zm"}).context["count"] == "1"
    assert client.get(reverse("audit"), {"words": "另一件"}).context["count"] == "1"
    assert client.get(reverse("audit"), {"since": "2999-01-01"}).context["count"] == "0"
    unit = world.units["柳河镇"].pk
    empty = client.get(reverse("audit"), {"unit": unit}).content.decode()
    assert "没有符合条件的记录。可放宽时间范围" in empty


@pytest.mark.django_db
def test_the_page_asks_as_often_for_many_as_for_few(
    world: World, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        put_off(world)
    with django_assert_max_num_queries(12):
        few = page(world.users["jiwei"], Filters())
    for _ in range(60):
        put_off(world)
    world.users["jiwei"].__dict__.pop("_scope", None)
    with django_assert_max_num_queries(12):
        many = page(world.users["jiwei"], Filters())
    assert few["older"] is None
    assert many["shown"] == 50
    older = page(world.users["jiwei"], Filters(before=many["older"]))
    newer = page(world.users["jiwei"], Filters(after=older["days"][0][1][0]["event"].pk))
    assert newer["shown"] == 50


@pytest.fixture
def outside(tmp_path: Path, settings: Settings) -> Path:
    settings.LEDGER_KEY_FILE = str(tmp_path / "key")
    settings.LEDGER_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    settings.LEDGER_WITNESS_FILE = str(tmp_path / "links.txt")
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_a_package_proves_itself_offline_and_one_byte_breaks_it(
    signed_in: Sign, world: World, outside: Path, tmp_path: Path
) -> None:
    put_off(world)
    client = signed_in("jiwei")
    refused = client.post(reverse("audit_package"), {"purpose": ""})
    assert refused.status_code == 302
    assert not Job.objects.filter(kind="evidence_package").exists()
    client.post(reverse("audit_package"), {"purpose": "年度检查调阅"})
    assert AuditEvent.objects.filter(action="evidence.export", reason="年度检查调阅").exists()
    job = Job.objects.get(kind="evidence_package")
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == "done", done.error
    data = b"".join(client.get(reverse("job_file", args=[job.pk])).streaming_content)  # type: ignore[attr-defined]
    fetched = AuditEvent.objects.get(action="read.evidence")
    assert fetched.user == world.users["jiwei"]
    assert hashlib.sha256(data).hexdigest()[:16] in fetched.summary
    path = tmp_path / "package.zip"
    path.write_bytes(data)
    assert standalone.verify(str(path), witness=str(outside / "links.txt"))[0]
    # As inspectors run it: the verifier out of the package, Python alone.
    with zipfile.ZipFile(path) as archive:
        archive.extract("verify_ledger.py", tmp_path)
        names = set(archive.namelist())
        assert {"操作记录.xlsx", "操作记录.pdf", "events.jsonl", "manifest.json"} <= names
    ran = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify_ledger.py"), str(path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, "核对通过" in ran.stdout) == (0, True), ran.stdout
    for name in sorted(names):
        with zipfile.ZipFile(path) as archive:
            contents = {n: archive.read(n) for n in archive.namelist()}
        changed = bytearray(contents[name] or b"x")
        changed[len(changed) // 2] ^= 1
        contents[name] = bytes(changed)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for n, d in contents.items():
                archive.writestr(n, d)
        broken = tmp_path / "broken.zip"
        broken.write_bytes(out.getvalue())
        assert standalone.main([str(broken)]) == 1, name


@pytest.mark.django_db(transaction=True)
def test_a_package_names_no_attachment_beyond_its_acts(world: World, outside: Path) -> None:
    by = Actor.system("test", county=world.county)
    for unit in ("县财政局", "柳河镇"):
        with acting(by=by) as act:
            data = unit.encode()
            files.store(county=world.county, name=f"{unit}佐证.pdf", data=data, content_type="x/y")
            act.record("evidence.add", summary="佐证", units=[world.units[unit]])
    with acting(by=by) as act:
        act.unchanged()
        grant = RoleGrant.objects.get(user=world.users["jiwei"])
        grant.unit = world.units["县财政局"]
        grant.save()
    user = world.users["jiwei"]
    asker = Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)
    job = evidence.ask_for_package(by=asker, purpose="专项检查", since=None, until=None, unit=None)
    done = jobs.run(job.pk)
    assert done is not None
    assert done.result_file is not None
    with zipfile.ZipFile(io.BytesIO(files.read(done.result_file))) as archive:
        told = archive.read("files.jsonl").decode()
        everything = "".join(archive.read(n).decode(errors="ignore") for n in archive.namelist())
    assert "县财政局佐证.pdf" in told
    assert "柳河镇佐证" not in everything
    assert hashlib.sha256("柳河镇".encode()).hexdigest() in told, "its digest proves it unchanged"


@pytest.mark.django_db(transaction=True)
def test_the_band_turns_red_and_names_what_was_changed(
    signed_in: Sign, world: World, outside: Path
) -> None:
    from tests.accountability.ledger.test_verify import behind_its_back

    client = signed_in("jiwei")
    inspector = Actor.system("worker", county=world.county)
    done = jobs.run(ask_for_verification(by=inspector).pk)
    assert done is not None
    assert done.result["sound"], done.result
    assert "完整性校验通过" in client.get(reverse("audit")).content.decode()
    with (outside / "links.txt").open("ab") as file:
        file.write(b"1 2")  # as an interrupted write leaves it
    torn = jobs.run(ask_for_verification(by=inspector).pk)
    assert torn is not None
    assert torn.result["sound"], torn.result
    assert "不完整（写入中断" in client.get(reverse("audit")).content.decode()
    with behind_its_back() as cursor:
        cursor.execute("UPDATE accountability_unit SET short_name = 'x' WHERE name = '县财政局'")
    jobs.run(ask_for_verification(by=inspector).pk)
    text = client.get(reverse("audit")).content.decode()
    assert "完整性校验未通过" in text
    assert f"accountability_unit 表 {world.units['县财政局'].pk} 号" in text


@pytest.mark.django_db(transaction=True)
def test_the_watch_adds_nothing_the_second_time(world: World, outside: Path) -> None:
    keep_watch()
    count = Job.objects.count()
    size = (outside / "checkpoints.jsonl").stat().st_size
    keep_watch()
    assert Job.objects.count() == count
    assert (outside / "checkpoints.jsonl").stat().st_size == size


@pytest.mark.django_db
def test_an_export_is_itself_an_event(signed_in: Sign, world: World) -> None:
    put_off(world)
    answer = signed_in("jiwei").post(reverse("audit_export"))
    assert answer.status_code == 200
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.actor_name) == ("read.audit_export", "罗文涛")


def test_a_right_that_is_taken_back_is_gone_for_queued_work_and_open_sessions(
    world: World, client: Client
) -> None:
    """No new login, no new claim: the session stays open, and the job was asked for in time."""
    user = world.users["jiwei"]
    client.force_login(user)
    assert client.get(reverse("audit")).status_code == 200
    by = Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)
    job = evidence.ask_for_package(by=by, purpose="检查", since=None, until=None, unit=None)
    officer = world.users["anquan"]
    granter = Actor(
        key=f"user:{officer.pk}", name=officer.display_name, user=officer, county=world.county
    )
    row = RoleGrant.objects.get(user=user)
    grants.end(by=granter, grant_id=row.pk, reason="调离")
    assert client.get(reverse("audit")).status_code == 403
    asked = AuditEvent.objects.get(action="evidence.export")  # the inspector's own, seen by others
    auditor = AuditEvent.objects.visible_to(world.users["shenji"])
    assert asked in auditor
    assert not auditor.filter(action__startswith="evidence.upload").exists()
    assert client.post(reverse("audit_export")).status_code == 403
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == "failed"
    assert done.error
    assert not AuditEvent.objects.filter(action="evidence.made").exists()
