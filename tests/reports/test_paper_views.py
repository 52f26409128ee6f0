"""意见文件: who sees which paper, its downloads, its exports."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accountability.door import acting
from accountability.models import Job
from accountability.services import files, jobs
from reports.services.paper_files import ask_export
from tasks.models import Paper, PaperState
from tests.reports.filled import SYSTEM, TEXT, docx_of, fill_all, imported
from tests.reports.test_paper_files import actor, ask_issued, issue
from tests.world import World, build

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def papers(world: World) -> dict[str, Paper]:
    """A draft, a part-issued and an issued paper, and one of another county."""
    found = {}
    for state in (PaperState.DRAFT, PaperState.PART_ISSUED, PaperState.ISSUED):
        text = TEXT.replace("2026年度廉政", f"2026年度{PaperState(state).label}")
        paper = imported(world, docx_of(text), f"{state}.docx")
        found[state] = issue(world, paper, state) if state != PaperState.DRAFT else paper
    with acting(by=SYSTEM) as act:
        act.unchanged()
        other = build(name="邻县", code="990012", suffix="2")
    foreign = imported(other, docx_of(TEXT.replace("2026年度廉政", "邻县")), "邻县.docx")
    found["foreign"] = issue(other, foreign)
    return found


OFFICE = {"draft", "part_issued", "issued"}
OTHERS = {"part_issued", "issued"}
SEES = {
    "bangong": OFFICE,
    "zhuren": OFFICE,
    "caizheng": OTHERS,
    "caizhengju": OTHERS,
    "xianzhang": OTHERS,
    "fuxianzhang": OTHERS,
    "jiwei": OTHERS,
}


@pytest.mark.parametrize("username", sorted(SEES))
def test_who_sees_which_paper(signed_in: SignIn, papers: dict[str, Paper], username: str) -> None:
    client = signed_in(username)
    page = client.get(reverse("papers", args=[2026]))
    assert page.status_code == 200
    text = page.content.decode()
    shown = {name for name, paper in papers.items() if paper.title in text}
    assert shown == SEES[username]
    for name, paper in papers.items():
        source = client.get(reverse("paper_source", args=[paper.pk]))
        export = client.post(reverse("paper_export", args=[paper.pk, "xlsx"]))
        if name in SEES[username]:
            assert source.status_code == 200
            assert export.status_code == 302
        else:
            assert source.status_code == 404
            assert export.status_code == 404
    assert Job.objects.filter(kind="paper_xlsx").count() == len(SEES[username])


@pytest.mark.parametrize("username", ["xitong", "anquan", "shenji"])
def test_administrators_do_no_business(
    signed_in: SignIn, papers: dict[str, Paper], username: str
) -> None:
    client = signed_in(username)
    assert client.get(reverse("papers", args=[2026])).status_code == 403
    for paper in papers.values():
        assert client.get(reverse("paper_source", args=[paper.pk])).status_code in (403, 404)
        url = reverse("paper_export", args=[paper.pk, "pdf"])
        assert client.post(url).status_code in (403, 404)
    assert not Job.objects.exists()


def test_the_source_downloads_unchanged(signed_in: SignIn, papers: dict[str, Paper]) -> None:
    paper = papers["draft"]
    client = signed_in("bangong")
    answer = client.get(reverse("paper_source", args=[paper.pk]))
    assert b"".join(answer.streaming_content) == files.read(paper.source)  # type: ignore[attr-defined]
    assert paper.source.sha256 in client.get(reverse("papers", args=[2026])).content.decode()


def test_an_export_from_click_to_download(
    signed_in: SignIn, world: World, papers: dict[str, Paper]
) -> None:
    paper = papers["issued"]
    fill_all(world, paper)
    client = signed_in("caizheng")
    card = client.post(
        reverse("paper_export", args=[paper.pk, "docx"]), headers={"HX-Request": "true"}
    )
    job = Job.objects.get()
    text = card.content.decode()
    assert "排队中" in text
    assert f'hx-get="{reverse("job", args=[job.pk])}"' in text
    jobs.run(job.pk)
    page = client.get(reverse("job", args=[job.pk])).content.decode()
    assert "已完成" in page
    download = client.get(reverse("job_file", args=[job.pk]))
    assert download.status_code == 200
    assert (
        reverse("job_file", args=[job.pk])
        in client.get(reverse("papers", args=[2026])).content.decode()
    )
    client.force_login(world.users["bangong"])
    assert client.get(reverse("job_file", args=[job.pk])).status_code == 404


def test_warnings_stand_on_the_page(signed_in: SignIn, world: World) -> None:
    paper = imported(world, TEXT.replace("如下", "\U00020001如下").encode(), "意见.txt")
    job = ask_export(by=actor(world, "bangong"), paper=paper, kind="pdf")
    jobs.run(job.pk)
    page = signed_in("bangong").get(reverse("job", args=[job.pk])).content.decode()
    assert "U+20001" in page


def test_issued_files(signed_in: SignIn, world: World, papers: dict[str, Paper]) -> None:
    paper = papers["issued"]
    client = signed_in("caizheng")
    url = reverse("paper_issued_file", args=[paper.pk, "docx"])
    assert client.get(url).status_code == 404
    jobs.run(ask_issued(world, paper).pk)
    for kind in ("docx", "pdf", "xlsx"):
        assert client.get(reverse("paper_issued_file", args=[paper.pk, kind])).status_code == 200
    assert client.get(reverse("paper_issued_file", args=[paper.pk, "odt"])).status_code == 404
    assert url in client.get(reverse("papers", args=[2026])).content.decode()
    client.force_login(world.users["xitong"])
    assert client.get(url).status_code == 403


def test_the_latest_year_and_a_year_without_papers(
    signed_in: SignIn, papers: dict[str, Paper]
) -> None:
    client = signed_in("bangong")
    assert client.get(reverse("papers_latest"))["Location"] == reverse("papers", args=[2026])
    page = client.get(reverse("papers", args=[2031]))
    assert "2031年度没有可以查看的实施意见" in page.content.decode()


def test_get_asks_for_nothing(signed_in: SignIn, papers: dict[str, Paper]) -> None:
    url = reverse("paper_export", args=[papers["draft"].pk, "pdf"])
    assert signed_in("bangong").get(url).status_code == 405
    assert not Job.objects.exists()


def test_queries_do_not_grow_with_papers(signed_in: SignIn, world: World) -> None:
    client = signed_in("bangong")
    counts = []
    for count in (1, 4):
        for n in range(count):
            paper = imported(world, docx_of(TEXT.replace("廉政", f"{count}{n}")), f"{n}.docx")
            ask_export(by=actor(world, "bangong"), paper=paper, kind="xlsx")
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("papers", args=[2026]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
