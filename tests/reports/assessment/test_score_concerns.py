"""评分改动 among the 监督关注点: points in the place of given ones, not the first ones."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from accountability.models import AuditEvent, Concern
from reports.services import appeals, scoring
from reports.services.scoring import Mark
from tests.reports.assessment.rounds import (
    GROUND,
    TODAY,
    actor,
    in_review,
    score,
    sheet_of,
)
from tests.world import World

pytestmark = pytest.mark.django_db


def last() -> AuditEvent:
    return AuditEvent.objects.latest("id")


def test_points_given_anew_are_one_and_the_first_are_none(world: World) -> None:
    row = in_review(world)
    sheet = score(world, sheet_of(row, "柳河镇"), p1_2="38")
    assert (last().action, last().concern) == ("sheet.score", "")
    sheet = score(world, sheet, p1_2="38")
    assert (last().action, last().concern) == ("sheet.score", "")
    sheet = score(world, sheet, p1_2="37")
    assert (last().action, last().concern) == ("sheet.score", Concern.SCORE_CHANGED)
    veto = {"否1": Mark(None, "被问责", GROUND)}
    sheet = score(world, sheet, vetoes=veto, p1_2="37")
    assert last().concern == Concern.SCORE_CHANGED
    sheet = score(world, sheet, p1_2="37")
    assert last().concern == Concern.SCORE_CHANGED  # the veto is taken out again


def test_approving_other_points_sending_back_and_appeals_are_ones(
    world: World, signed_in: object
) -> None:
    row = in_review(world)
    sheet = score(world, sheet_of(row, "柳河镇"), p1_2="38")
    by = actor(world, "zhuren")
    done = scoring.approve(by=by, sheet=sheet, marks={}, version=sheet.version, on=TODAY)
    assert (last().action, last().concern) == ("sheet.approve", "")
    back = scoring.send_back(by=by, sheet=done, reason="再核", on=TODAY)
    assert (last().action, last().concern) == ("sheet.return", Concern.RETURNED)
    scoring.approve(
        by=by, sheet=back, marks={"1.2": Mark(Decimal(39), "补交", GROUND)},
        version=back.version, on=TODAY,
    )  # fmt: skip
    assert (last().action, last().concern) == ("sheet.approve", Concern.SCORE_CHANGED)
    for name in ("石桥镇", "长岭乡"):
        score(world, sheet_of(row, name), p1_2="36")
    scoring.approve_all(by=by, assessment_id=row.pk, on=TODAY)
    assert (last().action, last().concern) == ("sheet.approve", "")
    from reports.services import assessments

    assessments.feed_back(by=actor(world, "bangong"), assessment=row, on=TODAY)
    made = appeals.make(
        by=actor(world, "liuhe"), sheet=sheet_of(row, "柳河镇"), code="1.2", text="x", on=TODAY
    )
    appeals.decide(
        by=actor(world, "xianzhang"), appeal=made, mark=Mark(Decimal(40), "", GROUND),
        decision="属实", on=TODAY,
    )  # fmt: skip
    event = last()
    assert (event.action, event.concern) == ("appeal.decide", Concern.SCORE_CHANGED)
    client = signed_in("jiwei")  # type: ignore[operator]
    page = client.get(reverse("audit")).content.decode()
    assert "concern=score_changed" in page
    found = client.get(reverse("audit"), {"concern": "score_changed"}).content.decode()
    assert event.summary in found
    # From the event the inspector is one click from the sheet's own trail.
    assert reverse("audit_object", args=["sheet", event.target_id]) in found
