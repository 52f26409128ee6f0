"""年度结转: two persons close a year, nothing of it changes, two persons open it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import resolve, reverse

from accountability.door import Actor, acting
from accountability.models import AuditEvent, ClosedYear, ClosingState, DoorModel
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import audit, bulk
from accountability.year_guard import carried_over
from reports.selectors.standing import standing
from reports.services import closing
from tasks.models import ItemSlot, Paper, TaskItem
from tasks.services import handover
from tests.papers import make_paper
from tests.reports.assessment.rounds import actor, in_feedback, in_public
from tests.world import World

from .years import AFTER, LAST, TODAY, closed

pytestmark = pytest.mark.django_db(transaction=True)  # the ledger's links are made at commit

SignedIn = Callable[[str], Client]
YEAR_BOUND = {
    *("Paper", "PaperSection", "RecurringDemand", "PaperNote", "TaskItem", "ItemSlot"),
    *("Assignment", "Milestone", "Progress", "ProgressEvidence", "Extension", "Share"),
    *("Campaign", "CampaignItem", "CampaignMember", "Return", "Letter", "LetterItem"),
    *("LetterClause", "LetterAnnex", "Scheme", "Criterion", "Assessment", "Team"),
    *("TeamMember", "Publication", "Sheet", "Score"),
}


def test_each_kind_of_open_thing_leads_to_its_page(world: World) -> None:
    for line in standing(world.county, LAST):
        assert not line.route or resolve(reverse(line.route, args=[LAST])).url_name == line.route


def bound() -> list[Any]:
    return [m for m in apps.get_models() if getattr(m, "year_path", None) is not None]


def in_an_act(way: Callable[[Any], Any], what: Any) -> None:
    """Write as somebody to whom everything else is open."""
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        way(what)


def test_two_persons_close_a_year_and_what_stood_open_is_kept(world: World) -> None:
    make_paper(world, items=3, year=LAST)
    row = closing.prepare(by=actor(world, "zhuren"), year=LAST, reason="已审定", on=TODAY)
    assert row.state == ClosingState.PREPARED
    with pytest.raises(NotAllowed, match="提出人以外"):
        closing.close(by=actor(world, "zhuren"), closing_id=row.pk, on=TODAY)
    with pytest.raises(NotAllowed):
        closing.close(by=actor(world, "bangong"), closing_id=row.pk, on=TODAY)
    with pytest.raises(Conflict):
        closing.prepare(by=actor(world, "bangong"), year=LAST, reason="再提", on=TODAY)
    closing.withdraw(by=actor(world, "bangong"), closing_id=row.pk)
    done = closed(world)
    assert done.state == ClosingState.CLOSED
    assert done.digest == closing.digest_of(done)
    assert done.head_seq > 0
    assert len(done.head_link) == 64
    counts = {line["code"]: line["count"] for line in done.standing}
    assert counts["papers"] == 1
    assert counts["drafts"] == 3
    events = AuditEvent.objects.filter(action__startswith="year.").values_list("action", flat=True)
    assert list(events.order_by("id")) == [
        "year.prepare", "year.withdraw", "year.prepare", "year.close",
    ]  # fmt: skip


def test_a_year_that_runs_or_has_no_reason_is_not_closed(world: World) -> None:
    by = actor(world, "bangong")
    with pytest.raises(Invalid, match="还没有结束"):
        closing.prepare(by=by, year=TODAY.year, reason="已审定", on=TODAY)
    with pytest.raises(Invalid, match="结转说明"):
        closing.prepare(by=by, year=LAST, reason=" ", on=TODAY)
    with pytest.raises(NotAllowed):
        closing.prepare(by=actor(world, "caizheng"), year=LAST, reason="已审定", on=TODAY)
    assert not ClosedYear.objects.exists()


def test_an_unpublished_round_blocks_until_it_is_out(world: World) -> None:
    in_feedback(world)
    by = actor(world, "bangong")
    with pytest.raises(WrongState, match="没有公布成绩的考核 1"):
        closing.prepare(by=by, year=TODAY.year, reason="已审定", on=AFTER)


def test_what_comes_in_between_blocks_the_second_hand(world: World) -> None:
    row = closing.prepare(by=actor(world, "bangong"), year=TODAY.year, reason="审定", on=AFTER)
    in_feedback(world)
    with pytest.raises(WrongState, match="没有公布成绩的考核 1"):
        closing.close(by=actor(world, "zhuren"), closing_id=row.pk, on=AFTER)
    row.refresh_from_db()
    assert row.state == ClosingState.PREPARED


def test_the_models_of_a_year_are_these_and_lead_to_county_and_year() -> None:
    assert {m.__name__ for m in bound()} == YEAR_BOUND
    for model in bound():
        assert issubclass(model, DoorModel)
        ends = [f"{model.year_path}__".lstrip("_") + n for n in ("county_id", "year")]
        str(model._base_manager.values_list(*ends).query)


@pytest.fixture
def full_year(world: World) -> World:
    """Rows of most models of a year: a paper with holders, a published round."""
    make_paper(world, items=6, filled=6, year=TODAY.year)
    in_public(world)
    return world


def test_every_row_of_a_closed_year_refuses_every_way_of_writing(full_year: World) -> None:
    """Generated over the models: save, bulk update, bulk delete, delete; in an act of anybody."""
    closed(full_year, year=TODAY.year, on=AFTER)
    tried = set()
    for model in bound():
        row = model._base_manager.first()
        if row is None:
            continue
        tried.add(model.__name__)
        ways: list[Callable[[Any], Any]] = [
            lambda r: r.save(),
            lambda r: r.delete(),
            lambda r: bulk.update([r], [r._meta.concrete_fields[1].name]),
            lambda r: bulk.delete([r]),
            lambda r: bulk.create([type(r)(**_copy(r))]),
        ]
        for way in ways:
            with pytest.raises(WrongState, match=f"{TODAY.year}年度已结转"):
                in_an_act(way, model._base_manager.get(pk=row.pk))
    assert tried >= {
        *("Paper", "PaperSection", "TaskItem", "ItemSlot", "Assignment"),
        *("Scheme", "Criterion", "Assessment", "Team", "TeamMember", "Publication"),
        *("Sheet", "Score"),
    }


def _copy(row: Any) -> dict[str, Any]:
    return {
        f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key
    }


def test_other_years_and_other_counties_are_worked_on(world: World) -> None:
    old = make_paper(world, items=2, year=LAST)
    new = make_paper(world, items=2, year=TODAY.year)
    closed(world)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        new.title = "新"
        new.save()
        bulk.update(list(TaskItem.objects.filter(paper=new)), ["heading"])
        old.refresh_from_db()
        with carried_over(act):
            old.save()
        with pytest.raises(WrongState):
            old.save()


def test_a_row_found_by_its_keys_alone_is_refused_too(world: World) -> None:
    make_paper(world, items=2, filled=2, year=LAST)
    closed(world)
    slots = list(ItemSlot.objects.all())
    with pytest.raises(WrongState, match="槽位"):
        in_an_act(lambda rows: bulk.update(rows, ["version"]), slots)


def test_a_unit_may_hand_over_and_be_retired_without_its_closed_tasks(world: World) -> None:
    make_paper(world, items=2, filled=2, year=LAST)
    key = f"u{world.units['县财政局'].pk}"
    assert handover.open_assignments(world.county, key)
    closed(world)
    assert not handover.open_assignments(world.county, key)


def test_two_persons_open_it_again_with_a_reason(world: World) -> None:
    paper = make_paper(world, items=2, year=LAST)
    row = closed(world)
    head, clerk = actor(world, "zhuren"), actor(world, "bangong")
    with pytest.raises(Invalid, match="理由"):
        closing.ask_reopening(by=clerk, closing_id=row.pk, reason="")
    closing.ask_reopening(by=clerk, closing_id=row.pk, reason="责任单位填错")
    assert Paper.objects.filter(pk=paper.pk).exists()
    with pytest.raises(NotAllowed):
        closing.reopen(by=clerk, closing_id=row.pk, is_agreed=True)
    closing.reopen(by=head, closing_id=row.pk, is_agreed=False)
    row.refresh_from_db()
    assert row.state == ClosingState.CLOSED
    assert row.asked_by is None
    closing.ask_reopening(by=head, closing_id=row.pk, reason="责任单位填错")
    with pytest.raises(NotAllowed, match="申请人以外"):
        closing.reopen(by=head, closing_id=row.pk, is_agreed=True)
    with pytest.raises(WrongState):
        in_an_act(lambda row: row.save(), paper)


def test_reopened_it_is_written_again_and_closed_anew(world: World) -> None:
    paper = make_paper(world, items=2, year=LAST)
    row = closed(world)
    closing.ask_reopening(by=actor(world, "bangong"), closing_id=row.pk, reason="责任单位填错")
    closing.reopen(by=actor(world, "zhuren"), closing_id=row.pk, is_agreed=True)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        paper.save()
    again = closed(world)
    assert again.pk != row.pk
    assert again.digest != row.digest
    assert AuditEvent.objects.filter(action="year.reopen").count() == 1


def test_no_event_no_closing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = closing.prepare(by=actor(world, "bangong"), year=LAST, reason="已审定", on=TODAY)

    def broken(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        closing.close(by=actor(world, "zhuren"), closing_id=row.pk, on=TODAY)
    row.refresh_from_db()
    assert row.state == ClosingState.PREPARED
    assert not row.digest


def test_the_page_shows_what_stands_open_and_closes(world: World, signed_in: SignedIn) -> None:
    make_paper(world, items=3, year=LAST)
    page = reverse("settings_closing") + f"?year={LAST}"
    clerk = signed_in("bangong")
    text = clerk.get(page).content.decode()
    assert "没有下发的任务" in text
    assert "提出结转" in text
    assert clerk.post(reverse("closing_prepare", args=[LAST]), {"reason": ""}).status_code == 422
    assert (
        clerk.post(reverse("closing_prepare", args=[LAST]), {"reason": "审定"}).status_code == 302
    )
    row = ClosedYear.objects.get()
    assert clerk.post(reverse("closing_close", args=[row.pk])).status_code == 403
    head = signed_in("zhuren")
    assert "批准结转" in head.get(page).content.decode()
    assert head.post(reverse("closing_close", args=[row.pk])).status_code == 302
    assert "生成年度归档包" in head.get(page).content.decode()
    asked = head.post(reverse("closing_ask", args=[row.pk]), {"reason": "填错", "year": LAST})
    assert asked.status_code == 302
    clerk = signed_in("bangong")
    decided = clerk.post(reverse("closing_decide", args=[row.pk]), {"decision": "agree"})
    assert decided.status_code == 403
    assert signed_in("caizheng").get(page).status_code == 403


def test_the_page_asks_as_often_whatever_there_is(
    world: World, signed_in: SignedIn, django_assert_max_num_queries: Any
) -> None:
    client = signed_in("bangong")
    page = reverse("settings_closing") + f"?year={TODAY.year}"
    client.get(page)
    make_paper(world, items=9, filled=9, year=TODAY.year)
    in_public(world)
    with django_assert_max_num_queries(36):
        client.get(page)
    assert len({line.code for line in standing(world.county, TODAY.year)}) == 18
