"""The makers of notices, findings, their putting right and objections."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from tasks import models as what

from .makers import MAKERS, Book, Maker


def a_notice(book: Book) -> Any:
    return what.Notice(
        county=book.world.county, year=2026, kind="urging", unit=book.world.units["县财政局"],
        item=book.made.items[0], title=f"事项{book.next()}", demand="办理", source_kind="task",
        made_by=book.world.users["bangong"],
    )  # fmt: skip


def a_finding(book: Book) -> Any:
    return what.Finding(
        county=book.world.county, year=2026, serial=1000 + book.next(),
        unit=book.world.units["县财政局"], source_kind="campaign", title="问题", facts="事实",
        basis="依据", rectify_by=date(2030, 1, 1), made_by=book.world.users["bangong"],
    )  # fmt: skip


def a_saved_finding(book: Book) -> Any:
    finding = a_finding(book)
    finding.save()
    return finding


def an_objection(book: Book) -> Any:
    return what.Objection(
        county=book.world.county, unit=book.world.units["县财政局"],
        finding=a_saved_finding(book), subject_text="问题", against=book.world.users["bangong"],
        grounds="不实", raised_at=timezone.now(), raised_by=book.world.users["caizheng"],
        due_on=date(2030, 1, 1),
    )  # fmt: skip


MAKERS.update(
    {
        "tasks.Notice": Maker(a_notice, "source_text"),
        "tasks.Finding": Maker(a_finding, "source_text"),
        "tasks.Rectification": Maker(
            lambda b: what.Rectification(
                county=b.world.county, finding=a_saved_finding(b), due_on=date(2030, 1, 1)
            ),
            "opinion",
        ),
        "tasks.Objection": Maker(an_objection, "grounds"),
    }
)
