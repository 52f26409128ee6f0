"""`manage.py load_demo_supervision`: the demo county's rounds and a bulletin."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accountability.refusals import Refusal
from reports.services import demo_supervision


class Command(BaseCommand):
    """Called by load_demo; a second run finds its rounds and does nothing."""

    help = "为演示县装入各季督查、一次随机抽取和一份待批准的通报。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                latest = demo_supervision.load(on=timezone.localdate())
        except Refusal as error:
            raise CommandError(str(error)) from error
        if latest is not None:
            self.stdout.write(f"演示督查：{latest}")
