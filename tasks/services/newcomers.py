"""Units and people named in a paper and not yet known, created while it is imported."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, Max, OuterRef

from accountability.door import Actor
from accountability.models import County, Layer, Person, Post, Tenure, Unit, UnitKind
from accountability.refusals import Invalid
from accountability.selectors.directory import Directory
from accountability.services import persons, posts, tenures, units
from tasks.selectors.matching import Choice, Match

REASON = "导入意见时新建"


def create(
    *, by: Actor, county: County, matches: Sequence[Match], directory: Directory, on: date
) -> dict[str, str]:
    """Create what the office chose to create; returns the new keys by code (u5, p12).

    Called inside the import's own door: if the import is refused, nobody was
    created either. A person is a seat (职务) with a tenure from `on`.
    """
    keys: dict[str, str] = {}
    for match in matches:
        choice = match.choice
        if choice is None or not choice.create:
            continue
        if choice.create == "unit":
            keys[match.code] = f"u{_unit(by, county, match.value, choice, on).pk}"
        else:
            keys[match.code] = f"p{_seat(by, county, match.value, choice, directory, on).pk}"
    return keys


def _unit(by: Actor, county: County, value: str, choice: Choice, on: date) -> Unit:
    if choice.unit_kind not in UnitKind.values:
        raise Invalid(f"“{value}”新建为单位时须选择单位类别。")
    name = choice.name or value
    return units.create(
        by=by,
        county=county,
        name=name,
        kind=choice.unit_kind,
        aliases=[value] if value != name else [],
        valid_from=on,
        reason=REASON,
    )


def _seat(
    by: Actor, county: County, value: str, choice: Choice, directory: Directory, on: date
) -> Post:
    candidate = directory.by_key.get(choice.unit)
    if candidate is None or candidate.kind != "unit":
        raise Invalid(f"“{value}”新建为人员时须选择所在单位。")
    if not choice.title:
        raise Invalid(f"“{value}”新建为人员时须填写职务。")
    if choice.layer not in Layer.values:
        raise Invalid(f"“{value}”新建为人员时须选择责任层级。")
    unit = Unit.objects.get(pk=candidate.id, county=county)
    name = "".join((choice.name or value).split())
    person = Person.objects.filter(county=county, name=name, note="").first()
    if person is None:
        person = persons.create(by=by, county=county, name=name, reason=REASON)
    post = _vacant_seat(by, unit, choice, on)
    tenures.appoint(by=by, post=post, person=person, day=on, reason=REASON)
    return post


def _vacant_seat(by: Actor, unit: Unit, choice: Choice, on: date) -> Post:
    """A seat of that title that nobody holds, or a further one."""
    seats = Post.objects.filter(unit=unit, title=choice.title, valid_to__isnull=True)
    held = Tenure.objects.filter(post_id=OuterRef("pk"), valid_to__isnull=True)
    vacant: Post | None = seats.filter(~Exists(held)).order_by("seat").first()
    if vacant is not None:
        return vacant
    return posts.create(
        by=by,
        unit=unit,
        title=choice.title,
        layer=choice.layer,
        seat=(seats.aggregate(top=Max("seat"))["top"] or 0) + 1,
        valid_from=on,
        reason=REASON,
    )
