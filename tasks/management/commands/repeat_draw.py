"""`manage.py repeat_draw ID`: the random draw of a round made again from its seed; exit 0 or 1."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasks.draw import algorithm
from tasks.models import Campaign


class Command(BaseCommand):
    """Reads the record; changes nothing."""

    help = "按抽取记录中的种子重复随机抽取，与记录一致时退出码为 0，否则为 1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("campaign", type=int, metavar="ID", help="督查的编号")

    def handle(self, *args: Any, **options: Any) -> None:
        campaign = Campaign.objects.filter(pk=options["campaign"]).first()
        if campaign is None or not campaign.draw:
            raise CommandError("没有这次督查，或者它没有抽取过。")
        record = campaign.draw
        self.stdout.write(f"{campaign.title}，种子 {record['seed']}")
        for line in algorithm.lines(record):
            self.stdout.write(line)
        if algorithm.repeat(record) != algorithm.recorded(record):
            self.stdout.write("与抽取记录不一致")
            sys.exit(1)
        self.stdout.write("与抽取记录一致")
