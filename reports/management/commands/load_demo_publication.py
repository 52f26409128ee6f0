"""`manage.py load_demo_publication`: promises, lists of powers, endorsements, outgoing papers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accountability.refusals import Refusal
from reports.services import demo_publication


class Command(BaseCommand):
    """Makes them unsigned where `load_demo_letters` has not made and signed them already."""

    help = "为演示县生成承诺书、权力清单、签字背书和发文（由 load_demo 调用）。"

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo_publication.load()
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
