"""层层签订: between which posts letters are due, and which tasks each prints."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from accountability.models import (
    County,
    Layer,
    Person,
    Portfolio,
    Post,
    Role,
    RoleGrant,
    Tenure,
    Unit,
    UnitKind,
)
from accountability.models.dated import holds_on
from reports.models import LetterForm, LetterLayer, LetterLevel, LetterSetting
from reports.models.letter import LEVEL_ORDER
from reports.services.letter_content import Party, PrintedItem
from tasks.models import Paper, TaskItem, TaskState
from tasks.outline.model import STANDARD_NAMES, SlotKind
from tasks.selectors.holders import SlotHeld, slots_held
from tasks.services.slots import members_by_group

OF_PORTFOLIO = "分管领域"
OF_COUNTY = "全面负责"
# Whose heads sign no letter with the county government: its own leading organ,
# sections (their heads sign within the unit), and the organs beside it or over it.
NOT_UNDER_IT = frozenset(
    {
        UnitKind.LEADING_ORGAN,
        UnitKind.SECTION,
        UnitKind.CONGRESS,
        UnitKind.CONSULTATIVE,
        UnitKind.SUPERVISION,
        UnitKind.COURT_PROCURATORATE,
    }
)
OF_UNIT = (SlotKind.LEAD_UNIT, SlotKind.RESPONSIBLE_UNIT)


@dataclass(frozen=True, slots=True)
class Due:
    """A letter that the cascade asks for. `unit` is the second party's own."""

    level: str
    layer: str
    party_a: Post
    party_b: Post
    above: Post | None
    unit: Unit | None
    items: tuple[PrintedItem, ...]


@dataclass(slots=True)
class Plan:
    """The whole cascade of a paper on a day, with who holds the posts."""

    paper: Paper
    day: date
    due: list[Due] = field(default_factory=list)
    holders: dict[int, Person] = field(default_factory=dict)
    posts: dict[int, Post] = field(default_factory=dict)

    def party(self, post: Post) -> Party:
        """How a letter names a post and its holder."""
        person = self.holders.get(post.pk)
        title = post.title if post.is_leadership else f"{post.unit.name}{post.title}"
        return Party(post=title, name=person.name if person else "", unit=post.unit.name)


def setting_of(county: County) -> LetterSetting:
    """The county's choice, or the default (not saved)."""
    found: LetterSetting | None = LetterSetting.objects.filter(county=county).first()
    return found or LetterSetting(county=county)


def levels_of(setting: LetterSetting) -> frozenset[str]:
    """The levels at which the county signs letters; none where lists take their place."""
    if setting.form == LetterForm.LIST:
        return frozenset()
    return frozenset(LEVEL_ORDER[: LEVEL_ORDER.index(setting.lowest) + 1])


def make_plan(paper: Paper, *, on: date) -> Plan:
    """The letters that `paper` asks for today; a bounded number of queries.

    The first seat of the leading group signs with each of the others, the
    leader in charge of a unit (else the first seat) with its head, the head
    with the heads of the unit's sections. A county that has a seat over the
    first (书记 over 县长), in the group or as the first of another leading
    organ, begins with these two.
    """
    plan = Plan(paper=paper, day=on)
    levels = levels_of(setting_of(paper.county))
    if not levels:
        return plan
    posts = list(
        Post.objects.filter(holds_on(on), holds_on(on, "unit__"), county_id=paper.county_id)
        .exclude(layer=Layer.STAFF)
        .select_related("unit__parent")
        .order_by("precedence", "id")
    )
    plan.posts = {post.pk: post for post in posts}
    plan.holders = holders_of(plan.posts, on=on)
    leaders = [p for p in posts if p.is_leadership]
    heads = [p for p in leaders if p.layer == Layer.FIRST_RESPONSIBLE]
    if not heads:
        return plan
    chief = heads[1] if len(heads) > 1 else heads[0]
    top = heads[0] if len(heads) > 1 else _over(posts)
    tasks = _Tasks(paper, on=on, posts=plan.posts)
    in_charge = _in_charge(leaders, on=on)
    if LetterLevel.COUNTY in levels and top is not None:
        plan.due.append(
            Due(LetterLevel.COUNTY, LetterLayer.FIRST, top, chief, None, None, tasks.whole())
        )
    if LetterLevel.LEADER in levels:
        for post in leaders:
            if post.pk in (chief.pk, top.pk if top else 0):
                continue
            units = {u for u, p in in_charge.items() if p.pk == post.pk}
            items = tasks.of_leader(post, units)
            plan.due.append(
                Due(LetterLevel.LEADER, LetterLayer.DUAL, chief, post, top, None, items)
            )
    if LetterLevel.UNIT in levels:
        plan.due += _of_units(plan, posts, tasks, in_charge, chief, top)
    if LetterLevel.SECTION in levels:
        plan.due += _of_sections(plan, posts, tasks, in_charge, chief)
    return plan


