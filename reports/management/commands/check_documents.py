"""`manage.py check_documents`: whether official papers print as they should on this machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reports.services import typeface_check


class Command(BaseCommand):
    """Sets a paper in every face and reads it back. Takes a second or two.

    The worker runs it when it starts; the 工作台 of administrators tells what it found.
    """

    help = "自检公文字体：排一份样稿并读回，缺字缺形时退出码为 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        found = typeface_check.check()
        if found:
            raise CommandError(typeface_check.sentence(found))
        self.stdout.write("公文字体自检通过。")
