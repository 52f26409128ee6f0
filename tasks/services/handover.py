"""批量移交: what lies on one holder is laid on another, from a day on.

Needed when seats, units or portfolios change; a new person on a seat needs
none, because a slot holds the seat. The former assignment ends and a new one
begins, so that the trace-back still names who answered before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import ClosedYear, County, Post, Unit, UnitGroup
from accountability.refusals import Invalid, NotFound
from accountability.selectors.directory import PERSON_SLOTS, UNIT_SLOTS
from accountability.services import bulk
from accountability.services.audit import change
from tasks.models import Assignment, ItemSlot
from tasks.services import commitments, grants
from tasks.services.carried import COLUMNS, OPEN_STATES

BASIS = "批量移交"
FAR = timedelta(days=366)
MODELS: dict[str, type[Unit] | type[Post] | type[UnitGroup]] = {
    "u": Unit,
    "p": Post,
    "g": UnitGroup,
}
FIELDS = {"u": "unit", "p": "post", "g": "group"}


def holder(county: County | int, key: str) -> Unit | Post | UnitGroup:
    """The unit, post or group that a wire key (u5, p12, g3) names in this county."""
    county_id = county if isinstance(county, int) else county.pk
    model, number = MODELS.get(key[:1]), key[1:]
    if model is None or not number.isdigit() or len(number) > 18:
        raise NotFound
    rows = model.objects.filter(county_id=county_id, pk=int(number))
    found = (rows.select_related("unit") if model is Post else rows).first()
    if found is None:
        raise NotFound
    return found


def open_assignments(county: County | int, key: str) -> list[Assignment]:
    """Unfinished tasks' assignments of open years that `key` holds until further, in order."""
    county_id = county if isinstance(county, int) else county.pk
    return list(
        Assignment.objects.filter(
            **{COLUMNS[key[:1]]: int(key[1:])},
            item__county_id=county_id,
            item__state__in=OPEN_STATES,
            valid_to__isnull=True,
        )
        .exclude(slot__is_dropped=True)
        .exclude(ClosedYear.objects.of_row("item__"))
        .select_related("item__paper", "slot")
        .order_by("-item__year", "item__paper_id", "item__order", "slot__position", "id")
    )


def reassign(
    *,
    by: Actor,
    county: County,
    source: str,
    target: str,
    day: date,
    assignments: Collection[int] | None = None,
    reason: str = "",
    letters: commitments.Choice | None = None,
) -> int:
    """Hand over from `source` to `target` (u5, p12, g3) from `day` on; gives how many.

    `assignments` are the chosen ones, None is all. A slot that the target
    holds already only loses the source. Raises `Invalid` when a slot cannot
    hold the target.
    """
    if source == target:
        raise Invalid(
            "移交单位和承接单位相同，请另选承接单位。", details={"target": ["与原承担者相同"]}
        )
    with acting(by=by, reason=reason.strip()) as act:
        county = County.objects.select_for_update(no_key=True).get(pk=county.pk)
        require(by, Action.SLOT_FILL)
        user = by.user or by.on_behalf_of
        if user is not None and user.county_id != county.pk:
            raise NotFound
        giver, taker = holder(county, source), holder(county, target)
        _check_day(county, taker, day)
        rows = open_assignments(county, source)
        locked = set(
            Assignment.objects.select_for_update()
            .filter(pk__in=[r.pk for r in rows], valid_to__isnull=True)
            .values_list("id", flat=True)
        )
        rows = [r for r in rows if r.pk in locked]
        if assignments is not None:
            chosen = set(assignments)
            if chosen - locked:
                raise Invalid("所选任务已有变动，请重新核对后再移交。")
            rows = [r for r in rows if r.pk in chosen]
        if not rows:
            raise Invalid("没有选择要移交的任务。", details={"tasks": ["没有选择要移交的任务"]})
        _check_fit(rows, target[0], taker)
        _move(rows, target, taker, day)
        _record(act, rows, giver, taker, day)
        commitments.settle(act, {row.item_id for row in rows}, letters)
        return len(rows)


