"""单位: make, edit, retire, merge into a successor. Units are retired, never deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Max, Q

from .. import pinyin
from ..door import Actor
from ..models import County, GroupMembership, Portfolio, Post, Tenure, Unit
from ..refusals import Invalid
from . import bulk, rights
from .audit import change
from .carried import Holder, refuse_while_carrying
from .directory import aliases_of, apply, check_version, clean, editing, end_day, same_county

STEP = 10


def set_keys(unit: Unit) -> None:
    """Search keys from name, short name and aliases; the override reads the name."""
    unit.pinyin, unit.initials = pinyin.keys(unit.names, override=unit.pinyin_override)


def create(
    *,
    by: Actor,
    county: County,
    name: str,
    kind: str,
    valid_from: date,
    short_name: str = "",
    aliases: Sequence[str] = (),
    parent: Unit | None = None,
    precedence: int | None = None,
    pinyin_override: str = "",
    reason: str = "",
) -> Unit:
    """A new unit; without `precedence` it stands last."""
    with editing(by=by, county=county, reason=reason) as act:
        same_county(county.pk, parent)
        unit = Unit(
            county=county,
            name="".join(name.split()),
            short_name="".join(short_name.split()),
            kind=kind,
            parent=parent,
            precedence=next_precedence(county) if precedence is None else precedence,
            valid_from=valid_from,
            pinyin_override=pinyin_override.strip(),
        )
        unit.aliases = aliases_of(aliases, besides=(unit.name, unit.short_name))
        _check_parent(unit)
        set_keys(unit)
        clean(unit)
        unit.save()
        rights.ensure_groups(units=[unit])
        act.record(
            "unit.create",
            unit,
            summary=f"新增单位 {unit.name}",
            units=[unit],
            changes=[
                change("name", "单位名称", "", unit.name),
                change("kind", "类别", "", unit.get_kind_display()),
                change("parent", "上级单位", "", parent),
                change("valid_from", "生效日期", "", valid_from),
            ],
        )
    return unit


def edit(
    *, by: Actor, unit: Unit, values: dict[str, Any], version: int | None = None, reason: str = ""
) -> Unit:
    """Change a unit's own fields; `values` by field name.

    Raises `Conflict` when it was changed since `version`; a unit that others
    must be told from keeps its history, so a reorganisation is `merge`, not a
    new name.
    """
    with editing(by=by, county=unit.county_id, reason=reason) as act:
        row = Unit.objects.select_for_update().get(pk=unit.pk)
        values = dict(values)
        for field in ("name", "short_name"):
            if field in values:
                values[field] = "".join(values[field].split())
        names = (values.get("name", row.name), values.get("short_name", row.short_name))
        if "aliases" in values:
            values["aliases"] = aliases_of(values["aliases"], besides=names)
        if values.get("precedence", 0) is None:
            values.pop("precedence")
        same_county(row.county_id, values.get("parent"))
        check_version(row, version, values)
        changes = apply(row, values)
        if not changes:
            act.unchanged()
            return row
        _check_parent(row)
        set_keys(row)
        clean(row)
        row.save()
        act.record("unit.edit", row, summary=f"修改单位 {row.name}", units=[row], changes=changes)
    return row


def retire(
    *, by: Actor, unit: Unit, day: date, successor: Unit | None = None, reason: str = ""
) -> Unit:
    """Retire a unit from `day` on (停用); with `successor` it is merged into it (撤并).

    Its posts, their tenures and portfolios, its memberships and the
    portfolios that name it end on the same day. Refused while it or one of
    its posts carries open work, and while units below it are in use.
    """
    word = "撤并" if successor else "停用"
    with editing(by=by, county=unit.county_id, reason=reason) as act:
        row = Unit.objects.select_for_update().get(pk=unit.pk)
        end_day(row, day, word=word)
        same_county(row.county_id, successor)
        _check_successor(row, successor, day)
        posts = list(
            Post.objects.select_for_update(of=("self",))
            .filter(unit=row)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
        )
        refuse_while_carrying(
            row.name,
            [Holder("u", row.pk), *(Holder("p", p.pk) for p in posts)],
            on=day,
            way="批量移交",
            act=word,
        )
        below = list(
            Unit.objects.filter(parent=row)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
            .order_by("precedence", "id")
        )
        if below:
            names = "、".join(u.name for u in below[:5])
            raise Invalid(
                f"“{row.name}”还有 {len(below)} 个下级单位在用：{names}"
                + (" 等" if len(below) > 5 else "")
                + "。请先改换其上级单位或停用下级单位。"
            )
        changes = [change("valid_to", "失效日期", None, day)]
        if successor:
            changes.append(change("successor", "撤并后单位", None, successor))
        row.valid_to, row.successor = day, successor
        clean(row)
        row.save()
        changes += end_with_unit(row, posts, day)
        act.record(
            "unit.merge" if successor else "unit.retire",
            row,
            summary=f"{row.name} 并入 {successor.name}" if successor else f"停用单位 {row.name}",
            units=[row, successor] if successor else [row],
            changes=changes,
        )
    return row


def merge(*, by: Actor, unit: Unit, successor: Unit, day: date, reason: str = "") -> Unit:
    """Merge a unit into its successor (撤并) from `day` on; see `retire`."""
    return retire(by=by, unit=unit, day=day, successor=successor, reason=reason)


def end_with_unit(unit: Unit, posts: list[Post], day: date) -> list[dict[str, Any]]:
    """End on `day` what hangs on a retired unit; gives the changes in names."""
    after = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
    of_posts = Q(post_id__in=[p.pk for p in posts])
    changes: list[dict[str, Any]] = []
    tenures = list(Tenure.objects.filter(after, of_posts).select_related("person", "post__unit"))
    memberships = list(
        GroupMembership.objects.filter(after, unit=unit).select_related("group", "unit")
    )
    portfolios = list(
        Portfolio.objects.filter(after & (of_posts | Q(unit=unit))).select_related(
            "post__unit", "unit"
        )
    )
    for label, rows in (
        ("职务", posts),
        ("任职", tenures),
        ("集合成员", memberships),
        ("分管", portfolios),
    ):
        bulk.update(ended(rows, day), ["valid_to"])
        changes += [change("valid_to", label, row, f"{day} 止") for row in rows]
    rights.changed(groups={m.group_id for m in memberships})
    return changes


def ended(rows: Sequence[Any], day: date) -> Sequence[Any]:
    """Set the end of dated rows; what would only begin later never holds."""
    for row in rows:
        row.valid_to = max(day, row.valid_from)
    return rows


def next_precedence(county: County) -> int:
    """The place after the last unit of the county."""
    last = Unit.objects.filter(county=county).aggregate(last=Max("precedence"))["last"]
    return (last or 0) + STEP


def _check_parent(unit: Unit) -> None:
    """A unit never stands below itself; the parent is in use."""
    parent = unit.parent
    if parent is not None and parent.valid_to is not None and unit.valid_to is None:
        raise Invalid(
            f"上级单位“{parent.name}”已停用，请另选上级单位。",
            details={"parent": ["该单位已停用"]},
        )
    if unit.pk is None:
        return
    parents = dict(Unit.objects.filter(county_id=unit.county_id).values_list("id", "parent_id"))
    at = unit.parent_id
    while at is not None:
        if at == unit.pk:
            raise Invalid(
                "上级单位不能是本单位或其下级单位，请另选上级单位。",
                details={"parent": ["不能是本单位或其下级单位"]},
            )
        at = parents.get(at)


def _check_successor(unit: Unit, successor: Unit | None, day: date) -> None:
    if successor is None:
        return
    if successor.pk == unit.pk:
        raise Invalid(
            "撤并后单位不能是本单位，请另选单位。", details={"successor": ["不能是本单位"]}
        )
    if not successor.holds_on(day):
        raise Invalid(
            f"“{successor.name}”在 {day:%Y-%m-%d} 不在用，请另选撤并后单位。",
            details={"successor": ["该日不在用"]},
        )
