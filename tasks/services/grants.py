"""任务权限: who may see a task, derived from who holds its slots, and written set-wise.

`derive` says what should stand, `sync` brings guardian's table to it in the
transaction of the change, `rebuild` does so for all tasks and finds nothing
to do. Rights are dated like the assignments and memberships they come from,
so that a handover from next month on needs no job next month.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from accountability.door import require_act
from accountability.models import GroupMembership, Post, RightsGroup, Unit
from accountability.services import rights
from tasks.models import Assignment, TaskItem, TaskItemGroupPermission
from tasks.models.rights import view_permission_id

CHUNK = 2_000
EVER = date.max


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """A group may see an item on the days [begin, end); `begin` is today for what has begun."""

    group_id: int
    item_id: int
    begin: date
    end: date


@dataclass(slots=True)
class Difference:
    """What the table lacks, and the ids of the rows that it has too many."""

    missing: set[Grant]
    surplus: list[int]
    told: list[str]


Span = tuple[date, date]
Key = tuple[str, int]  # ("unit", id) or ("post", id)
Pair = tuple[int, int]  # group and item


def derive(items: Collection[int], *, on: date | None = None) -> set[Grant]:
    """The grants that should stand from today on; a constant number of queries.

    A slot with a post is seen by the post and its unit, one with a unit by
    the unit, one with a group by its member units; a sub-task by whoever sees
    its parent too. A draft is seen by nobody through a grant.
    """
    day = on or timezone.localdate()
    parents = dict(
        TaskItem.objects.filter(pk__in=items, issued_at__isnull=False)
        .order_by()
        .values_list("id", "parent_id")
    )
    if not parents:
        return set()
    held = _held({*parents, *(p for p in parents.values() if p is not None)}, day)
    groups = _rights_groups({key for spans in held.values() for key, _ in spans})
    found: set[Grant] = set()
    for item, parent in parents.items():
        by_group: dict[int, list[Span]] = defaultdict(list)
        for holder in (item, parent) if parent is not None else (item,):
            for key, span in held.get(holder, ()):
                by_group[groups[key]].append(span)
        for group, spans in by_group.items():
            found.update(Grant(group, item, begin, end) for begin, end in merged(spans, day))
    return found


def _held(items: set[int], day: date) -> dict[int, list[tuple[Key, Span]]]:
    """Units and posts that hold each item on `day` or later, and when."""
    rows = list(
        Assignment.objects.filter(_not_over(day), item_id__in=items)
        .order_by()
        .values_list(
            "item_id", "post_id", "post__unit_id", "unit_id", "group_id", "valid_from", "valid_to"
        )
    )
    members: dict[int, list[tuple[int, Span]]] = defaultdict(list)
    wanted = {row[4] for row in rows if row[4] is not None}
    if wanted:
        for group, unit, begin, end, group_begin, group_end in GroupMembership.objects.filter(
            _not_over(day), _not_over(day, "group__"), group_id__in=wanted
        ).values_list(
            "group_id", "unit_id", "valid_from", "valid_to", "group__valid_from", "group__valid_to"
        ):
            span = _both((begin, end or EVER), (group_begin, group_end or EVER))
            if span is not None:
                members[group].append((unit, span))
    held: dict[int, list[tuple[Key, Span]]] = defaultdict(list)
    for item, post, post_unit, unit, group, begin, end in rows:
        own = (begin, end or EVER)
        if post is not None:
            held[item] += [(("post", post), own), (("unit", post_unit), own)]
        elif unit is not None:
            held[item].append((("unit", unit), own))
        for member, span in members.get(group, ()):
            if (common := _both(own, span)) is not None:
                held[item].append((("unit", member), common))
    return held


def _rights_groups(keys: set[Key]) -> dict[Key, int]:
    """The group of each unit and post; what has none yet is given one."""
    ids = {kind: {pk for k, pk in keys if k == kind} for kind in ("unit", "post")}

    def read() -> dict[Key, int]:
        found: dict[Key, int] = {}
        for group, unit, post in RightsGroup.objects.filter(
            Q(unit_id__in=ids["unit"]) | Q(post_id__in=ids["post"])
        ).values_list("group_id", "unit_id", "post_id"):
            found[("unit", unit) if unit is not None else ("post", post)] = group
        return found

    found = read()
    if missing := keys - found.keys():
        rights.ensure_groups(
            units=Unit.objects.filter(pk__in={pk for kind, pk in missing if kind == "unit"}),
            posts=Post.objects.filter(pk__in={pk for kind, pk in missing if kind == "post"}),
        )
        found = read()
    return found


def _not_over(day: date, prefix: str = "") -> Q:
    return Q(**{f"{prefix}valid_to__isnull": True}) | Q(**{f"{prefix}valid_to__gt": day})


def _both(one: Span, other: Span) -> Span | None:
    begin, end = max(one[0], other[0]), min(one[1], other[1])
    return (begin, end) if begin < end else None


def merged(spans: Iterable[Span], day: date) -> list[Span]:
    """The spans from `day` on, joined where they touch; what has begun begins on `day`."""
    found: list[Span] = []
    for begin, end in sorted((max(begin, day), end) for begin, end in spans if end > day):
        if begin >= end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def compare(items: Collection[int], *, on: date | None = None) -> Difference:
    """What should stand against what stands; a right that is over is neither."""
    day = on or timezone.localdate()
    wanted = derive(items, on=day)
    rows = TaskItemGroupPermission.objects.filter(content_object_id__in=items)
    should: dict[Pair, set[Span]] = defaultdict(set)
    for grant in wanted:
        should[grant.group_id, grant.item_id].add((grant.begin, grant.end))
    stands: dict[Pair, list[tuple[int, Span]]] = defaultdict(list)
    surplus: list[int] = []
    told: list[str] = []
    view = view_permission_id()
    keys = _sort_keys(items)
    for pk, group, item, permission, begin, end, *key in rows.values_list(
        "id", "group_id", "content_object_id", "permission_id", "valid_from", "valid_to",
        "county_id", "year", "paper_id", "item_order",
    ):  # fmt: skip
        if end is not None and end <= day:
            continue
        if permission != view or keys.get(item) != tuple(key):
            surplus.append(pk)
            told.append(f"任务 {item} 权限组 {group}：权限或次序不符")
        else:
            stands[group, item].append((pk, (begin, end or EVER)))
    missing: set[Grant] = set()
    for pair in should.keys() | stands.keys():
        own = stands.get(pair, [])
        joined = merged([span for _, span in own], day)
        if set(joined) == should.get(pair, set()) and len(joined) == len(own):
            continue
        # Written anew as a whole: the spans of one group and item belong together.
        surplus += [pk for pk, _ in own]
        missing |= {Grant(*pair, *span) for span in should.get(pair, ())}
        what = ("期限不符" if own else "缺少") if pair in should else "不应有"
        told.append(f"任务 {pair[1]} 权限组 {pair[0]}：{what}")
    return Difference(missing=missing, surplus=surplus, told=sorted(told))


def _sort_keys(items: Collection[int]) -> dict[int, tuple[int, int, int, int]]:
    return {
        pk: (county, year, paper, order)
        for pk, county, year, paper, order in TaskItem.objects.filter(pk__in=items)
        .order_by()
        .values_list("id", "county_id", "year", "paper_id", "order")
    }


def sync(items: Iterable[TaskItem | int], *, on: date | None = None) -> int:
    """Bring the grants of these items and their sub-tasks to what should stand.

    Inside the open door of the change; gives how many rows were written or
    taken out. Rights that are over go at the next change of their task.
    """
    require_act()
    day = on or timezone.localdate()
    count = 0
    for chunk in _chunks({item if isinstance(item, int) else item.pk for item in items}):
        # A draft has no grants and gets none; sub-tasks inherit.
        handed_out = list(
            TaskItem.objects.filter(
                Q(pk__in=chunk) | Q(parent_id__in=chunk), issued_at__isnull=False
            )
            .order_by()
            .values_list("id", flat=True)
        )
        if handed_out:
            count += _write(handed_out, day)
    return count


def _write(items: list[int], day: date) -> int:
    found = compare(items, on=day)
    over = TaskItemGroupPermission.objects.filter(
        content_object_id__in=items, valid_to__lte=day
    ).values_list("id", flat=True)
    doomed = [*found.surplus, *over]
    for chunk in _chunks(doomed):
        TaskItemGroupPermission.objects.filter(pk__in=chunk).delete()
    if not found.missing:
        return len(doomed)
    keys = _sort_keys({grant.item_id for grant in found.missing})
    permission = view_permission_id()
    TaskItemGroupPermission.objects.bulk_create(
        [
            TaskItemGroupPermission(
                group_id=grant.group_id,
                permission_id=permission,
                content_object_id=grant.item_id,
                county_id=county,
                year=year,
                paper_id=paper,
                item_order=order,
                valid_from=grant.begin,
                valid_to=None if grant.end == EVER else grant.end,
            )
            for grant in sorted(found.missing)
            for county, year, paper, order in (keys[grant.item_id],)
        ],
        batch_size=CHUNK,
    )
    return len(doomed) + len(found.missing)


def directory_changed(groups: frozenset[int], posts: frozenset[int]) -> None:
    """Derive anew what these unit groups and posts hold; called by the directory's services."""
    today = timezone.localdate()
    sync(
        Assignment.objects.filter(_not_over(today))
        .filter(Q(group_id__in=groups) | Q(post_id__in=posts))
        .order_by()
        .values_list("item_id", flat=True)
        .distinct()
    )


def check(*, on: date | None = None) -> list[str]:
    """Every difference between the table and what should stand, told; none is sound."""
    return [line for chunk in _all_items() for line in compare(chunk, on=on).told]


def rebuild(*, on: date | None = None) -> int:
    """Bring the grants of all items to what should stand, inside an open door."""
    require_act()
    rights.ensure_all()
    return sum(sync(chunk, on=on) for chunk in _all_items())


def _all_items() -> Iterator[list[int]]:
    """Items that are handed out or have a grant, some thousands at a time."""
    last = 0
    while True:
        found = list(
            TaskItem.objects.filter(pk__gt=last)
            .filter(
                Q(issued_at__isnull=False)
                | Q(pk__in=TaskItemGroupPermission.objects.values("content_object_id"))
            )
            .order_by("pk")
            .values_list("id", flat=True)[:CHUNK]
        )
        if not found:
            return
        yield found
        last = found[-1]


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]
