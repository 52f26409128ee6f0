"""A letter as a file: PDF and docx from the same canonical text, and its annexes."""

from __future__ import annotations

import re

from django.db.models import QuerySet

from accountability.services import files
from reports.documents.content import OfficialPaper
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.models import Letter, LetterAnnex
from reports.services.letter_content import digest_of, read
from reports.services.letter_paper import annex_paper, letter_paper

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


def annex_pdf(letter: Letter) -> bytes:
    """变更附页 of a signed letter, all in one; the same annexes give the same bytes."""
    return render_pdf(annex_paper(read(letter.content), list(_annexes(letter))))


def source_digest(letter: Letter, kind: str) -> str:
    """What a file of `kind` is made of, as a digest: another one means another file."""
    if kind != "annex":
        return letter.digest
    return digest_of("\n".join(f"{a.serial}|{a.text}|{a.basis}" for a in _annexes(letter)))


def _annexes(letter: Letter) -> QuerySet[LetterAnnex]:
    return letter.annexes.order_by("serial")


def file_name(letter: Letter, extension: str, *, suffix: str = "") -> str:
    """〔2026〕责-002 县财政局局长黄志强.pdf"""
    party = read(letter.content)["party_b"]
    return UNSAFE.sub("_", f"{letter.number} {party['post']}{party['name']}{suffix}.{extension}")