def _of_units(
    plan: Plan,
    posts: list[Post],
    tasks: _Tasks,
    in_charge: dict[int, Post],
    chief: Post,
    top: Post | None,
) -> list[Due]:
    offices = office_units(plan.paper.county, on=plan.day)
    found = []
    for post in _first_seats(posts):
        items = tasks.of_unit(post.unit)
        if not items:
            continue
        giver = in_charge.get(post.unit_id, chief)
        found.append(
            Due(
                LetterLevel.UNIT,
                LetterLayer.OFFICE if post.unit_id in offices else LetterLayer.GROUP,
                giver,
                post,
                top if giver.pk == chief.pk else chief,
                post.unit,
                items,
            )
        )
    rank = {pk: n for n, pk in enumerate([chief.pk, *(p.pk for p in plan.posts.values())])}
    rank[chief.pk] = -1
    return sorted(found, key=lambda d: (rank[d.party_a.pk], d.party_b.precedence, d.party_b.pk))


def _of_sections(
    plan: Plan, posts: list[Post], tasks: _Tasks, in_charge: dict[int, Post], chief: Post
) -> list[Due]:
    seats = {post.unit_id: post for post in _first_seats(posts)}
    found = []
    for post in posts:
        if post.layer != Layer.SECTION_HEAD:
            continue
        unit = post.unit
        home = unit.parent_id if unit.kind == UnitKind.SECTION else unit.pk
        giver = seats.get(home or 0)
        if giver is None:
            continue
        items = tasks.named(unit) if unit.kind == UnitKind.SECTION else ()
        above = in_charge.get(home or 0, chief)
        found.append(Due(LetterLevel.SECTION, LetterLayer.SECTION, giver, post, above, unit, items))
    return found


def _over(posts: Iterable[Post]) -> Post | None:
    """县委书记: the first seat of the leading organ that is not the portal's own group."""
    for post in posts:
        is_first = post.layer == Layer.FIRST_RESPONSIBLE and not post.is_leadership
        if is_first and post.unit.kind == UnitKind.LEADING_ORGAN:
            return post
    return None


def _first_seats(posts: Iterable[Post]) -> list[Post]:
    """The first responsible post of each unit outside the leading group."""
    found: dict[int, Post] = {}
    for post in posts:
        is_head = post.layer == Layer.FIRST_RESPONSIBLE and not post.is_leadership
        if is_head and post.unit.kind not in NOT_UNDER_IT:
            found.setdefault(post.unit_id, post)
    return list(found.values())


def _in_charge(leaders: list[Post], *, on: date) -> dict[int, Post]:
    """The leader in charge of each unit; where there are two, the one that ranks first."""
    by_id = {post.pk: post for post in leaders}
    found: dict[int, Post] = {}
    rows = Portfolio.objects.filter(holds_on(on), post_id__in=by_id, unit__isnull=False)
    for post_id, unit_id in rows.order_by("post__precedence", "post_id").values_list(
        "post_id", "unit_id"
    ):
        found.setdefault(unit_id, by_id[post_id])
    return found


def holders_of(post_ids: Iterable[int], *, on: date) -> dict[int, Person]:
    """Who sits on each seat on a day; who is acting (主持工作) only where nobody else does."""
    found: dict[int, Person] = {}
    rows = Tenure.objects.filter(holds_on(on), post_id__in=list(post_ids))
    for tenure in rows.select_related("person").order_by("is_acting", "id"):
        found.setdefault(tenure.post_id, tenure.person)
    return found


