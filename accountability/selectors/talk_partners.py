"""With whom a seat is to talk each year, by the three groups (廉政谈话, M19)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ..models import County, Layer, Person, Portfolio, Post, TalkGroup, Tenure, UnitKind
from ..models.dated import holds_on

LOWER = frozenset({UnitKind.TOWN, UnitKind.STREET})
HEADS = (Layer.FIRST_RESPONSIBLE, Layer.SECTION_HEAD)


@dataclass(frozen=True, slots=True)
class Partner:
    """A seat to be talked with, who holds it, and the first of the groups it falls under."""

    post: Post
    person: Person
    group: str


class Seats:
    """The county's held seats with units and portfolios on a day; three queries for all."""

    def __init__(self, county: County | int, *, on: date) -> None:
        self.posts = list(
            Post.objects.filter(holds_on(on), county=county)
            .select_related("unit")
            .order_by("unit__precedence", "unit_id", "precedence", "id")
        )
        self.holder: dict[int, Person] = {}
        for tenure in (
            Tenure.objects.filter(holds_on(on), post__county=county)
            .select_related("person")
            .order_by("is_acting", "id")
        ):
            self.holder.setdefault(tenure.post_id, tenure.person)
        self.charge: dict[int, set[int]] = {}
        for post, unit in Portfolio.objects.filter(
            holds_on(on), post__county=county, unit__isnull=False
        ).values_list("post_id", "unit_id"):
            self.charge.setdefault(post, set()).add(unit or 0)

    def partners(self, talker: Post) -> list[Partner]:
        """Each person once: as a member of the group, else by portfolio, else as a lower head.

        The county's first responsible talks with the towns' heads; a unit's with the
        heads of the units below it. A vacant seat has nobody to talk with.
        """
        me = self.holder.get(talker.pk)
        charge = self.charge.get(talker.pk, set())
        found: dict[int, Partner] = {}
        for group, posts in (
            (TalkGroup.MEMBER, self._members(talker)),
            (TalkGroup.PORTFOLIO, [p for p in self._heads() if p.unit_id in charge]),
            (TalkGroup.LOWER, self._lower(talker)),
        ):
            for post in posts:
                person = self.holder.get(post.pk)
                if person is None or (me is not None and person.pk == me.pk):
                    continue
                found.setdefault(person.pk, Partner(post, person, group))
        return list(found.values())

    def _members(self, talker: Post) -> list[Post]:
        if talker.layer != Layer.FIRST_RESPONSIBLE:
            return []
        return [p for p in self.posts if p.unit_id == talker.unit_id and p.layer == Layer.DUAL_DUTY]

    def _heads(self) -> Iterable[Post]:
        return (p for p in self.posts if p.layer == Layer.FIRST_RESPONSIBLE and not p.is_leadership)

    def _lower(self, talker: Post) -> list[Post]:
        if talker.layer != Layer.FIRST_RESPONSIBLE:
            return []
        if talker.is_leadership:
            return [p for p in self._heads() if p.unit.kind in LOWER]
        return [p for p in self.posts if p.unit.parent_id == talker.unit_id and p.layer in HEADS]
