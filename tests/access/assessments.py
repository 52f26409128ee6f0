"""Schemes, rounds, sheets, results, appeals and ballots of the scene, here and over there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accountability.door import Actor
from accountability.models import ClosedYear, User
from accountability.services import files
from reports.assessment.ballots import Tally
from reports.models import (
    Appeal,
    Assessment,
    Ballot,
    Publication,
    ResultUse,
    Score,
    Sheet,
    YearReport,
)
from reports.models import Scheme as SchemeRow
from reports.services import (
    assessments,
    ballot_counting,
    ballot_slips,
    ballots,
    closing,
    numbers,
    schemes,
)
from tests.reports.assessment.rounds import core
from tests.world import World

if TYPE_CHECKING:
    from tests.access.people import Scene

SUBJECTS = {"unit": "县财政局", "town": "柳河镇", "audit": "县审计局"}


def build(made: Scene, word: str) -> None:
    """`word` is what `canary("sheet_…")` makes; each sheet's own note holds its word."""
    home, away = made.home, made.away
    today = timezone.localdate()
    published = _scheme(home, "yearly")
    running = _round(home, published, SUBJECTS)
    preparing = _open(home, _scheme(home, "half"), ["县财政局"])
    over_there = _round(away, _scheme(away, "yearly"), {"other_county": "县财政局"})
    draft = schemes.draft(
        by=_actor(home, "bangong"), year=today.year, kind="town", occasion="yearly", topic="",
        core=core(),
    )  # fmt: skip
    # Inspectors read in the trail that a scheme is drafted, and its title; not what stands in it.
    criterion = draft.criteria.order_by("pk")[0]
    criterion.name = f"{word}SCHEMEDRAFTX"
    criterion.save()
    made.kwargs["scheme"] = {
        "published": {"scheme_id": published.pk},
        "draft": {"scheme_id": draft.pk},
        "other_county": {"scheme_id": over_there.scheme_id},
    }
    made.kwargs["assessment"] = {
        "running": {"assessment_id": running.pk},
        "preparing": {"assessment_id": preparing.pk},
        "other_county": {"assessment_id": over_there.pk},
    }
    for name, row, unit in (
        *((n, running, u) for n, u in SUBJECTS.items()),
        ("other_county", over_there, "县财政局"),
    ):
        world = home if row is running else away
        sheet = Sheet.objects.get(assessment=row, unit=world.units[unit])
        for score in sheet.scores.all():
            score.own, score.own_note = 1, f"{word}SHEET_{name.upper()}X"
            score.save()
        made.kwargs.setdefault("sheet", {})[name] = {"sheet_id": sheet.pk}
        if name in ("unit", "other_county"):
            made.kwargs.setdefault("appeal", {})[name] = {"appeal_id": _appeal(world, sheet).pk}
    for name, row, world in (("own", running, home), ("other_county", over_there, away)):
        publication = Publication(
            assessment=row, version=1, content="{}", digest="0" * 64,
            proposed_by=world.users["bangong"],
        )  # fmt: skip
        publication.save()
        made.kwargs.setdefault("publication", {})[name] = {"publication_id": publication.pk}
    _uses(made, word, {"own": running, "other_county": over_there})
    for name, world, is_counted in (
        ("closed", home, True),
        ("open", home, False),
        ("other_county", away, True),
    ):
        row = _ballot(world, is_counted=is_counted)
        made.kwargs.setdefault("ballot", {})[name] = {"ballot_id": row.pk}
    for name, world, year in (
        ("issued", home, today.year), ("desk", home, today.year - 1),
        ("other_county", away, today.year),
    ):  # fmt: skip
        made.texts["year_report", name] = f"{word}REPORT_{name.upper()}X"
        text = made.texts["year_report", name]
        report = _report(world, text, year, is_issued=name != "desk")
        made.kwargs.setdefault("year_report", {})[name] = {"report_id": report.pk}
    made.kwargs["year_report_file"] = {
        n: made.kwargs["year_report"][n] for n in ("issued", "other_county")
    }
    last = timezone.localdate().year - 1
    made.kwargs["closing"] = {
        name: {"closing_id": _closing(world, last).pk}
        for name, world in (("own", home), ("other_county", away))
    }


