"""manage.py verify_ledger: exit 0, or 1 with the first bad row, its table and its key."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accountability.trail.verify import verify


class Command(BaseCommand):
    help = "核对账本：链、存证点、见证、现存记录、触发器。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="以 JSON 输出")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        report = verify()
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
                f"{report.checkpoints} 个存证点，{report.witnessed} 条见证，用时 {seconds:.1f} 秒。"
            )
        else:
            self.stdout.write(f"完整性校验未通过，共 {len(report.faults)} 处，第一处：")
            self.stdout.write(report.faults[0].sentence())
        if not report.is_sound:
            raise SystemExit(1)
