"""Units, groups, persons, posts, tenures, portfolios: happy path, refusal, roll-back."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accountability.door import Actor
from accountability.models import (
    AuditEvent,
    GroupMembership,
    Portfolio,
    Tenure,
    Unit,
    UnitKind,
)
from accountability.models.dated import holds_on
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound
from accountability.selectors.directory import directory, members
from accountability.services import (
    audit,
    carried,
    groups,
    persons,
    portfolios,
    posts,
    tenures,
    units,
)
from accountability.services.directory import version_of
from tests.world import World, build

pytestmark = pytest.mark.django_db
DAY = date(2026, 7, 1)
BEFORE = date(2026, 6, 30)


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


@pytest.fixture
def clerk(world: World) -> Actor:
    return actor(world, "bangong")


@pytest.fixture
def laden(monkeypatch: pytest.MonkeyPatch) -> set[carried.Holder]:
    """A registry in which the holders of the set carry two things each."""
    holders: set[carried.Holder] = set()

    def lookup(wanted: frozenset[carried.Holder], on: date) -> list[carried.Carried]:
        return [carried.Carried(h, f"三{n}") for h in wanted & holders for n in (1, 2)]

    monkeypatch.setattr(carried, "_lookups", {"test": lookup})
    return holders


def test_a_unit_is_made_with_its_search_keys(world: World, clerk: Actor) -> None:
    unit = units.create(
        by=clerk,
        county=world.county,
        name="县 重山 林业局",
        kind=UnitKind.GOV_DEPARTMENT,
        valid_from=DAY,
        aliases=["林业局", "林业局", "县重山林业局", " "],
        parent=world.units["县政府"],
    )
    assert (unit.name, unit.aliases) == ("县重山林业局", ["林业局"])
    assert {"xianchongshanlinyeju", "chongshanlinyeju", "linyeju"} <= set(unit.pinyin.split())
    assert {"xcslyj", "cslyj"} <= set(unit.initials.split())
    assert unit.precedence > max(u.precedence for u in world.units.values())
    event = AuditEvent.objects.latest("id")
    assert (event.action, event.actor_name) == ("unit.create", "张敏")
    assert list(event.units.all()) == [unit]


@pytest.mark.parametrize("username", ["caizheng", "xianzhang", "jiwei", "xitong", "anquan"])
def test_who_may_not_edit_changes_nothing(world: World, username: str) -> None:
    by = actor(world, username)
    count = AuditEvent.objects.count()
    with pytest.raises(NotAllowed):
        units.edit(by=by, unit=world.units["县财政局"], values={"short_name": "财局"})
    with pytest.raises(NotAllowed):
        persons.create(by=by, county=world.county, name="某某")
    assert Unit.objects.get(name="县财政局").short_name == "财政局"
    assert AuditEvent.objects.count() == count


def test_another_countys_rows_do_not_exist(world: World, clerk: Actor, door: Any) -> None:
    other = build(name="邻县", code="990012", suffix="_lin")
    with pytest.raises(NotFound):
        units.edit(by=clerk, unit=other.units["县财政局"], values={"short_name": "x"})
    with pytest.raises(NotFound):
        units.edit(by=clerk, unit=world.units["县财政局"], values={"parent": other.units["县政府"]})
    with pytest.raises(NotFound):
        tenures.appoint(
            by=clerk, post=world.posts["周建平"], person=other.persons["李明华"], day=DAY
        )


def test_editing_keeps_history_and_tells_before_and_after(world: World, clerk: Actor) -> None:
    unit = world.units["县住房和城乡建设局"]
    units.edit(
        by=clerk,
        unit=unit,
        values={"short_name": "住建", "kind": "institution"},
        reason="〔2026〕3号",
    )
    event = AuditEvent.objects.latest("id")
    assert event.reason == "〔2026〕3号"
    assert [(c["label"], c["before"], c["after"]) for c in event.changes] == [
        ("简称", "县住建局", "住建"),
        ("类别", "政府工作部门", "事业单位"),
    ]
    assert unit.history.count() == 2
    count = AuditEvent.objects.count()
    units.edit(by=clerk, unit=unit, values={"short_name": "住建"})
    assert AuditEvent.objects.count() == count, "nothing changed, so no event"


def test_a_concurrent_edit_gets_both_versions(world: World, clerk: Actor) -> None:
    unit = world.units["县财政局"]
    seen = version_of(unit)
    units.edit(by=actor(world, "zhuren"), unit=unit, values={"short_name": "县财政"}, version=seen)
    with pytest.raises(Conflict) as refused:
        units.edit(by=clerk, unit=unit, values={"short_name": "财局"}, version=seen)
    assert refused.value.details == [{"label": "简称", "theirs": "县财政", "mine": "财局"}]
    assert "韩书琴" in refused.value.sentence
    units.edit(by=clerk, unit=unit, values={"short_name": "县财政"}, version=seen)


def test_a_unit_never_stands_below_itself(world: World, clerk: Actor) -> None:
    office, bureau = world.units["县政府办公室"], world.units["县财政局"]
    units.edit(by=clerk, unit=bureau, values={"parent": office})
    with pytest.raises(Invalid, match="上级单位不能是"):
        units.edit(by=clerk, unit=office, values={"parent": bureau})
    with pytest.raises(Invalid, match="同名单位"):
        units.edit(by=clerk, unit=world.units["县审计局"], values={"name": "县数据中心"})


def test_merging_ends_what_hangs_on_the_unit(world: World, clerk: Actor) -> None:
    unit, successor = world.units["县审计局"], world.units["县财政局"]
    units.merge(by=clerk, unit=unit, successor=successor, day=DAY)
    unit.refresh_from_db()
    assert (unit.valid_to, unit.successor) == (DAY, successor)
    assert unit.holds_on(BEFORE)
    assert not unit.holds_on(DAY)
    assert Tenure.objects.get(person__name="许静").valid_to == DAY
    assert GroupMembership.objects.get(unit=unit).valid_to == DAY
    assert Portfolio.objects.get(unit=unit).valid_to == DAY
    assert f"u{unit.pk}" in directory(world.county, on=BEFORE).by_key
    assert f"u{unit.pk}" not in directory(world.county, on=DAY).by_key
    event = AuditEvent.objects.latest("id")
    assert set(event.units.all()) == {unit, successor}
    with pytest.raises(Invalid, match="不必重复"):
        units.retire(by=clerk, unit=unit, day=DAY)


def test_what_still_carries_tasks_is_not_retired(
    world: World, clerk: Actor, laden: set[carried.Holder]
) -> None:
    unit, seat = world.units["县财政局"], world.posts["黄志强"]
    laden.add(carried.Holder("p", seat.pk))
    for refused in (
        lambda: units.retire(by=clerk, unit=unit, day=DAY),
        lambda: posts.retire(by=clerk, post=seat, day=DAY),
        lambda: persons.retire(by=clerk, person=world.persons["黄志强"], day=DAY),
    ):
        with pytest.raises(carried.StillCarries) as answer:
            refused()
        assert "仍承担 2 项任务：三1、三2" in answer.value.sentence
        assert "批量移交" in answer.value.sentence
        assert answer.value.details["holders"] == [{"key": f"p{seat.pk}", "count": 2}]
    assert Unit.objects.get(pk=unit.pk).valid_to is None
    assert Tenure.objects.get(post=seat).valid_to is None
    # The work stays on the seat: a successor is enough, nothing is handed over.
    tenures.appoint(by=clerk, post=seat, person=world.persons["刘芳"], day=DAY)
    persons.retire(by=clerk, person=world.persons["黄志强"], day=DAY)


def test_units_below_in_use_keep_a_unit_in_use(world: World, clerk: Actor) -> None:
    units.edit(
        by=clerk, unit=world.units["县审计局"], values={"parent": world.units["县政府办公室"]}
    )
    with pytest.raises(Invalid, match="下级单位在用：县审计局"):
        units.retire(by=clerk, unit=world.units["县政府办公室"], day=DAY)


def test_no_event_no_change(world: World, clerk: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("the trail is full")

    monkeypatch.setattr(audit, "record", broken)
    group, seat = world.groups["各乡镇"], world.posts["周建平"]
    for act in (
        lambda: units.retire(by=clerk, unit=world.units["县审计局"], day=DAY),
        lambda: groups.set_members(by=clerk, group=group, units=[], day=DAY),
        lambda: tenures.appoint(by=clerk, post=seat, person=world.persons["许静"], day=DAY),
        lambda: portfolios.set_portfolio(by=clerk, post=seat, units=[], fields=["x"], day=DAY),
        lambda: persons.retire(by=clerk, person=world.persons["许静"], day=DAY),
    ):
        with pytest.raises(RuntimeError):
            act()
    assert Unit.objects.get(name="县审计局").valid_to is None
    assert len(members(group, on=DAY)) == 3
    assert seat.tenures.get().valid_to is None
    assert not Portfolio.objects.filter(field="x").exists()
    assert not Tenure.objects.exclude(valid_to=None).exists()


def test_members_change_from_a_day_on(world: World, clerk: Actor) -> None:
    group = world.groups["各乡镇"]
    chosen = [world.units["柳河镇"], world.units["县数据中心"]]
    groups.set_members(by=clerk, group=group, units=chosen, day=DAY)
    assert [u.name for u in members(group, on=BEFORE)] == ["柳河镇", "石桥镇", "长岭乡"]
    assert [u.name for u in members(group, on=DAY)] == ["县数据中心", "柳河镇"]
    groups.set_members(by=clerk, group=group, units=chosen[:1], day=DAY)
    assert [u.name for u in members(group, on=DAY)] == ["柳河镇"]
    groups.end(by=clerk, group=group, day=date(2026, 8, 1))
    with pytest.raises(Invalid, match="已停用"):
        groups.set_members(by=clerk, group=group, units=chosen, day=DAY)


def test_succession_is_a_new_tenure(world: World, clerk: Actor) -> None:
    seat = world.posts["周建平"]
    assert seat.history.count() == 1
    tenures.appoint(by=clerk, post=seat, person=world.persons["许静"], day=DAY, reason="任免通知")
    held = {t.person.name: (t.valid_from, t.valid_to) for t in seat.tenures.all()}
    assert held == {"周建平": (date(2020, 1, 1), DAY), "许静": (DAY, None)}
    assert seat.history.count() == 1, "the seat itself, and what lies on it, has not moved"
    who = directory(world.county, on=DAY).by_key[f"p{seat.pk}"]
    assert who.label == "许静"
    with pytest.raises(Invalid, match="已任该职务"):
        tenures.appoint(by=clerk, post=seat, person=world.persons["许静"], day=DAY)
    with pytest.raises(Invalid, match="不能早于该日"):
        tenures.appoint(by=clerk, post=seat, person=world.persons["任喆"], day=BEFORE)


def test_acting_runs_beside_and_a_seat_may_be_vacant(world: World, clerk: Actor) -> None:
    seat = world.posts["单明"]
    tenures.appoint(by=clerk, post=seat, person=world.persons["许静"], day=DAY, is_acting=True)
    assert seat.tenures.filter(holds_on(DAY)).count() == 2
    for tenure in list(seat.tenures.all()):
        tenures.end(by=clerk, tenure=tenure, day=DAY)
    candidate = directory(world.county, on=DAY).by_key[f"p{seat.pk}"]
    assert candidate.detail == "空缺"
    tenures.appoint(by=clerk, post=seat, person=world.persons["单明"], day=date(2026, 9, 1))


def test_a_portfolio_changes_from_a_day_on(world: World, clerk: Actor) -> None:
    seat = world.posts["周建平"]
    portfolios.set_portfolio(
        by=clerk,
        post=seat,
        units=[world.units["县审计局"], world.units["柳河镇"]],
        fields=["财政 税收", "财政税收", ""],
        day=DAY,
    )

    def on(day: date) -> set[str]:
        rows = seat.portfolio.filter(holds_on(day)).select_related("unit")
        return {p.unit.name if p.unit else p.field for p in rows}

    assert on(BEFORE) == {"县财政局", "县审计局"}
    assert on(DAY) == {"县审计局", "柳河镇", "财政税收"}
    with pytest.raises(Invalid, match="不是县领导"):
        portfolios.set_portfolio(
            by=clerk, post=world.posts["黄志强"], units=[], fields=["x"], day=DAY
        )


@pytest.mark.parametrize(
    ("name", "override", "full", "initials"),
    [
        ("单文洁", "", "shanwenjie", "swj"),
        ("尉迟新", "", "yuchixin", "ycx"),
        ("曾立新", "", "zenglixin", "zlx"),
        ("解永刚", "", "xieyonggang", "xyg"),
        ("任长乐", "ren chang le", "renchangle", "rcl"),
    ],
)
def test_surnames_read_as_surnames(
    world: World, clerk: Actor, name: str, override: str, full: str, initials: str
) -> None:
    person = persons.create(
        by=clerk, county=world.county, name=f"{name[0]} {name[1:]}", pinyin_override=override
    )
    assert person.name == name
    assert person.pinyin.split()[0] == full
    assert person.initials.split()[0] == initials
    persons.edit(by=clerk, person=person, values={"name": "区文彬", "pinyin_override": ""})
    person.refresh_from_db()
    assert person.pinyin.split()[0] == "ouwenbin"


def test_two_of_one_name_are_told_apart(world: World, clerk: Actor) -> None:
    with pytest.raises(Invalid, match="备注中区分"):
        persons.create(by=clerk, county=world.county, name="张敏")
    persons.create(by=clerk, county=world.county, name="张敏", note="教育局")


def test_a_post_is_a_seat(world: World, clerk: Actor) -> None:
    unit = world.units["县政府"]
    with pytest.raises(Invalid, match="相同职务和席位"):
        posts.create(by=clerk, unit=unit, title="副县长", layer="dual_duty", valid_from=DAY)
    seat = posts.create(
        by=clerk, unit=unit, title="副县长", seat=2, layer="dual_duty", valid_from=DAY
    )
    posts.edit(by=clerk, post=seat, values={"is_leadership": True, "unit": world.units["柳河镇"]})
    seat.refresh_from_db()
    assert (seat.is_leadership, seat.unit) == (True, unit)
    posts.retire(by=clerk, post=seat, day=date(2026, 8, 1))
    with pytest.raises(Invalid, match="不在用"):
        tenures.appoint(by=clerk, post=seat, person=world.persons["许静"], day=date(2026, 8, 1))
