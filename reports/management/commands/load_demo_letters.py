"""`manage.py load_demo_letters`: the demo county's letters, promises and endorsements."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accountability.demo.loader import readable_password
from accountability.refusals import Refusal
from reports.services import demo_letters, demo_publication


class Command(BaseCommand):
    """Makes the letters, enrols the demo's signers, signs five; the PIN is shown this once."""

    help = "为演示县生成并签署责任书、承诺书和签字背书（由 load_demo 调用）。"

    def add_arguments(self, parser: CommandParser) -> None:
        most = len(demo_letters.SIGNED)
        parser.add_argument(
            "--signed", type=int, choices=range(most + 1), default=most, help="双方签署的份数"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = os.environ.get("PORTAL_DEMO_PIN")
        pin = given or readable_password()
        try:
            signed = demo_letters.load(pin=pin, signed=options["signed"])
            demo_publication.load(pin=pin)
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        if not signed:
            return
        if given:
            self.stdout.write("演示签名口令：按 PORTAL_DEMO_PIN 设定")
        else:
            self.stdout.write(f"演示签名口令：{pin}（只显示这一次）")
