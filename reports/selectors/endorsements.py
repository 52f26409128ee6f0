"""签字背书: the canonical text of what is endorsed, and how a round stands against it."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Prefetch, QuerySet

from accountability.access import scope_for
from accountability.models import User
from accountability.models.dated import holds_on
from reports.models import (
    Dispatch,
    EndorsedKind,
    Endorsement,
    EndorsementState,
    EndorsementStep,
    YearReport,
)
from reports.models.endorsement import OF_A_PAPER
from reports.services.dispatch_text import frozen_text
from tasks.models import Assignment, ItemSlot, Milestone, Paper, TaskItem, TaskState

PAGE = 50
MOST_WAITING = 100


def canonical_text(subject: Paper | Dispatch | YearReport, kind: str, *, on: date) -> str:
    """The text that is frozen, as the subject stands on `on`."""
    if isinstance(subject, YearReport):
        return subject.frozen_text
    if isinstance(subject, Dispatch):
        return frozen_text(subject)
    return _text_of_tasks(subject, kind, on=on)


def _text_of_tasks(paper: Paper, kind: str, *, on: date) -> str:
    """A paper's text: the tasks handed out, in the paper's order, with who answers.

    Holders are named by seat, unit or group and never by person: a successor on
    a seat changes nothing that was signed. The breakdown adds deadline, measure
    and milestones. A constant number of queries.
    """
    slots = ItemSlot.objects.filter(is_dropped=False).prefetch_related(
        Prefetch(
            "assignments",
            Assignment.objects.filter(holds_on(on))
            .select_related("post__unit", "unit", "group")
            .order_by("id"),
        )
    )
    items = (
        TaskItem.objects.filter(paper=paper)
        .exclude(state__in=[TaskState.DRAFT, TaskState.VOID])
        .order_by("order", "id")
        .prefetch_related(
            Prefetch("slots", slots.order_by("id")),
            Prefetch("milestones", Milestone.objects.order_by("id")),
        )
    )
    lines = [f"{paper.title}  {dict(EndorsedKind.choices)[kind]}"]
    for item in items:
        lines.append(f"{item.number} {item.heading or item.text}".strip())
        for slot in item.slots.all():
            held = [str(a.post or a.unit or a.group) for a in slot.assignments.all()]
            lines.append(f"  {slot.label}：{'、'.join(held) or '未落实'}")
        if kind == EndorsedKind.BREAKDOWN:
            lines += [f"  内容：{item.text}", f"  时限：{item.due_on or item.due_text or '未定'}"]
            lines.append(f"  完成标准：{item.measure or '未定'}")
            lines += [f"  节点：{m.text} {m.due_on or ''}".rstrip() for m in item.milestones.all()]
    return "\n".join(lines) + "\n"


def digest_of(text: str) -> str:
    """SHA-256 of the text in UTF-8, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def differences(before: str, after: str) -> list[tuple[str, str]]:
    """("-", line) for what was taken out, ("+", line) for what was put in, in order."""
    return [
        (line[0], line[2:].strip())
        for line in difflib.ndiff(before.splitlines(), after.splitlines())
        if line[0] in "+-"
    ]


@dataclass(frozen=True, slots=True)
class RoundView:
    """One round as the page shows it.

    `changed` is what the content says otherwise now than when it was frozen,
    `since` what this round's text says otherwise than that of the round before.
    """

    endorsement: Endorsement
    steps: list[EndorsementStep]
    changed: list[tuple[str, str]]
    since: list[tuple[str, str]]
    waiting: EndorsementStep | None
    is_mine: bool
    shows_text: bool

    @property
    def counts(self) -> bool:
        """Whether the round is still of the content as it stands."""
        state = self.endorsement.state
        return state in (EndorsementState.OPEN, EndorsementState.DONE) and not self.changed


@dataclass(frozen=True, slots=True)
class KindView:
    """One kind of content with its rounds, the latest first."""

    kind: str
    label: str
    rounds: list[RoundView]

    @property
    def may_ask(self) -> bool:
        """Whether a new round may be asked for: none counts."""
        return not any(r.counts for r in self.rounds)


def kinds_of(user: User, paper: Paper, *, on: date) -> list[KindView]:
    """Both kinds of a paper with their rounds, compared with the content as it stands."""
    rounds = list(with_steps(Endorsement.objects.visible_to(user).filter(paper=paper)))
    mine = seats_held(user, on=on)
    sees_all = scope_for(user).sees_whole_county
    found = []
    for kind in OF_A_PAPER:
        text = canonical_text(paper, kind, on=on)
        of_kind = _rounds([r for r in rounds if r.kind == kind], text, mine, sees_all)
        found.append(KindView(kind, str(kind.label), of_kind))
    return found


