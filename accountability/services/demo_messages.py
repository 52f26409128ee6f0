"""The demo's messages: what the portal told its people, and one who wants e-mail too."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.urls import reverse

from ..door import Actor, acting
from ..models import Contact, County, Person, Role, RoleGrant
from ..models.dated import holds_on
from ..refusals import WrongState
from . import outbox

WELCOME = ("平台已启用", "请先核对本人职务和分管范围，有出入的请联系县政府办经办人更正。")
LIAISONS = (
    "本季度进展填报安排",
    "进展和佐证按季填报，上次填过的内容会自动带出，只改有变化的部分。",
)
MAILBOX = "yanshi@example.com"


def load(*, county: County, on: date) -> int:
    """Tell everybody with an account; how many messages were made. Set-wise, twice does nothing."""
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    grants = RoleGrant.objects.filter(
        holds_on(on), user__county=county, user__person__isnull=False
    ).values_list("user__person_id", "role")
    people = {person_id for person_id, _ in grants if person_id is not None}
    liaisons = {p for p, role in grants if p is not None and role == Role.LIAISON}
    with acting(by=Actor.system("demo", county=county)) as act:
        act.unchanged()
        person = Person.objects.filter(pk__in=liaisons).order_by("pk").first()
        if person and not Contact.objects.filter(person=person).exists():
            Contact(county=county, person=person, by_mail=True, mail=MAILBOX).save()
        made = outbox.tell(
            act, people=people, rule="demo.welcome", on=on, title=WELCOME[0], text=WELCOME[1],
            link=reverse("me"),
        )  # fmt: skip
        made += outbox.tell(
            act, people=liaisons, rule="demo.liaisons", on=on, title=LIAISONS[0],
            text=LIAISONS[1], link=reverse("home"),
        )  # fmt: skip
    return made
