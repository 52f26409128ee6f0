"""签字背书: frozen, signed in order by the seats' own holders, void once the content changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent, Delegation, Tenure
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services.signing_in import CONFIRMED
from reports.models import Endorsement, EndorsementState
from reports.selectors.endorsements import canonical_text, digest_of, kinds_of
from reports.services import endorsements
from tasks.models import Assignment, Paper, TaskItem
from tests.papers import make_paper
from tests.world import World

pytestmark = pytest.mark.django_db
ORDER = (
    ("bangong", "张敏"),
    ("zhuren", "韩书琴"),
    ("fuxianzhang", "周建平"),
    ("xianzhang", "陈志远"),
)


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=username, user=user, county=world.county)


@pytest.fixture
def paper(world: World) -> Paper:
    made: Paper = make_paper(world, items=3)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        made.state = "part_issued"
        made.save()
        for item in made.items.all():
            item.state, item.issued_at = "issued", timezone.now()
            item.issued_by = world.users["zhuren"]
            item.save()
    return made


def ask(world: World, paper: Paper, kind: str = "division") -> Endorsement:
    return endorsements.ask(
        by=actor(world, "bangong"),
        paper=paper,
        kind=kind,
        post_ids=[world.posts[name].pk for _, name in ORDER],
    )


def sign(world: World, row: Endorsement, username: str, opinion: str = "同意") -> Endorsement:
    return endorsements.sign(
        by=actor(world, username), endorsement_id=row.pk, opinion=opinion, digest=row.digest
    )


def alter(paper: Paper) -> None:
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item = TaskItem.objects.filter(paper=paper).order_by("order").first()
        assert item is not None
        item.heading = "改后的标题"
        item.save()


def test_four_sign_in_order_and_it_is_done(world: World, paper: Paper) -> None:
    row = ask(world, paper)
    assert row.digest == digest_of(row.content)
    for username, _ in ORDER:
        assert row.state == EndorsementState.OPEN
        row = sign(world, row, username, f"{username}同意")
    assert row.state == EndorsementState.DONE
    signed = [(s.signed_by.username, s.opinion) for s in row.steps.all()]
    assert signed == [(name, f"{name}同意") for name, _ in ORDER]
    assert AuditEvent.objects.filter(action="endorsement.sign").count() == 4


def test_nobody_signs_before_his_turn_or_twice(world: World, paper: Paper) -> None:
    row = ask(world, paper)
    with pytest.raises(WrongState, match="承办人"):
        sign(world, row, "xianzhang")
    sign(world, row, "bangong")
    with pytest.raises(WrongState, match="部门负责人"):
        sign(world, row, "bangong")


def test_nobody_signs_for_another_not_even_a_delegate(world: World, paper: Paper) -> None:
    row, today = ask(world, paper), timezone.localdate()
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        Delegation(
            county=world.county, post=world.posts["张敏"], delegator=world.persons["张敏"],
            delegate=world.persons["黄志强"], valid_from=today,
            valid_to=today + timedelta(days=5), order_number="1号", reason="外出",
        ).save()  # fmt: skip
    for username in ("caizhengju", "caizheng", "jiwei"):
        with pytest.raises(NotAllowed, match="代签"):
            sign(world, row, username)
    assert not row.steps.filter(signed_at__isnull=False).exists()
    with pytest.raises(NotAllowed):
        endorsements.sign(
            by=Actor.system("worker", county=world.county), endorsement_id=row.pk,
            opinion="同意", digest=row.digest,
        )  # fmt: skip


def test_a_change_stops_signing_and_a_new_round_voids_all(
    world: World, paper: Paper, signed_in: Callable[[str], Client]
) -> None:
    first = ask(world, paper)
    sign(world, first, "bangong")
    alter(paper)
    with pytest.raises(WrongState, match="改动"):
        sign(world, first, "zhuren")
    view = kinds_of(world.users["bangong"], paper, on=timezone.localdate())[0]
    assert not view.rounds[0].counts
    assert ("+", "改后的标题") in [(s, line.split()[-1]) for s, line in view.rounds[0].changed]
    assert view.may_ask
    second = ask(world, paper)
    first.refresh_from_db()
    assert first.state == EndorsementState.VOID
    assert first.ended_by == world.users["bangong"]
    assert second.round == 2
    assert not second.steps.filter(signed_at__isnull=False).exists()
    # Who is asked anew reads both texts beside each other, on either page.
    for route, of in (("endorsement", second.pk), ("paper_endorsements", paper.pk)):
        page = signed_in("bangong").get(reverse(route, args=[of])).content.decode()
        compared = page.partition("与上一轮送签文本相比")[2].partition("</table>")[0]
        assert re.search("删去.*增加.*改后的标题", compared, re.DOTALL)


def test_a_finished_endorsement_falls_with_its_content(world: World, paper: Paper) -> None:
    row = ask(world, paper)
    for username, _ in ORDER:
        row = sign(world, row, username)
    alter(paper)
    assert not kinds_of(world.users["bangong"], paper, on=timezone.localdate())[0].rounds[0].counts
    ask(world, paper)
    row.refresh_from_db()
    assert row.state == EndorsementState.VOID


def test_the_same_content_is_not_asked_for_twice(world: World, paper: Paper) -> None:
    ask(world, paper)
    with pytest.raises(Conflict):
        ask(world, paper)
    ask(world, paper, "breakdown")


def test_returning_ends_the_round_with_its_reason(world: World, paper: Paper) -> None:
    row = ask(world, paper)
    row = endorsements.return_(
        by=actor(world, "bangong"), endorsement_id=row.pk, reason="牵头单位有误"
    )
    assert (row.state, row.end_reason) == (EndorsementState.RETURNED, "牵头单位有误")
    with pytest.raises(WrongState):
        sign(world, row, "bangong")
    assert ask(world, paper).round == 2


def test_refusals_of_asking_and_signing(world: World, paper: Paper) -> None:
    ids = [world.posts[name].pk for _, name in ORDER]
    by = actor(world, "bangong")
    for wrong in ([], ids[:3], [*ids[:3], ids[0]]):
        with pytest.raises(Invalid):
            endorsements.ask(by=by, paper=paper, kind="division", post_ids=wrong)
    with pytest.raises(NotAllowed):
        endorsements.ask(by=actor(world, "caizhengju"), paper=paper, kind="division", post_ids=ids)
    row = ask(world, paper)
    with pytest.raises(Invalid):
        sign(world, row, "bangong", " ")
    with pytest.raises(Conflict):
        endorsements.sign(by=by, endorsement_id=row.pk, opinion="同意", digest="0" * 64)


def test_signing_rolls_back_with_its_event(
    world: World, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ask(world, paper)

    def broken(**_: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("accountability.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        sign(world, row, "bangong")
    assert not row.steps.filter(signed_at__isnull=False).exists()


def test_a_successor_on_a_seat_changes_nothing_signed(world: World, paper: Paper) -> None:
    today, seat = timezone.localdate(), world.posts["周建平"]
    item = TaskItem.objects.filter(paper=paper).order_by("order").first()
    assert item is not None
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        slot = item.slots.filter(kind="responsible_leader").first() or item.slots.first()
        Assignment(item=item, slot=slot, post=seat, valid_from=today).save()
        before = canonical_text(paper, "breakdown", on=today)
        tenure = seat.tenures.get()
        tenure.valid_to = today
        tenure.save()
        Tenure(person=world.persons["许静"], post=seat, valid_from=today).save()
    assert "县政府常务副县长" in before
    assert "周建平" not in before
    assert before == canonical_text(paper, "breakdown", on=today)


def test_only_the_office_and_the_signers_read_the_text(
    world: World, paper: Paper, signed_in: Callable[[str], Client]
) -> None:
    ask(world, paper)
    for username, reads in (("zhuren", True), ("fuxianzhang", True), ("liuhe", False)):
        page = signed_in(username).get(reverse("paper_endorsements", args=[paper.pk]))
        assert ("查看送签文本" in page.content.decode()) is reads


def test_what_is_not_handed_out_is_not_in_the_text(world: World, paper: Paper) -> None:
    today, item = timezone.localdate(), paper.items.first()
    assert item is not None
    assert item.number in canonical_text(paper, "division", on=today)
    with acting(by=Actor.system("test")) as act:
        act.unchanged()
        item.state, item.issued_at, item.issued_by = "draft", None, None
        item.save()
    lines = canonical_text(paper, "division", on=today).splitlines()
    assert not any(line.startswith(f"{item.number} ") for line in lines)


def test_the_page_asks_signs_and_wants_the_factor(
    world: World, paper: Paper, signed_in: Callable[[str], Client]
) -> None:
    client, url = signed_in("bangong"), reverse("paper_endorsements", args=[paper.pk])
    data = {f"layer_{i}": world.posts[name].pk for i, (_, name) in enumerate(ORDER, 1)}
    answer = client.post(reverse("endorsement_ask", args=[paper.pk]), {"kind": "division", **data})
    assert answer.status_code == 302
    row = Endorsement.objects.get()
    page = client.get(url).content.decode()
    assert "存证件" in page
    sign_url = reverse("endorsement_sign", args=[row.pk])
    assert client.post(sign_url, {"opinion": "", "digest": row.digest}).status_code == 422
    session = client.session
    session[CONFIRMED] = (timezone.now() - timedelta(hours=1)).isoformat()
    session.save()
    assert client.post(sign_url, {"opinion": "同意", "digest": row.digest}).status_code == 403
    assert not row.steps.filter(signed_at__isnull=False).exists()
    session[CONFIRMED] = timezone.now().isoformat()
    session.save()
    assert client.post(sign_url, {"opinion": "同意", "digest": row.digest}).status_code == 302
    assert row.steps.filter(signed_at__isnull=False).count() == 1
    assert "存证件" not in client.get(url).content.decode()  # no longer this one's turn
