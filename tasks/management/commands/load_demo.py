"""`manage.py load_demo`: fills an empty database with the demo counties."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from accountability.demo import DemoDataError
from accountability.demo.loader import COUNTIES, load_county, readable_password
from accountability.models import County, Role, RoleGrant
from accountability.refusals import Refusal
from accountability.services import demo_duties, demo_messages
from tasks.services import demo_papers, demo_progress, demo_watching


def demo_day(year: int | None) -> date:
    """Up to which day the demo's working year is filled: the clock's, else its last."""
    today = timezone.localdate()
    if year is None or year == today.year:
        return today
    return date(year, 12, 31)


class Command(BaseCommand):
    """Loads 安和县 and 宁川县, with their accounts, into an empty database."""

    help = "在空库中装入演示县（单位、人员、账号、上年和当年的实施意见）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="库中已有县（区）时什么也不做，正常结束"
        )
        parser.add_argument(
            "--skip-letters", action="store_true", help="不生成、不签署演示县的责任书，不装载进展"
        )
        parser.add_argument("--signed", type=int, default=5, help="由双方签署的责任书份数")
        parser.add_argument("--year", type=int, help="工作年度，默认为当年")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("本系统不是演示环境，不能装载演示数据。")
        if County.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError(
                "库中已有县（区），演示数据只装入空库。请换一个 DATA_DIR 或 DATABASE_URL。"
            )
        given = os.environ.get("PORTAL_DEMO_PASSWORD")
        password = given or readable_password()
        try:
            with transaction.atomic():  # both counties, or none
                loaded = [
                    load_county(name, password=password, year=options["year"]) for name in COUNTIES
                ]
                for county in loaded:
                    demo_papers.load(loaded=county)
                    if not options["skip_letters"]:
                        demo_progress.load(loaded=county, on=timezone.localdate())
                    demo_duties.load(county=county.county, on=demo_day(options["year"]))
                    demo_messages.load(county=county.county, on=timezone.localdate())
                demo_watching.load()
        except (Refusal, DemoDataError) as error:
            raise CommandError(str(error)) from error
        self.report("" if given else password)
        # Signing counts a wrong PIN in transactions of its own: none may be open around it.
        if not options["skip_letters"] and "load_demo_letters" in get_commands():
            call_command("load_demo_letters", signed=options["signed"], stdout=self.stdout)
        # What stands above in the order of imports is called by its command's name.
        if "load_demo_supervision" in get_commands():
            call_command("load_demo_supervision", stdout=self.stdout)
            call_command("load_demo_publication", stdout=self.stdout)
            call_command("load_demo_assessments", year=options["year"], stdout=self.stdout)

    def report(self, password: str) -> None:
        """The accounts, and the password when it was drawn here: it is shown this once."""
        grants = RoleGrant.objects.select_related("user__person", "user__county")
        for grant in grants.order_by("user__county_id", "id"):
            user = grant.user
            county = user.county.name if user.county else ""
            self.stdout.write(
                f"{user.username:<20} {county}　{Role(grant.role).label}　{user.display_name}"
            )
        if password:
            self.stdout.write(f"演示账号密码：{password}（只显示这一次）")
        else:
            self.stdout.write("演示账号密码：按 PORTAL_DEMO_PASSWORD 设定")
