"""Letters as files: PDF and docx from the same canonical text, many in one archive."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

from django.db import transaction

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Job, StoredFile, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.jobs import Outcome, Progress
from reports.documents.content import OfficialPaper
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.models import Letter
from reports.services.letter_content import digest_of, read
from reports.services.letter_paper import letter_paper

ZIP_TYPE = "application/zip"
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


class Damaged(RuntimeError):
    """A letter's text does not match its digest: somebody went past the portal."""


def paper_of(letter: Letter) -> OfficialPaper:
    """The letter as an official paper. Raises `Damaged` when text and digest differ."""
    if digest_of(letter.content) != letter.digest:
        raise Damaged(letter.number)
    return letter_paper(read(letter.content), letter.digest, letter.check_code)


def unsigned_pdf(letter: Letter) -> bytes:
    """The letter before any signature; the same text gives the same bytes."""
    return render_pdf(paper_of(letter))


def pdf_of(letter: Letter) -> bytes:
    """The letter as it stands: with the signatures it has, else as it will be signed."""
    if letter.file is not None and letter.file.content_type == files.PDF:
        return files.read(letter.file)
    return unsigned_pdf(letter)


def docx_of(letter: Letter) -> bytes:
    """The letter's text as .docx, for going on with in Word or WPS; it carries no signature."""
    return render_docx(paper_of(letter))


def file_name(letter: Letter, extension: str) -> str:
    """〔2026〕责-002 县财政局局长黄志强.pdf"""
    party = read(letter.content)["party_b"]
    return UNSAFE.sub("_", f"{letter.number} {party['post']}{party['name']}.{extension}")


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


def zip_of(job: Job, by: Actor, progress: Progress) -> Outcome:
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
            archive.writestr(zipfile.ZipInfo(_member(row), ZIP_TIME), pdf_of(row))
    return Outcome(file=_keep(by=by, rows=rows, year=job.parameters["year"], data=out.getvalue()))


def _keep(*, by: Actor, rows: list[Letter], year: int, data: bytes) -> StoredFile:
    fresh = User.objects.get(pk=_asker(by).pk)
    if not scope_for(fresh).may(Action.LETTER_READ):
        raise NotAllowed("本账号已没有这项权限，文件没有保存。")
    with acting(by=by) as act:
        file = files.store(
            county=rows[0].county,
            name=f"{year}年度责任书.zip",
            data=data,
            content_type=ZIP_TYPE,
        )
        act.record(
            "letter.export",
            rows[0] if len(rows) == 1 else None,
            summary=f"打包下载责任书 {len(rows)} 份",
            county=rows[0].county,
        )
    return file


def _member(letter: Letter) -> str:
    return file_name(letter, "pdf" if _is_pdf(letter) else "scan")


def _is_pdf(letter: Letter) -> bool:
    return letter.file is None or letter.file.content_type == files.PDF


def _asker(by: Actor) -> User:
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("下载责任书须由登录人员发起。")
    return user
