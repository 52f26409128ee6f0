"""截至某日的情况: what a unit and a seat were on a past day, beside what they are today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from django.db.models import Model
from django.utils import timezone

from ..models import GroupMembership, Person, Portfolio, Post, Tenure, Unit, UnitGroup
from ..models.dated import Dated
from .past import Past, Standing

VACANT = "空缺"
NONE = "--"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about the object: then and today, in words."""

    label: str
    then: str
    now: str

    @property
    def differs(self) -> bool:
        return self.then != self.now


@dataclass(frozen=True, slots=True)
class AsOf:
    """The page: the lines, or why there is nothing to show (`told`).

    `place` is the place in the ledger up to which was read.
    """

    on: date
    lines: list[Line] = field(default_factory=list)
    told: str = ""
    place: int = 0
    first_day: date | None = None

    @property
    def differing(self) -> int:
        return sum(line.differs for line in self.lines)


D = TypeVar("D", bound=Dated)
Lines = Callable[["Names"], Iterable[tuple[str, str]]]


def compared(past: Past, model: type[Model], pk: int, *, on: date, what: str, lines: Lines) -> AsOf:
    """`lines` of the object on `on` and today, side by side; or the sentence instead."""
    today = timezone.localdate()
    first = past.first_day(model, pk)
    if on > today:
        return AsOf(on, told="所选日期还没有到，请选今天或以前的日期。", first_day=first)
    if first is None:
        return AsOf(on, told=f"账本中没有这个{what}的记录，无法查看以往情况，请联系审计管理员。")
    place = past.place_of(on)
    standing = past.at(place)
    if standing.get(model, pk) is None:
        return AsOf(
            on,
            told=f"{long(on)}系统中还没有这个{what}，自 {long(first)}起有记录，"
            "请选这一天或以后的日期。",
            first_day=first,
        )
    end = past.at(None)
    then = dict(lines(Names(standing, on=on, end=end)))
    now = dict(lines(Names(end, on=today, end=end)))
    labels = list(dict.fromkeys([*then, *now]))
    return AsOf(
        on,
        lines=[Line(label, then.get(label, NONE), now.get(label, NONE)) for label in labels],
        place=place,
        first_day=first,
    )


def long(day: date) -> str:
    """2026年3月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


class Names:
    """Who and what stood on `on` as `standing` had it; `end` is what is written down now.

    A tenure that was entered after the day it began is told apart: 后补登为.
    """

    def __init__(self, standing: Standing, *, on: date, end: Standing) -> None:
        self.standing, self.on, self.end = standing, on, end

    def holding(self, model: type[D]) -> list[D]:
        """Rows that held on the day, as they were written down then."""
        return [row for row in self.standing.all(model) if row.holds_on(self.on)]

    def unit(self, pk: int | None) -> str:
        """A unit's name then."""
        unit = self.standing.get(Unit, pk) or self.end.get(Unit, pk)
        return unit.name if unit else NONE

    def seat(self, pk: int | None) -> str:
        """A seat's name then, with its unit's."""
        post = self.standing.get(Post, pk) or self.end.get(Post, pk)
        return f"{self.unit(post.unit_id)}{post.title}" if post else NONE

    def holder(self, post_id: int) -> str:
        """Who sat on a seat on the day."""
        then = self._sitting(self.standing, post_id)
        entered = self._sitting(self.end, post_id)
        return then if then == entered else f"{then}（后补登为{entered}）"

    def _sitting(self, standing: Standing, post_id: int) -> str:
        sitting = [
            tenure
            for tenure in standing.all(Tenure)
            if tenure.post_id == post_id and tenure.holds_on(self.on)
        ]
        names = [
            f"{person.name}（主持工作）" if tenure.is_acting else person.name
            for tenure in sorted(sitting, key=lambda t: (t.is_acting, t.pk))
            if (
                person := standing.get(Person, tenure.person_id)
                or self.end.get(Person, tenure.person_id)
            )
        ]
        return "、".join(names) or VACANT

    def group(self, pk: int | None) -> str:
        """A group's name then, with the number of its members."""
        group = self.standing.get(UnitGroup, pk) or self.end.get(UnitGroup, pk)
        if group is None:
            return NONE
        members = {
            row.unit_id
            for row in self.standing.all(GroupMembership)
            if row.group_id == pk and row.holds_on(self.on)
        }
        return f"{group.name}（{len(members)} 个单位）"


