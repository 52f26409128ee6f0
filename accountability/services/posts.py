"""职务: a seat in a unit; make, edit, retire."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Max, Q

from ..door import Actor
from ..models import Portfolio, Post, Tenure, Unit
from ..refusals import Invalid
from . import bulk, rights
from .audit import change
from .carried import Holder, refuse_while_carrying
from .directory import apply, check_version, clean, editing, end_day, same_county
from .units import STEP, ended


def create(
    *,
    by: Actor,
    unit: Unit,
    title: str,
    layer: str,
    valid_from: date,
    seat: int = 1,
    is_leadership: bool = False,
    precedence: int | None = None,
    reason: str = "",
) -> Post:
    """A new seat, vacant at first; without `precedence` it stands last in its unit."""
    with editing(by=by, county=unit.county_id, reason=reason) as act:
        if not unit.holds_on(valid_from):
            raise Invalid(
                f"“{unit.name}”在 {valid_from:%Y-%m-%d} 不在用，请改正单位或日期。",
                details={"valid_from": ["该日单位不在用"]},
            )
        if precedence is None:
            last = Post.objects.filter(unit=unit).aggregate(last=Max("precedence"))["last"]
            precedence = (last or 0) + STEP
        post = Post(
            county_id=unit.county_id,
            unit=unit,
            title="".join(title.split()),
            seat=seat,
            layer=layer,
            is_leadership=is_leadership,
            precedence=precedence,
            valid_from=valid_from,
        )
        clean(post)
        post.save()
        rights.ensure_groups(posts=[post])
        act.record(
            "post.create",
            post,
            summary=f"新增职务 {post}",
            units=[unit],
            changes=[
                change("title", "职务", "", post.title),
                change("layer", "责任层级", "", post.get_layer_display()),
            ],
        )
    return post


def edit(
    *, by: Actor, post: Post, values: dict[str, Any], version: int | None = None, reason: str = ""
) -> Post:
    """Change title, seat, layer or place; the unit of a seat never changes."""
    with editing(by=by, county=post.county_id, reason=reason) as act:
        row = Post.objects.select_for_update(of=("self",)).select_related("unit").get(pk=post.pk)
        values = {k: v for k, v in values.items() if k not in ("unit", "valid_from")}
        if "title" in values:
            values["title"] = "".join(values["title"].split())
        if values.get("precedence", 0) is None:
            values.pop("precedence")
        check_version(row, version, values)
        changes = apply(row, values)
        if not changes:
            act.unchanged()
            return row
        clean(row)
        row.save()
        act.record("post.edit", row, summary=f"修改职务 {row}", units=[row.unit], changes=changes)
    return row


def retire(*, by: Actor, post: Post, day: date, reason: str = "") -> Post:
    """Do away with a seat from `day` on; tenure and portfolio end with it."""
    with editing(by=by, county=post.county_id, reason=reason) as act:
        row = Post.objects.select_for_update(of=("self",)).select_related("unit").get(pk=post.pk)
        same_county(post.county_id, row.unit)
        end_day(row, day, word="撤销")
        refuse_while_carrying(
            str(row), [Holder("p", row.pk)], on=day, way="批量移交", act="撤销职务"
        )
        after = Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        tenures = list(
            Tenure.objects.filter(after, post=row).select_related("person", "post__unit")
        )
        portfolio = list(
            Portfolio.objects.filter(after, post=row).select_related("post__unit", "unit")
        )
        row.valid_to = day
        clean(row)
        row.save()
        bulk.update(ended(tenures, day), ["valid_to"])
        bulk.update(ended(portfolio, day), ["valid_to"])
        act.record(
            "post.retire",
            row,
            summary=f"撤销职务 {row}",
            units=[row.unit],
            changes=[
                change("valid_to", "失效日期", None, day),
                *(change("valid_to", "任职", t.person, f"{day} 止") for t in tenures),
                *(change("valid_to", "分管", p.unit or p.field, f"{day} 止") for p in portfolio),
            ],
        )
    return row