def office_units(county: County, *, on: date) -> set[int]:
    """The government office: the units, sections counted to theirs, of the office's accounts."""
    roles = (Role.OFFICE_CLERK, Role.OFFICE_HEAD)
    rows = RoleGrant.objects.filter(
        holds_on(on), user__county=county, role__in=roles, unit__isnull=False
    )
    return {
        grant.unit.parent_id or grant.unit_id
        if grant.unit.kind == UnitKind.SECTION
        else grant.unit_id
        for grant in rows.select_related("unit")
        if grant.unit is not None
    }


class _Tasks:
    """The paper's tasks that are handed out, by who stands in them."""

    def __init__(self, paper: Paper, *, on: date, posts: dict[int, Post]) -> None:
        self.items = list(
            TaskItem.objects.filter(
                paper=paper, state__in=[TaskState.ISSUED, TaskState.DONE]
            ).order_by("order", "id")
        )
        self.held = slots_held([item.pk for item in self.items], on=on)
        groups = {
            int(h.key[1:])
            for slots in self.held.values()
            for slot in slots
            for h in slot.holders
            if h.key[0] == "g"
        }
        self.members = members_by_group(groups, on=on)
        self.posts = posts
        units = Unit.objects.filter(county_id=paper.county_id, kind=UnitKind.SECTION)
        self.home = dict(units.exclude(parent=None).values_list("id", "parent_id"))
        self.by_unit: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.by_name: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.by_post: dict[int, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.led: dict[int, set[int]] = defaultdict(set)
        for item in self.items:
            for slot in self.held.get(item.pk, []):
                self._sort(item.pk, slot)

    def _sort(self, item_id: int, slot: SlotHeld) -> None:
        part = STANDARD_NAMES[SlotKind(slot.kind)]
        for holder in slot.holders:
            pk = int(holder.key[1:])
            if holder.key[0] == "p":
                self.by_post[pk][item_id].append(part)
                units = {holder.unit_id} if holder.unit_id else set()
            elif holder.key[0] == "u":
                units = {pk}
                self.by_name[pk][item_id].append(part)
                if slot.kind == SlotKind.LEAD_UNIT:
                    self.led[self.home.get(pk, pk)].add(item_id)
            else:
                units = self.members.get(pk, set())
            for unit in units:
                self.by_unit[self.home.get(unit, unit)][item_id].append(part)

    def whole(self) -> tuple[PrintedItem, ...]:
        return self._printed({item.pk: [OF_COUNTY] for item in self.items})

    def of_leader(self, post: Post, units: set[int]) -> tuple[PrintedItem, ...]:
        found = {pk: list(parts) for pk, parts in self.by_post[post.pk].items()}
        for unit in units:
            for item_id in self.led[unit]:
                found.setdefault(item_id, [OF_PORTFOLIO])
        return self._printed(found)

    def of_unit(self, unit: Unit) -> tuple[PrintedItem, ...]:
        return self._printed(self.by_unit.get(unit.pk, {}))

    def named(self, unit: Unit) -> tuple[PrintedItem, ...]:
        return self._printed(self.by_name.get(unit.pk, {}))

    def _printed(self, parts: dict[int, list[str]]) -> tuple[PrintedItem, ...]:
        return tuple(
            PrintedItem(
                id=item.pk,
                number=item.number,
                heading=item.heading,
                text=item.text,
                part="、".join(dict.fromkeys(parts[item.pk])),
                lead=self._lead(item.pk),
                due=due_shown(item),
            )
            for item in self.items
            if item.pk in parts
        )

    def _lead(self, item_id: int) -> str:
        slots = self.held.get(item_id, [])
        return "、".join(
            h.label for slot in slots if slot.kind == SlotKind.LEAD_UNIT for h in slot.holders
        )


def due_shown(item: TaskItem) -> str:
    """A deadline as a letter prints it: 6月30日, with the year where it is another one."""
    if item.due_on is None:
        return item.due_text
    day = f"{item.due_on.month}月{item.due_on.day}日"
    return day if item.due_on.year == item.year else f"{item.due_on.year}年{day}"
