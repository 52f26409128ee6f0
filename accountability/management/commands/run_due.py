"""`manage.py run_due --on DATE`: what the schedule would do on that day, done now."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accountability import rhythm


class Command(BaseCommand):
    help = (
        "办理到指定日期为止应由计划任务办理的全部事项，包括此前漏办的；重复运行不会重复生成。"
        "输出 JSON：created 为新生成数，existing 为已有数，按种类列出。"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--on", type=date.fromisoformat, default=None, help="日期 YYYY-MM-DD，默认今天"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        on = options["on"] or timezone.localdate()
        tally = rhythm.run_all(on=on, part="schedule")
        self.stdout.write(
            json.dumps(
                {"created": tally.created, "existing": tally.existing},
                ensure_ascii=False,
                sort_keys=True,
            )
        )
        if tally.failed:
            raise CommandError(
                "；".join(f"{kind}：{why}" for kind, why in sorted(tally.failed.items()))
            )
