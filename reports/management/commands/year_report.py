"""`manage.py year_report --year 2025 --pdf FILE [--docx FILE]`: the year-end report as files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accountability.refusals import Refusal
from accountability.services import files
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.models import YearReport, YearReportState
from reports.services.year_report_paper import paper


class Command(BaseCommand):
    """Writes the report of a year as it stands; nothing in the portal changes."""

    help = "把一个年度的年终考核报告写成 PDF（和 Word）文件。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, required=True, help="考核年度，如 2025")
        parser.add_argument("--pdf", required=True, help="PDF 文件的路径")
        parser.add_argument("--docx", default="", help="Word 文件的路径，可不写")
        parser.add_argument("--county", default="", help="县（区）代码；平台只有一个县时可不写")

    def handle(self, *args: Any, **options: Any) -> None:
        row = self._found(options["year"], options["county"])
        try:
            made = paper(row)
        except Refusal as error:
            raise CommandError(str(error)) from error
        pdf = files.read(row.pdf) if row.pdf else render_pdf(made)
        self._write(options["pdf"], pdf)
        if options["docx"]:
            self._write(options["docx"], files.read(row.docx) if row.docx else render_docx(made))
        told = f"{row.number.text}，" if row.number else f"{row.get_state_display()}，未印发，"
        self.stdout.write(f"《{row.title}》{told}已写入 {options['pdf']} {options['docx']}".strip())

    def _found(self, year: int, county: str) -> YearReport:
        rows = YearReport.objects.filter(year=year).exclude(state=YearReportState.VOID)
        if county:
            rows = rows.filter(county__code=county)
        found = list(rows.select_related("county", "number", "pdf", "docx")[:2])
        if not found:
            raise CommandError(
                f"{year} 年度没有年终考核报告。请先公布考核结果，在“考核 → 考核报告”中起草。"
            )
        if len(found) > 1:
            raise CommandError("平台有多个县（区）的报告，请用 --county 写明县（区）代码。")
        return found[0]

    def _write(self, path: str, data: bytes) -> None:
        try:
            Path(path).write_bytes(data)
        except OSError as error:
            raise CommandError(f"写不了文件 {path}：{error.strerror}，请换一个路径。") from error
