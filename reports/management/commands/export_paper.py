"""`manage.py export_paper`: the files that the page makes, written where they are wanted."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.utils import timezone

from accountability.models import County
from accountability.refusals import Refusal
from reports.documents.pdf import RenderingRefused
from reports.services.filled_paper import prepare
from tasks.models import Paper

KINDS = ("pdf", "docx", "xlsx")


class Command(BaseCommand):
    """Writes the filled paper of a year. Exit status 2 and one sentence where it cannot."""

    help = "将某年度的实施意见按当前落实情况写成 PDF、Word 和任务分解表。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, required=True, help="年度，如 2026")
        for kind in KINDS:
            parser.add_argument(f"--{kind}", type=Path, metavar="FILE", help=f"写出的 {kind} 文件")
        parser.add_argument("--county", metavar="NAME", help="县（区）名称，只有一个县时可省略")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._export(options)
        except (Refusal, RenderingRefused) as refusal:
            self._refuse(str(refusal))

    def _export(self, options: dict[str, Any]) -> None:
        wanted = {kind: options[kind] for kind in KINDS if options[kind] is not None}
        if not wanted:
            self._refuse("没有指定要写出的文件，请用 --pdf、--docx 或 --xlsx 指定。")
        paper = self._paper(options["year"], options["county"])
        for kind, path in wanted.items():
            prepared = prepare(paper, kind, on=timezone.localdate())
            data = prepared.write()
            try:
                path.write_bytes(data)
            except OSError as error:
                self._refuse(f"无法写入“{path}”（{error.strerror}），请检查目录和权限。")
            for warning in prepared.warnings:
                self.stderr.write(warning)
            self.stdout.write(f"{path}  {len(data)} 字节")

    def _paper(self, year: int, name: str | None) -> Paper:
        counties = list(County.objects.order_by("code"))
        if name is not None:
            counties = [c for c in counties if name in (c.name, c.short_name, c.code)]
            if not counties:
                self._refuse(f"没有名为“{name}”的县（区），请核对名称。")
        papers = Paper.objects.select_related("county", "source").filter(
            county__in=counties, year=year
        )
        found: Paper | None = papers.order_by("-id").first()
        if found is None:
            self._refuse(f"{year}年度还没有实施意见，请先导入意见。")
        if papers.exclude(county_id=found.county_id).exists():
            self._refuse(f"有多个县（区）都有{year}年度的意见，请用 --county 指定名称。")
        return found

    def _refuse(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(2)
