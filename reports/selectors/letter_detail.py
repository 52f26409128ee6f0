"""The letter at the right of the page: its text, its parties, what may be done with it."""

from __future__ import annotations

from typing import Any

from accountability.access import Action, scope_for
from accountability.models import User
from accountability.selectors import object_trail
from reports.models import Letter, LetterState
from reports.models.letter import ENDED_STATES, WAITING_STATES, own_seats
from reports.selectors.letter_trail import events_of
from reports.selectors.letters import LAMPS, own_text
from reports.services import typeface_check
from reports.services.letter_content import read
from reports.services.letter_text import own_clauses
from reports.services.letters import MOST_REMINDERS


def detail(user: User, letter: Letter) -> dict[str, Any]:
    """What the pane shows; a bounded number of queries."""
    scope = scope_for(user)
    content = read(letter.content)
    lamp, label = LAMPS[LetterState(letter.state)]
    may_edit = scope.may(Action.LETTER_EDIT)
    turn = {
        LetterState.WAIT_A: letter.party_a_id,
        LetterState.WAIT_B: letter.party_b_id,
    }.get(LetterState(letter.state))
    is_my_turn = turn is not None and turn in own_seats(user)
    may_sign = is_my_turn and scope.may(Action.LETTER_SIGN)
    own = None
    if may_edit:
        same_level = list(
            Letter.objects.filter(
                county_id=letter.county_id, year=letter.year, level=letter.level
            ).exclude(state__in=ENDED_STATES)
        )
        own = own_text(same_level).get(letter.pk)
    return {
        "letter": letter,
        "content": {**content, "items_list": content["items"]},
        "lamp": lamp,
        "label": label,
        "parties": sides(letter, content),
        "lacking": typeface_check.lost(letter_texts(content)),
        "annexes": list(letter.annexes.order_by("serial")),
        "clauses": own_clauses(letter) if may_edit else [],
        "own": own,
        "may_sign": may_sign,
        "may_return": may_sign
        or (may_edit and letter.state in (LetterState.REVIEW, *WAITING_STATES)),
        "may_revise": may_edit and letter.state in (LetterState.DRAFT, LetterState.RETURNED),
        "may_submit": may_edit and letter.state == LetterState.DRAFT,
        "may_send": may_edit and letter.state == LetterState.REVIEW,
        "may_remind": may_edit
        and letter.state in WAITING_STATES
        and letter.reminders < MOST_REMINDERS,
        "may_void": may_edit and letter.state not in (*ENDED_STATES, LetterState.EXPIRED),
        "may_scan": letter.state in WAITING_STATES and (may_edit or may_sign),
        "replaced_by": letter.replaced_by.order_by("id").last(),
        "trail": object_trail.inline(user, "letter", letter.pk, events_of(letter)),
        "may_trail": may_edit or scope.may(Action.OBJECT_TRAIL_READ),
    }


def letter_texts(content: dict[str, Any]) -> list[str]:
    """What a letter prints, to look for characters that its PDF cannot show."""
    parties = [content[side][part] for side in ("party_a", "party_b") for part in ("post", "name")]
    blocks = [text for _, text in content["blocks"]]
    items = [str(value) for item in content["items"] for value in item.values()]
    return [*parties, *blocks, *items]


def sides(letter: Letter, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Both parties with what they have signed."""
    return [
        {
            "side": side,
            "post": content[party]["post"],
            "name": content[party]["name"],
            "at": at,
            "on_paper": letter.is_paper_signed,
        }
        for side, party, at in (
            ("甲方", "party_a", letter.signed_a_at),
            ("乙方", "party_b", letter.signed_b_at),
        )
    ]
