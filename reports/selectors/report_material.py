"""What a year's report is drafted from: the published results, and what the rows say of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from accountability.models import County
from accountability.refusals import WrongState
from reports.assessment import BadPackage, shown
from reports.models import (
    Appeal,
    AppealState,
    Assessment,
    Ballot,
    BallotState,
    Publication,
    PublicationState,
    TeamMember,
)
from reports.models.scheme import Occasion, SubjectKind
from reports.year_report.material import Material, read

_ORDER = {kind: place for place, kind in enumerate(SubjectKind.values)}


def publications_of(county: County, year: int) -> list[Publication]:
    """The results that count of the year's year-end rounds, by kind. One query."""
    rows = Publication.objects.filter(
        assessment__county=county,
        assessment__year=year,
        assessment__occasion=Occasion.YEARLY,
        state=PublicationState.PUBLISHED,
    ).select_related("assessment")
    return sorted(rows, key=lambda row: (_ORDER[row.assessment.kind], row.pk))


def noted(county: County, year: int, *, on: date) -> dict[str, Any]:
    """What the report notes at drafting. Six queries whatever there is.

    Raises `WrongState` when nothing of the year is published.
    """
    rows = publications_of(county, year)
    if not rows:
        raise WrongState(f"{year}年度还没有公布的年终考核结果，公布后再起草报告。")
    ids = [row.assessment_id for row in rows]
    counts = {
        row.pk: row
        for row in Assessment.objects.filter(pk__in=ids).annotate(
            groups=Count("teams", distinct=True),
            own=Count("sheets", filter=Q(sheets__self_at__isnull=False), distinct=True),
        )
    }
    members = _by_round(
        TeamMember.objects.filter(team__assessment__in=ids, is_out=False).order_by(),
        "team__assessment_id",
        "user_id",
    )
    appeals = Appeal.objects.filter(sheet__assessment__in=ids).order_by()
    asked = _by_round(appeals, "sheet__assessment_id", "pk")
    changed = _by_round(appeals.filter(state=AppealState.CHANGED), "sheet__assessment_id", "pk")
    return {
        "year": year,
        "county": county.name,
        "issuer": county.issuer,
        "on": on.isoformat(),
        "rounds": [
            {
                "publication": row.pk,
                "digest": row.digest,
                "version": row.version,
                "title": row.assessment.title,
                "own": counts[row.assessment_id].own,
                "teams": counts[row.assessment_id].groups,
                "members": members.get(row.assessment_id, 0),
                "appeals": asked.get(row.assessment_id, 0),
                "changed": changed.get(row.assessment_id, 0),
                "counted_on": _iso(row.assessment.counted_on),
                "published_on": _iso(
                    timezone.localdate(row.decided_at) if row.decided_at else None
                ),
            }
            for row in rows
        ],
        "ballots": _ballots(county, year),
    }


def _by_round(rows: Any, key: str, what: str) -> dict[int, int]:
    return dict(rows.values_list(key).annotate(n=Count(what, distinct=True)))


def _ballots(county: County, year: int) -> list[dict[str, Any]]:
    """The year's counted ballots; of a group that was too small no figures of votes."""
    rows = Ballot.objects.filter(county=county, year=year, state=BallotState.CLOSED)
    return [
        {
            "title": row.title,
            "subject": row.subject,
            "group": row.group,
            "issued": row.issued,
            "returned": row.returned,
            "valid": row.valid,
            "spoiled": row.spoiled,
            "abstained": row.abstained,
            "score": shown(row.score) if row.score is not None else None,
        }
        for row in rows.order_by("id")
    ]


def material_of(data: Mapping[str, Any]) -> Material:
    """The material that was noted, from the frozen packages. One query.

    Raises `WrongState` where a package is not what was noted.
    """
    ids = [row["publication"] for row in data["rounds"]]
    texts = dict(Publication.objects.filter(pk__in=ids).values_list("pk", "content"))
    try:
        return read(data, [texts.get(pk, "") for pk in ids])
    except BadPackage as error:
        raise WrongState(f"考核结果与报告不符：{error}。请联系监督检查人员核对。") from error


def is_behind(county: County, data: Mapping[str, Any], year: int) -> bool:
    """Whether results were published or corrected since the report was drafted."""
    now = {row.digest for row in publications_of(county, year)}
    return now != {row["digest"] for row in data["rounds"]}


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