def joined(names: Iterable[str]) -> str:
    """Names as one text; -- for none."""
    return "、".join(names) or NONE


def day(value: date | None) -> str:
    """2026-03-05; -- for none."""
    return value.isoformat() if value else NONE


def of_unit(unit: Unit, *, on: date) -> AsOf:
    """A unit with its seats, its leaders in charge and its groups; a bounded number of queries."""
    posts = set(Post.objects.filter(unit=unit).values_list("pk", flat=True))
    posts |= set(Post.history.filter(unit_id=unit.pk).values_list("id", flat=True))
    tenures = dict(Tenure.objects.filter(post__in=posts).values_list("pk", "person_id"))
    charge = dict(Portfolio.objects.filter(unit=unit).values_list("pk", "post_id"))
    member = dict(GroupMembership.objects.filter(unit=unit).values_list("pk", "group_id"))
    parents = set(Unit.history.filter(id=unit.pk).values_list("parent_id", "successor_id"))
    leaders = dict(Post.objects.filter(pk__in=charge.values()).values_list("pk", "unit_id"))
    units = {unit.pk, *leaders.values(), *(pk for pair in parents for pk in pair if pk)}
    units |= {pk for pk in (unit.parent_id, unit.successor_id) if pk}
    past = Past(
        {
            Unit: units,
            Post: posts | set(leaders),
            Tenure: tenures,
            Person: set(tenures.values()),
            Portfolio: charge,
            GroupMembership: member,
            UnitGroup: set(member.values()),
        }
    )

    def lines(names: Names) -> Iterable[tuple[str, str]]:
        row = names.standing.get(Unit, unit.pk)
        assert row is not None
        yield "单位名称", row.name
        yield "简称", row.short_name or NONE
        yield "别名", joined(row.aliases)
        yield "类别", row.get_kind_display()
        yield "上级单位", names.unit(row.parent_id) if row.parent_id else NONE
        yield "设立日期", day(row.valid_from)
        yield "停用日期", day(row.valid_to)
        yield "撤并后单位", names.unit(row.successor_id) if row.successor_id else NONE
        for post in sorted(names.holding(Post), key=lambda p: (p.precedence, p.pk)):
            if post.unit_id == unit.pk:
                yield f"{_title(post)}", names.holder(post.pk)
        yield (
            "分管领导",
            joined(names.seat(p.post_id) for p in names.holding(Portfolio) if p.unit_id == unit.pk),
        )
        groups = [names.standing.get(UnitGroup, m.group_id) for m in names.holding(GroupMembership)]
        yield "所在集合", joined(group.name for group in groups if group)

    return compared(past, Unit, unit.pk, on=on, what="单位", lines=lines)


def of_post(post: Post, *, on: date) -> AsOf:
    """A seat with who sat on it and what it was in charge of; a bounded number of queries."""
    tenures = dict(Tenure.objects.filter(post=post).values_list("pk", "person_id"))
    charge = dict(Portfolio.objects.filter(post=post).values_list("pk", "unit_id"))
    own = set(Post.history.filter(id=post.pk).values_list("unit_id", flat=True)) | {post.unit_id}
    past = Past(
        {
            Post: [post.pk],
            Unit: own | {pk for pk in charge.values() if pk},
            Tenure: tenures,
            Person: set(tenures.values()),
            Portfolio: charge,
        }
    )

    def lines(names: Names) -> Iterable[tuple[str, str]]:
        row = names.standing.get(Post, post.pk)
        assert row is not None
        yield "单位", names.unit(row.unit_id)
        yield "职务", _title(row)
        yield "任职人", names.holder(row.pk)
        yield "责任层级", row.get_layer_display()
        yield "县领导", "是" if row.is_leadership else "否"
        yield "设立日期", day(row.valid_from)
        yield "撤销日期", day(row.valid_to)
        yield (
            "分管",
            joined(
                names.unit(p.unit_id) if p.unit_id else p.field for p in names.holding(Portfolio)
            ),
        )

    return compared(past, Post, post.pk, on=on, what="职务", lines=lines)


def _title(post: Post) -> str:
    return post.title if post.seat == 1 else f"{post.title}（席位 {post.seat}）"
