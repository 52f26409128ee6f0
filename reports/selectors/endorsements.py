"""签字背书: the canonical text of what is endorsed, and how a round stands against it."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from accountability.access import scope_for
from accountability.models import User
from accountability.models.dated import holds_on
from reports.models import EndorsedKind, Endorsement, EndorsementState, EndorsementStep
from tasks.models import Assignment, ItemSlot, Milestone, Paper, TaskItem, TaskState


def canonical_text(paper: Paper, kind: str, *, on: date) -> str:
    """The text that is frozen: the tasks handed out, in the paper's order, with who answers.

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
    """One round as the page shows it."""

    endorsement: Endorsement
    steps: list[EndorsementStep]
    changed: list[tuple[str, str]]
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
    rounds = list(
        Endorsement.objects.visible_to(user)
        .filter(paper=paper)
        .select_related("asked_by__person", "ended_by__person")
        .prefetch_related(
            Prefetch(
                "steps",
                EndorsementStep.objects.select_related("post__unit", "signed_by__person").order_by(
                    "layer"
                ),
            )
        )
        .order_by("-round")
    )
    mine = seats_held(user, on=on)
    sees_all = scope_for(user).sees_whole_county
    found = []
    for kind, label in EndorsedKind.choices:
        text = canonical_text(paper, kind, on=on)
        of_kind = [r for r in rounds if r.kind == kind]
        found.append(KindView(kind, label, [_round(r, text, mine, sees_all) for r in of_kind]))
    return found


def _round(endorsement: Endorsement, text: str, mine: frozenset[int], sees_all: bool) -> RoundView:
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
