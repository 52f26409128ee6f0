"""单位集合: make, edit, set the members from a day, end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Max, Q

from .. import pinyin
from ..door import Actor
from ..models import County, GroupMembership, Unit, UnitGroup
from ..refusals import Invalid, NotFound
from . import bulk, commitments, rights
from .audit import change
from .carried import Holder, refuse_while_carrying
from .directory import aliases_of, apply, check_version, clean, editing, end_day
from .units import STEP, ended


def set_keys(group: UnitGroup) -> None:
    """Search keys from name and aliases."""
    group.pinyin, group.initials = pinyin.keys(group.names)


def create(
    *,
    by: Actor,
    county: County,
    name: str,
    valid_from: date,
    units: Iterable[Unit] = (),
    aliases: Sequence[str] = (),
    precedence: int | None = None,
    reason: str = "",
) -> UnitGroup:
    """A new group with its first members, all from `valid_from`."""
    with editing(by=by, county=county, reason=reason) as act:
        if precedence is None:
            last = UnitGroup.objects.filter(county=county).aggregate(last=Max("precedence"))
            precedence = (last["last"] or 0) + STEP
        group = UnitGroup(
            county=county,
            name="".join(name.split()),
            precedence=precedence,
            valid_from=valid_from,
        )
        group.aliases = aliases_of(aliases, besides=(group.name,))
        set_keys(group)
        clean(group)
        group.save()
        members = list(units)
        _check_members(group, members, valid_from)
        bulk.create([GroupMembership(group=group, unit=u, valid_from=valid_from) for u in members])
        act.record(
            "group.create",
            group,
            summary=f"新增单位集合 {group.name}（{len(members)} 个单位）",
            units=members,
            changes=[change("members", "成员", "", [u.name for u in members])],
        )
    return group


def edit(
    *,
    by: Actor,
    group: UnitGroup,
    values: dict[str, Any],
    version: int | None = None,
    reason: str = "",
) -> UnitGroup:
    """Change name, aliases or place; see `units.edit`."""
    with editing(by=by, county=group.county_id, reason=reason) as act:
        row = UnitGroup.objects.select_for_update().get(pk=group.pk)
        values = dict(values)
        if "name" in values:
            values["name"] = "".join(values["name"].split())
        if "aliases" in values:
            values["aliases"] = aliases_of(
                values["aliases"], besides=(values.get("name", row.name),)
            )
        if values.get("precedence", 0) is None:
            values.pop("precedence")
        check_version(row, version, values)
        changes = apply(row, values)
        if not changes:
            act.unchanged()
            return row
        set_keys(row)
        clean(row)
        row.save()
        act.record("group.edit", row, summary=f"修改单位集合 {row.name}", changes=changes)
    return row


def set_members(
    *,
    by: Actor,
    group: UnitGroup,
    units: Iterable[Unit],
    day: date,
    reason: str = "",
    letters: commitments.Choice | None = None,
) -> UnitGroup:
    """Let the members be exactly `units` from `day` on; who was a member before stays so.

    `letters` says what becomes of signed letters that print tasks of the
    group; `LettersConcerned` without a choice.
    """
    with editing(by=by, county=group.county_id, reason=reason) as act:
        row = UnitGroup.objects.select_for_update().get(pk=group.pk)
        if row.valid_to is not None:
            raise Invalid(f"“{row.name}”已停用，不能再调整成员。")
        if day < row.valid_from:
            raise Invalid(f"日期不能早于集合的生效日期 {row.valid_from:%Y-%m-%d}，请改正日期。")
        wanted = {u.pk: u for u in units}
        now = {
            m.unit_id: m
            for m in GroupMembership.objects.select_for_update(of=("self",))
            .filter(group=row)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
            .select_related("unit")
        }
        leaving = [m for unit_id, m in now.items() if unit_id not in wanted]
        joining = [u for unit_id, u in wanted.items() if unit_id not in now]
        # A member that only joins later, or leaves later, is now one from this day on.
        mended = [
            m
            for unit_id, m in now.items()
            if unit_id in wanted and (m.valid_to is not None or m.valid_from > day)
        ]
        if not (leaving or joining or mended):
            act.unchanged()
            return row
        _check_members(row, joining, day)
        for member in mended:
            member.valid_from, member.valid_to = min(member.valid_from, day), None
        bulk.update(mended, ["valid_from", "valid_to"])
        bulk.update(ended(leaving, day), ["valid_to"])
        bulk.create([GroupMembership(group=row, unit=u, valid_from=day) for u in joining])
        rights.changed(groups={row.pk})
        gone = [m.unit.name for m in leaving]
        come = [u.name for u in joining] + [m.unit.name for m in mended]
        act.record(
            "group.members",
            row,
            summary=f"调整单位集合 {row.name} 的成员：增 {len(come)}，减 {len(gone)}，"
            f"{day:%Y-%m-%d} 起",
            units=[*joining, *(m.unit for m in leaving), *(m.unit for m in mended)],
            changes=[
                *([change("members", "调入", "", come)] if come else []),
                *([change("members", "调出", gone, "")] if gone else []),
            ],
        )
        commitments.settle_groups(act, [row.pk], letters)
    return row


def end(*, by: Actor, group: UnitGroup, day: date, reason: str = "") -> UnitGroup:
    """Retire a group from `day` on; refused while it carries open work."""
    with editing(by=by, county=group.county_id, reason=reason) as act:
        row = UnitGroup.objects.select_for_update().get(pk=group.pk)
        end_day(row, day, word="停用")
        refuse_while_carrying(row.name, [Holder("g", row.pk)], on=day, way="批量移交", act="停用")
        row.valid_to = day
        clean(row)
        row.save()
        members = list(
            GroupMembership.objects.filter(group=row)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
            .select_related("unit")
        )
        bulk.update(ended(members, day), ["valid_to"])
        rights.changed(groups={row.pk})
        act.record(
            "group.end",
            row,
            summary=f"停用单位集合 {row.name}",
            units=[m.unit for m in members],
            changes=[change("valid_to", "失效日期", None, day)],
        )
    return row


def _check_members(group: UnitGroup, units: Sequence[Unit], day: date) -> None:
    for unit in units:
        if unit.county_id != group.county_id:
            raise NotFound
        if not unit.holds_on(day):
            raise Invalid(
                f"“{unit.name}”在 {day:%Y-%m-%d} 不在用，请从成员中去掉，或改正日期。",
                details={"units": [f"{unit.name} 该日不在用"]},
            )
