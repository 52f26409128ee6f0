"""年终考核报告 from draft to the sealed file; who may do what; what is refused."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accountability.models import AuditEvent, Job
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import files, jobs
from reports.models import Assessment, YearReport
from reports.selectors.verifying import of_code, of_file
from reports.services import endorsements, publications, year_reports
from reports.services.scoring import Mark
from reports.services.year_report_paper import paper
from tests.reports.assessment.rounds import GROUND, TODAY, actor, in_feedback, in_public, sheet_of
from tests.world import World

pytestmark = pytest.mark.django_db
ORDER = (
    ("bangong", "张敏"), ("zhuren", "韩书琴"), ("fuxianzhang", "周建平"), ("xianzhang", "陈志远"),
)  # fmt: skip
SignedIn = Callable[[str], Client]


@pytest.fixture
def published(world: World) -> Assessment:
    return in_public(world)


def drafted(world: World) -> YearReport:
    return year_reports.draft(by=actor(world, "bangong"), year=TODAY.year, on=TODAY)


def approved(world: World) -> YearReport:
    row = drafted(world)
    year_reports.submit(by=actor(world, "bangong"), report_id=row.pk)
    return year_reports.approve(by=actor(world, "zhuren"), report_id=row.pk, version=row.version)


def endorsed(world: World, row: YearReport) -> None:
    seats = [world.posts[name].pk for _, name in ORDER]
    asked = endorsements.ask(by=actor(world, "bangong"), report=row, kind="report", post_ids=seats)
    for name, _ in ORDER:
        endorsements.sign(
            by=actor(world, name), endorsement_id=asked.pk, opinion="同意", digest=asked.digest
        )


def test_nothing_published_nothing_drafted(world: World) -> None:
    in_feedback(world)
    with pytest.raises(WrongState, match="还没有公布"):
        drafted(world)
    assert not YearReport.objects.exists()


def test_it_is_drafted_from_the_published_results_once(world: World, published: Assessment) -> None:
    row = drafted(world)
    assert "柳河镇" in row.body
    by_meaning = {fact.meaning: fact.value for fact in row.facts}
    assert by_meaning["参加年度考核的对象"] == "3"
    assert by_meaning["乡镇最高得分"] == "98.00"
    assert row.data["rounds"][0]["teams"] == 1
    with pytest.raises(Conflict, match="已有考核报告"):
        drafted(world)


@pytest.mark.django_db(transaction=True)  # the seal is checked against links made at commit
def test_from_draft_to_the_sealed_file(
    world: World, published: Assessment, portal_keys: Path
) -> None:
    row = approved(world)
    assert row.digest
    with pytest.raises(WrongState, match="签字背书"):
        year_reports.issue(by=actor(world, "bangong"), report_id=row.pk, on=TODAY)
    endorsed(world, row)
    done = year_reports.issue(by=actor(world, "bangong"), report_id=row.pk, on=TODAY)
    assert done.number is not None
    assert done.number.text == f"试政报〔{TODAY.year}〕1号"
    job = jobs.run(Job.objects.get(kind="year_report_files").pk)
    assert job is not None
    done.refresh_from_db()
    assert done.pdf is not None, job.error
    assert done.docx is not None
    data = files.read(done.pdf)
    assert of_file(data).is_valid
    assert of_code(done.check_code).is_valid
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)
    assert "存证页" in text
    assert done.number.text in text
    assert files.read(done.docx).startswith(b"PK")
    for step in (
        lambda: year_reports.revise(
            by=actor(world, "bangong"), report_id=row.pk, title="改", addressee="改", body="改",
            version=row.version,
        ),
        lambda: year_reports.void(by=actor(world, "zhuren"), report_id=row.pk, reason="作废"),
    ):  # fmt: skip
        with pytest.raises(WrongState):
            step()
    told = set(AuditEvent.objects.filter(target_type="reports.yearreport").values_list(
        "action", flat=True
    ))  # fmt: skip
    assert {f"year_report.{s}" for s in ("draft", "submit", "approve", "issue", "files")} <= told


def test_the_same_frozen_text_gives_the_same_paper(world: World, published: Assessment) -> None:
    row = approved(world)
    first = paper(YearReport.objects.get(pk=row.pk))
    assert first == paper(YearReport.objects.get(pk=row.pk))
    row.content = row.content.replace("98.00", "99.00")
    with pytest.raises(WrongState, match="摘要不符"):
        paper(row)


def test_who_drafted_or_edited_does_not_approve(world: World, published: Assessment) -> None:
    row = drafted(world)
    row = year_reports.revise(
        by=actor(world, "zhuren"), report_id=row.pk, title=row.title, addressee=row.addressee,
        body=row.body + "\n另有99个单位。", version=row.version,
    )  # fmt: skip
    year_reports.submit(by=actor(world, "bangong"), report_id=row.pk)
    with pytest.raises(NotAllowed, match="他人审核"):
        year_reports.approve(by=actor(world, "zhuren"), report_id=row.pk, version=row.version)
    with pytest.raises(Conflict):
        year_reports.approve(by=actor(world, "xianzhang"), report_id=row.pk, version=1)
    with pytest.raises(NotAllowed):
        year_reports.approve(by=actor(world, "bangong"), report_id=row.pk, version=row.version)
    done = year_reports.approve(by=actor(world, "xianzhang"), report_id=row.pk, version=row.version)
    event = AuditEvent.objects.get(action="year_report.approve")
    assert "99个（没有来源）" in event.summary
    assert done.approved_by_id == world.users["xianzhang"].pk


def test_sent_back_it_thaws_and_must_be_endorsed_anew(
    world: World, published: Assessment, portal_keys: Path
) -> None:
    row = approved(world)
    endorsed(world, row)
    with pytest.raises(Invalid, match="原因"):
        year_reports.send_back(by=actor(world, "zhuren"), report_id=row.pk, reason=" ")
    year_reports.send_back(by=actor(world, "zhuren"), report_id=row.pk, reason="补充数据")
    row.refresh_from_db()
    assert (row.state, row.digest, row.approved_by_id) == ("draft", "", None)
    assert row.endorsements.get().state == "void"
    year_reports.submit(by=actor(world, "bangong"), report_id=row.pk)
    year_reports.approve(by=actor(world, "zhuren"), report_id=row.pk, version=row.version)
    with pytest.raises(WrongState, match="签字背书"):
        year_reports.issue(by=actor(world, "bangong"), report_id=row.pk, on=TODAY)


def test_a_correction_after_drafting_is_not_approved(world: World, published: Assessment) -> None:
    row = drafted(world)
    year_reports.submit(by=actor(world, "bangong"), report_id=row.pk)
    waiting = publications.correct(
        by=actor(world, "bangong"), sheet=sheet_of(published, "柳河镇"), on=TODAY,
        marks={"1.2": Mark(Decimal(30), "核实后更正", GROUND)},
        reason="复查发现",
    )  # fmt: skip
    publications.decide(
        by=actor(world, "zhuren"), publication=waiting, is_approved=True, decision="",
        digest=waiting.digest, on=TODAY,
    )  # fmt: skip
    with pytest.raises(WrongState, match="重拟"):
        year_reports.approve(by=actor(world, "zhuren"), report_id=row.pk, version=row.version)
    anew = year_reports.draft_anew(
        by=actor(world, "bangong"), report_id=row.pk, version=row.version, on=TODAY
    )
    assert anew.data["rounds"][0]["version"] == 2


def test_units_do_not_see_it_and_deciders_only_what_was_submitted(
    world: World, published: Assessment
) -> None:
    row = drafted(world)

    def sees(name: str) -> bool:
        return YearReport.objects.visible_to(world.users[name]).filter(pk=row.pk).exists()

    assert [sees(n) for n in ("bangong", "zhuren", "xianzhang", "jiwei", "liuhe")] == [
        True, True, False, False, False,
    ]  # fmt: skip
    year_reports.submit(by=actor(world, "bangong"), report_id=row.pk)
    assert [sees(n) for n in ("xianzhang", "jiwei", "liuhe")] == [True, False, False]
    with pytest.raises(NotFound):
        year_reports.submit(by=actor(world, "liuhe"), report_id=row.pk)


def test_the_pages_from_nothing_to_approved(
    world: World, signed_in: SignedIn, published: Assessment
) -> None:
    client = signed_in("bangong")
    of_year = reverse("year_report_of", args=[TODAY.year])
    assert "按考核结果起草" in client.get(of_year).content.decode()
    made = client.post(reverse("year_report_new", args=[TODAY.year]))
    row = YearReport.objects.get()
    assert made.headers["Location"] == reverse("year_report", args=[row.pk])
    page = client.get(made.headers["Location"]).content.decode()
    assert "<svg" in page
    assert "乡镇平均得分" in page
    again = client.post(reverse("year_report_new", args=[TODAY.year]))
    assert again.status_code == 409
    refused = client.post(
        reverse("year_report_edit", args=[row.pk]),
        {"title": "", "addressee": "县委", "body": "新写的", "version": row.version},
    )
    assert refused.status_code == 422
    assert "新写的" in refused.content.decode()
    client.post(reverse("year_report_move", args=[row.pk]), {"step": "submit"})
    head = signed_in("zhuren")
    done = head.post(
        reverse("year_report_decide", args=[row.pk]), {"step": "approve", "version": row.version}
    )
    assert done.status_code == 302
    row.refresh_from_db()
    assert row.state == "approved"
    assert "送签" in client.get(reverse("year_report", args=[row.pk])).content.decode()
    assert signed_in("liuhe").get(reverse("year_report", args=[row.pk])).status_code == 404


def test_the_page_asks_as_often_whatever_there_is(
    world: World, signed_in: SignedIn, published: Assessment
) -> None:
    row = drafted(world)
    client, url = signed_in("bangong"), reverse("year_report", args=[row.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    assert len(seen) <= 30


def test_the_command_writes_the_report_or_says_why_not(
    world: World, published: Assessment, tmp_path: Path
) -> None:
    pdf, docx = tmp_path / "r.pdf", tmp_path / "r.docx"
    with pytest.raises(CommandError, match="没有年终考核报告"):
        call_command("year_report", year=TODAY.year, pdf=str(pdf))
    drafted(world)
    out = StringIO()
    call_command("year_report", year=TODAY.year, pdf=str(pdf), docx=str(docx), stdout=out)
    assert pdf.read_bytes().startswith(b"%PDF-")
    assert docx.read_bytes().startswith(b"PK")
    assert "未印发" in out.getvalue()