def _report(world: World, body: str, year: int, *, is_issued: bool) -> YearReport:
    values: dict[str, Any] = {}
    if is_issued:
        number = numbers.take(county=world.county, kind="report", year=year, for_="样张")
        file = files.store(
            county=world.county, name="考核报告.pdf", data=b"x", content_type=files.PDF
        )
        now = timezone.now()
        values = {
            "state": "issued", "approved_at": now, "approved_by": world.users["zhuren"],
            "digest": "0" * 64, "content": "{}", "number": number, "dated": now.date(),
            "issued_at": now, "issued_by": world.users["bangong"], "pdf": file,
        }  # fmt: skip
    data = {
        "year": year, "county": world.county.name, "issuer": world.county.issuer,
        "on": f"{year}-12-31", "rounds": [], "ballots": [], "facts": [],
    }  # fmt: skip
    row = YearReport(
        county=world.county, year=year, title="考核报告", addressee="县委常委会", body=body,
        data=data, drafted_by=world.users["bangong"], **values,
    )  # fmt: skip
    row.save()
    return row


def _uses(made: Scene, word: str, rounds: dict[str, Assessment]) -> None:
    """What was made of results: each entry's basis holds its word."""
    for name, of, unit in (
        ("unit", "own", "县财政局"),
        ("audit", "own", "县审计局"),
        ("other_county", "other_county", "县财政局"),
    ):
        world = made.home if of == "own" else made.away
        told = f"{word}USE_{name.upper()}X"
        row = ResultUse(
            county=world.county, year=rounds[of].year, kind="commend", basis=told, organ="县政府",
            sheet=Sheet.objects.get(assessment=rounds[of], unit=world.units[unit]),
            publication=Publication.objects.get(assessment=rounds[of]), result="第 1 名",
            used_on=timezone.localdate(), recorded_by=world.users["bangong"],
        )  # fmt: skip
        row.save()
        made.kwargs.setdefault("result_use", {})[name] = {"use_id": row.pk}
        made.texts["result_use", name] = told


def _closing(world: World, year: int) -> ClosedYear:
    """A year before, proposed by the clerk."""
    today = timezone.localdate()
    return closing.prepare(by=_actor(world, "bangong"), year=year, reason="已审定", on=today)


def _actor(world: World, username: str) -> Actor:
    user = User.objects.get(pk=world.users[username].pk)
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)


def _scheme(world: World, occasion: str) -> SchemeRow:
    row = schemes.draft(
        by=_actor(world, "bangong"), year=timezone.localdate().year, kind="body",
        occasion=occasion, topic="", core=core(),
    )  # fmt: skip
    return schemes.publish(by=_actor(world, "zhuren"), scheme=row)


def _open(world: World, scheme: SchemeRow, units: list[str]) -> Assessment:
    today = timezone.localdate()
    return assessments.open_round(
        by=_actor(world, "bangong"), scheme=scheme, self_due=today, review_due=today,
        keys=[f"u{world.units[name].pk}" for name in units], on=today,
    )  # fmt: skip


def _round(world: World, scheme: SchemeRow, subjects: dict[str, str]) -> Assessment:
    row, by = _open(world, scheme, list(subjects.values())), _actor(world, "bangong")
    team = assessments.set_team(
        by=by, assessment=row, team_id=None, name="第一组", user_ids=[world.users["zhuren"].pk]
    )
    assessments.assign(by=by, assessment=row, teams={s.pk: team.pk for s in row.sheets.all()})
    assessments.start_self(by=by, assessment=row, on=timezone.localdate())
    return assessments.start_review(
        by=by, assessment=row, on=timezone.localdate() + timedelta(days=1)
    )


def _ballot(world: World, *, is_counted: bool) -> Ballot:
    """About 县财政局, on paper, the office's head and the inspector as tellers."""
    clerk, today = _actor(world, "bangong"), timezone.localdate()
    row = ballots.prepare(
        by=clerk, year=today.year, on=today,
        draft=ballots.Draft(
            title="民主测评", group="干部职工", aspects="总体评价", options="满意 100\n不满意 0",
            subject=f"u{world.units['县财政局'].pk}", way="paper",
            teller_ids=(world.users["zhuren"].pk, world.users["jiwei"].pk),
        ),
    )  # fmt: skip
    ballot_slips.store(by=clerk, ballot=row, count=9, codes=[])
    row = ballots.open_ballot(by=clerk, ballot=row)
    if is_counted:
        for name in ("zhuren", "jiwei"):
            ballot_counting.enter(
                by=_actor(world, name), ballot=row, tally=Tally(8, 0, 0, ((7, 1),))
            )
        row = ballot_counting.close(by=clerk, ballot=row, on=today)
    return row


def _appeal(world: World, sheet: Sheet) -> Appeal:
    score = Score.objects.filter(sheet=sheet).first()
    assert score is not None
    row = Appeal(
        county=world.county, sheet=sheet, score=score, text="有记录", before=1,
        asked_by=world.users["caizheng"],
    )  # fmt: skip
    row.save()
    return row
