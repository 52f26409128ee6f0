"""Valid rows of progress, evidence, extensions, shares and answers for the ledger's tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tasks import models as what
from tests.accountability.ledger.makers import MAKERS, Book, Maker, an_assignment
from tests.accountability.ledger.makers_reports import a_new_county


def a_report(book: Book) -> Any:
    return what.Progress(
        county=book.world.county, item=book.made.items[0], unit=book.world.units["县财政局"],
        year=2100 + book.next(), quarter=1, part="lead", text="进展",
    )  # fmt: skip


def an_evidence(book: Book) -> Any:
    return what.Evidence(
        county=book.world.county, unit=book.world.units["县财政局"], name=f"纪要{book.next()}",
        added_by=book.world.users["caizheng"],
    )  # fmt: skip


def a_link(book: Book) -> Any:
    progress, evidence = a_report(book), an_evidence(book)
    progress.save()
    evidence.save()
    return what.ProgressEvidence(progress=progress, evidence=evidence)


def an_extension(book: Book) -> Any:
    clerk = book.world.users["bangong"]
    due = date(2026, 6, 30)
    return what.Extension(
        county=book.world.county, item=book.made.items[0], unit=book.world.units["县财政局"],
        due_before=due, due_wanted=due + timedelta(days=9), reason=f"征求意见{book.next()}",
        asked_by=book.world.users["caizheng"], state="refused", opinion="按期完成",
        decided_at=book.made.items[0].issued_at, decided_by=clerk,
    )  # fmt: skip


def an_answer(book: Book) -> Any:
    held = an_assignment(book)
    held.save()
    return what.SlotAnswer(
        county=book.world.county, assignment=held, due_on=date(2026, 6, 30), state="objected",
        grounds=f"不分管{book.next()}", answered_at=book.made.items[0].issued_at,
        answered_by=book.world.users["fuxianzhang"],
    )  # fmt: skip


MAKERS.update(
    {
        "tasks.SlotAnswer": Maker(an_answer, "grounds"),
        "tasks.Progress": Maker(a_report, "text"),
        "tasks.ProgressSetting": Maker(
            lambda b: what.ProgressSetting(county=a_new_county(b)),
            "soon_days",
            lambda b: 6 + b.next() % 50,
        ),
        "tasks.Evidence": Maker(an_evidence, "mark"),
        "tasks.ProgressEvidence": Maker(a_link, "is_dropped", lambda b: True),
        "tasks.Extension": Maker(an_extension, "opinion"),
        "tasks.Share": Maker(
            lambda b: what.Share(
                county=b.world.county, item=b.made.items[0], unit=b.world.units["县财政局"],
                person=b.world.persons["黄志强"], text=f"核对台账{b.next()}",
            ),
            "note",
        ),
    }
)  # fmt: skip
