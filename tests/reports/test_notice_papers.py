"""A notice in letter form and 整改台账 on paper: asked for, made, whose eyes they are for."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accountability.models import Job, JobState
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from reports.services import notice_papers
from tasks.models import Notice
from tasks.services import notice_work, notices
from tests.tasks.watching import Desk, at
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def made(job: Job) -> bytes:
    done = jobs.run(job.pk)
    assert done is not None
    assert done.state == JobState.DONE, done.error
    assert done.result_file is not None
    return files.read(done.result_file)


def test_a_notice_prints_as_a_letter_with_its_number(desk: Desk) -> None:
    row = desk.sent()[0]
    data = made(notice_papers.ask(by=desk("caizheng"), notice=row, kind="pdf"))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    text = "".join(pages).replace("\n", "")
    for word in ("试县人民政府", row.number, "关于规范票据管理的督办单", "县财政局",
                 "2026年11月11日前签收", "2026年11月16日前书面反馈", "2026年11月9日"):  # fmt: skip
        assert word in text, word
    docx = made(notice_papers.ask(by=desk("caizheng"), notice=row, kind="docx"))
    assert docx[:2] == b"PK"


def test_the_same_notice_is_the_same_job_and_an_answer_another(desk: Desk) -> None:
    row = desk.sent()[0]
    by = desk("caizheng")
    first = notice_papers.ask(by=by, notice=row, kind="pdf")
    assert notice_papers.ask(by=by, notice=row, kind="pdf") == first
    notice_work.take(by=by, notice_id=row.pk, now=at())
    assert notice_papers.ask(by=by, notice=row, kind="pdf") != first
    stale = jobs.run(first.pk)
    assert stale is not None
    assert (stale.state, "重新生成" in stale.error) == (JobState.FAILED, True)


def test_drafts_and_void_notices_are_not_printed(desk: Desk) -> None:
    draft, void = desk.draft()[0], desk.sent()[0]
    notices.void(by=desk("zhuren"), notice_id=void.pk, reason="发错", now=at())
    for row in (draft, Notice.objects.get(pk=void.pk)):
        with pytest.raises(WrongState):
            notice_papers.ask(by=desk("bangong"), notice=row, kind="pdf")
    with pytest.raises(Invalid):
        notice_papers.ask(by=desk("bangong"), notice=void, kind="xlsx")


def test_the_ledger_prints_under_its_filters(
    desk: Desk, signed_in: Callable[[str], Client]
) -> None:
    desk.standing(title="票据存根缺号")
    desk.standing("柳河镇", title="档案未归档")
    url = reverse("finding_ledger", args=[2026])
    client = signed_in("bangong")
    assert client.post(f"{url}?state=x").status_code == 422
    assert client.post(f"{url}?state=struck").status_code == 409  # nothing to print
    where = client.post(f"{url}?q=档案")["Location"]
    job = Job.objects.get()
    assert where == reverse("job", args=[job.pk])
    text = "".join(p.extract_text() for p in PdfReader(io.BytesIO(made(job))).pages)
    assert "2026-002" in text.replace("\n", "")
    assert "2026-001" not in text.replace("\n", "")
    jobs.require_result(by=desk("bangong"), job=job)
    with pytest.raises(NotAllowed):  # its finding is not in his sight
        jobs.require_result(by=desk("caizheng"), job=job)


def test_the_buttons_of_the_page(desk: Desk, signed_in: Callable[[str], Client]) -> None:
    row = desk.sent()[0]
    url = reverse("notice_paper", args=[row.pk, "pdf"])
    assert signed_in("liuhe").post(url).status_code == 404
    client = signed_in("caizheng")
    assert client.post(url)["Location"] == reverse("job", args=[Job.objects.get().pk])
    card = client.post(url, headers={"HX-Request": "true"})
    assert f"job-{Job.objects.get().pk}" in card.content.decode()
