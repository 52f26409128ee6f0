"""A round of two departments and three towns under a small scheme, at any step."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from accountability.door import Actor
from accountability.models import User
from reports.assessment import Quota, Scheme
from reports.models import Assessment, Sheet
from reports.models import Scheme as SchemeRow
from reports.services import assessments, publications, schemes, scoring
from reports.services.scoring import Mark
from tests.world import World

from .schemes import BANDS, criterion

TODAY = timezone.localdate()
GROUND = ("通报〔2026〕5号",)


def actor(world: World, username: str) -> Actor:
    user = User.objects.get(pk=world.users[username].pk)
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)


def core(**changes: object) -> Scheme:
    """任务 60 by rule, 材料 40 by the team, an extra, a deduction, a veto."""
    values: dict[str, object] = {
        "title": "试行考核方案",
        "criteria": (
            criterion("1", "part"),
            criterion("1.1", "score", "1", points=60, method="rule", rule="tasks_in_time"),
            criterion("1.2", "score", "1", points=40, standard="缺一项扣 2 分"),
            criterion("加1", "add", points=3),
            criterion("扣1", "deduct", points=5),
            criterion("否1", "veto"),
        ),
        "bands": BANDS,
        "quota": Quota("优秀", Decimal(40)),
        "veto_grade": "较差",
        "add_cap": Decimal(2),
        **changes,
    }
    return Scheme(**values)  # type: ignore[arg-type]


def published(
    world: World, *, kind: str = "town", year: int = TODAY.year, made: Scheme | None = None
) -> SchemeRow:
    """A scheme drafted by the clerk, published by the head."""
    row = schemes.draft(
        by=actor(world, "bangong"), year=year, kind=kind, occasion="yearly", topic="",
        core=made or core(),
    )  # fmt: skip
    return schemes.publish(by=actor(world, "zhuren"), scheme=row)


def prepared(
    world: World, *, kind: str = "town", keys: list[str] | None = None, on: date = TODAY
) -> Assessment:
    """A round with one team (审计局's and the office's heads) that has every sheet."""
    scheme = published(world, kind=kind)
    names = {"town": ["柳河镇", "石桥镇", "长岭乡"], "department": ["县财政局", "县政府办公室"]}
    row = assessments.open_round(
        by=actor(world, "bangong"), scheme=scheme, self_due=on + timedelta(days=10),
        review_due=on + timedelta(days=20), on=on,
        keys=keys or [f"u{world.units[n].pk}" for n in names[kind]],
    )  # fmt: skip
    team = assessments.set_team(
        by=actor(world, "bangong"), assessment=row, team_id=None, name="第一组",
        user_ids=[world.users["jiwei"].pk],
    )  # fmt: skip
    assessments.assign(
        by=actor(world, "bangong"), assessment=row, teams={s.pk: team.pk for s in row.sheets.all()}
    )
    return row


def in_self(world: World, **options: object) -> Assessment:
    row = prepared(world, **options)  # type: ignore[arg-type]
    return assessments.start_self(by=actor(world, "bangong"), assessment=row, on=TODAY)


def in_review(world: World, **options: object) -> Assessment:
    row = in_self(world, **options)
    return assessments.start_review(
        by=actor(world, "bangong"), assessment=row, on=row.self_due + timedelta(days=1)
    )


def sheet_of(row: Assessment, name: str) -> Sheet:
    return Sheet.objects.select_related("assessment__scheme", "post", "team").get(
        assessment=row, name=name
    )


def score(
    world: World,
    sheet: Sheet,
    by: str = "jiwei",
    vetoes: dict[str, Mark] | None = None,
    **points: str,
) -> Sheet:
    """The team's marks; a name like p1_2 is 1.2; each with a reason and a ground."""
    marks = {
        code.removeprefix("p").replace("_", "."): Mark(Decimal(v), "缺记录", GROUND)
        for code, v in points.items()
    }
    sheet.refresh_from_db()
    return scoring.team_score(
        by=actor(world, by), sheet=sheet, marks={"1.1": Mark(Decimal(60)), **marks},
        vetoes=vetoes or {}, version=sheet.version, is_complete=True, on=TODAY,
    )  # fmt: skip


def in_feedback(world: World, totals: dict[str, str] | None = None) -> Assessment:
    """Towns scored (1.2 of each), approved by the head, fed back today."""
    row = in_review(world)
    for name, value in (totals or {"柳河镇": "38", "石桥镇": "36.5", "长岭乡": "36.5"}).items():
        score(world, sheet_of(row, name), p1_2=value)
    scoring.approve_all(by=actor(world, "zhuren"), assessment_id=row.pk, on=TODAY)
    return assessments.feed_back(by=actor(world, "bangong"), assessment=row, on=TODAY)


def in_public(world: World, totals: dict[str, str] | None = None) -> Assessment:
    row = in_feedback(world, totals)
    assert row.appeal_due is not None
    after = row.appeal_due + timedelta(days=1)
    waiting = publications.propose(by=actor(world, "bangong"), assessment=row, on=after)
    publications.decide(
        by=actor(world, "zhuren"), publication=waiting, is_approved=True, decision="",
        digest=waiting.digest, on=after,
    )  # fmt: skip
    row.refresh_from_db()
    return row
