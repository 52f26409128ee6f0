"""The county's directory on a day: who and what a slot may hold, and by which names.

One directory serves the grid's combobox, pasting, the import's matching and
the demo: a name means the same thing everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Prefetch, Q

from ..models import County, Layer, Post, Tenure, Unit, UnitGroup, UnitKind
from ..models.dated import holds_on

UNIT_SLOTS = frozenset({"lead_unit", "responsible_unit"})
PERSON_SLOTS = frozenset({"responsible_leader", "responsible_person"})
VACANT = "空缺"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something a slot may hold. `key` is its wire form: p12, u5, g3.

    `label` is what a paper and a chip say: the holder's name for a post (its
    title while it is vacant), the unit's or group's name. `detail` tells two
    of the same label apart. `names` are all texts that mean it, `count` the
    members of a group on that day.
    """

    key: str
    kind: str
    id: int
    label: str
    detail: str
    names: tuple[str, ...]
    pinyin: tuple[str, ...]
    unit_id: int | None = None
    layer: str = ""
    is_leadership: bool = False
    count: int | None = None

    def fits(self, slot_kind: str) -> bool:
        """Whether a slot of this kind may hold it.

        Leaders' slots hold posts, units' slots units; a group may stand in
        both (there: the first responsible post of each member).
        """
        if self.kind == "group":
            return True
        if slot_kind in UNIT_SLOTS:
            return self.kind == "unit"
        return self.kind == "post"


@dataclass(slots=True)
class Directory:
    """All candidates of a county on a day, by key and by name."""

    county_id: int
    day: date
    by_key: dict[str, Candidate] = field(default_factory=dict)
    by_name: dict[str, list[Candidate]] = field(default_factory=lambda: defaultdict(list))

    def add(self, candidate: Candidate) -> None:
        self.by_key[candidate.key] = candidate
        for name in candidate.names:
            known = self.by_name[squeezed(name)]
            if candidate not in known:
                known.append(candidate)

    def resolve(self, value: str, slot_kind: str) -> list[Candidate]:
        """What `value` may mean in a slot of this kind: none, one, or several to choose from.

        A leadership post wins over others in 责任领导, a unit over a group of
        the same name never: both are offered.
        """
        found = [c for c in self.by_name.get(squeezed(value), []) if c.fits(slot_kind)]
        if slot_kind == "responsible_leader" and len(found) > 1:
            leaders = [c for c in found if c.is_leadership]
            found = leaders or found
        return found

    def candidates(self) -> list[Candidate]:
        return list(self.by_key.values())


def squeezed(text: str) -> str:
    """A name without the spaces and brackets that only set it apart (王 强 → 王强)."""
    return "".join(text.split()).replace("(", "（").replace(")", "）")


def directory(county: County | int, *, on: date) -> Directory:
    """The county's directory on a day; five queries, whatever its size."""
    county_id = county if isinstance(county, int) else county.pk
    found = Directory(county_id=county_id, day=on)
    _add_groups(found)
    _add_units(found)
    _add_posts(found)
    return found


def _add_groups(found: Directory) -> None:
    groups = (
        UnitGroup.objects.filter(holds_on(found.day), county_id=found.county_id)
        .annotate(
            members=Count(
                "memberships",
                filter=holds_on(found.day, "memberships__")
                & holds_on(found.day, "memberships__unit__"),
            )
        )
        .order_by("precedence", "id")
    )
    for group in groups:
        found.add(
            Candidate(
                key=f"g{group.pk}",
                kind="group",
                id=group.pk,
                label=group.name,
                detail=f"{group.members} 个单位",
                names=tuple(group.names),
                pinyin=tuple(group.pinyin.split() + group.initials.split()),
                count=group.members,
            )
        )


def _add_units(found: Directory) -> None:
    units = (
        Unit.objects.filter(holds_on(found.day), county_id=found.county_id)
        .select_related("parent")
        .order_by("precedence", "id")
    )
    for unit in units:
        inner = unit.kind == UnitKind.SECTION and unit.parent is not None
        names = list(unit.names)
        if inner and unit.parent is not None:
            # A section's bare name (办公室) means nothing outside its unit.
            names = [f"{p}{n}" for p in unit.parent.names for n in names]
        found.add(
            Candidate(
                key=f"u{unit.pk}",
                kind="unit",
                id=unit.pk,
                label=f"{unit.parent.name}{unit.name}" if inner and unit.parent else unit.name,
                detail=unit.get_kind_display(),
                names=tuple(names),
                pinyin=tuple(unit.pinyin.split() + unit.initials.split()),
                unit_id=unit.pk,
            )
        )


def _add_posts(found: Directory) -> None:
    posts = (
        Post.objects.filter(holds_on(found.day), county_id=found.county_id)
        .exclude(layer=Layer.STAFF)
        .select_related("unit")
        .prefetch_related(
            Prefetch(
                "tenures",
                queryset=Tenure.objects.filter(holds_on(found.day))
                .select_related("person")
                .order_by("is_acting", "id"),
                to_attr="held_now",
            )
        )
        .order_by("-is_leadership", "precedence", "id")
    )
    for post in posts:
        found.add(post_candidate(post))


def post_candidate(post: Post) -> Candidate:
    """A post with whoever holds it (`held_now`, prefetched)."""
    held: list[Tenure] = post.held_now  # type: ignore[attr-defined]
    person = held[0].person if held else None
    seat_names = [f"{u}{post.title}" for u in post.unit.names]
    if post.is_leadership:
        seat_names.append(post.title)
    if post.layer == Layer.FIRST_RESPONSIBLE and not post.is_leadership:
        seat_names += [f"{u}主要负责人" for u in post.unit.names]
    names = list(seat_names)
    if person is not None:
        names = [person.name, *(f"{s}{person.name}" for s in seat_names), *names]
        names += [f"{person.name}（{s}）" for s in (post.title, *seat_names)]
    return Candidate(
        key=f"p{post.pk}",
        kind="post",
        id=post.pk,
        label=person.name if person else f"{post.unit.name}{post.title}",
        detail=f"{post.unit.name}{post.title}" if person else VACANT,
        names=tuple(dict.fromkeys(names)),
        pinyin=tuple(
            (person.pinyin.split() + person.initials.split())
            if person
            else post.unit.pinyin.split() + post.unit.initials.split()
        ),
        unit_id=post.unit_id,
        layer=post.layer,
        is_leadership=post.is_leadership,
    )


def members(group: UnitGroup | int, *, on: date) -> list[Unit]:
    """The units of a group on a day, in their order of precedence."""
    group_id = group if isinstance(group, int) else group.pk
    return list(
        Unit.objects.filter(
            Q(group_memberships__group_id=group_id)
            & holds_on(on, "group_memberships__")
            & holds_on(on)
        )
        .distinct()
        .order_by("precedence", "id")
    )
