"""What is public: the few fields that anybody may read, and no others (DESIGN decision 13).

Pages, static package and PDFs of the public side are made of these rows alone:
a field that has no place here cannot get out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Prefetch
from django.utils import timezone

from accountability.models import County
from reports.models import PowerItem, PowerList, Promise, PromiseState
from reports.services.promise_content import read


@dataclass(frozen=True, slots=True)
class PublicPromise:
    """Name, post, unit and text; of a withdrawn one the dated note instead of the text."""

    id: int
    year: int
    number: str
    title: str
    name: str
    post: str
    unit: str
    lines: tuple[str, ...]
    signed_on: date
    published_on: date
    withdrawn_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PublicPower:
    """One power of a public list."""

    position: int
    name: str
    category: str
    basis: str
    holder: str
    risk: str
    level: str
    measures: str


@dataclass(frozen=True, slots=True)
class PublicList:
    """A list of powers; of a withdrawn one the dated note instead of its rows."""

    id: int
    title: str
    unit: str
    version: int
    published_on: date
    powers: tuple[PublicPower, ...] = field(default=())
    withdrawn_on: date | None = None
    note: str = ""


def promises(
    county: County, *, year: int | None = None, pk: int | None = None
) -> list[PublicPromise]:
    """The county's public promises, the latest year first; one query."""
    rows = Promise.objects.public(county).select_related("number")
    if year is not None:
        rows = rows.filter(year=year)
    if pk is not None:
        rows = rows.filter(pk=pk)
    return [_promise(row) for row in rows.order_by("-year", "pk")]


def _promise(row: Promise) -> PublicPromise:
    content = read(row.content)
    is_withdrawn = row.state == PromiseState.WITHDRAWN
    assert row.signed_at is not None
    assert row.published_at is not None
    return PublicPromise(
        id=row.pk,
        year=row.year,
        number=content["number"],
        title=content["title"],
        name=content["name"],
        post=content["post"],
        unit=content["unit"],
        lines=() if is_withdrawn else tuple(content["lines"]),
        signed_on=timezone.localdate(row.signed_at),
        published_on=timezone.localdate(row.published_at),
        withdrawn_on=row.withdrawn_on,
        note=row.withdrawn_note,
    )


def lists(county: County, *, pk: int | None = None) -> list[PublicList]:
    """The county's public lists of powers with their rows; two queries."""
    rows = PowerList.objects.public(county).select_related("unit", "post__unit")
    if pk is not None:
        rows = rows.filter(pk=pk)
    items = PowerItem.objects.order_by("position")
    ordered = rows.prefetch_related(Prefetch("items", items)).order_by(
        "unit__precedence", "unit_id", "post_id", "-version"
    )
    return [_list(row) for row in ordered]


def _list(row: PowerList) -> PublicList:
    assert row.published_at is not None
    is_withdrawn = row.ended_on is not None
    return PublicList(
        id=row.pk,
        title=f"{row.owner}{row.label}",
        unit=row.unit.name,
        version=row.version,
        published_on=timezone.localdate(row.published_at),
        powers=()
        if is_withdrawn
        else tuple(
            PublicPower(
                item.position,
                item.name,
                item.category,
                item.basis,
                item.holder,
                item.risk,
                item.get_level_display(),
                item.measures,
            )
            for item in row.items.all()
        ),
        withdrawn_on=row.ended_on,
        note=row.end_note if is_withdrawn else "",
    )


def counties() -> list[County]:
    """The counties of this installation, for the public start page."""
    return list(County.objects.order_by("code"))
