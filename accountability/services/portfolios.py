"""分管: which units and fields of work a leader's seat is in charge of, from a day on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q

from ..door import Actor
from ..models import Portfolio, Post, Unit
from ..refusals import Invalid, NotFound
from . import bulk
from .audit import change
from .directory import editing
from .units import ended


def set_portfolio(
    *,
    by: Actor,
    post: Post,
    units: Iterable[Unit],
    fields: Iterable[str],
    day: date,
    reason: str = "",
) -> Post:
    """Let the seat's portfolio be exactly this from `day` on; the former one stays on record."""
    with editing(by=by, county=post.county_id, reason=reason) as act:
        seat = Post.objects.select_for_update(of=("self",)).select_related("unit").get(pk=post.pk)
        if not seat.is_leadership:
            raise Invalid(f"“{seat}”不是县领导职务，不设分管。请先在职务页面标明县领导。")
        if not seat.holds_on(day):
            raise Invalid(
                f"职务“{seat}”在 {day:%Y-%m-%d} 不在用，请改正日期。",
                details={"day": ["该日职务不在用"]},
            )
        wanted: dict[object, Unit | str] = {u.pk: u for u in units}
        wanted.update({f: f for f in ("".join(w.split()) for w in fields) if f})
        for value in wanted.values():
            _check(seat, value, day)
        now: dict[object, Portfolio] = {
            p.unit_id or p.field: p
            for p in Portfolio.objects.select_for_update(of=("self",))
            .filter(post=seat)
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day))
            .select_related("unit")
            .order_by("id")
        }
        leaving = [p for key, p in now.items() if key not in wanted]
        joining = [v for key, v in wanted.items() if key not in now]
        if not (leaving or joining):
            act.unchanged()
            return seat
        bulk.update(ended(leaving, day), ["valid_to"])
        bulk.create(
            [
                Portfolio(post=seat, field=v, valid_from=day)
                if isinstance(v, str)
                else Portfolio(post=seat, unit=v, valid_from=day)
                for v in joining
            ]
        )
        gone = [p.unit.name if p.unit else p.field for p in leaving]
        come = [v if isinstance(v, str) else v.name for v in joining]
        act.record(
            "portfolio.set",
            seat,
            summary=f"调整 {seat} 的分管：增 {len(come)}，减 {len(gone)}，{day:%Y-%m-%d} 起",
            units=[
                seat.unit,
                *(v for v in joining if isinstance(v, Unit)),
                *(p.unit for p in leaving if p.unit),
            ],
            changes=[
                *([change("portfolio", "增加分管", "", come)] if come else []),
                *([change("portfolio", "不再分管", gone, "")] if gone else []),
            ],
        )
    return seat


def _check(seat: Post, value: Unit | str, day: date) -> None:
    if isinstance(value, str):
        if len(value) > 60:
            raise Invalid(
                f"分管领域“{value[:10]}…”超过 60 字，请分开填写。",
                details={"fields": ["每个领域不超过 60 字"]},
            )
        return
    if value.county_id != seat.county_id:
        raise NotFound
    if not value.holds_on(day):
        raise Invalid(
            f"“{value.name}”在 {day:%Y-%m-%d} 不在用，请从分管中去掉。",
            details={"units": [f"{value.name} 该日不在用"]},
        )
