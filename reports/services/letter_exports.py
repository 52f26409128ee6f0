"""Letters and 责任清单 as files: asked for by a person, made by a worker, kept by digest."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import date

from django.db import transaction
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Job, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.jobs import Outcome, Progress
from reports.documents.pdf import render_pdf
from reports.models import Letter
from reports.selectors.duty_list import duty_list
from reports.services import letter_files, typeface_check
from reports.services.letter_content import digest_of
from tasks.models import TaskItem

PDF, DOCX, ANNEX = "pdf", "docx", "annex"
LABELS = {PDF: "PDF", DOCX: "Word", ANNEX: "变更附页"}
CHANGED = "排队期间责任书又有修改，请回到“责任书”页重新生成。"
EXTENSIONS = {files.PDF: "pdf", "image/jpeg": "jpg", "image/png": "png"}
ZIP_TYPE = "application/zip"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_RENDERERS: dict[str, Callable[[Letter], bytes]] = {
    PDF: letter_files.unsigned_pdf,
    DOCX: letter_files.docx_of,
    ANNEX: letter_files.annex_pdf,
}


def ask_file(*, by: Actor, letter: Letter, kind: str) -> Job:
    """Ask for `letter` as a file of `kind`, as it stands; the job that makes it.

    The same text asked for again by the same person is the same job and the
    same bytes. Raises `Invalid` for an unknown kind, `WrongState` for the PDF of
    a letter that has its signed file, or the annexes of one that has none.
    """
    if kind not in LABELS:
        raise Invalid("只能生成 PDF、Word 和变更附页，请从页面上的按钮选择。")
    require(by, Action.LETTER_READ)
    user = _asker(by)
    now = _visible(user, letter.pk)
    if kind == PDF and now.file_id is not None:
        raise WrongState(f"{now.number} 已有签署文件，请直接下载。")
    if kind == ANNEX and not now.annexes.exists():
        raise WrongState(f"{now.number} 没有变更附页。")
    digest = letter_files.source_digest(now, kind)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=f"letter_{kind}",
            key=f"letter_{kind}:{now.pk}:u{user.pk}:{digest}",
            title=f"{now.number} {LABELS[kind]}",
            county=now.county,
            parameters={"letters": [now.pk], "digest": digest},
        )


def make_file(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of one file; it may run twice. The asker's rights are looked at again."""
    kind = job.kind.removeprefix("letter_")
    require(by, Action.LETTER_READ)
    progress(5, "读取责任书")
    letter = _visible(_asker(by), job.parameters["letters"][0])
    if letter_files.source_digest(letter, kind) != job.parameters["digest"]:
        raise WrongState(CHANGED)
    progress(20, "排版")
    data = _RENDERERS[kind](letter)
    told = [] if kind == DOCX else typeface_check.warnings(letter_files.paper_of(letter))
    progress(90, "保存文件")
    with acting(by=by) as act:
        _visible(_check_again(by, Action.LETTER_READ), letter.pk)
        file = files.store(
            county=letter.county,
            name=_name(letter, kind),
            data=data,
            content_type=files.DOCX if kind == DOCX else files.PDF,
        )
        act.record(
            "letter.export",
            letter,
            summary=f"生成 {letter.number} 的{LABELS[kind]}文件（SHA-256 {file.sha256}）",
        )
    return Outcome(file=file, result={"warnings": told} if told else None)


def ask_zip(*, by: Actor, letters: Iterable[Letter], year: int) -> Job:
    """Ask for these letters in one archive; the same letters as they stand are the same job."""
    require(by, Action.LETTER_READ)
    user = _asker(by)
    rows = list(letters)
    if not rows:
        raise WrongState(f"{year}年度没有可以下载的责任书。")
    marks = "|".join(f"{row.pk}:{row.digest}:{row.file_id}" for row in rows)
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind="letters_zip",
            key=f"letters_zip:u{user.pk}:{digest_of(marks)}",
            title=f"{year}年度责任书（{len(rows)} 份）",
            county=user.county,
            parameters={"letters": [row.pk for row in rows], "year": year},
        )


