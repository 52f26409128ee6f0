"""Rights on tasks: derived from the slots, by today's scope, the same on every surface."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from guardian.core import ObjectPermissionChecker

from accountability.access import scope_for, scope_of
from accountability.access.backend import ScopeChecker
from accountability.access.why import explain
from accountability.door import Actor, acting
from accountability.models import RightsGroup, Role, RoleGrant, Tenure, Unit, User
from accountability.models.dated import holds_on
from accountability.services import groups, posts, rights, units
from tasks.models import Assignment, ItemSlot, TaskItem, TaskItemGroupPermission, TaskState
from tasks.selectors import ledger
from tasks.services import grants, handover, slots
from tests.access.people import actor
from tests.access.sound import assert_rights_are_sound
from tests.task_factory import make_tasks
from tests.world import START, World

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
TODAY = timezone.localdate()
READERS = ("caizheng", "caizhengju", "liuhe", "xianzhang", "fuxianzhang", "jiwei", "bangong")
VIEW = "tasks.view_taskitem"


def fresh(user: User) -> User:
    """The account as the next request reads it."""
    return User.objects.get(pk=user.pk)


def seen(user: User) -> set[int]:
    return set(TaskItem.objects.visible_to(fresh(user)).values_list("pk", flat=True))


def by_slots(user: User, day: date) -> set[int]:
    """The rule said from the slots themselves, without any table of rights."""
    scope = scope_of(user, on=day)
    units_of_scope = scope.unit_ids | scope.portfolio_unit_ids
    mine = Assignment.objects.filter(holds_on(day)).filter(
        Q(post_id__in=scope.post_ids)
        | Q(unit_id__in=units_of_scope)
        | Q(group_id__in=scope.group_ids)
        | Q(post__unit_id__in=units_of_scope)
    )
    rows = TaskItem.objects.filter(county=user.county, issued_at__isnull=False)
    if scope.sees_drafts:
        return set(TaskItem.objects.filter(county=user.county).values_list("pk", flat=True))
    if not scope.sees_whole_county:
        rows = rows.filter(
            Exists(mine.filter(item_id=OuterRef("pk")))
            | Exists(mine.filter(item_id=OuterRef("parent_id")))
        )
    return set(rows.values_list("pk", flat=True))


def scatter(world: World, rng: random.Random) -> list[TaskItem]:
    """Forty tasks with holders of every kind on past, present and future days."""
    made = make_tasks(world, 40).items
    holders: list[dict[str, Any]] = [
        *({"unit": unit} for unit in world.units.values()),
        *({"post": post} for post in world.posts.values()),
        *({"group": group} for group in world.groups.values()),
    ]
    with acting(by=SYSTEM) as act:
        act.unchanged()
        for item in made:
            for row in Assignment.objects.filter(item=item):
                row.valid_to = rng.choice([None, TODAY, TODAY + timedelta(days=3)])
                row.save()
            slot = ItemSlot.objects.filter(item=item).first()
            assert slot is not None
            taken: set[str] = set()
            for _ in range(rng.randrange(4)):
                holder = rng.choice(holders)
                if str(holder) in taken:
                    continue
                taken.add(str(holder))
                begin = TODAY + timedelta(days=rng.randrange(-20, 6))
                end = begin + timedelta(days=rng.randrange(1, 30))
                Assignment(
                    item=item, slot=slot, valid_from=begin, valid_to=end, basis="试", **holder
                ).save()
            if rng.random() < 0.3 and item.pk != made[0].pk:
                item.parent = made[0]
                item.save()
        grants.sync(made)
    return made


@pytest.mark.parametrize("seed", range(4))
def test_the_table_says_what_the_slots_say_today_and_on_days_to_come(
    world: World, seed: int
) -> None:
    rng = random.Random(seed)
    scatter(world, rng)
    for ahead in (0, 1, 3, 5, 12):
        day = TODAY + timedelta(days=ahead)
        assert grants.check(on=day) == [], "still sound on that day, without a job"
        for name in READERS:
            user = fresh(world.users[name])
            user._scope = scope_of(user, on=day)  # type: ignore[attr-defined]
            got = set(TaskItem.objects.visible_to(user).values_list("pk", flat=True))
            assert got == by_slots(user, day), (name, day)
    assert_rights_are_sound()


def test_has_perm_list_and_detail_agree_for_everybody(world: World) -> None:
    made = scatter(world, random.Random(9))
    for user in world.users.values():
        user = fresh(user)
        visible = seen(user)
        for item in made:
            assert user.has_perm(VIEW, item) == (item.pk in visible), (user, item)
            assert ("view_taskitem" in ScopeChecker(user).get_perms(item)) == (item.pk in visible)
        assert not user.has_perm("tasks.change_taskitem", made[0])
        assert not user.has_perm("reports.view_taskitem", made[0])
        assert not user.has_perm(VIEW), "a right on everything does not exist"
    assert not AnonymousUser().has_perm(VIEW, made[0])
    # guardian's own checker would ask auth_user_groups, which stays empty.
    assert ObjectPermissionChecker(world.users["caizheng"]).get_perms(made[0]) == []


@pytest.mark.parametrize("name", ["caizheng", "fuxianzhang"])
def test_pages_by_group_are_the_list_in_its_order(
    world: World, name: str, monkeypatch: Any
) -> None:
    scatter(world, random.Random(3))
    monkeypatch.setattr(ledger, "PAGE_SIZE", 4)
    user = world.users[name]
    tasks = ledger.tasks_of(user, 2026, {}, on=TODAY)
    wanted = list(tasks.visible.order_by("paper_id", "order").values_list("pk", flat=True))
    assert len(wanted) > 9
    assert tasks.count() == str(len(wanted))
    got: list[int] = []
    after, pages = "", 0
    while True:
        page = ledger.task_page(tasks, after=after)
        got += [row["id"] for row in page.rows]
        pages += 1
        if page.previous_cursor:
            back = ledger.task_page(tasks, before=page.previous_cursor)
            assert [row["id"] for row in back.rows] == got[-len(page.rows) - 4 : -len(page.rows)]
        after = page.next_cursor
        if not after:
            break
    assert got == wanted
    assert pages == -(-len(wanted) // 4)
    for at, pk in enumerate(wanted):
        item = TaskItem.objects.get(pk=pk)
        before = wanted[at - 1] if at else None
        following = wanted[at + 1] if at + 1 < len(wanted) else None
        assert tasks.neighbours(item) == (before, following)
    found = ledger.tasks_of(user, 2026, {"q": "政府采购"}, on=TODAY)
    assert {r["id"] for r in ledger.task_page(found).rows} <= set(wanted)


def test_what_has_lapsed_is_gone_at_once(world: World) -> None:
    made = make_tasks(world, 3).items
    liaison, leader = world.users["caizheng"], world.users["fuxianzhang"]
    assert seen(liaison) == seen(leader) == {item.pk for item in made}
    with acting(by=SYSTEM) as act:
        act.unchanged()
        grant = RoleGrant.objects.get(user=liaison)
        grant.valid_to = TODAY
        grant.save()
        for tenure in Tenure.objects.filter(person=leader.person):
            tenure.valid_to = TODAY
            tenure.save()
    assert seen(liaison) == set()
    assert seen(leader) == set(), "neither seat nor portfolio"
    assert not fresh(leader).has_perm(VIEW, made[0])
    with acting(by=SYSTEM) as act:
        act.unchanged()
        head = fresh(world.users["caizhengju"])
        head.is_active = False
        head.save()
    assert seen(head) == set()
    assert not head.has_perm(VIEW, made[0])
    assert scope_for(fresh(head)).permission_group_ids == frozenset()
    assert_rights_are_sound()


def test_members_of_a_group_see_from_their_day_on(world: World) -> None:
    item = make_tasks(world, 1).items[0]
    user, town = world.users["liuhe"], world.units["柳河镇"]
    assert item.pk in seen(user)
    others = [world.units["石桥镇"], world.units["长岭乡"]]
    later = TODAY + timedelta(days=10)
    clerk = actor(world.users["bangong"])
    groups.set_members(by=clerk, group=world.groups["各乡镇"], units=others, day=later)
    assert item.pk in seen(user), "a member until that day"
    user._scope = scope_of(user, on=later)  # type: ignore[attr-defined]
    assert item.pk not in TaskItem.objects.visible_to(user).values_list("pk", flat=True)
    groups.set_members(by=clerk, group=world.groups["各乡镇"], units=others, day=TODAY)
    assert item.pk not in seen(user)
    groups.set_members(by=clerk, group=world.groups["各乡镇"], units=[*others, town], day=TODAY)
    assert item.pk in seen(user)
    assert_rights_are_sound()


def test_a_handover_to_come_needs_no_job(world: World) -> None:
    item = make_tasks(world, 1, lead="县审计局").items[0]
    TaskItem.objects.filter(pk=item.pk)
    later = TODAY + timedelta(days=5)
    handover.reassign(
        by=actor(world.users["bangong"]),
        county=world.county,
        source=f"g{world.groups['各乡镇'].pk}",
        target=f"u{world.units['县数据中心'].pk}",
        day=later,
    )
    user = world.users["liuhe"]
    assert item.pk in seen(user)
    user._scope = scope_of(user, on=later)  # type: ignore[attr-defined]
    assert not TaskItem.objects.visible_to(user).filter(pk=item.pk).exists()
    assert grants.check(on=later) == []


def test_a_draft_is_granted_when_it_is_handed_out(world: World) -> None:
    made = make_tasks(world, 2, state="draft").items
    assert not TaskItemGroupPermission.objects.exists()
    assert seen(world.users["caizheng"]) == set()
    slot = ItemSlot.objects.get(item=made[0], kind="lead_unit")
    change = slots.CellChange(slot.pk, (f"u{world.units['县审计局'].pk}",), slot.version)
    slots.fill(
        by=actor(world.users["bangong"]),
        paper=made[0].paper,
        changes=slots.Changes(cells=[change]),
    )
    assert not TaskItemGroupPermission.objects.exists()
    assert grants.check() == []


def test_an_inspectors_mandate_may_be_limited_to_units_and_days(world: World) -> None:
    audit = make_tasks(world, 2, lead="县审计局", title="甲意见").items
    # 责任人员 of the factory's tasks sits in 县财政局.
    make_tasks(world, 2, lead="县住房和城乡建设局", title="乙意见", leader="陈志远")
    inspector = world.users["jiwei"]
    whole = seen(inspector)
    assert len(whole) == 4
    with acting(by=SYSTEM) as act:
        act.unchanged()
        grant = RoleGrant.objects.get(user=inspector, role=Role.INSPECTOR)
        grant.unit = world.units["县审计局"]
        grant.valid_to = TODAY + timedelta(days=30)
        grant.save()
    assert seen(inspector) == {item.pk for item in audit}
    scope = scope_for(fresh(inspector))
    assert not scope.sees_whole_county
    for pk in whole:
        told = explain("task", fresh(inspector), pk, county_id=None)
        assert told is not None
        said = all(part.holds for part in told.needed) and any(part.holds for part in told.ways)
        assert said == told.is_visible == (pk in {item.pk for item in audit})
    assert scope.unit_ids == frozenset(), "he acts for nobody"
    with acting(by=SYSTEM) as act:
        act.unchanged()
        RoleGrant(
            user=inspector, role=Role.INSPECTOR, unit=world.units["县住房和城乡建设局"],
            valid_from=START, granted_by="测试",
        ).save()  # fmt: skip
    assert seen(inspector) == whole
    after = scope_of(fresh(inspector), on=TODAY + timedelta(days=31))
    assert after.inspected_unit_ids == {world.units["县住房和城乡建设局"].pk}


def test_groups_are_made_with_units_and_posts(world: World) -> None:
    clerk = actor(world.users["bangong"])
    unit = units.create(
        by=clerk, county=world.county, name="县档案馆", kind="institution", valid_from=TODAY
    )
    post = posts.create(by=clerk, unit=unit, title="馆长", layer="staff", valid_from=TODAY)
    assert RightsGroup.objects.get(unit=unit).group.name == rights.name_of(
        world.county.pk, "unit", unit.pk
    )
    assert RightsGroup.objects.get(post=post).county_id == world.county.pk
    with acting(by=SYSTEM) as act:
        act.unchanged()
        assert rights.ensure_all() == 0
        late = Unit(county=world.county, name="县气象局", kind="vertical", valid_from=START)
        late.save()
        assert rights.ensure_all() == 1
        assert rights.ensure_groups(units=[late]) == 0


def test_rebuild_finds_what_was_done_behind_the_portals_back(world: World, capsys: Any) -> None:
    make_tasks(world, 3)
    call_command("rebuild_grants", "--check")
    assert "一致" in capsys.readouterr().out
    row = TaskItemGroupPermission.objects.first()
    assert row is not None
    stranger = RightsGroup.objects.get(unit=world.units["县数据中心"])
    with acting(by=SYSTEM) as act:
        act.unchanged()
        TaskItemGroupPermission.objects.create(
            group=stranger.group, permission=row.permission, content_object=row.content_object,
            county=world.county, year=row.year, paper=row.paper, item_order=row.item_order,
            valid_from=TODAY,
        )  # fmt: skip
        TaskItemGroupPermission.objects.filter(pk=row.pk).delete()
    with pytest.raises(SystemExit):
        call_command("rebuild_grants", "--check")
    assert "共 2 处" in capsys.readouterr().out
    call_command("rebuild_grants")
    assert "更正 2 处" in capsys.readouterr().out
    call_command("rebuild_grants")
    assert "没有改动" in capsys.readouterr().out
    assert grants.check() == []


def test_the_database_refuses_a_right_without_an_actor(world: World) -> None:
    make_tasks(world, 1)
    row = TaskItemGroupPermission.objects.first()
    assert row is not None
    with pytest.raises(DatabaseError), transaction.atomic():
        TaskItemGroupPermission.objects.filter(pk=row.pk).update(valid_to=TODAY)
    with acting(by=SYSTEM) as act:
        act.unchanged()
        for way, what in (
            (world.users["caizheng"].groups, row.group),
            (world.users["caizheng"].user_permissions, row.permission),
            (row.group.permissions, row.permission),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                way.add(what)
    assert not User.objects.filter(username="AnonymousUser").exists()


def test_the_number_of_statements_does_not_grow_with_the_tasks(world: World) -> None:
    counts = []
    for count in (2, 12):  # one batch of rows on SQLite
        items = make_tasks(world, count, title=f"{count}项意见").items
        with acting(by=SYSTEM) as act:
            act.unchanged()
            TaskItemGroupPermission.objects.filter(content_object__in=items).delete()
            with CaptureQueriesContext(connection) as caught:
                assert grants.sync(items) >= count
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 12, [q["sql"][:150] for q in caught]


def test_done_and_void_tasks_stay_whose_they_were(world: World) -> None:
    items = make_tasks(world, 2).items
    with acting(by=SYSTEM) as act:
        act.unchanged()
        for item, state in zip(items, (TaskState.DONE, TaskState.VOID), strict=True):
            item.state = state
            item.save()
    assert seen(world.users["caizheng"]) == {item.pk for item in items}
