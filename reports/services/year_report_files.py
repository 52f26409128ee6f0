"""The report's files: a proof of what is not issued, and the sealed PDF with the Word file."""

from __future__ import annotations

import hashlib
import json

from accountability.access.find import find
from accountability.door import Actor, acting
from accountability.models import Job, StoredFile, User
from accountability.refusals import NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.audit import change
from accountability.services.jobs import Outcome, Progress
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.documents.typefaces import unprintable, unprintable_sentence
from reports.kinds import YEAR_REPORT_FILES
from reports.models import YearReport, YearReportState
from reports.services import sealing
from reports.services.year_report_paper import paper
from reports.signing.fields import SEAL, FieldPlace, prepare

KIND = "year_report"  # of the sealed files
# On the last page, clear of the imprint at its foot (points).
PLACE = FieldPlace(SEAL, -1, (80, 200, 515, 246))


def ask(*, by: Actor, report: YearReport) -> Job:
    """Ask for the files, in the caller's transaction; the same text asked again is the same job."""
    user = _asker(by)
    digest = state_of(report)
    told = "PDF 和 Word 文件" if report.state == YearReportState.ISSUED else "校样"
    return jobs.ask(
        by=by,
        kind=YEAR_REPORT_FILES,
        key=f"{YEAR_REPORT_FILES}:{report.pk}:u{user.pk}:{digest}",
        title=f"《{report.title}》{told}",
        county=report.county,
        parameters={"report_id": report.pk, "state": digest},
    )


def state_of(report: YearReport) -> str:
    """Of all that the files say."""
    told = [str(report.state), report.title, report.addressee, report.body, report.data]
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def make(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of `ask`; it may run twice: files that are there are kept."""
    row = _visible(_asker(by), job.parameters["report_id"])
    if row.pdf is not None:
        return Outcome(file=row.pdf)
    if state_of(row) != job.parameters["state"]:
        raise WrongState("排队期间这份报告又有变动，请回到报告页重新生成。")
    progress(5, "读取考核结果")
    made = paper(row)
    progress(15, "排版")
    pdf = render_pdf(made)
    warning = unprintable_sentence(unprintable(made.texts()))
    result = {"warnings": [warning] if warning else []}
    if row.state != YearReportState.ISSUED:
        progress(95, "保存校样")
        return Outcome(file=_proof(by, row, pdf), result=result)
    progress(65, "生成 Word 文件")
    docx = render_docx(made)
    progress(90, "存证")
    sealed = sealing.seal(file=prepare(pdf, (PLACE,)))
    return Outcome(file=_store(by, row, sealed, docx), result=result)


def _proof(by: Actor, row: YearReport, pdf: bytes) -> StoredFile:
    with acting(by=by) as act:
        _visible(User.objects.get(pk=_asker(by).pk), row.pk)
        file = files.store(
            county=row.county, name=f"（校样）{row.title}.pdf", data=pdf, content_type=files.PDF
        )
        told = f"{file.name}（SHA-256 {file.sha256}）"
        act.record(
            "year_report.proof",
            row,
            summary=f"生成《{row.title}》校样",
            changes=[change("file", "校样", "", told)],
        )
    return file


def _store(by: Actor, row: YearReport, pdf: bytes, docx: bytes) -> StoredFile:
    with acting(by=by) as act:
        held: YearReport = YearReport.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if held.pdf is not None:
            act.unchanged()
            return held.pdf
        noted = sealing.note_file(
            county=row.county,
            kind=KIND,
            object_id=row.pk,
            file=pdf,
            name=f"{row.title}.pdf",
            fields=(SEAL,),
            code=row.check_code.replace("-", ""),
        )
        held.pdf = noted.file
        held.docx = files.store(
            county=row.county, name=f"{row.title}.docx", data=docx, content_type=files.DOCX
        )
        held.full_clean()
        held.save()
        act.record(
            "year_report.files",
            held,
            summary=f"生成《{row.title}》PDF（存证）和 Word 文件",
            changes=[
                change(name, label, "", f"{stored.name}（SHA-256 {stored.sha256}）")
                for name, label, stored in (
                    ("pdf", "PDF", held.pdf),
                    ("docx", "Word 文件", held.docx),
                )
            ],
        )
    assert held.pdf is not None
    return held.pdf


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    return user


def _visible(user: User, report_id: int) -> YearReport:
    rows = YearReport.objects.visible_to(user).select_related("county", "pdf", "number")
    row: YearReport = find(rows, pk=report_id)
    return row
