"""轨迹 of schemes, rounds, sheets, ballots and uses of results."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from accountability.models import User
from accountability.selectors import object_trail
from reports.models import Assessment, Ballot, ResultUse, Scheme, Sheet

from . import assessments, ballots, result_uses, schemes, sheets


def _scheme(user: User, row: Scheme) -> object_trail.Subject:
    return object_trail.Subject(str(row), reverse("scheme", args=[row.pk]), schemes.events_of(row))


def _assessment(user: User, row: Assessment) -> object_trail.Subject:
    url = reverse("assessment", args=[row.pk])
    return object_trail.Subject(str(row), url, assessments.events_of(row))


def _sheet(user: User, row: Sheet) -> object_trail.Subject:
    return object_trail.Subject(row.name, reverse("sheet", args=[row.pk]), sheets.events_of(row))


def _ballot(user: User, row: Ballot) -> object_trail.Subject:
    return object_trail.Subject(str(row), reverse("ballot", args=[row.pk]), ballots.events_of(row))


def _result_use(user: User, row: ResultUse) -> object_trail.Subject:
    url = reverse("result_uses", args=[row.year])
    return object_trail.Subject(str(row), url, result_uses.events_of(row))


def _visible(model: Any) -> Any:
    return lambda user: model.objects.visible_to(user)


object_trail.register("scheme", "考核方案", Scheme, visible=_visible(Scheme), subject=_scheme)
object_trail.register(
    "assessment", "考核", Assessment, visible=_visible(Assessment), subject=_assessment
)
object_trail.register("sheet", "评分表", Sheet, visible=_visible(Sheet), subject=_sheet)
object_trail.register("ballot", "测评", Ballot, visible=_visible(Ballot), subject=_ballot)
object_trail.register(
    "result_use", "结果运用", ResultUse, visible=_visible(ResultUse), subject=_result_use
)
