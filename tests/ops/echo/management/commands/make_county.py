"""Makes a county with three people, or lets one of them want e-mail."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from accountability.door import Actor, acting
from accountability.models import Contact, County, Person


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--started", type=date.fromisoformat, required=True)
        parser.add_argument("--mail", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        code = options["code"]
        with acting(by=Actor.system("command")) as act:
            act.unchanged()
            county = County(
                name=f"县{code}", short_name="县", code=code, number_prefix="县政发",
                issuer="县人民政府", started_on=options["started"],
            )  # fmt: skip
            county.save()
            people = [Person(county=county, name=f"人{n}") for n in range(3)]
            for person in people:
                person.save()
            if options["mail"]:
                Contact(county=county, person=people[0], by_mail=True, mail=options["mail"]).save()
        self.stdout.write(str(county.pk))
