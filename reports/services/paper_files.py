"""Papers as files: asked for by a person, made by a worker, kept by digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from accountability.access.actions import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.access.scope import scope_for
from accountability.door import Actor, acting
from accountability.models import Job, StoredFile, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.audit import change
from accountability.services.jobs import Outcome, Progress
from reports.kinds import KINDS, job_kind_of
from reports.services.filled_paper import Prepared, prepare
from tasks.models import Paper, PaperState


@dataclass(frozen=True, slots=True)
class Made:
    """Bytes that a worker made, with what they were made from."""

    prepared: Prepared
    data: bytes


def ask_export(*, by: Actor, paper: Paper, kind: str) -> Job:
    """Ask for `paper` as a file of `kind`, as it stands today; the job that makes it.

    The same content asked for again by the same person is the same job and the same
    bytes. Raises `Invalid` for an unknown kind.
    """
    if kind not in KINDS:
        raise Invalid("只能生成 Word、PDF 和任务分解表，请从页面上的按钮选择。")
    asker = _asker(by)
    require(by, Action.PAPER_READ)
    paper = _visible(asker, paper.pk)
    today = timezone.localdate()
    prepared = prepare(paper, kind, on=today, with_drafts=scope_for(asker).sees_drafts)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=job_kind_of(kind),
            key=f"{job_kind_of(kind)}:{paper.pk}:u{asker.pk}:{prepared.digest}",
            title=f"《{paper.title}》{KINDS[kind]}",
            county=paper.county,
            parameters={
                "paper_id": paper.pk,
                "on": today.isoformat(),
                "digest": prepared.digest,
            },
        )


def export(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of an export; it may run twice.

    The asker's rights are looked at again, at the start and where the file is stored.
    Raises `WrongState` when the content has changed since it was asked for: another job
    makes what it is now.
    """
    kind = job.kind.removeprefix("paper_")
    asker = _asker(by)
    require(by, Action.PAPER_READ)
    progress(5, "读取任务和责任")
    paper = _visible(asker, job.parameters["paper_id"])
    prepared = prepare(
        paper,
        kind,
        on=date.fromisoformat(job.parameters["on"]),
        with_drafts=scope_for(asker).sees_drafts,
    )
    if prepared.digest != job.parameters["digest"]:
        raise WrongState("排队期间这份意见又有修改，请回到“意见文件”页重新生成。")
    progress(30, "排版" if kind == "pdf" else "生成文件")
    made = Made(prepared, prepared.write())
    progress(90, "保存文件")
    file = _store_export(by=by, paper=paper, made=made)
    return Outcome(file=file, result=_told([made], {kind: file}))


def _store_export(*, by: Actor, paper: Paper, made: Made) -> StoredFile:
    with acting(by=by) as act:
        _visible(_check_again(by, Action.PAPER_READ), paper.pk)
        file = _store(paper, made)
        act.record(
            "paper.export",
            paper,
            summary=f"生成《{paper.title}》的{KINDS[made.prepared.kind]}文件",
            changes=[change("file", "文件", "", _named(file))],
        )
    return file


def make_issued(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The filled paper of an issued paper in all three forms; the PDF is its 印发文件.

    It may run twice: a paper that has its file keeps it.
    """
    require(by, Action.PAPER_ISSUE)
    asker = _asker(by)
    paper = _visible(asker, job.parameters["paper_id"])
    if paper.issued_at is None:
        raise WrongState("这份意见还没有印发，印发后再生成印发稿。")
    day = timezone.localdate(paper.issued_at)
    made = []
    for percent, kind in ((10, "docx"), (30, "pdf"), (80, "xlsx")):
        progress(percent, f"生成{KINDS[kind]}")
        prepared = prepare(paper, kind, on=day)
        made.append(Made(prepared, prepared.write()))
    progress(90, "保存文件")
    stored = _store_issued(by=by, paper=paper, made=made)
    return Outcome(file=stored["pdf"], result=_told(made, stored))


def _store_issued(*, by: Actor, paper: Paper, made: list[Made]) -> dict[str, StoredFile]:
    with acting(by=by) as act:
        _visible(_check_again(by, Action.PAPER_ISSUE), paper.pk)
        paper = Paper.objects.select_for_update().get(pk=paper.pk)
        if paper.state not in (PaperState.ISSUED, PaperState.CLOSED):
            raise WrongState("这份意见已不在印发状态，没有生成印发稿。")
        stored = {one.prepared.kind: _store(paper, one) for one in made}
        before = paper.issued_file
        if before is None:
            paper.issued_file = stored["pdf"]
            paper.full_clean(exclude=["reading", "findings"])
            paper.save()
        act.record(
            "paper.issued_file",
            paper,
            summary=f"生成《{paper.title}》的印发稿（Word、PDF、任务分解表）",
            changes=[
                change("issued_file", "印发文件", before or "", paper.issued_file),
                *(change(kind, KINDS[kind], "", _named(file)) for kind, file in stored.items()),
            ],
        )
    return stored


def _store(paper: Paper, made: Made) -> StoredFile:
    return files.store(
        county=paper.county,
        name=made.prepared.name,
        data=made.data,
        content_type=made.prepared.content_type,
    )


def _named(file: StoredFile) -> str:
    return f"{file.name}（SHA-256 {file.sha256}）"


def _told(made: list[Made], stored: dict[str, StoredFile]) -> dict[str, object]:
    """What the job's page says beside its file."""
    warnings = [warning for one in made for warning in one.prepared.warnings]
    return {
        "warnings": list(dict.fromkeys(warnings)),
        "files": {kind: file.pk for kind, file in stored.items()},
    }


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user


def _check_again(by: Actor, action: Action) -> User:
    """The asker with the rights held now: rendering took a while since they were computed."""
    fresh = User.objects.get(pk=_asker(by).pk)
    if not scope_for(fresh).may(action):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    return fresh


def _visible(user: User, paper_id: int) -> Paper:
    paper: Paper = find(
        Paper.objects.visible_to(user).select_related("county", "source"), pk=paper_id
    )
    return paper
