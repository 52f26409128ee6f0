"""The module 责任追究和谈话函询 for the tests of access: on in both counties, a canary in each row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from accountability.field_crypto import seal
from accountability.models import Interference, ModuleSwitch

if TYPE_CHECKING:
    from tests.access.people import Scene


def lay(made: Scene) -> None:
    """An entry of each county's register, in the clear under its seal and in its number."""
    now = timezone.now()
    for where, world in (("own", made.home), ("other_county", made.away)):
        ModuleSwitch(
            county=world.county, approval_number="试保〔2026〕1号", approval_organ="试县保密办",
            approved_on=timezone.localdate(), state="on", asked_at=now,
            asked_by=world.users["xitong"], decided_at=now, decided_by=world.users["anquan"],
        ).save()  # fmt: skip
        word = f"CANARYINTERFERENCE{where.upper()}X"
        row = Interference(
            county=world.county, year=now.year, serial=4711, happened_on=timezone.localdate(),
            matter="project", way="word", recorded_at=now, recorded_by=world.users["zhuren"],
        )  # fmt: skip
        row.who, row.facts = (seal(word, place=row.place(f)) for f in ("who", "facts"))
        row.save()
        made.texts["interference", where] = word
        made.kwargs.setdefault("interference", {})[where] = {"interference_id": row.pk}
