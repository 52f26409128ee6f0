"""Who is assessed: the units or seats of a kind; whose own unit an account is of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from accountability.models import Layer, Post, RoleGrant, Tenure, Unit, UnitKind
from accountability.models.dated import holds_on
from reports.models import Sheet, SubjectKind
from reports.rules import Subject

TOWNS = (UnitKind.TOWN, UnitKind.STREET)
DEPARTMENTS = (
    UnitKind.PARTY_ORGAN,
    UnitKind.CONGRESS,
    UnitKind.GOV_DEPARTMENT,
    UnitKind.CONSULTATIVE,
    UnitKind.SUPERVISION,
    UnitKind.COURT_PROCURATORATE,
    UnitKind.PEOPLE_ORGAN,
    UnitKind.INSTITUTION,
    UnitKind.ENTERPRISE,
    UnitKind.VERTICAL,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One who may be assessed: `key` u12 or p7, the name printed on its sheet."""

    key: str
    name: str
    unit_id: int | None = None
    post_id: int | None = None


def candidates(county_id: int, kind: str, *, on: date) -> list[Candidate]:
    """All subjects of a kind on `on`, in the county's order.

    A unit with county leaders' seats is a 领导班子 and no department.
    """
    if kind == SubjectKind.OFFICIAL:
        seats = (
            Post.objects.filter(holds_on(on), holds_on(on, "tenures__"), county_id=county_id)
            .filter(layer__in=[Layer.FIRST_RESPONSIBLE, Layer.DUAL_DUTY])
            .select_related("unit")
            .order_by("unit__precedence", "unit_id", "precedence", "id")
            .distinct()
        )
        return [Candidate(f"p{p.pk}", f"{p.unit} {p.title}", None, p.pk) for p in seats]
    led = Post.objects.filter(holds_on(on), county_id=county_id, is_leadership=True)
    units = Unit.objects.filter(holds_on(on), county_id=county_id)
    if kind == SubjectKind.TOWN:
        units = units.filter(kind__in=TOWNS)
    elif kind == SubjectKind.COMMUNITY:
        units = units.filter(kind=UnitKind.COMMUNITY)
    elif kind == SubjectKind.DEPARTMENT:
        units = units.filter(kind__in=DEPARTMENTS).exclude(pk__in=led.values("unit_id"))
    else:
        units = units.exclude(kind__in=[UnitKind.SECTION, UnitKind.COMMUNITY])
    suffix = "领导班子" if kind == SubjectKind.BODY else ""
    rows = units.order_by("precedence", "id")
    return [Candidate(f"u{u.pk}", f"{u.name}{suffix}", u.pk, None) for u in rows]


def subject_of(sheet: Sheet) -> Subject:
    """A sheet's subject as rules count it."""
    return Subject(sheet.key, sheet.unit_id, sheet.post_id)


def own_units(user_ids: Collection[int], *, on: date) -> dict[int, set[int]]:
    """The units each account is of on `on`: by role and by seat, with what its 科室 belong to.

    A unit in an inspector's mandate is whom he inspects and not his own. Three queries.
    """
    found: dict[int, set[int]] = defaultdict(set)
    grants = RoleGrant.objects.filter(holds_on(on), user_id__in=user_ids, unit__isnull=False)
    for user, unit in grants.exclude(role="inspector").values_list("user_id", "unit_id"):
        found[user].add(int(unit or 0))
    seats = Tenure.objects.filter(holds_on(on), person__accounts__in=list(user_ids))
    for user, unit in seats.values_list("person__accounts", "post__unit_id"):
        found[user].add(unit)
    sections = dict(
        Unit.objects.filter(
            pk__in=set().union(*found.values()), kind=UnitKind.SECTION, parent__isnull=False
        ).values_list("pk", "parent_id")
    )
    for units in found.values():
        units |= {int(sections[unit] or 0) for unit in list(units) if unit in sections}
    return found


def own_posts(user_ids: Collection[int], *, on: date) -> dict[int, set[int]]:
    """The seats each account's person holds on `on`."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = Tenure.objects.filter(holds_on(on), person__accounts__in=list(user_ids))
    for user, post in rows.values_list("person__accounts", "post_id"):
        found[user].add(post)
    return found


def bound(sheets: Iterable[Sheet], user_ids: Collection[int], *, on: date) -> set[tuple[int, int]]:
    """(sheet, account) pairs that must keep apart (回避): one's own unit, seat, or its unit's seat.

    A seat's unit is read with the sheet (`select_related("post")`).
    """
    units, posts = own_units(user_ids, on=on), own_posts(user_ids, on=on)
    found = set()
    for sheet in sheets:
        unit = sheet.unit_id or (sheet.post.unit_id if sheet.post else None)
        for user in user_ids:
            if unit in units.get(user, ()) or sheet.post_id in posts.get(user, ()):
                found.add((sheet.pk, user))
    return found