def _check_day(county: County, taker: Unit | Post | UnitGroup, day: date) -> None:
    today = timezone.localdate()
    if not county.started_on <= day <= today + FAR:
        raise Invalid(
            "移交日期应在本县启用日期之后、一年之内，请改正日期。", details={"day": ["日期不合适"]}
        )
    if not taker.holds_on(day) or (taker.valid_to is not None and taker.valid_to <= today):
        raise Invalid(
            f"“{taker}”在 {day:%Y-%m-%d} 不在用，请另选承接者。",
            details={"target": ["该日不在用"]},
        )


def _check_fit(rows: list[Assignment], kind: str, taker: Unit | Post | UnitGroup) -> None:
    """Units' slots hold units, persons' slots posts; a group may stand in both."""
    if kind == "g":
        return
    fitting = UNIT_SLOTS if kind == "u" else PERSON_SLOTS
    wrong = [r for r in rows if r.slot.kind not in fitting]
    if wrong:
        what = "职务" if kind == "u" else "单位"
        named = "、".join(f"{r.item.number}的{r.slot.label}" for r in wrong[:3])
        raise Invalid(
            f"{named} 等 {len(wrong)} 处须由{what}承担，不能移交给“{taker}”。"
            f"请另选{what}，或只选择合适的任务。",
            details={"target": [f"须为{what}"]},
        )


def _move(rows: list[Assignment], target: str, taker: object, day: date) -> None:
    field, column = FIELDS[target[0]], COLUMNS[target[0]]
    slots = {r.slot_id for r in rows}
    held = set(
        Assignment.objects.filter(
            **{column: int(target[1:])}, slot_id__in=slots, valid_to__isnull=True
        ).values_list("slot_id", flat=True)
    )
    for row in rows:
        row.valid_to = max(day, row.valid_from)
    bulk.update(rows, ["valid_to"])
    new = []
    for row in rows:
        if row.slot_id not in held:
            held.add(row.slot_id)
            made = Assignment(
                item=row.item,
                slot=row.slot,
                position=row.position,
                basis=BASIS,
                valid_from=row.valid_to or day,
            )
            setattr(made, field, taker)
            new.append(made)
    bulk.create(new)
    grants.sync({row.item_id for row in rows})
    # A grid that is open somewhere else must notice.
    touched = list(ItemSlot.objects.select_for_update().filter(pk__in=slots))
    for slot in touched:
        slot.version += 1
    bulk.update(touched, ["version"])


def _record(
    act: Act,
    rows: list[Assignment],
    giver: Unit | Post | UnitGroup,
    taker: Unit | Post | UnitGroup,
    day: date,
) -> None:
    """One event for each task, found in its own history, and one for the whole."""
    units = [u for u in (_unit(giver), _unit(taker)) if u is not None]
    by_item: dict[int, list[Assignment]] = defaultdict(list)
    for row in rows:
        by_item[row.item_id].append(row)
    for own in by_item.values():
        item = own[0].item
        act.record(
            "slot.handover",
            item,
            summary=f"{item.number} 由 {giver} 移交 {taker}，{day:%Y-%m-%d} 起",
            changes=[change(r.slot.kind, r.slot.label, giver, taker) for r in own],
            units=units,
        )
    act.record(
        "handover",
        giver,
        summary=f"批量移交：{giver} 的 {len(by_item)} 项任务（{len(rows)} 处）移交 {taker}，"
        f"{day:%Y-%m-%d} 起",
        changes=[change("holder", "承担者", giver, taker)],
        units=units,
    )


def _unit(row: Unit | Post | UnitGroup) -> Unit | None:
    if isinstance(row, Unit):
        return row
    return row.unit if isinstance(row, Post) else None
