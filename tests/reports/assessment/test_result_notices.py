"""反馈书: what it says, who gets it, all of a year as one file, and 整改 from its deductions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import acting
from accountability.models import AuditEvent, Job, JobState, LedgerRow
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.services import files, jobs
from reports.models import Assessment, Score, Sheet, SheetFinding
from reports.selectors import result_notices as selector
from reports.services import follow_ups
from reports.services import result_notices as service
from tasks.models import Finding, FindingState
from tasks.services import findings
from tests.world import World

from .rounds import TODAY, actor, in_feedback, in_public, sheet_of

pytestmark = pytest.mark.django_db
SignedIn = Callable[[str], Client]
DUE = TODAY + timedelta(days=30)


def done(job: Job) -> Job:
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    return job


def notice_of(sheet: Sheet) -> selector.Notice:
    return selector.notices([sheet])[sheet.pk]


def town(row: Assessment, name: str = "柳河镇") -> Sheet:
    return sheet_of(row, name)


def test_it_says_score_rank_grade_and_every_deduction(world: World) -> None:
    row = in_public(world)
    notice = notice_of(town(row))
    assert (notice.total, notice.rank, notice.count, notice.is_tied) == ("98.00", 1, 3, False)
    (line,) = notice.lines
    assert line.deduction.code == "1.2"
    assert line.points == ("40.00", "38.00", "2.00")
    assert line.reason == "缺记录"
    assert line.grounds == ("通报〔2026〕5号",)
    assert notice_of(town(row, "石桥镇")).is_tied
    paper = service.paper_of(notice)
    text = "\n".join(paper.texts())
    for said in ("98.00分", "3个乡镇中列第1名", "1.2", "缺记录", "通报〔2026〕5号"):
        assert said in text
    assert paper.addressee == "柳河镇"
    assert paper.dated is not None


def test_there_is_none_before_publication(world: World, signed_in: SignedIn) -> None:
    sheet = town(in_feedback(world))
    assert selector.notices([sheet]) == {}
    with pytest.raises(WrongState, match="公布以后"):
        service.ask(by=actor(world, "liuhe"), sheet=sheet, kind="pdf")
    page = signed_in("liuhe").get(reverse("sheet_notice", args=[sheet.pk]))
    assert "结果公布以后才有反馈书" in page.content.decode()


def test_a_subject_has_its_own_and_no_other(world: World, signed_in: SignedIn) -> None:
    row = in_public(world)
    client = signed_in("liuhe")
    own, other = town(row), town(row, "石桥镇")
    assert "缺记录" in client.get(reverse("sheet_notice", args=[own.pk])).content.decode()
    assert client.get(reverse("sheet_notice", args=[other.pk])).status_code == 404
    assert client.post(reverse("sheet_notice_file", args=[other.pk, "pdf"])).status_code == 404
    with pytest.raises(NotFound):
        service.ask(by=actor(world, "liuhe"), sheet=other, kind="pdf")
    assert signed_in("caizheng").get(reverse("sheet_notice", args=[own.pk])).status_code == 404


@pytest.mark.parametrize(("kind", "magic"), [("pdf", b"%PDF"), ("docx", b"PK")])
def test_its_files_are_made_by_a_worker(world: World, kind: str, magic: bytes) -> None:
    sheet = town(in_public(world))
    job = service.ask(by=actor(world, "liuhe"), sheet=sheet, kind=kind)
    assert service.ask(by=actor(world, "liuhe"), sheet=sheet, kind=kind).pk == job.pk
    file = done(job).result_file
    assert file is not None
    assert files.read(file).startswith(magic)
    assert AuditEvent.objects.filter(action="assessment.notice").count() == 1
    with pytest.raises(Invalid):
        service.ask(by=actor(world, "liuhe"), sheet=sheet, kind="odt")


def test_all_of_a_year_are_one_archive_of_what_the_asker_sees(world: World) -> None:
    row = in_public(world)
    names = {}
    for who in ("bangong", "liuhe"):
        file = done(service.ask_all(by=actor(world, who), year=row.year)).result_file
        assert file is not None
        with zipfile.ZipFile(io.BytesIO(files.read(file))) as archive:
            names[who] = archive.namelist()
    assert len(names["bangong"]) == 6
    assert [n.rsplit("/")[-1] for n in names["liuhe"]] == [
        "001 柳河镇反馈书.pdf", "001 柳河镇反馈书.docx",
    ]  # fmt: skip
    with pytest.raises(WrongState, match="已公布"):
        service.ask_all(by=actor(world, "bangong"), year=row.year - 1)


def test_chosen_deductions_become_findings_in_one_act(world: World, signed_in: SignedIn) -> None:
    sheet = town(in_public(world))
    made = follow_ups.demand(
        by=actor(world, "bangong"), sheet=sheet, codes=["1.2"], rectify_by=DUE, demand="补齐记录"
    )
    (finding,) = made
    assert finding.state == FindingState.SERVED
    assert (finding.unit, finding.rectify_by) == (world.units["柳河镇"], DUE)
    assert "满分 40.00 分，扣 2.00 分" in finding.facts
    assert "通报〔2026〕5号" in finding.facts
    assert "试行考核方案" in finding.basis
    assert SheetFinding.objects.get().finding == finding
    assert AuditEvent.objects.filter(action="finding.from_result").count() == 1
    line = notice_of(sheet).lines[0]
    assert line.demand is not None
    assert line.demand.finding == finding
    # The unit confirms, and puts it right; both pages lead to each other.
    findings.reply(by=actor(world, "liuhe"), finding_id=finding.pk, is_confirmed=True)
    client = signed_in("liuhe")
    page = client.get(reverse("finding_detail", args=[finding.pk])).content.decode()
    assert reverse("sheet_notice", args=[sheet.pk]) in page
    back = client.get(reverse("sheet_notice", args=[sheet.pk])).content.decode()
    assert reverse("finding_detail", args=[finding.pk]) in back
    assert "待报措施" in back
    assert f"问题{finding.number}" in "\n".join(service.paper_of(notice_of(sheet)).texts())
    with pytest.raises(Invalid, match="已转为整改"):
        follow_ups.demand(by=actor(world, "bangong"), sheet=sheet, codes=["1.2"], rectify_by=DUE)


def test_a_withdrawn_finding_leaves_its_deduction_free_again(world: World) -> None:
    sheet = town(in_public(world))
    by = actor(world, "bangong")
    (finding,) = follow_ups.demand(by=by, sheet=sheet, codes=["1.2"], rectify_by=DUE)
    findings.withdraw(by=by, finding_id=finding.pk, reason="重复")
    assert notice_of(sheet).lines[0].demand is None
    assert follow_ups.demand(by=by, sheet=sheet, codes=["1.2"], rectify_by=DUE)


@pytest.mark.parametrize(
    ("who", "codes", "days", "refusal"),
    [
        ("bangong", [], 30, "请选择要转为整改的扣分项"),
        ("bangong", ["1.1"], 30, "所选扣分项有变动"),
        ("bangong", ["1.2"], 0, "整改期限须晚于今天"),
        ("bangong", ["1.2"], None, "请填写整改期限"),
        ("liuhe", ["1.2"], 30, "没有"),
    ],
)
def test_what_is_refused_changes_nothing(
    world: World, who: str, codes: list[str], days: int | None, refusal: str
) -> None:
    sheet = town(in_public(world))
    last = LedgerRow.objects.count()
    due = None if days is None else TODAY + timedelta(days=days)
    with pytest.raises((Invalid, NotAllowed), match=refusal):
        follow_ups.demand(by=actor(world, who), sheet=sheet, codes=codes, rectify_by=due)
    assert not Finding.objects.exists()
    assert LedgerRow.objects.count() == last


def test_before_publication_nothing_is_demanded(world: World) -> None:
    sheet = town(in_feedback(world))
    with pytest.raises(WrongState, match="公布以后"):
        follow_ups.demand(by=actor(world, "bangong"), sheet=sheet, codes=["1.2"], rectify_by=DUE)


def test_the_page_turns_deductions_into_findings(world: World, signed_in: SignedIn) -> None:
    sheet = town(in_public(world))
    client, url = signed_in("bangong"), reverse("sheet_rectify", args=[sheet.pk])
    wrong = client.post(url, {"rectify_by": DUE.isoformat(), "demand": "补齐"})
    assert wrong.status_code == 422
    assert 'value="补齐"' in wrong.content.decode()
    right = client.post(url, {"codes": "1.2", "rectify_by": DUE.isoformat(), "demand": "补齐"})
    assert right.status_code == 302
    assert Finding.objects.get().demand == "补齐"
    assert signed_in("liuhe").post(url, {"codes": "1.2"}).status_code == 403


def test_the_page_asks_as_often_whatever_there_is(world: World, signed_in: SignedIn) -> None:
    sheet = town(in_public(world))
    client, url = signed_in("bangong"), reverse("sheet_notice", args=[sheet.pk])

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(url).status_code == 200
        return len(seen)

    client.get(url)
    few = asked()
    score = Score.objects.get(sheet=sheet, criterion__code="1.2")
    with acting(by=actor(world, "bangong")) as act:
        act.unchanged()
        score.final_bases = score.team_bases * 9
        score.save()
    assert asked() == few <= 40
