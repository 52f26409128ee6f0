"""测评 as the pages show it: who came back is counted, never what was chosen, until the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accountability.access import Action, scope_for
from accountability.models import AuditEvent, Duty, DutyKind, User
from accountability.selectors import object_trail
from reports.assessment import Method, shown
from reports.assessment.ballots import (
    Outcome,
    Tally,
    differences_of,
    matrix_of,
    outcome,
    set_digest,
)
from reports.models import (
    Ballot,
    BallotBlank,
    BallotState,
    BallotTally,
    BallotWay,
    Criterion,
    Sheet,
    SheetState,
    SubjectKind,
)
from reports.selectors.assessment_subjects import candidates
from reports.services.ballot_counting import entered

SMALL_STATES = (SheetState.WAITING, SheetState.SELF)


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option of one aspect: how many and what part of the valid votes, as they are shown."""

    name: str
    count: int
    share: str


def list_page(user: User, year: int) -> dict[str, Any]:
    """The year's ballots. Two queries."""
    came = (
        BallotBlank.objects.filter(ballot=OuterRef("pk"))
        .exclude(choices="")
        .order_by()
        .values("ballot")
        .annotate(n=Count("pk"))
        .values("n")
    )
    rows = (
        Ballot.objects.visible_to(user)
        .filter(year=year)
        .annotate(came=Coalesce("returned", Subquery(came), 0))
        .order_by("-id")
    )
    return {"rows": list(rows), "may_edit": scope_for(user).may(Action.ASSESS_EDIT)}


def years(user: User) -> list[int]:
    """The years with a ballot that the user sees."""
    rows = Ballot.objects.visible_to(user).order_by().values_list("year", flat=True).distinct()
    return list(rows)


def page(user: User, ballot: Ballot) -> dict[str, Any]:
    """One ballot at its step. The number of queries is constant."""
    scope = scope_for(user)
    tellers = list(ballot.tellers.select_related("user__person", "tally"))
    has_entered = {t.pk for t in tellers if _has_entered(t)}
    found = result(ballot)
    differences: list[str] = []
    if ballot.state == BallotState.OPEN and len(has_entered) == len(tellers) == 2:
        differences = differences_of(ballot.form, *entered(ballot))
    return {
        "came": came_back(ballot),
        "tellers": [(t, t.pk in has_entered) for t in tellers],
        "is_teller": any(t.user_id == user.pk for t in tellers),
        "differences": differences,
        "found": found,
        "aspects": _aspect_rows(ballot, found),
        "is_whole": is_whole(ballot),
        "options": [str(o) for o in ballot.form.options],
        "may_edit": scope.may(Action.ASSESS_EDIT),
        "trail": object_trail.inline(user, "ballot", ballot.pk, events_of(ballot)),
    }


def _has_entered(teller: Any) -> bool:
    try:
        return teller.tally is not None
    except BallotTally.DoesNotExist:
        return False


def came_back(ballot: Ballot) -> int | None:
    """How many came back so far; of papers nothing is known before they are counted."""
    if ballot.returned is not None or ballot.state != BallotState.OPEN:
        return ballot.returned
    if ballot.way == BallotWay.PAPER:
        return None
    return BallotBlank.objects.filter(ballot=ballot).exclude(choices="").count()


def result(ballot: Ballot) -> Outcome | None:
    """The result, counted anew from the sealed votes; None where there is none to show."""
    if not ballot.is_shown:
        return None
    rows = ballot.sealed_votes.order_by().values_list("aspect", "option")
    tally = Tally(
        ballot.returned or 0,
        ballot.spoiled or 0,
        ballot.abstained or 0,
        matrix_of(ballot.form, rows),
    )
    return outcome(ballot.form, tally, issued=ballot.issued, smallest=ballot.smallest)


def is_whole(ballot: Ballot) -> bool:
    """Whether the sealed votes are those whose digest the ledger took at the closing."""
    if ballot.state != BallotState.CLOSED:
        return True
    rows = ballot.sealed_votes.order_by().values_list("key", "aspect", "option")
    return set_digest(rows) == ballot.digest


def _aspect_rows(ballot: Ballot, found: Outcome | None) -> list[dict[str, Any]]:
    if found is None or not found.valid:
        return []
    return [
        {
            "name": a.name,
            "score": shown(a.score),
            "how": a.how,
            "left_open": a.left_open,
            "options": [
                OptionRow(o["name"], n, f"{100 * n / found.valid:.1f}%")
                for o, n in zip(ballot.options, a.chosen, strict=True)
            ],
        }
        for a in found.aspects
    ]


def places(user: User) -> list[tuple[str, str]]:
    """(sheet:criterion, words) of what may be scored by a new ballot. Two queries."""
    sheets = (
        Sheet.objects.visible_to(user)
        .filter(assessment__state__in=["preparing", "self", "review"], state__in=SMALL_STATES)
        .select_related("assessment")
        .order_by("assessment_id", "position")
    )
    rows = list(sheets)
    by_scheme: dict[int, list[Criterion]] = {}
    wanted = {s.assessment.scheme_id for s in rows}
    for criterion in Criterion.objects.filter(
        scheme_id__in=wanted, method=Method.BALLOT.value
    ).order_by("position"):
        by_scheme.setdefault(criterion.scheme_id, []).append(criterion)
    return [
        (f"{s.pk}:{c.pk}", f"{s.assessment} {s.name}：{c}")
        for s in rows
        for c in by_scheme.get(s.assessment.scheme_id, ())
    ]


def subjects(county_id: int, *, on: date) -> list[tuple[str, str]]:
    """Units and seats that a ballot may be about."""
    kinds = (SubjectKind.TOWN, SubjectKind.DEPARTMENT, SubjectKind.BODY, SubjectKind.OFFICIAL)
    found: dict[str, str] = {}
    for kind in kinds:
        for candidate in candidates(county_id, kind, on=on):
            found.setdefault(candidate.key, candidate.name)
    return list(found.items())


def duty_of(user: User, duty_id: int) -> Duty | None:
    """The 述责述廉 that a new ballot belongs to."""
    rows = Duty.objects.visible_to(user).filter(kind=DutyKind.ACCOUNT)
    found: Duty | None = (
        rows.select_related("rule", "unit", "post__unit").filter(pk=duty_id).first()
    )
    return found


def events_of(ballot: Ballot) -> QuerySet[AuditEvent]:
    """What was done to a ballot; of votes there is no event."""
    return AuditEvent.objects.filter(target_type="reports.ballot", target_id=ballot.pk)
