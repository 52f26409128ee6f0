"""What waits for a person's own signature, as 工作台 tells it."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import User
from reports.models import Letter
from reports.models.letter import own_seats
from reports.services.letter_content import read
from tasks.selectors.home_banners import Banner

SHOWN = 3


def waiting_letters(user: User, on: date) -> Banner | None:
    """The banner of 工作台; None where nothing waits. One query."""
    if not scope_for(user).may(Action.LETTER_SIGN):
        return None
    rows = list(Letter.objects.visible_to(user).waiting_for(user).order_by("-year", "serial"))
    if not rows:
        return None
    seats = own_seats(user)
    told = []
    for row in rows[:SHOWN]:
        side = "party_b" if row.party_a_id in seats else "party_a"
        other = read(row.content)[side]
        told.append(f"{row.number} 与{other['post']}{other['name']}签订")
    more = f"等 {len(rows)} 份" if len(rows) > SHOWN else ""
    return Banner(
        title=f"{len(rows)} 份责任书待本人签署",
        detail="；".join(told) + more,
        url=reverse("letters_sign", args=[rows[0].year]),
        button="阅读并签署",
    )
