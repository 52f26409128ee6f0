"""Makes counties with three people each; one may want e-mail, one may be an office clerk."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from accountability.door import Actor, acting
from accountability.models import Contact, County, Person, Role, RoleGrant, Unit, User


class Command(BaseCommand):
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("codes", nargs="+", help="CODE@DAY: the code and when it begins")
        parser.add_argument("--mail", default="", help="of the last county's first person")
        parser.add_argument("--clerk", default="", help="account:password in the last county")

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
            if options["clerk"]:
                name, _, password = options["clerk"].partition(":")
                user = User(username=name, county=county, person=people[1],
                            must_change_password=False)  # fmt: skip
                user.set_password(password)
                user.save()
                office = Unit(county=county, name="县政府办公室", kind="gov_department",
                              valid_from=county.started_on)  # fmt: skip
                office.save()
                RoleGrant(user=user, role=Role.OFFICE_CLERK, unit=office, granted_by="测试",
                          valid_from=county.started_on).save()  # fmt: skip
