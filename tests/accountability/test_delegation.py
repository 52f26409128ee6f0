"""代管: what it opens, how long, and what it never carries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.access import scope_of
from accountability.door import Actor, acting
from accountability.models import AuditEvent, Delegation, User
from accountability.refusals import Conflict, Invalid, NotAllowed, Refusal
from accountability.services import delegations
from tests.world import World


def guardian(world: World) -> Actor:
    user = User.objects.get(pk=world.users["anquan"].pk)
    return Actor(key=f"user:{user.pk}", name="anquan", user=user, county=world.county)


def delegate(world: World, *, days: int = 10, **changes: object) -> Delegation:
    today = timezone.localdate()
    wanted = {
        "post": world.posts["周建平"],
        "delegate": world.persons["陈志远"],
        "valid_from": today,
        "valid_to": today + timedelta(days=days),
        "order_number": "试政办〔2026〕9号",
        "reason": "外出学习",
    }
    return delegations.begin(by=guardian(world), **(wanted | changes))  # type: ignore[arg-type]


@pytest.mark.django_db
def test_it_opens_the_seat_and_its_portfolio_while_it_holds(world: World) -> None:
    user = world.users["xianzhang"]
    post = world.posts["周建平"]
    assert post.pk not in scope_of(user).post_ids
    row = delegate(world)
    scope = scope_of(User.objects.get(pk=user.pk))
    assert post.pk in scope.post_ids
    assert post.pk not in scope.own_post_ids
    assert world.units["县财政局"].pk in scope.portfolio_unit_ids
    assert post.pk not in scope_of(user, on=row.valid_to).post_ids  # type: ignore[arg-type]
    delegations.end(by=guardian(world), delegation_id=row.pk, reason="提前返回")
    assert post.pk not in scope_of(User.objects.get(pk=user.pk)).post_ids
    assert AuditEvent.objects.filter(action__startswith="role.delegate").count() == 2


@pytest.mark.django_db
def test_a_unit_head_hands_over_his_unit(world: World) -> None:
    unit = world.units["县财政局"]
    delegate(world, post=world.posts["黄志强"], delegate=world.persons["吴霞"])
    assert unit.pk in scope_of(world.users["liuhe"]).unit_ids


@pytest.mark.django_db
def test_it_does_not_chain(world: World) -> None:
    delegate(world)
    # 陈志远 looks after the seat; handing on his own seat hands on his own seat alone.
    delegate(world, post=world.posts["陈志远"], delegate=world.persons["李明华"])
    held = Delegation.objects.get(delegate=world.persons["李明华"])
    assert held.delegator == world.persons["陈志远"]
    scope = scope_of(world.users["fuxianzhang"])
    assert world.posts["陈志远"].pk not in scope.post_ids


@pytest.mark.django_db
def test_the_trail_says_for_whom(world: World, client: Client) -> None:
    delegate(world)
    client.force_login(world.users["xianzhang"])
    assert "陈志远 代 周建平" in client.get(reverse("me")).content.decode()
    client.post(reverse("logout"))
    event = AuditEvent.objects.filter(action="logout").get()
    assert event.actor_name == "陈志远（代 周建平）"
    assert event.user == world.users["xianzhang"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"days": 31}, "不超过 30 天"),
        ({"days": 0}, "截止日期"),
        ({"order_number": " "}, "依据文号|不能为空"),
    ],
)
def test_it_is_short_and_on_an_order(world: World, changes: dict, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        delegate(world, **changes)
    assert not Delegation.objects.exists()


@pytest.mark.django_db
def test_who_may_not(world: World) -> None:
    with pytest.raises(Invalid):
        delegate(world, delegate=world.persons["周建平"])
    delegate(world)
    with pytest.raises(Conflict):
        delegate(world, delegate=world.persons["李明华"])
    clerk = world.users["bangong"]
    by = Actor(key=f"user:{clerk.pk}", name="张敏", user=clerk, county=world.county)
    with pytest.raises(NotAllowed):
        delegations.end(by=by, delegation_id=Delegation.objects.get().pk, reason="x")


@pytest.mark.django_db
def test_raw_sql_cannot_make_it_longer(world: World) -> None:
    row = delegate(world, days=30)

    def stretch() -> None:
        with transaction.atomic(), acting(by=Actor.system("test")) as act:
            act.unchanged()
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE accountability_delegation SET valid_to = %s WHERE id = %s",
                    [row.valid_from + timedelta(days=31), row.pk],
                )

    with pytest.raises(DatabaseError):
        stretch()
