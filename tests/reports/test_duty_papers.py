"""The ten things of the first responsible person, and the papers of duties."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accountability.door import Actor
from accountability.models import Job, User
from accountability.refusals import NotAllowed, NotFound
from accountability.services import duties, duty_rules, files, jobs
from reports.selectors.ten_things import chosen, ledger_rows, ten_things, thing_of
from reports.services import duty_papers
from tests.task_factory import make_tasks
from tests.world import World

pytestmark = pytest.mark.django_db
ON = date(2026, 6, 10)


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)


@pytest.fixture
def county(world: World) -> World:
    by = Actor.system("schedule", county=world.county)
    duty_rules.adopt(by=by, county=world.county, year=2026, on=ON)
    duties.make(county=world.county, on=ON, by=by)
    make_tasks(world, 4, leader="陈志远")
    return world


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("heading", "number"),
    [("加强廉政教育", 3), ("强化审计监督", 8), ("认真履行人事管理责任", 7), ("天气", 0)],
)
def test_a_task_is_listed_by_its_words(heading: str, number: int) -> None:
    assert thing_of(heading) == number


def test_the_list_is_fed_by_duties_and_tasks(county: World) -> None:
    user = county.users["xianzhang"]
    post = chosen(user, "", on=ON)[1]
    assert post is not None
    assert post == county.posts["陈志远"]
    found = ten_things(user, post, 2026, on=ON)
    assert [t.number for t in found.things] == list(range(1, 11))
    assert all(t.count for t in found.things)
    assert sum(len(t.tasks) for t in found.things) + len(found.others) == 4
    assert found.holder == "陈志远"
    assert chosen(user, str(county.posts["黄志强"].pk), on=ON)[1] is None
    rows = ledger_rows(found)
    assert sum(isinstance(row, str) for row in rows) >= 10


def run(job: Job) -> Job:
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.error
    return job


def text_of(job: Job) -> str:
    assert job.result_file is not None
    pages = PdfReader(io.BytesIO(files.read(job.result_file))).pages
    return "".join("".join(p.extract_text() for p in pages).split())


def test_the_ledger_prints(county: World) -> None:
    by = actor(county, "xianzhang")
    job = duty_papers.ask_ten_things(by=by, post_id="", year=2026, on=ON)
    assert duty_papers.ask_ten_things(by=by, post_id="", year=2026, on=ON) == job
    text = text_of(run(job))
    assert "2026年度第一责任人任务清单台账" in text
    assert "县政府班子专题会议（上半年）" in text
    assert duty_papers.covers_ten_things(county.users["xianzhang"], job)
    assert not duty_papers.covers_ten_things(county.users["caizheng"], job)


def test_who_may_ask_for_which_list(county: World) -> None:
    post = str(county.posts["黄志强"].pk)
    with pytest.raises(NotFound):
        duty_papers.ask_ten_things(by=actor(county, "liuhe"), post_id=post, year=2026, on=ON)
    with pytest.raises(NotAllowed):
        duty_papers.ask_ten_things(by=actor(county, "xitong"), post_id=post, year=2026, on=ON)
    assert duty_papers.ask_ten_things(
        by=actor(county, "fuxianzhang"), post_id=post, year=2026, on=ON
    )


def test_the_tables_of_coverage_print(county: World) -> None:
    job = duty_papers.ask_coverage(by=actor(county, "bangong"), part="owing", year=2026, on=ON)
    text = text_of(run(job))
    assert "2026年度履责事项待办情况" in text
    assert "柳河镇" in text
    assert not duty_papers.covers_coverage(User.objects.get(username="liuhe"), job)


def test_the_page_and_its_button(county: World, client: Client) -> None:
    client.force_login(county.users["xianzhang"])
    page = client.get(reverse("ten_things", args=[2026])).content.decode()
    assert "研究部署" in page
    year = timezone.localdate().year
    made = client.post(reverse("ten_things_pdf", args=[year]), headers={"HX-Request": "true"})
    assert "台账" in made.content.decode()
    xlsx = client.get(reverse("duty_coverage_xlsx", args=[2026, "owing"]))
    assert b"".join(xlsx.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
