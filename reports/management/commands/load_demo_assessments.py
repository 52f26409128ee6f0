"""`manage.py load_demo_assessments`: the demo county's assessments; `load_demo` calls it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accountability.refusals import Refusal
from reports.services import demo_assessments


class Command(BaseCommand):
    """Last year's round, published, and this year's, in review."""

    help = "为演示县装入上年和当年的考核（由 load_demo 调用）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, help="工作年度，默认为当年")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with transaction.atomic():
                demo_assessments.load(year=options["year"])
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
