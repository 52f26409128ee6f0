"""manage.py demo_code USERNAME: the second factor's current code, in a demo alone."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accountability.models import User
from accountability.refusals import Refusal
from accountability.services.second_factor import demo_code


class Command(BaseCommand):
    help = "打印演示账号当前的动态码（仅演示环境）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError("没有这个账号。")
        try:
            self.stdout.write(demo_code(user))
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
