"""任职: appoint, end, succeed. Succession is a new tenure and moves nothing else."""

from __future__ import annotations

from datetime import date

from django.db.models import Q

from ..door import Actor
from ..models import Person, Post, Tenure
from ..refusals import Invalid
from .audit import change
from .directory import clean, editing, end_day, same_county


def appoint(
    *,
    by: Actor,
    post: Post,
    person: Person,
    day: date,
    is_acting: bool = False,
    reason: str = "",
) -> Tenure:
    """Put `person` on `post` from `day` on; who sat there (also acting) leaves the same day.

    What is laid on the seat stays on it: nothing is handed over. An acting
    tenure (主持工作) runs beside the holder's own.
    """
    with editing(by=by, county=post.county_id, reason=reason) as act:
        seat = Post.objects.select_for_update(of=("self",)).select_related("unit").get(pk=post.pk)
        same_county(seat.county_id, person)
        if not seat.holds_on(day):
            raise Invalid(
                f"职务“{seat}”在 {day:%Y-%m-%d} 不在用，请改正日期。",
                details={"day": ["该日职务不在用"]},
            )
        if person.retired_on is not None and day >= person.retired_on:
            raise Invalid(
                f"{person.name} 已于 {person.retired_on:%Y-%m-%d} 离任，请核对人员。",
                details={"person": ["已离任"]},
            )
        running = list(
            Tenure.objects.select_for_update(of=("self",))
            .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), post=seat)
            .select_related("person")
        )
        if any(t.person_id == person.pk and t.is_acting == is_acting for t in running):
            raise Invalid(
                f"{person.name} 已任该职务，不必重复任命。", details={"person": ["已任该职务"]}
            )
        leaving = [] if is_acting else running
        for former in leaving:
            if former.valid_from > day:
                raise Invalid(
                    f"{former.person.name} 的任职自 {former.valid_from:%Y-%m-%d} 起，"
                    "任职日期不能早于该日。",
                    details={"day": [f"不能早于 {former.valid_from:%Y-%m-%d}"]},
                )
            former.valid_to = day
            clean(former)
            former.save()
        tenure = Tenure(person=person, post=seat, valid_from=day, is_acting=is_acting)
        clean(tenure)
        tenure.save()
        names = [t.person.name for t in leaving]
        how = "主持工作" if is_acting else ("接任" if names else "任")
        act.record(
            "tenure.appoint",
            tenure,
            summary=f"{person.name} {how} {seat}，{day:%Y-%m-%d} 起",
            units=[seat.unit],
            changes=[change("person", "任职人", names, person.name)],
            county=seat.county,
        )
    return tenure


def end(*, by: Actor, tenure: Tenure, day: date, reason: str = "") -> Tenure:
    """End a tenure (免职); the seat is vacant until the next, its work stays on it."""
    with editing(by=by, county=tenure.post.county_id, reason=reason) as act:
        row = (
            Tenure.objects.select_for_update(of=("self",))
            .select_related("person", "post__unit", "post__county")
            .get(pk=tenure.pk)
        )
        end_day(row, day, word="免职")
        row.valid_to = day
        clean(row)
        row.save()
        act.record(
            "tenure.end",
            row,
            summary=f"{row.person.name} 不再任 {row.post}，{day:%Y-%m-%d} 起",
            units=[row.post.unit],
            changes=[change("valid_to", "免职日期", None, day)],
            county=row.post.county,
        )
    return row
