"""The makers of the module 责任追究和谈话函询: its switch and its registers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accountability import models as who
from tests.world import START

from .makers import MAKERS, Book, Maker


def a_switch(book: Book) -> Any:
    county = MAKERS["accountability.County"].make(book)
    county.save()
    return who.ModuleSwitch(
        county=county, approval_number=f"试保{book.next()}号", approval_organ="试县保密办",
        approved_on=START, asked_at=timezone.now(), asked_by=book.world.users["xitong"],
    )  # fmt: skip


def an_interference(book: Book) -> Any:
    return who.Interference(
        county=book.world.county, year=2026, serial=book.next(), happened_on=START,
        matter="project", way="word", who="密文", facts="密文", recorded_at=timezone.now(),
        recorded_by=book.world.users["bangong"],
    )  # fmt: skip


def a_transfer(book: Book) -> Any:
    units = book.world.units
    return who.LeadTransfer(
        county=book.world.county, year=2026, serial=book.next(), from_unit=units["县财政局"],
        to_unit=units["县纪委监委"], handed_on=START, recorded_at=timezone.now(),
        recorded_by=book.world.users["caizhengju"],
    )  # fmt: skip


MAKERS.update(
    {
        "accountability.ModuleSwitch": Maker(a_switch, "approval_organ"),
        "accountability.LeadTransfer": Maker(a_transfer, "serial", lambda book: book.next()),
        "accountability.Interference": Maker(an_interference, "who"),
    }
)
