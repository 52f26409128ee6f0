"""以往情况 of letters, papers of the office, publications and assessment."""

from __future__ import annotations

from typing import Any

from accountability.access import scope_for
from accountability.models import User
from accountability.selectors.row_past import Part, Shape, register
from reports.models import (
    Assessment,
    AssessmentState,
    Ballot,
    BallotState,
    Bulletin,
    BulletinState,
    Criterion,
    Dispatch,
    DispatchState,
    Endorsement,
    EndorsementStep,
    Letter,
    LetterAnnex,
    LetterClause,
    LetterItem,
    LetterState,
    PowerItem,
    PowerList,
    Promise,
    ResultUse,
    Scheme,
    SchemeState,
    Score,
    Sheet,
    Team,
    Teller,
    YearReport,
)
from reports.models.letter import DESK_STATES
from reports.models.power_list import ON_THE_DESK, PowerListState
from reports.models.promise import EDITED_STATES, PromiseState
from reports.models.year_report import FROZEN, YearReportState

from . import past_words
from .sheet_roles import in_team
from .sheets import sees_scores


def _on_the_desk(states: frozenset[str]) -> Any:
    """What was still being drafted is the office's alone."""

    def is_hidden(user: User, now: Any, then: Any) -> bool:
        return then.state in states and not scope_for(user).sees_drafts

    return is_hidden


def _unsent(user: User, now: Letter, then: Letter) -> bool:
    """A letter that was given back before it was ever sent was on the desk too."""
    was_kept = then.state == LetterState.RETURNED and not then.sent_by
    return (then.state in DESK_STATES or was_kept) and not scope_for(user).sees_drafts


def _unseen_scores(user: User, now: Sheet, then: Sheet) -> bool:
    return not sees_scores(scope_for(user), now, is_in_team=in_team(user, now))


register(
    "letter",
    Shape(
        Letter,
        parts=(
            Part(LetterClause, "letter", "position"),
            Part(LetterItem, "letter", "item"),
            Part(LetterAnnex, "letter", "serial", shown={"values": past_words.annex}),
        ),
        without=frozenset({"serial"}),
        is_hidden=_unsent,
    ),
)
register("promise", Shape(Promise, is_hidden=_on_the_desk(EDITED_STATES | {PromiseState.VOID})))
register(
    "power_list",
    Shape(
        PowerList,
        parts=(Part(PowerItem, "power_list", "position"),),
        is_hidden=_on_the_desk(ON_THE_DESK | {PowerListState.VOID}),
    ),
)
register(
    "dispatch",
    Shape(Dispatch, is_hidden=_on_the_desk(frozenset(DispatchState) - {DispatchState.ISSUED})),
)
register(
    "endorsement",
    Shape(
        Endorsement,
        parts=(Part(EndorsementStep, "endorsement", "layer"),),
    ),
)
register(
    "bulletin",
    Shape(
        Bulletin,
        without=frozenset({"data"}),
        is_hidden=_on_the_desk(frozenset(BulletinState) - {BulletinState.ISSUED}),
    ),
)
register(
    "year_report",
    Shape(
        YearReport,
        without=frozenset({"data"}),
        is_hidden=_on_the_desk(frozenset(YearReportState) - frozenset(FROZEN)),
    ),
)
register(
    "scheme",
    Shape(
        Scheme,
        parts=(Part(Criterion, "scheme", "code", frozenset({"position"})),),
        shown={"bands": past_words.bands},
        is_hidden=_on_the_desk(frozenset({SchemeState.DRAFT})),
    ),
)
register(
    "assessment",
    Shape(
        Assessment,
        parts=(Part(Team, "assessment", "name"),),
        is_hidden=_on_the_desk(frozenset({AssessmentState.PREPARING})),
    ),
)
register(
    "sheet",
    Shape(
        Sheet,
        parts=(
            Part(
                Score,
                "sheet",
                "criterion",
                frozenset({"counted"}),
                shown={
                    "team_bases": past_words.bases("team_bases"),
                    "final_bases": past_words.bases("final_bases"),
                },
            ),
        ),
        without=frozenset({"position"}),
        shown={"vetoes": past_words.vetoes},
        is_hidden=_unseen_scores,
        hidden="的评分在反馈以前只有考核组和考核办公室可以查看",
    ),
)
register(
    "ballot",
    Shape(
        Ballot,
        parts=(Part(Teller, "ballot", "user"),),
        shown={"options": past_words.options},
        is_hidden=_on_the_desk(frozenset({BallotState.PREPARING})),
    ),
)
register("result_use", Shape(ResultUse))
