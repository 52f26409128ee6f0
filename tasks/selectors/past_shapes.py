"""以往情况 of papers, reports, rounds, returns, notices and findings."""

from __future__ import annotations

from typing import Any

from accountability.access import scope_for
from accountability.models import User
from accountability.selectors.row_past import Part, Shape, register
from tasks.models import (
    Campaign,
    CampaignItem,
    CampaignMember,
    CampaignState,
    Finding,
    FindingState,
    Notice,
    NoticeState,
    Objection,
    Paper,
    PaperState,
    Progress,
    ProgressState,
    Rectification,
    Return,
)

KEPT = frozenset({"source_kind", "source_id"})


def _on_the_desk(*states: str) -> Any:
    """What was still being drafted is the office's alone."""

    def is_hidden(user: User, now: Any, then: Any) -> bool:
        return then.state in states and not scope_for(user).sees_drafts

    return is_hidden


def _of_the_unit(user: User, now: Progress, then: Progress) -> bool:
    """A report is the unit's own until it is handed in."""
    return then.state == ProgressState.DRAFT and then.unit_id not in scope_for(user).unit_ids


def _not_served(user: User, now: Finding, then: Finding) -> bool:
    return then.state == FindingState.DRAFT and not scope_for(user).sees_whole_county


register(
    "paper",
    Shape(
        Paper,
        without=frozenset({"reading", "findings", "source_kind"}),
        is_hidden=_on_the_desk(PaperState.DRAFT),
    ),
)
register("progress", Shape(Progress, is_hidden=_of_the_unit))
register(
    "campaign",
    Shape(
        Campaign,
        parts=(
            Part(CampaignItem, "campaign", "item"),
            Part(CampaignMember, "campaign", "person"),
        ),
        without=frozenset({"chosen", "draw"}),
        is_hidden=_on_the_desk(CampaignState.DRAFT, CampaignState.SUBMITTED),
    ),
)
register("return", Shape(Return, without=frozenset({"precedence", "reminders"})))
register(
    "notice",
    Shape(Notice, without=KEPT | {"source_id"}, is_hidden=_on_the_desk(NoticeState.DRAFT)),
)
register(
    "finding",
    Shape(
        Finding,
        parts=(
            Part(Rectification, "finding"),
            Part(Objection, "finding", without=KEPT),
        ),
        without=frozenset({"source_id"}),
        is_hidden=_not_served,
    ),
)
