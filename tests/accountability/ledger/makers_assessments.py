"""The makers of 考核: schemes, rounds, teams, sheets, scores, results, uses, appeals, ballots."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from reports import models as out

from .makers import MAKERS, Book, Maker
from .makers_watching import a_saved_finding


def saved(row: Any) -> Any:
    row.save()
    return row


def a_scheme(book: Book) -> Any:
    return out.Scheme(
        county=book.world.county, year=2026, kind="town", occasion="special",
        topic=f"事项{book.next()}", title="方案", bands=[], made_by=book.world.users["bangong"],
    )  # fmt: skip


def a_criterion(book: Book) -> Any:
    return out.Criterion(
        scheme=saved(a_scheme(book)), position=1, code="1", nature="part", name="任务落实"
    )


def an_assessment(book: Book) -> Any:
    today = timezone.localdate()
    return out.Assessment(
        county=book.world.county, year=2026, kind="town", occasion="special",
        scheme=saved(a_scheme(book)), title="考核", self_due=today, review_due=today,
        made_by=book.world.users["bangong"],
    )  # fmt: skip


def a_team(book: Book) -> Any:
    return out.Team(assessment=saved(an_assessment(book)), name="第一组")


def a_sheet(book: Book) -> Any:
    return out.Sheet(
        county=book.world.county, assessment=saved(an_assessment(book)),
        unit=book.world.units["柳河镇"], name="柳河镇", position=1,
    )  # fmt: skip


def a_score(book: Book) -> Any:
    return out.Score(sheet=saved(a_sheet(book)), criterion=saved(a_criterion(book)))


def a_publication(book: Book) -> Any:
    return out.Publication(
        assessment=saved(an_assessment(book)), version=1, content="{}", digest="0" * 64,
        proposed_by=book.world.users["bangong"],
    )  # fmt: skip


def a_use(book: Book) -> Any:
    publication = saved(a_publication(book))
    sheet = out.Sheet(
        county=book.world.county, assessment=publication.assessment,
        unit=book.world.units["石桥镇"], name="石桥镇", position=2,
    )  # fmt: skip
    return out.ResultUse(
        county=book.world.county, year=2026, sheet=saved(sheet), publication=publication,
        result="第 1 名", kind="commend", basis="通报", organ="县政府", used_on=date(2026, 1, 1),
        recorded_by=book.world.users["bangong"],
    )  # fmt: skip


def an_appeal(book: Book) -> Any:
    score = saved(a_score(book))
    return out.Appeal(
        county=book.world.county, sheet=score.sheet, score=score, text="有记录",
        before=Decimal(1), asked_by=book.world.users["liuhe"],
    )  # fmt: skip


def a_ballot(book: Book) -> Any:
    return out.Ballot(
        county=book.world.county, year=2026, title=f"民主测评{book.next()}",
        unit=book.world.units["柳河镇"], subject="柳河镇", group="干部职工", aspects=["总体评价"],
        options=[{"name": "好", "weight": "100"}, {"name": "差", "weight": "0"}],
        made_by=book.world.users["bangong"],
    )  # fmt: skip


def a_year_report(book: Book) -> Any:
    return out.YearReport(
        county=book.world.county, year=2000 + book.next(), title="考核报告", addressee="县委",
        body="正文", data={"rounds": [], "facts": []}, drafted_by=book.world.users["bangong"],
    )  # fmt: skip


MAKERS.update(
    {
        "reports.Scheme": Maker(a_scheme, "title"),
        "reports.Criterion": Maker(a_criterion, "name"),
        "reports.Assessment": Maker(an_assessment, "title"),
        "reports.Team": Maker(a_team, "name"),
        "reports.TeamMember": Maker(
            lambda b: out.TeamMember(team=saved(a_team(b)), user=b.world.users["jiwei"]),
            "is_out",
            lambda b: True,
        ),
        "reports.Sheet": Maker(a_sheet, "name"),
        "reports.Score": Maker(a_score, "own_note"),
        "reports.Publication": Maker(a_publication, "digest", lambda b: f"{b.next():064d}"),
        "reports.ResultUse": Maker(a_use, "note"),
        "reports.SheetFinding": Maker(
            lambda b: out.SheetFinding(
                county=b.world.county,
                sheet=saved(a_sheet(b)),
                criterion=saved(a_criterion(b)),
                finding=a_saved_finding(b),
            ),
            "finding_id",
            lambda b: a_saved_finding(b).pk,
        ),
        "reports.Appeal": Maker(an_appeal, "text"),
        "reports.Ballot": Maker(a_ballot, "title"),
        "reports.YearReport": Maker(a_year_report, "title"),
        "reports.Teller": Maker(
            lambda b: out.Teller(ballot=saved(a_ballot(b)), user=b.world.users["jiwei"]),
            "user_id",
            lambda b: b.world.users["zhuren"].pk,
        ),
    }
)
