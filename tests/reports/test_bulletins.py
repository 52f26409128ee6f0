"""督查通报: figures from frozen data, drafted, edited, approved by another, numbered, set."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from accountability.models import Job
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import files, jobs
from reports.models import Bulletin, BulletinState, DocumentNumber
from reports.selectors.bulletins import summed
from reports.services import bulletin_text, bulletins
from reports.services.bulletin_text import figures, percent, strange_figures
from tasks.models import Campaign
from tasks.services import campaigns, unit_returns
from tests.task_factory import make_tasks
from tests.tasks.rounds import OPENS, YEAR, actor, by_schedule, of, reported, running
from tests.world import World

LATE = date(YEAR, 4, 20)
ROW = st.fixed_dictionaries(
    {
        "round": st.just(0),
        "unit": st.sampled_from(["县财政局", "柳河镇", "石桥镇", "县审计局"]),
        "leaders": st.just("周建平"),
        "state": st.sampled_from(["submitted", "waiting", "returned"]),
        "is_late": st.booleans(),
        "is_zero": st.booleans(),
        "lamp": st.sampled_from(list(bulletin_text.LAMPS)),
        "is_judged": st.booleans(),
        "reason": st.just("未并轨"),
        "problems": st.just("台账不全"),
        "reminders": st.integers(0, 2),
        "due": st.integers(0, 30),
        "reported": st.integers(0, 30),
        "unsaid": st.just(["三（一）"]),
    }
)


def data_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "format": 1,
        "issuer": "试县人民政府",
        "on": "2026-04-20",
        "rounds": [{"title": "第一季度督查"}],
        "rows": rows,
    }


# --- pure ---------------------------------------------------------------------------
@pytest.mark.nodb
@settings(max_examples=120, deadline=None)
@given(st.lists(ROW, max_size=25))
def test_every_figure_of_the_draft_is_computable_from_the_data(rows: list[dict[str, Any]]) -> None:
    data = json.loads(json.dumps(data_of(rows)))
    f = figures(data)
    assert f.total == f.submitted + f.missing == sum(f.lamps.values())
    assert f.submitted == f.on_time + f.late
    text = bulletin_text.draft(data)
    assert strange_figures(text, data) == []
    assert f"已报送{f.submitted}个单位，占{percent(f.submitted, f.total)}" in text
    span = summed(data)
    assert sum(unit.rounds for unit in span.units) == f.total
    assert sum(unit.missing for unit in span.units) == f.missing
    paper = bulletin_text.paper(
        "通报", text, data, bulletin_text.Front("试县人民政府", "1号", LATE, "circular")
    )
    assert len(paper.annexes) == bool(rows)


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("count", "of_all", "told"),
    [
        (46, 64, "71.9%"),
        (64, 64, "100%"),
        (0, 5, "0%"),
        (0, 0, "0%"),
        (1, 8, "12.5%"),
        (1, 3, "33.3%"),
    ],
)
def test_percentages_round_half_up(count: int, of_all: int, told: str) -> None:
    assert percent(count, of_all) == told


@pytest.mark.nodb
def test_a_figure_that_the_data_does_not_give_is_told() -> None:
    data = data_of([])
    text = bulletin_text.draft(data) + "\n另有 7 个单位未整改，占 12%。"
    assert strange_figures(text, data) == ["7个单位", "12%"]


@pytest.mark.nodb
def test_lines_become_headings_and_paragraphs() -> None:
    found = bulletin_text.blocks("开头。\n一、总体情况\n（一）抓紧补报。尚未报送的立即补报。\n")
    assert [type(b).__name__ for b in found] == ["Paragraph", "Heading", "Heading"]
    assert (found[2].text, found[2].run_on) == ("（一）抓紧补报。", "尚未报送的立即补报。")


# --- the paper ------------------------------------------------------------------------
@pytest.fixture
def bulletin(world: World) -> Bulletin:
    """Of a first quarter in which one unit reported in time, one late, two not."""
    made = make_tasks(world, 2, year=YEAR)
    campaign = running(world)
    reported(world, made.items, "县财政局")
    unit_returns.confirm(
        by=actor(world, "caizheng"), return_id=of(campaign, "县财政局").pk, on=OPENS
    )
    unit_returns.confirm(
        by=actor(world, "liuhe"), return_id=of(campaign, "柳河镇").pk, on=LATE, is_zero=True
    )
    return bulletins.draft_of_campaign(by=actor(world, "bangong"), campaign_id=campaign.pk, on=LATE)


@pytest.mark.nodb
@pytest.mark.parametrize(
    ("round_", "told"),
    [
        ("第三季度主体责任落实情况督查", "关于第三季度主体责任落实情况督查的通报"),
        ("上半年专项督查", "关于上半年专项督查情况的通报"),
    ],
)
def test_a_title_says_how_things_are_once(round_: str, told: str) -> None:
    assert bulletins.title_of(Campaign(title=round_)) == told


@pytest.mark.django_db
def test_the_draft_counts_and_names(bulletin: Bulletin) -> None:
    assert "范围内共4个单位。已报送2个单位，占50%，其中按期报送1个单位" in bulletin.body
    assert "石桥镇、长岭乡未报送" in bulletin.body
    assert "柳河镇超过期限后补报" in bulletin.body
    assert "县财政局按期报送" in bulletin.body
    assert strange_figures(bulletin.body, bulletin.data) == []


@pytest.mark.django_db
def test_it_is_issued_by_another_numbered_frozen_and_made(world: World, bulletin: Bulletin) -> None:
    clerk, head = actor(world, "bangong"), actor(world, "zhuren")
    with pytest.raises(Conflict, match="原稿"):
        bulletins.draft_of_campaign(by=clerk, campaign_id=bulletin.campaign_id or 0, on=LATE)
    with pytest.raises(WrongState):
        bulletins.issue(by=head, bulletin_id=bulletin.pk, on=LATE)
    row = bulletins.revise(
        by=head, bulletin_id=bulletin.pk, title=bulletin.title, body=bulletin.body,
        layout="circular", version=1,
    )  # fmt: skip
    with pytest.raises(Conflict):
        bulletins.revise(
            by=clerk, bulletin_id=row.pk, title="x", body="y", layout="brief", version=1
        )
    bulletins.submit(by=clerk, bulletin_id=row.pk)
    with pytest.raises(NotAllowed, match="其他负责人"):
        bulletins.issue(by=head, bulletin_id=row.pk, on=LATE)
    with pytest.raises(NotAllowed):
        bulletins.issue(by=clerk, bulletin_id=row.pk, on=LATE)
    bulletins.send_back(by=head, bulletin_id=row.pk, reason="补充一句")
    bulletins.revise(
        by=clerk, bulletin_id=row.pk, title=row.title, body=row.body + "\n请认真整改。",
        layout="circular", version=2,
    )  # fmt: skip
    bulletins.submit(by=clerk, bulletin_id=row.pk)
    row = bulletins.issue(by=head, bulletin_id=row.pk, on=LATE)
    assert (row.state, row.number.text) == (BulletinState.ISSUED, f"试政通〔{YEAR}〕1号")
    for act in (
        lambda: bulletins.revise(
            by=clerk, bulletin_id=row.pk, title="x", body="y", layout="brief", version=3
        ),
        lambda: bulletins.void(by=head, bulletin_id=row.pk, reason="x"),
        lambda: bulletins.draft_anew(by=clerk, bulletin_id=row.pk, version=3, on=LATE),
    ):
        with pytest.raises(WrongState):
            act()
    job = Job.objects.get(kind="bulletin_files")
    assert jobs.run(job.pk).state == "done"  # type: ignore[union-attr]
    row.refresh_from_db()
    assert files.read(row.pdf)[:5] == b"%PDF-"
    text = "\n".join(p.text for p in Document(io.BytesIO(files.read(row.docx))).paragraphs)
    assert "请认真整改" in text
    assert f"试政通〔{YEAR}〕1号" in text
    # What was frozen is what the figures come from, whatever units do later.
    assert figures(json.loads(row.content)["data"]).submitted == 2


@pytest.mark.django_db
def test_a_refused_issue_takes_no_number(world: World, bulletin: Bulletin) -> None:
    with pytest.raises(WrongState):
        bulletins.issue(by=actor(world, "zhuren"), bulletin_id=bulletin.pk, on=LATE)
    assert not DocumentNumber.objects.exists()


@pytest.mark.django_db
def test_half_year_and_year_gather_their_rounds(world: World, bulletin: Bulletin) -> None:
    clerk = actor(world, "bangong")
    for day in (date(YEAR, 6, 25), date(YEAR, 9, 25)):
        by_schedule(world, day)
    half = bulletins.draft_of_time(by=clerk, year=YEAR, half=1, on=date(YEAR, 9, 30))
    whole = bulletins.draft_of_time(by=clerk, year=YEAR, half=None, on=date(YEAR, 9, 30))
    assert (figures(half.data).rounds, figures(half.data).total) == (2, 8)
    assert (figures(whole.data).rounds, figures(whole.data).total) == (3, 12)
    assert "8个次" in half.body
    silent = next(line for line in half.body.split("\n") if "未按要求报送" in line)
    assert [silent.count(row["title"]) for row in half.data["rounds"]] == [1, 1]  # not at each unit
    with pytest.raises(WrongState, match="没有可以通报的数据"):
        bulletins.draft_of_time(by=clerk, year=YEAR + 3, half=2, on=LATE)


@pytest.mark.django_db
def test_a_draft_is_the_offices_and_an_issued_one_the_countys(
    world: World, bulletin: Bulletin, signed_in: Callable[[str], Client]
) -> None:
    url = reverse("bulletin", args=[bulletin.pk])
    assert signed_in("liuhe").get(url).status_code == 404
    with pytest.raises(NotFound):
        bulletins.submit(by=actor(world, "liuhe"), bulletin_id=bulletin.pk)
    client = signed_in("bangong")
    page = client.get(url)
    assert "范围内共4个单位" in page.text
    data = {"title": "通报", "layout": "brief", "body": "另有 9 个单位。", "version": 1}
    saved = client.post(reverse("bulletin_edit", args=[bulletin.pk]), data, follow=True)
    assert "数字不是由数据算出的" in saved.text
    again = client.post(reverse("bulletin_edit", args=[bulletin.pk]), data)
    assert again.status_code == 409
    client.post(reverse("bulletin_move", args=[bulletin.pk]), {"step": "submit"})
    head = signed_in("zhuren")
    done = head.post(reverse("bulletin_move", args=[bulletin.pk]), {"step": "issue"}, follow=True)
    assert "已印发" in done.text
    assert signed_in("liuhe").get(url).status_code == 200
    listed = signed_in("liuhe").get(reverse("bulletins", args=[YEAR]), {"span": "h1"})
    assert "柳河镇" in listed.text
    assert "石桥镇" not in listed.text


@pytest.mark.django_db
def test_a_text_is_wanted_and_a_reason(world: World, bulletin: Bulletin) -> None:
    clerk, head = actor(world, "bangong"), actor(world, "zhuren")
    with pytest.raises(Invalid):
        bulletins.revise(
            by=clerk, bulletin_id=bulletin.pk, title="", body="", layout="circular", version=1
        )
    with pytest.raises(Invalid, match="原因"):
        bulletins.void(by=head, bulletin_id=bulletin.pk, reason=" ")
    bulletins.void(by=head, bulletin_id=bulletin.pk, reason="数据有误")
    again = bulletins.draft_of_campaign(
        by=clerk, campaign_id=bulletin.campaign_id or 0, on=LATE + timedelta(days=1)
    )
    assert again.pk != bulletin.pk
    assert campaigns.conclusion_of(of(again.campaign, "柳河镇")) == "逾期补报。"
