"""The jobs that make papers: asked once, made under the asker's rights, kept with an event."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent, Job, JobState, RoleGrant, StoredFile, User
from accountability.refusals import Invalid, NotFound
from accountability.services import audit, files, jobs
from reports.kinds import FILLED_PAPER, KINDS, job_kind_of
from reports.services.paper_files import ask_export
from tasks.models import ItemSlot, Paper, PaperState, TaskItem, TaskState
from tests.reports.filled import SYSTEM, TEXT, docx_of, fill_all, imported, lines_of_docx, put
from tests.world import World

pytestmark = pytest.mark.django_db


def actor(world: World, username: str) -> Actor:
    user = User.objects.get(pk=world.users[username].pk)
    return Actor(key=f"user:{user.pk}", name=user.username, user=user, county=world.county)


@pytest.fixture
def paper(world: World) -> Paper:
    made = imported(world, docx_of(TEXT), "意见.docx")
    fill_all(world, made)
    return made


def issue(world: World, paper: Paper, state: str = PaperState.ISSUED) -> Paper:
    with acting(by=SYSTEM) as act:
        act.unchanged()
        paper = Paper.objects.get(pk=paper.pk)
        paper.state = state
        if state == PaperState.ISSUED:
            paper.number = "试政发〔2026〕7号"
            paper.issued_at, paper.issued_by = timezone.now(), world.users["bangong"]
        paper.save()
        for item in TaskItem.objects.filter(paper=paper):
            item.state, item.issued_at = TaskState.ISSUED, timezone.now()
            item.issued_by = world.users["bangong"]
            item.save()
    return paper


def ended(job: Job) -> Job:
    found = jobs.run(job.pk)
    assert found is not None
    return found


def test_the_kinds_are_registered() -> None:
    assert {job_kind_of(kind) for kind in KINDS} | {FILLED_PAPER} <= jobs.registered_kinds()


@pytest.mark.parametrize("kind", ["docx", "pdf", "xlsx"])
def test_a_file_is_made_and_kept(world: World, paper: Paper, kind: str) -> None:
    job = ask_export(by=actor(world, "bangong"), paper=paper, kind=kind)
    assert job.state == JobState.WAITING
    done = ended(job)
    assert (done.state, done.error, done.progress) == (JobState.DONE, "", 100)
    assert done.result_file is not None
    assert done.result_file.name.endswith(f".{kind}")
    event = AuditEvent.objects.get(action="paper.export")
    assert event.on_behalf_of == world.users["bangong"]
    assert event.actor_key == "system:worker"
    assert done.result_file.sha256 in str(event.changes)
    assert jobs.run(job.pk) is None, "a job that is done is not done again"


def test_the_same_content_is_the_same_job_and_bytes(world: World, paper: Paper) -> None:
    by = actor(world, "bangong")
    first = ask_export(by=by, paper=paper, kind="pdf")
    ended(first)
    assert ask_export(by=by, paper=paper, kind="pdf").pk == first.pk
    other = ended(ask_export(by=actor(world, "zhuren"), paper=paper, kind="pdf"))
    assert other.pk != first.pk, "a job is its asker's own"
    first.refresh_from_db()
    assert other.result_file_id == first.result_file_id, "the same bytes are kept once"


def test_changed_slots_are_another_job(world: World, paper: Paper) -> None:
    by = actor(world, "bangong")
    first = ask_export(by=by, paper=paper, kind="docx")
    slot = ItemSlot.objects.filter(item__paper=paper, kind="lead_unit").first()
    assert slot is not None
    put(world, slot, ["县审计局"], after=1)
    second = ask_export(by=by, paper=paper, kind="docx")
    assert second.pk != first.pk
    stale = ended(first)
    assert stale.state == JobState.FAILED
    assert "重新生成" in stale.error
    made = ended(second).result_file
    assert made is not None
    assert "牵头单位：县财政局、县审计局" in lines_of_docx(files.read(made))


def test_a_right_lost_while_queued_makes_nothing(world: World, paper: Paper) -> None:
    job = ask_export(by=actor(world, "bangong"), paper=paper, kind="pdf")
    before = StoredFile.objects.count()
    with acting(by=SYSTEM) as act:
        act.unchanged()
        grant = RoleGrant.objects.get(user=world.users["bangong"])
        grant.valid_to = date(2026, 2, 1)
        grant.save()
    refused = ended(job)
    assert refused.state == JobState.FAILED
    assert "权限" in refused.error
    assert StoredFile.objects.count() == before
    assert not AuditEvent.objects.filter(action="paper.export").exists()


def test_no_event_no_file(world: World, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ask_export(by=actor(world, "bangong"), paper=paper, kind="xlsx")
    before = StoredFile.objects.count()

    def broken(**_: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr(audit, "record", broken)
    failed = ended(job)
    assert failed.state == JobState.FAILED, "an error without a name does not pass by itself"
    assert StoredFile.objects.count() == before


def test_unknown_kinds_and_foreign_papers_are_refused(world: World, paper: Paper) -> None:
    with pytest.raises(Invalid):
        ask_export(by=actor(world, "bangong"), paper=paper, kind="odt")
    for username in ("caizheng", "jiwei", "xianzhang"):
        with pytest.raises(NotFound):
            ask_export(by=actor(world, username), paper=paper, kind="pdf")
    assert not Job.objects.exists()


def test_others_get_what_is_handed_out(world: World, paper: Paper) -> None:
    issue(world, paper, PaperState.PART_ISSUED)
    with acting(by=SYSTEM) as act:
        act.unchanged()
        item = TaskItem.objects.get(paper=paper, number="一2")
        item.state, item.issued_at, item.issued_by = TaskState.DRAFT, None, None
        item.save()
    made = ended(ask_export(by=actor(world, "caizheng"), paper=paper, kind="docx")).result_file
    assert made is not None
    assert lines_of_docx(files.read(made)).count("牵头单位：县财政局") == 1


def ask_issued(world: World, paper: Paper, username: str = "bangong") -> Job:
    return jobs.ask(
        by=actor(world, username),
        kind=FILLED_PAPER,
        key=f"{FILLED_PAPER}:{paper.pk}:issued",
        title="印发稿",
        county=world.county,
        parameters={"paper_id": paper.pk},
    )


def test_an_issued_paper_gets_all_its_files(world: World, paper: Paper) -> None:
    paper = issue(world, paper)
    done = ended(ask_issued(world, paper))
    assert done.state == JobState.DONE, done.error
    paper.refresh_from_db()
    assert paper.issued_file is not None
    assert paper.issued_file == done.result_file
    assert paper.issued_file.content_type == files.PDF
    assert set(done.result["files"]) == {"docx", "pdf", "xlsx"}
    assert AuditEvent.objects.filter(action="paper.issued_file").count() == 1
    kept = paper.issued_file_id
    Job.objects.filter(pk=done.pk).update(state=JobState.WAITING, run_after=timezone.now())
    again = ended(Job.objects.get(pk=done.pk))
    paper.refresh_from_db()
    assert again.state == JobState.DONE
    assert paper.issued_file_id == kept


def test_a_paper_that_is_not_issued_has_no_issued_files(world: World, paper: Paper) -> None:
    refused = ended(ask_issued(world, paper))
    assert refused.state == JobState.FAILED
    assert "还没有印发" in refused.error


def test_handing_out_the_last_task_makes_the_files(world: World, paper: Paper) -> None:
    from tasks.services.issue import issue as hand_out

    issued = hand_out(by=actor(world, "bangong"), paper=paper)
    assert issued.left == 0
    done = ended(Job.objects.get(kind=FILLED_PAPER))
    assert done.state == JobState.DONE, done.error
    paper.refresh_from_db()
    assert paper.issued_file is not None
