"""`test.monthly`: tells every person of a county on the first of each month since its start."""

from __future__ import annotations

from datetime import date

from accountability.door import Actor, acting
from accountability.models import County, Person
from accountability.rhythm import Made, Rule
from accountability.services import outbox


def monthly(county: County, on: date, by: Actor) -> Made:
    """Everything due up to `on`; what is there is counted."""
    people = list(Person.objects.filter(county=county))
    created = months = 0
    day = county.started_on.replace(day=1)
    with acting(by=by) as act:
        act.unchanged()
        while day <= on:
            months += 1
            created += outbox.tell(
                act, people=people, rule="test.monthly", on=day, title=f"{day:%Y年%m月}填报"
            )
            day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return Made(created, months * len(people) - created)


RULE = Rule("test.monthly", "按月填报", "每月1日", monthly)
