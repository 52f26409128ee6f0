"""The pages of 考核: constant queries, what is typed stays when refused, the demo's rounds."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.assessment import recompute, standalone
from reports.models import Assessment, Ballot, Publication, YearReport
from reports.services import assessments
from tests.task_factory import make_tasks
from tests.world import World

from .rounds import TODAY, actor, in_public, in_review, published, sheet_of

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]


def queries(client: Client, url: str) -> int:
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_scoring_page_asks_as_often_whatever_there_is(
    world: World, signed_in: SignedIn
) -> None:
    make_tasks(world, 2, year=TODAY.year, due=TODAY, prefix="一")
    row = in_review(world)
    url = reverse("sheet", args=[sheet_of(row, "柳河镇").pk])
    client = signed_in("jiwei")
    few = queries(client, url)
    make_tasks(world, 60, year=TODAY.year, due=TODAY, prefix="二", title="补充意见")
    assessments.recount(by=actor(world, "bangong"), assessment=row, on=row.review_due)
    assert queries(client, url) == few
    assert few <= 45


@pytest.mark.parametrize("tab", ["sheets", "teams", "rank", "check"])
def test_every_tab_opens_before_and_after_publication(
    world: World, signed_in: SignedIn, tab: str
) -> None:
    row = in_public(world)
    for who in ("bangong", "jiwei", "liuhe", "xianzhang"):
        page = signed_in(who).get(reverse("assessment", args=[row.pk]), {"tab": tab})
        assert page.status_code == 200
    if tab == "rank":
        assert "98.00" in page.content.decode()


def test_what_was_typed_stays_when_it_is_refused(world: World, signed_in: SignedIn) -> None:
    row = in_review(world)
    sheet = sheet_of(row, "柳河镇")
    client = signed_in("jiwei")
    sent = {"points:1.1": "60", "points:1.2": "３８．５", "reason:1.2": "缺记录", "version": "1"}
    page = client.post(reverse("sheet_score", args=[sheet.pk]), sent)
    assert page.status_code == 422
    text = page.content.decode()
    assert "1.2 与满分 40.00 不一致，请填写依据" in text
    assert 'value="缺记录"' in text
    following = sheet_of(row, "石桥镇")
    done = client.post(
        reverse("sheet_score", args=[sheet.pk]),
        {**sent, "base:1.2": "通报5号；说明1号", "next": following.pk},
    )
    assert done["Location"] == reverse("sheet", args=[following.pk])
    assert [b["label"] for b in sheet.scores.get(criterion__code="1.2").team_bases] == [
        "通报5号", "说明1号",
    ]  # fmt: skip


def test_the_package_recomputes_without_the_portal(world: World, signed_in: SignedIn) -> None:
    row = in_public(world)
    made = Publication.objects.get(assessment=row)
    answer = signed_in("bangong").get(reverse("publication_package", args=[made.pk]))
    data = b"".join(answer.streaming_content)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        package = archive.read("package.json").decode()
        assert "import" in archive.read("recompute_assessment.py").decode()
    results, wrong = recompute(package)
    assert wrong == []
    assert standalone.results(json.loads(package)) == {
        r.key: (str(r.total), r.graded.rank, r.graded.grade) for r in results if r.graded
    }


def test_a_scheme_is_edited_and_brought_in_on_its_pages(world: World, signed_in: SignedIn) -> None:
    client = signed_in("bangong")
    year = TODAY.year
    made = client.post(
        reverse("scheme_new", args=[year]),
        {"kind": "department", "occasion": "yearly", "topic": "", "example": "department"},
    )
    page = client.get(made["Location"])
    assert "任务按时办结" in page.content.decode()
    assert "100%" not in page.content.decode()
    twice = client.post(
        reverse("scheme_new", args=[year]),
        {"kind": "department", "occasion": "yearly", "topic": "", "example": "department"},
    )
    assert twice.status_code in (409, 422)
    row = published(world)
    data = b"".join(client.get(reverse("scheme_xlsx", args=[row.pk])).streaming_content)
    file = io.BytesIO(data)
    file.name = "方案.xlsx"
    brought = client.post(reverse("scheme_import", args=[year - 1]), {"file": file})
    assert brought.status_code == 302
    assert "试行考核方案" in client.get(brought["Location"]).content.decode()


def test_the_demo_has_a_closed_and_a_running_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", "unused-7421-demo")
    call_command("load_demo", skip_letters=True, stdout=io.StringIO())
    report = YearReport.objects.get()
    assert (report.state, report.year) == ("approved", TODAY.year - 1)
    closed = Assessment.objects.get(year=TODAY.year - 1)
    assert (closed.state, closed.kind) == ("published", "town")
    assert recompute(Publication.objects.get(assessment=closed).content)[1] == []
    assert len({s.total for s in closed.sheets.all()}) > 3
    running = Assessment.objects.get(year=TODAY.year)
    assert running.state == "review"
    assert running.sheets.filter(state="scored").exists()
    ballots = {b.state: b for b in Ballot.objects.all()}
    assert set(ballots) == {"closed", "open"}
    assert ballots["closed"].valid == 23
    assert ballots["closed"].score is not None
    assert ballots["open"].tellers.count() == 2
