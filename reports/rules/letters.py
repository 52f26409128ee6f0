"""责任书: signed by both parties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from accountability.models import User
from reports.models import LIVE_STATES, Letter, LetterState
from reports.models.letter import DESK_STATES

from .registry import Case, Rule, Source, Subject, register, source

KIND = "letter"
SIGNED = (LetterState.EFFECTIVE, LetterState.EXPIRED)


def cases(county_id: int, year: int, subjects: list[Subject], until: date) -> dict[str, list[Case]]:
    """The letters sent out by `until`, of each unit and of each second party's seat. One query."""
    rows = (
        Letter.objects.filter(county_id=county_id, year=year, sent_at__isnull=False)
        .filter(state__in=LIVE_STATES - DESK_STATES)
        .order_by("serial")
        .values_list(
            "pk", "number", "title", "state", "unit_id", "party_b_id", "sent_at", "signed_b_at"
        )
    )
    by_unit: dict[int, str] = {s.unit_id: s.key for s in subjects if s.unit_id}
    by_post: dict[int, str] = {s.post_id: s.key for s in subjects if s.post_id}
    found: dict[str, list[Case]] = defaultdict(list)
    for pk, number, title, state, unit, post, sent, signed in rows:
        if timezone.localtime(sent).date() > until:
            continue
        is_signed = state in SIGNED and (
            signed is None or timezone.localtime(signed).date() <= until
        )
        told = "已签订" if is_signed else "未签订"
        case = Case(KIND, pk, f"{number} {title}", number, told, {"signed": is_signed})
        for key in {by_unit.get(unit or 0), by_post.get(post)} - {None}:
            found[str(key)].append(case)
    return found


def signed(case: Case, until: date) -> bool | None:
    """Whether both parties have signed."""
    return bool(case.facts["signed"])


def _visible(user: User, ids: Iterable[int]) -> set[int]:
    return set(Letter.objects.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))


source(Source(KIND, "责任书", cases, "letter_pdf", _visible))
register(
    Rule(
        "letters_signed",
        "责任书签订",
        "分值 × 已签订的责任书数 ÷ 送签的责任书数。退回和待签的不计为签订。",
        KIND,
        signed,
    )
)
