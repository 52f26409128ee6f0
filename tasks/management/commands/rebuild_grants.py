"""manage.py rebuild_grants: derive all rights on tasks anew; there should be nothing to do."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accountability.door import Actor, acting
from tasks.services import grants

SHOWN = 20


class Command(BaseCommand):
    help = "按责任落实重新推算任务权限；加 --check 只核对，不改动。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="只核对，有出入时退出码为 1")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            found = grants.check()
            for line in found[:SHOWN]:
                self.stdout.write(line)
            if found:
                self.stdout.write(f"任务权限与责任落实不符，共 {len(found)} 处。")
                raise SystemExit(1)
            self.stdout.write("任务权限与责任落实一致。")
            return
        with acting(by=Actor.system("command"), reason="重新推算任务权限") as act:
            count = grants.rebuild()
            if count:
                act.record("rights.rebuild", summary=f"重新推算任务权限：更正 {count} 处")
            else:
                act.unchanged()
        self.stdout.write(f"更正 {count} 处。" if count else "任务权限与责任落实一致，没有改动。")
