"""The 民主测评 of a 述责述廉: the link from its form, the result in its record."""

from __future__ import annotations

from django.urls import reverse

from accountability.access import Action, scope_for
from accountability.models import Duty, DutyKind, DutyState, User
from accountability.selectors.duty_annexes import Annex
from reports.models import Ballot, BallotState
from reports.selectors.ballot_scores import told

LABEL = "民主测评"


def of_duty(user: User, duty: Duty) -> list[Annex]:
    """Each ballot with how it stands; for the office, while none counts, a new one."""
    if duty.kind != DutyKind.ACCOUNT:
        return []
    rows = list(Ballot.objects.visible_to(user).filter(duty=duty).order_by("id"))
    found = [
        Annex(f"{LABEL}（{row.group}）", _told(row), reverse("ballot", args=[row.pk]))
        for row in rows
    ]
    is_wanted = all(row.state == BallotState.VOID for row in rows)
    if is_wanted and duty.state != DutyState.WAIVED and scope_for(user).may(Action.ASSESS_EDIT):
        url = f"{reverse('ballot_new', args=[duty.year])}?duty={duty.pk}"
        found.append(Annex(LABEL, "新建测评", url))
    return found


def _told(ballot: Ballot) -> str:
    return told(ballot) if ballot.state == BallotState.CLOSED else ballot.get_state_display()
