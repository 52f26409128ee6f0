"""What the page of one seat's talks shows."""

from __future__ import annotations

from datetime import date
from typing import Any

from ..access import scope_for
from ..models import Duty, Talk, User
from ..services.talks import may_record
from . import object_trail
from .duty_trail import events_of_talks
from .talk_partners import Seats


def talks_page(user: User, duty: Duty, *, on: date) -> dict[str, Any]:
    """The seat's talks of the year, and who has not been talked with yet.

    Whoever sees the duty but is not concerned by the talks sees neither: only how
    many have been held. A bounded number of queries.
    """
    seat = duty.post
    assert seat is not None
    day = min(on, duty.period_end)
    partners = Seats(duty.county_id, on=day).partners(seat)
    rows = list(
        Talk.objects.visible_to(user)
        .filter(talker_post=seat, year=duty.year)
        .select_related("talker", "talked", "talked_post__unit", "recorded_by__person")
        .order_by("-held_on", "-id")
    )
    talked = set(
        Talk.objects.standing()
        .filter(talker_post=seat, year=duty.year)
        .values_list("talked_id", flat=True)
    )
    may = may_record(user, seat)
    scope = scope_for(user)
    is_concerned = may or scope.inspects_whole_county
    return {
        "duty": duty,
        "talks": rows,
        "partners": partners,
        "left": [p for p in partners if p.person.pk not in talked] if is_concerned else [],
        "done_count": sum(p.person.pk in talked for p in partners),
        "all_count": len(partners),
        "is_concerned": is_concerned,
        "may_record": may,
        "trail": object_trail.of_list(events_of_talks(rows)),
    }
