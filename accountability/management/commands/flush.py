"""The product has no flush: what is recorded stays. Tests name their own reset in settings."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string


class Command(BaseCommand):
    # Options that Django's own test cases pass.
    stealth_options = ("reset_sequences", "allow_cascade", "inhibit_post_migrate")
    help = "不提供清空数据库的命令；演示环境请删除数据目录后重新启动。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--noinput", "--no-input", action="store_false", dest="interactive")
        parser.add_argument("--database", default="default")

    def handle(self, *args: Any, **options: Any) -> None:
        reset = getattr(settings, "RESET_FOR_TESTS", "")
        if not reset:
            raise CommandError(self.help)
        import_string(reset)(using=options["database"])