def of_dispatch(user: User, dispatch: Dispatch, *, on: date) -> KindView:
    """A dispatch's rounds, compared with the text as it stands."""
    rows = with_steps(Endorsement.objects.visible_to(user).filter(dispatch=dispatch))
    text = canonical_text(dispatch, EndorsedKind.DISPATCH, on=on)
    mine = seats_held(user, on=on)
    kind = EndorsedKind.DISPATCH
    return KindView(kind, str(kind.label), _rounds(list(rows), text, mine, sees_all=True))


def of_report(user: User, report: YearReport, *, on: date) -> KindView:
    """A report's rounds, compared with its text."""
    rows = with_steps(Endorsement.objects.visible_to(user).filter(report=report))
    mine = seats_held(user, on=on)
    kind = EndorsedKind.REPORT
    rounds = _rounds(list(rows), report.frozen_text, mine, sees_all=True)
    return KindView(kind, str(kind.label), rounds)


def one(user: User, row: Endorsement, *, on: date) -> RoundView:
    """One round (`with_steps`), compared with its subject's content as it stands."""
    text = canonical_text(row.subject, row.kind, on=on)
    sees_all = scope_for(user).sees_whole_county or row.paper_id is None
    before = (
        Endorsement.objects.visible_to(user)
        .filter(paper=row.paper_id, dispatch=row.dispatch_id, report=row.report_id)
        .filter(kind=row.kind, round__lt=row.round)
        .order_by("-round")
        .first()
    )
    former = before.content if before else None
    return _round(row, text, seats_held(user, on=on), sees_all, former)


def reads_text(user: User, row: Endorsement, *, on: date) -> bool:
    """Whether a round's text is for this reader: a paper's names every task of it.

    The office and wide inspectors read all, a seat that signs what it signs; a
    dispatch's or a report's is for whoever sees that.
    """
    if scope_for(user).sees_whole_county or row.paper_id is None:
        return True
    return bool(row.steps.filter(post_id__in=seats_held(user, on=on)).exists())


def with_steps(rows: QuerySet[Endorsement]) -> QuerySet[Endorsement]:
    """With all that a round's table shows, the latest round first."""
    steps = EndorsementStep.objects.select_related("post__unit", "signed_by__person")
    return (
        rows.select_related(
            "asked_by__person", "ended_by__person", "paper", "dispatch", "report", "file"
        )
        .prefetch_related(Prefetch("steps", steps.order_by("layer")))
        .order_by("-round", "-id")
    )


def waiting(user: User, *, on: date) -> list[Endorsement]:
    """The rounds in which it is this person's own turn, the longest waiting first."""
    rows = Endorsement.objects.visible_to(user).waiting_for(seats_held(user, on=on))
    return list(
        rows.select_related("paper", "dispatch", "report").order_by("asked_at", "id")[:MOST_WAITING]
    )


def page(user: User, *, before: int = 0) -> dict[str, Any]:
    """The rounds that the user may see, the latest first, a page at a time; two queries.

    `before` of the result is the id before which the next page begins.
    """
    rows = with_steps(Endorsement.objects.visible_to(user)).defer("content")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-id")[: PAGE + 1])
    return {
        "rounds": found[:PAGE],
        "before": found[PAGE - 1].pk if len(found) > PAGE else None,
        "is_later_page": bool(before),
    }


def _rounds(
    rows: list[Endorsement], text: str, mine: frozenset[int], sees_all: bool
) -> list[RoundView]:
    """The rounds of one content, the latest first, each beside the one before it."""
    formers = [*(row.content for row in rows[1:]), None]
    return [
        _round(row, text, mine, sees_all, former)
        for row, former in zip(rows, formers, strict=False)
    ]


def _round(
    endorsement: Endorsement,
    text: str,
    mine: frozenset[int],
    sees_all: bool,
    former: str | None,
) -> RoundView:
    """Its text names every task of the paper: for the office, wide inspectors and its signers."""
    steps = list(endorsement.steps.all())
    still = endorsement.state in (EndorsementState.OPEN, EndorsementState.DONE)
    changed = differences(endorsement.content, text) if still else []
    is_open = endorsement.state == EndorsementState.OPEN and not changed
    waiting = next((s for s in steps if s.signed_at is None), None) if is_open else None
    return RoundView(
        endorsement,
        steps,
        changed,
        differences(former, endorsement.content) if former is not None else [],
        waiting,
        is_mine=waiting is not None and waiting.post_id in mine,
        shows_text=sees_all or any(step.post_id in mine for step in steps),
    )


def seats_held(user: User, *, on: date) -> frozenset[int]:
    """The seats that the person of `user` holds by tenure; never those only looked after."""
    if user.person is None:
        return frozenset()
    held = user.person.tenures.filter(holds_on(on), holds_on(on, "post__"))
    return frozenset(held.values_list("post_id", flat=True))
