"""What no single row of an import can know: uniqueness, overlap, cycles, what is still carried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from ..models import GroupMembership, Person, Portfolio, Post, Tenure, Unit, UnitGroup
from .carried import Carried, Holder, carried_by, sentence

if TYPE_CHECKING:
    from .directory_plan import Entry, Planner


def check(planner: Planner) -> None:
    """Add the problems of the directory as it would stand after the import."""
    unique(planner, Unit, planner.rows.units, "name", "已有同名单位在用", _unit_key)
    unique(planner, UnitGroup, planner.rows.groups, "group", "已有同名集合在用", _group_key)
    unique(planner, Person, planner.rows.persons, "name", "已有同名人员，请用备注区分", _person_key)
    unique(planner, Post, planner.rows.posts, "title", "该单位已有相同职务和席位", _post_key)
    apart(
        planner,
        GroupMembership,
        planner.rows.memberships,
        "unit",
        "该单位同一时间已在集合中",
        lambda m: (id(m.group), id(m.unit)),
    )
    apart(
        planner,
        Tenure,
        planner.rows.tenures,
        "person",
        "该职务同一时间已有人任职，请先填写原任职人的免职日期",
        lambda t: None if t.is_acting else id(t.post),
    )
    apart(
        planner,
        Portfolio,
        planner.rows.portfolios,
        "charge",
        "该领导同一时间已分管此项",
        lambda p: (id(p.post), id(p.unit) if p.unit else p.field),
    )
    cycles(planner)
    endings(planner)
    carrying(planner)


def everything(planner: Planner, model: type, table: dict[int, Any]) -> list[Any]:
    """The rows as they would stand: those that were there and the new ones."""
    return [*table.values(), *(e.obj for e in planner.plan.of(model) if e.is_new)]


def unique(
    planner: Planner, model: type, table: dict[int, Any], column: str, message: str, key: Any
) -> None:
    """Report entries whose key another row in use has."""
    by_key: dict[Any, list[Any]] = defaultdict(list)
    for row in everything(planner, model, table):
        value = key(row)
        if value is not None:
            by_key[value].append(row)
    for entry in planner.plan.of(model):
        if entry.kind != "same" and len(by_key.get(key(entry.obj), [])) > 1:
            planner.problem(entry.row, column, message)


def apart(
    planner: Planner, model: type, table: dict[int, Any], column: str, message: str, key: Any
) -> None:
    """Report entries whose time overlaps that of another row of the same key."""
    by_key: dict[Any, list[Any]] = defaultdict(list)
    for row in everything(planner, model, table):
        if key(row) is not None and row.valid_from != row.valid_to:
            by_key[key(row)].append(row)
    for entry in planner.plan.of(model):
        if entry.kind == "same":
            continue
        others = (r for r in by_key.get(key(entry.obj), []) if r is not entry.obj)
        if any(overlap(entry.obj, other) for other in others):
            planner.problem(entry.row, column, message)


def overlap(one: Any, other: Any) -> bool:
    """Whether two dated rows share a day."""
    return (one.valid_to is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from < other.valid_to
    )


def cycles(planner: Planner) -> None:
    """No unit stands below itself, or is its own successor."""
    for entry in planner.plan.of(Unit):
        if entry.kind == "same":
            continue
        at, seen = entry.obj.parent, {id(entry.obj)}
        while at is not None and id(at) not in seen:
            seen.add(id(at))
            at = at.parent
        if at is entry.obj:
            planner.problem(entry.row, "parent", "上级单位不能是本单位或其下级单位")
        if entry.obj.successor is entry.obj:
            planner.problem(entry.row, "successor", "撤并后单位不能是本单位")
        if entry.obj.successor is not None and entry.obj.valid_to is None:
            planner.problem(entry.row, "successor", "填写撤并后单位的，须同时填写失效日期")


def endings(planner: Planner) -> None:
    """What is ended leaves nothing in use behind that hangs on it."""
    below: dict[int, list[Any]] = defaultdict(list)
    for unit in everything(planner, Unit, planner.rows.units):
        if unit.parent is not None and unit.valid_to is None:
            below[id(unit.parent)].append(unit)
    seats: dict[int, list[Any]] = defaultdict(list)
    for post in everything(planner, Post, planner.rows.posts):
        if post.valid_to is None:
            seats[id(post.unit)].append(post)
    held: dict[int, list[Any]] = defaultdict(list)
    for tenure in everything(planner, Tenure, planner.rows.tenures):
        if tenure.valid_to is None:
            held[id(tenure.post)].append(tenure.person)
            held[id(tenure.person)].append(tenure.post)
    for entry in ended(planner, Unit):
        if rows := below.get(id(entry.obj)):
            planner.problem(entry.row, "valid_to", f"还有下级单位在用：{listed(rows)}")
        if rows := seats.get(id(entry.obj)):
            titles = "、".join(p.title for p in rows[:5])
            planner.problem(
                entry.row, "valid_to", f"还有职务未撤销：{titles}，请在“职务”表填写失效日期"
            )
    for entry in ended(planner, Post):
        if rows := held.get(id(entry.obj)):
            planner.problem(
                entry.row, "valid_to", f"还有人任职：{listed(rows)}，请在“任职”表填写免职日期"
            )
    for entry in ended(planner, Person):
        if rows := held.get(id(entry.obj)):
            planner.problem(
                entry.row,
                "retired_on",
                f"还任职务：{'、'.join(f'{p.unit.name}{p.title}' for p in rows[:5])}，"
                "请在“任职”表填写免职日期",
            )


def ended(planner: Planner, model: type) -> Iterable[Entry]:
    return (e for e in planner.plan.of(model) if e.ends)


def listed(rows: list[Any]) -> str:
    return "、".join(r.name for r in rows[:5]) + (f" 等 {len(rows)} 个" if len(rows) > 5 else "")


def carrying(planner: Planner) -> None:
    """What still carries open work is not retired by a workbook either; asked once for all."""
    by_holder: dict[Holder, Entry] = {}
    for letter, model in (("u", Unit), ("p", Post), ("g", UnitGroup)):
        for entry in ended(planner, model):
            by_holder[Holder(letter, entry.obj.pk)] = entry
    things: dict[Holder, list[Carried]] = defaultdict(list)
    for thing in carried_by(by_holder, on=timezone.localdate()):
        things[thing.holder].append(thing)
    for holder, carried in things.items():
        entry = by_holder[holder]
        column = "group_to" if holder.kind == "g" else "valid_to"
        told = sentence(str(entry.obj), carried, way="批量移交", act="停用")
        planner.problem(entry.row, column, told)


def _unit_key(unit: Unit) -> Any:
    return None if unit.valid_to else (id(unit.parent) if unit.parent else 0, unit.name)


def _group_key(group: UnitGroup) -> Any:
    return None if group.valid_to else group.name


def _person_key(person: Person) -> Any:
    return (person.name, person.note)


def _post_key(post: Post) -> Any:
    return None if post.valid_to else (id(post.unit), post.title, post.seat)