def make_zip(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of an archive; the asker's rights are looked at again, and may be fewer now."""
    require(by, Action.LETTER_READ)
    rows = list(
        Letter.objects.visible_to(_asker(by))
        .filter(pk__in=job.parameters["letters"])
        .select_related("file", "county")
        .order_by("serial")
    )
    if not rows:
        raise Invalid("这些责任书已不在可查看的范围内，请刷新页面后重新下载。")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, row in enumerate(rows):
            progress(5 + 85 * place // len(rows), f"{row.number}")
            name, data = _member(row)
            archive.writestr(zipfile.ZipInfo(name, ZIP_TIME), data)
    with acting(by=by) as act:
        _check_again(by, Action.LETTER_READ)
        file = files.store(
            county=rows[0].county,
            name=f"{job.parameters['year']}年度责任书.zip",
            data=out.getvalue(),
            content_type=ZIP_TYPE,
        )
        act.record(
            "letter.export",
            rows[0] if len(rows) == 1 else None,
            summary=f"打包下载责任书 {len(rows)} 份",
            county=rows[0].county,
        )
    return Outcome(file=file, result={"letters": [row.pk for row in rows]})


def sees_letters(user: User, job: Job) -> bool:
    """Whether all letters of a job's result still are among what the user may see."""
    wanted = set((job.result or {}).get("letters") or job.parameters["letters"])
    return Letter.objects.visible_to(user).filter(pk__in=wanted).count() == len(wanted)


def ask_duty_list(*, by: Actor, year: int) -> Job:
    """Ask for 责任清单: what the asker answers for in `year`, as of today."""
    require(by, Action.TASK_READ)
    user = _asker(by)
    on = timezone.localdate()
    found = duty_list(user, year, on=on)
    digest = hashlib.sha256(repr(found.paper).encode()).hexdigest()
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind="duty_list",
            key=f"duty_list:{year}:u{user.pk}:{digest}",
            title=found.name,
            county=user.county,
            parameters={"year": year, "on": on.isoformat(), "items": found.items},
        )


def make_duty_list(*, job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of a list; it may run twice, and holds what the asker may see by then."""
    require(by, Action.TASK_READ)
    user = _asker(by)
    progress(5, "读取责任事项")
    found = duty_list(user, job.parameters["year"], on=date.fromisoformat(job.parameters["on"]))
    progress(20, "排版")
    data = render_pdf(found.paper)
    progress(90, "保存文件")
    with acting(by=by) as act:
        _check_again(by, Action.TASK_READ)
        assert user.county is not None
        file = files.store(
            county=user.county, name=f"{found.name}.pdf", data=data, content_type=files.PDF
        )
        act.record("duty_list.export", summary=f"生成{found.name}", county=user.county)
    told = typeface_check.warnings(found.paper)
    return Outcome(file=file, result={"items": found.items, "warnings": told})


def sees_items(user: User, job: Job) -> bool:
    """Whether all tasks of a list still are among what the user may see."""
    wanted = (job.result or {}).get("items") or job.parameters["items"]
    rows = TaskItem.objects.visible_to(user, year=job.parameters["year"])
    return rows.filter(pk__in=wanted).count() == len(wanted)


def _member(letter: Letter) -> tuple[str, bytes]:
    """A letter in the archive: its signed file or scan, else as it will be signed."""
    if letter.file is None:
        return letter_files.file_name(letter, "pdf"), letter_files.unsigned_pdf(letter)
    extension = EXTENSIONS[letter.file.content_type]
    return letter_files.file_name(letter, extension), files.read(letter.file)


def _name(letter: Letter, kind: str) -> str:
    if kind == ANNEX:
        return letter_files.file_name(letter, "pdf", suffix=" 变更附页")
    return letter_files.file_name(letter, kind)


def _visible(user: User, letter_id: int) -> Letter:
    rows = Letter.objects.visible_to(user).select_related("file", "county")
    letter: Letter = find(rows, pk=letter_id)
    return letter


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user


def _check_again(by: Actor, action: Action) -> User:
    """The asker with the rights held now: rendering took a while since they were computed."""
    fresh: User = User.objects.get(pk=_asker(by).pk)
    if not scope_for(fresh).may(action):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    return fresh
