"""Makes counties with three people each; one person of each may want e-mail."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from accountability.door import Actor, acting
from accountability.models import Contact, County, Person


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("codes", nargs="+", help="CODE@DAY: the code and when it begins")
        parser.add_argument("--mail", default="", help="of the last county's first person")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(by=Actor.system("command")) as act:
            act.unchanged()
            for code, _, started in (given.partition("@") for given in options["codes"]):
                county = County(
                    name=f"县{code}", short_name="县", code=code, number_prefix="县政发",
                    issuer="县人民政府", started_on=date.fromisoformat(started),
                )  # fmt: skip
                county.save()
                people = [Person(county=county, name=f"人{n}") for n in range(3)]
                for person in people:
                    person.save()
            if options["mail"]:
                Contact(county=county, person=people[0], by_mail=True, mail=options["mail"]).save()
