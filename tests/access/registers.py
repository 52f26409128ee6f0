"""The module 责任追究和谈话函询 for the tests of access: on in both counties, with canaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from accountability.field_crypto import seal
from accountability.models import Interference, LeadTransfer, ModuleSwitch

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
    # To the inspectors' organ from a town, and from a bureau to a town: one side each is there.
    for kind, where, sender, receiver in (
        ("lead_in", "organ", "柳河镇", "县纪委监委"),
        ("lead_out", "unit", "县财政局", "柳河镇"),
        ("lead_in", "other_county", "柳河镇", "县纪委监委"),
        ("lead_out", "other_county", "县财政局", "柳河镇"),
    ):
        world = made.away if where == "other_county" else made.home
        transfer = LeadTransfer(
            county=world.county, year=now.year, serial=100 + len(made.kwargs.get(kind, {}))
            + (10 if kind == "lead_out" else 0), from_unit=world.units[sender],
            to_unit=world.units[receiver], handed_on=timezone.localdate(), recorded_at=now,
            recorded_by=world.users["caizhengju"],
        )  # fmt: skip
        transfer.save()
        made.kwargs.setdefault(kind, {})[where] = {"transfer_id": transfer.pk}
