"""manage.py verify_ledger: exit 0, or 1 with the first bad row, its table and its key."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accountability.ledger.checkpoint import Checkpoint
from accountability.trail import checkpoints
from accountability.trail.verify import verify


class Command(BaseCommand):
    help = "核对账本：链、存证点、见证、现存记录、触发器。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")
        parser.add_argument(
            "--checkpoints", metavar="文件", help="检查机留存的存证点文件，与本机的一并核对"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        kept = _kept(options["checkpoints"]) if options["checkpoints"] else []
        report = verify(copies=kept)
        seconds = time.monotonic() - started
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "sound": report.is_sound,
                        "rows": report.rows,
                        "chains": report.chains,
                        "live_rows": report.live_rows,
                        "checkpoints": report.checkpoints,
                        "copies": report.copies,
                        "witnessed": report.witnessed,
                        "seconds": round(seconds, 2),
                        "faults": [
                            {
                                "chain": f.chain,
                                "seq": f.seq,
                                "table": f.table,
                                "key": f.key,
                                "what": f.what,
                            }
                            for f in report.faults
                        ],
                    },
                    ensure_ascii=False,
                )
            )
        elif report.is_sound:
            self.stdout.write(
                f"完整性校验通过：{report.rows} 条账本记录，{report.live_rows} 条现存记录，"
                f"{report.checkpoints} 个存证点，{report.witnessed} 条见证，"
                + (f"检查机留存的 {report.copies} 个存证点一致，" if kept else "")
                + f"用时 {seconds:.1f} 秒。"
            )
        else:
            self.stdout.write(f"完整性校验未通过，共 {len(report.faults)} 处，第一处：")
            self.stdout.write(report.faults[0].sentence())
        if not report.is_sound:
            raise SystemExit(1)


def _kept(name: str) -> list[Checkpoint]:
    """The checkpoints of the inspectors' file; a file that holds none is a mistake, not a proof."""
    path = Path(name)
    if not path.is_file():
        raise CommandError(f"没有找到存证点文件 {name}，请核对路径。")
    series = checkpoints.read(path)
    if series.remnants or not series.checkpoints:
        where = f"第 {series.remnants[0]} 行" if series.remnants else "文件"
        raise CommandError(f"{name} 的{where}不是存证点，请核对是不是检查机留存的文件。")
    return series.checkpoints
