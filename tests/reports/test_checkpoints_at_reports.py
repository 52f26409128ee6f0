"""A checkpoint is written at each report: after it stands, and never in its way."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from accountability.trail import checkpoints
from reports.models import BulletinState
from reports.services import bulletins, publications, year_reports
from tests.accountability.ledger.test_triggers import settle
from tests.reports.assessment.rounds import in_feedback, in_public
from tests.reports.year_report import test_reports as of_year
from tests.tasks.rounds import YEAR, actor, running
from tests.world import World

pytestmark = pytest.mark.django_db
LATE = date(YEAR, 4, 20)


@pytest.fixture(autouse=True)
def outside(tmp_path: Path, settings: Any) -> Path:
    settings.LEDGER_KEY_FILE = str(tmp_path / "key")
    settings.LEDGER_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    return tmp_path


def approved(world: World) -> int:
    """A bulletin that waits for its approval; its id."""
    campaign = running(world)
    row = bulletins.draft_of_campaign(by=actor(world, "bangong"), campaign_id=campaign.pk, on=LATE)
    bulletins.submit(by=actor(world, "bangong"), bulletin_id=row.pk)
    return int(row.pk)


def test_the_issue_of_a_bulletin_is_followed_by_one(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    pk = approved(world)
    assert checkpoints.all_checkpoints() == []
    with django_capture_on_commit_callbacks(execute=True):
        bulletins.issue(by=actor(world, "zhuren"), bulletin_id=pk, on=LATE)
        assert checkpoints.all_checkpoints() == []
        settle()
    assert [c.cause for c in checkpoints.all_checkpoints()] == ["通报"]


def test_what_cannot_be_written_does_not_take_the_report_back(
    world: World,
    outside: Path,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    pk = approved(world)
    (outside / "checkpoints.jsonl").mkdir()
    with django_capture_on_commit_callbacks(execute=True):
        row = bulletins.issue(by=actor(world, "zhuren"), bulletin_id=pk, on=LATE)
        settle()
    row.refresh_from_db()
    assert row.state == BulletinState.ISSUED
    assert "no checkpoint after 通报" in caplog.text


def test_the_publication_of_results_is_followed_by_one_and_a_refusal_by_none(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = in_feedback(world)
    assert row.appeal_due is not None
    after = row.appeal_due + timedelta(days=1)
    for is_approved, causes in ((False, []), (True, ["考核结果"])):
        asked = publications.propose(by=actor(world, "bangong"), assessment=row, on=after)
        with django_capture_on_commit_callbacks(execute=True):
            publications.decide(
                by=actor(world, "zhuren"), publication=asked, is_approved=is_approved,
                decision="再核", digest=asked.digest, on=after,
            )  # fmt: skip
            settle()
        assert [c.cause for c in checkpoints.all_checkpoints()] == causes


def test_the_issue_of_the_years_report_is_followed_by_one(
    world: World, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    in_public(world)
    row = of_year.approved(world)
    of_year.endorsed(world, row)
    with django_capture_on_commit_callbacks(execute=True):
        year_reports.issue(by=actor(world, "bangong"), report_id=row.pk, on=of_year.TODAY)
        settle()
    assert [c.cause for c in checkpoints.all_checkpoints()] == ["年终报告"]
