"""What the schedule does on each of some days, one after the other, in one process."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from accountability import rhythm
from accountability.models import County


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("days", nargs="+", type=date.fromisoformat)

    def handle(self, *args: Any, **options: Any) -> None:
        counties = [County.objects.get(code=options["code"])]
        told = []
        for day in options["days"]:
            tally = rhythm.run_all(on=day, part="schedule", counties=counties)
            assert not tally.failed, tally.failed
            told.append((tally.created["test.monthly"], tally.existing["test.monthly"]))
        self.stdout.write(json.dumps(told))
