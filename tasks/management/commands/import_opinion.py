"""`manage.py import_opinion FILE`: read an implementing opinion; print it, or store it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.utils import timezone

from tasks.outline.export import to_json_dict
from tasks.outline.model import Outline
from tasks.outline.refusal import Refused
from tasks.outline.sandbox import outline_in_child
from tasks.outline.source import Source

MAX_BYTES = 20 * 1024 * 1024
REFUSED = 2


class Command(BaseCommand):
    """Reads a file in a child process. With --json or --dry-run no database is touched."""

    help = "读取实施意见：--json 打印识别结果，--dry-run 打印摘要，都不带则存为任务草稿。"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help=".docx、.xlsx 或 .txt 文件")
        parser.add_argument("--json", action="store_true", help="打印 JSON，不存储")
        parser.add_argument("--dry-run", action="store_true", help="打印摘要，不存储")
        parser.add_argument("--county", metavar="NAME", help="存入哪个县（只有一个县时可省略）")
        parser.add_argument("--year", type=int, metavar="N", help="年度（默认取正文年度或今年）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = self.bytes_of(Path(options["file"]))
            source, outline = outline_in_child(
                data, Path(options["file"]).name, year=options["year"]
            )
        except Refused as refused:
            self.refuse(str(refused))
        if options["json"]:
            found = to_json_dict(outline, source)
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
        elif options["dry_run"]:
            self.summary(outline)
        else:
            self.store(Path(options["file"]).name, data, source, outline, options)

    def bytes_of(self, path: Path) -> bytes:
        """The file's bytes; a missing or unreadable file is a refusal like any other."""
        try:
            if path.is_file() and path.stat().st_size > MAX_BYTES:
                raise Refused("文件超过 20 MB，无法读取，请删去其中的图片或拆分后重新导入。")
            return path.read_bytes()
        except FileNotFoundError:
            raise Refused(f"没有找到文件 {path}，请核对路径。") from None
        except IsADirectoryError:
            raise Refused(f"{path} 是文件夹，请给出文件的路径。") from None
        except (OSError, ValueError):
            raise Refused(f"无法打开文件 {path}，请核对路径和权限。") from None

    def summary(self, outline: Outline) -> None:
        """What was recognised, for reading."""
        slots = sum(len(item.slots) for item in outline.items)
        write = self.stdout.write
        write(f"标题：{outline.title or '（原文没有标题）'}")
        write(
            f"{len(outline.sections)} 个标题，{len(outline.items)} 项任务，{slots} 个槽位，"
            f"周期要求 {len(outline.recurring)} 条，文稿校对 {len(outline.hints)} 处"
        )
        for note in outline.notes:
            write(f"提示：{note}")
        for item in outline.items:
            due = f"  时限 {item.due}" if item.due else ""
            write(f"{item.number}  {item.heading}  {len(item.slots)} 槽位{due}")
            for warning in item.warnings:
                write(f"    待核对：{warning}")

    def store(
        self, name: str, data: bytes, source: Source, outline: Outline, options: dict[str, Any]
    ) -> None:
        """Store the paper as the page would; by the command line, with an event."""
        from accountability.door import Actor
        from accountability.models import County
        from accountability.refusals import Refusal
        from tasks.services.papers import store_paper

        try:
            counties = list(County.objects.order_by("id")[:50])
            if options["county"]:
                counties = [c for c in counties if options["county"] in (c.name, c.code)]
            if len(counties) != 1:
                self.refuse(
                    "没有找到这个县，请用 --county 给出县名。"
                    if options["county"] or not counties
                    else "系统中有多个县，请用 --county 给出县名。"
                )
            year = options["year"] or outline.year or timezone.localdate().year
            if not 2000 <= year <= 2100:
                self.refuse("年度须在 2000 至 2100 之间，请用 --year 改正。")
            paper = store_paper(
                by=Actor.system("command", county=counties[0]),
                county=counties[0],
                year=year,
                name=name,
                data=data,
                source=source,
                outline=outline,
            )
        except Refusal as refusal:
            self.refuse(refusal.sentence)
        except DatabaseError:
            self.refuse("无法连接或写入数据库，请核对 DATABASE_URL，并先运行 migrate。")
        slots = sum(len(item.slots) for item in outline.items)
        self.stdout.write(
            f"已存为{year}年度草稿《{paper.title}》：{len(outline.items)} 项任务，{slots} 个槽位"
        )

    def refuse(self, sentence: str) -> NoReturn:
        """One sentence on standard error, exit status 2; nothing else is printed."""
        self.stderr.write(sentence, self.style.NOTICE)
        raise SystemExit(REFUSED)
