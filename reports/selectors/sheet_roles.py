"""Who stands how to a sheet: its subject, its team; and what a score is expected to be."""

from __future__ import annotations

from decimal import Decimal

from accountability.access import scope_for
from accountability.models import User
from reports.assessment import Nature
from reports.models import Score, Sheet
from reports.models.letter import own_seats


def expected(score: Score) -> Decimal:
    """The points that need no ground: the system's, else all of a score and none of an extra."""
    if score.system is not None:
        return score.system
    return score.criterion.points if score.criterion.nature == Nature.SCORE else Decimal("0.00")


def speaks_for(user: User, sheet: Sheet) -> bool:
    """Whether `user` acts for the subject: its unit's roles, or the seat's own holder."""
    if sheet.unit_id:
        return sheet.unit_id in scope_for(user).unit_ids
    return sheet.post_id in own_seats(user)


def in_team(user: User, sheet: Sheet) -> bool:
    """Whether `user` sits in the sheet's team."""
    team = sheet.team
    return team is not None and team.members.filter(user=user, is_out=False).exists()
