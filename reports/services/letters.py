"""责任书: looked over, sent to be signed, returned, reminded of, void, expired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.services import audit, bulk
from accountability.services.audit import Note, change
from reports.models import (
    LETTER_TRANSITIONS,
    Letter,
    LetterState,
    NumberKind,
)
from reports.models.letter import WAITING_STATES, own_seats
from reports.services import numbers

MOST_REMINDERS = 2
# A file signed so far counts no longer when its letter comes to one of these.
FILE_ENDS = frozenset({LetterState.RETURNED, LetterState.STALE, LetterState.VOID})


def check_county(by: Actor, county_id: int) -> None:
    """Raise `NotFound` for somebody of another county."""
    user = by.user or by.on_behalf_of
    if user is not None and user.county_id != county_id:
        raise NotFound


def units_of(letter: Letter) -> list[int]:
    """The units that a letter touches: the second party's, and the first party's own."""
    return list(dict.fromkeys([letter.unit_id or letter.party_b.unit_id, letter.party_a.unit_id]))


def locked(by: Actor, letter: Letter) -> Letter:
    """The row as it stands now, locked, within what the actor may see; else `NotFound`."""
    rows = Letter.objects.select_for_update(of=("self",)).filter(pk=letter.pk)
    user = by.user or by.on_behalf_of
    if user is not None:
        visible = Letter.objects.visible_to(user).filter(pk=letter.pk)
        rows = rows.filter(pk__in=visible.values("pk"))
    found: Letter | None = rows.select_related(
        "county", "party_a__unit", "party_b__unit", "unit"
    ).first()
    if found is None:
        raise NotFound
    return found


def readable(by: Actor, letter: Letter) -> Letter:
    """The row as it stands now, not locked, within what the actor may see; else `NotFound`."""
    user = by.user or by.on_behalf_of
    rows = Letter.objects.all() if user is None else Letter.objects.visible_to(user)
    found: Letter | None = rows.filter(pk=letter.pk).select_related("file", "county").first()
    if found is None:
        raise NotFound
    return found


def check_move(letter: Letter, to: LetterState) -> None:
    """Raise `WrongState` with what to do when the letter cannot go to `to` from here."""
    if to not in LETTER_TRANSITIONS[letter.state]:
        raise WrongState(
            f"{letter.number} 现在是“{letter.get_state_display()}”，不能转为“{to.label}”，"
            "请刷新页面后再办。"
        )


def move(
    act: Act,
    letter: Letter,
    to: LetterState,
    *,
    action: str,
    summary: str,
    changes: Sequence[dict[str, Any]] = (),
) -> None:
    """Change the state and save, with its event. The letter is locked, the act allowed."""
    check_move(letter, to)
    before = letter.get_state_display()
    if to in FILE_ENDS and letter.signed_a_at is not None:
        from reports.services.letter_signing import drop_files  # which knows this module

        drop_files(letter, letter.reason)
        if to == LetterState.RETURNED:
            drop_signatures(letter)
    letter.state = to
    letter.full_clean(exclude=["content"])
    letter.save()
    act.record(
        action,
        letter,
        summary=summary,
        changes=[change("state", "状态", before, to.label), *changes],
        units=units_of(letter),
    )


def submit(*, by: Actor, letters: Iterable[Letter]) -> int:
    """送审: drafts go to review; gives how many."""
    return _advance(by, letters, LetterState.DRAFT, LetterState.REVIEW, "letter.submit", "送审")


def send(*, by: Actor, letters: Iterable[Letter]) -> int:
    """审核通过并送签: what was reviewed goes to the first party; gives how many.

    Who submitted a letter may also review it: a small office has one clerk.
    The event names both hands. A letter with a vacant post stays.
    """
    return _advance(by, letters, LetterState.REVIEW, LetterState.WAIT_A, "letter.send", "送签")


def _advance(
    by: Actor,
    letters: Iterable[Letter],
    source: LetterState,
    to: LetterState,
    action: str,
    told: str,
) -> int:
    """Move every one that stands at `source`, in one transaction and set-wise."""
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        wanted = Letter.objects.filter(pk__in=[row.pk for row in letters])
        user = by.user or by.on_behalf_of
        if user is not None:
            wanted = wanted.filter(county_id=user.county_id)
        rows = list(
            Letter.objects.select_for_update(of=("self",))
            .filter(pk__in=wanted.values("pk"), state=source)
            .select_related("party_a", "party_b")
            .order_by("pk")
        )
        if to == LetterState.WAIT_A:
            vacant = [r for r in rows if r.person_a_id is None or r.person_b_id is None]
            rows = [r for r in rows if r not in vacant]
            if vacant and not rows:
                raise WrongState(f"{vacant[0].number} 有一方职务空缺，任职后再送签。")
        if not rows:
            raise WrongState(f"没有可以{told}的责任书，请刷新页面核对状态。")
        changed = ["state"]
        if to == LetterState.WAIT_A:
            changed += ["sent_at", "sent_by"]
        for row in rows:
            row.state = to
            if to == LetterState.WAIT_A:
                row.sent_at, row.sent_by = timezone.now(), by.name
        bulk.update(rows, changed)
        act.record_many(
            [
                Note(
                    action,
                    row,
                    f"{told} {row.number}",
                    [change("state", "状态", source.label, to.label)],
                    units_of(row),
                )
                for row in rows
            ]
        )
    return len(rows)


def give_back(*, by: Actor, letter: Letter, reason: str) -> Letter:
    """提出修改: a reviewer, or the party whose turn it is, returns the letter with a reason.

    The office rewords it and sends it anew. A signature given before lapses
    with the text that it was given for; its file is kept.
    """
    reason = _reason(reason)
    with acting(by=by, reason=reason) as act:
        now = locked(by, letter)
        _check_may_return(by, now)
        now.reason = reason
        move(act, now, LetterState.RETURNED, action="letter.return", summary=f"退回 {now.number}")
    return now


def _check_may_return(by: Actor, letter: Letter) -> None:
    user = by.user
    if user is None:
        return
    if letter.state == LetterState.REVIEW:
        require(by, Action.LETTER_EDIT)
        return
    turn = {LetterState.WAIT_A: letter.party_a_id, LetterState.WAIT_B: letter.party_b_id}
    if turn.get(LetterState(letter.state)) not in own_seats(user):
        if letter.state in WAITING_STATES and scope_for(user).may(Action.LETTER_EDIT):
            return
        raise NotAllowed("只有正待签署的一方本人和政府办公室可以退回责任书。")


def drop_signatures(letter: Letter) -> None:
    """Take the signatures off a letter whose text will change."""
    letter.signed_a_at = letter.signed_a_by = None
    letter.signed_b_at = letter.signed_b_by = None
    letter.file = None
    letter.is_paper_signed = False


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not reason:
        raise Invalid("请填写原因。", details={"reason": ["请填写原因"]})
    if len(reason) > 300:
        raise Invalid("原因不超过 300 字，请精简。", details={"reason": ["不超过 300 字"]})
    return reason


def void(*, by: Actor, letter: Letter, reason: str) -> Letter:
    """作废: the letter holds no longer; its number is void too, and its text stays readable."""
    reason = _reason(reason)
    with acting(by=by, reason=reason) as act:
        require(by, Action.LETTER_EDIT)
        now = locked(by, letter)
        now.reason = reason
        move(act, now, LetterState.VOID, action="letter.void", summary=f"作废 {now.number}")
        numbers.void_with_paper(
            county=now.county, kind=NumberKind.RESPONSIBILITY, text=now.number, reason=reason
        )
    return now


def remind(*, by: Actor, letter: Letter) -> Letter:
    """催签: at most two reminders for a letter, not counted anew by the second party's turn."""
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        now = locked(by, letter)
        if now.state not in WAITING_STATES:
            raise WrongState(f"{now.number} 现在不待签，不必催签。")
        if now.reminders >= MOST_REMINDERS:
            raise WrongState(f"{now.number} 已催签 {MOST_REMINDERS} 次，请改用电话或当面联系。")
        now.reminders += 1
        now.full_clean(exclude=["content"])
        now.save()
        whose = now.party_a if now.state == LetterState.WAIT_A else now.party_b
        act.record(
            "letter.remind",
            now,
            summary=f"第 {now.reminders} 次催签 {now.number}，待{whose}签署",
            changes=[audit.change("reminders", "催签次数", now.reminders - 1, now.reminders)],
            units=units_of(now),
        )
    return now


def expire(*, county: County, on: date, by: Actor) -> int:
    """期满: the effective letters of the years before that of `on`; gives how many.

    May be called as often as one likes: what has expired is not touched again.
    """
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        check_county(by, county.pk)
        rows = list(
            Letter.objects.select_for_update(of=("self",))
            .filter(county=county, year__lt=on.year, state=LetterState.EFFECTIVE)
            .select_related("party_a", "party_b")
            .order_by("pk")
        )
        for row in rows:
            row.state = LetterState.EXPIRED
        bulk.update(rows, ["state"])
        act.record_many(
            [
                Note(
                    "letter.expire",
                    row,
                    f"{row.number} 期满",
                    [change("state", "状态", "生效", "期满")],
                    units_of(row),
                )
                for row in rows
            ]
        )
        if not rows:
            act.unchanged()
    return len(rows)
