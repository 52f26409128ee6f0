"""计票: two tellers who must agree, the closing, the sealed set, and the points it gives."""

from __future__ import annotations

import secrets
from datetime import date

from django.utils import timezone

from accountability.door import Actor, acting
from accountability.refusals import Invalid, NotAllowed, WrongState
from reports.assessment.ballots import (
    Outcome,
    Tally,
    differences_of,
    faults_of,
    outcome,
    read,
    set_digest,
    tally_of,
)
from reports.models import (
    Ballot,
    BallotBlank,
    BallotState,
    BallotTally,
    BallotWay,
    SealedVote,
    Teller,
)
from reports.services import ballots, system_scores
from reports.services.schemes import checked, person, state_change

_chance = secrets.SystemRandom()


def enter(*, by: Actor, ballot: Ballot, tally: Tally) -> Teller:
    """One teller's count, in place of what he entered before; the event says no figure."""
    user = person(by)
    with acting(by=by) as act:
        now = ballots.hold(user, ballot)
        teller = now.tellers.filter(user=user).first()
        if teller is None:
            raise NotAllowed("计票由这次测评的两名计票人录入。")
        if now.state != BallotState.OPEN:
            raise WrongState(f"{now}现在是“{now.get_state_display()}”，不能录入计票。")
        if faults := faults_of(now.form, tally):
            raise Invalid(faults[0], details={"tally": faults})
        BallotTally.objects.update_or_create(
            teller=teller,
            defaults={
                "returned": tally.returned,
                "spoiled": tally.void,
                "abstained": tally.abstained,
                "chosen": [list(row) for row in tally.chosen],
            },
        )
        act.record("ballot.tally", now, summary=f"{now}：录入计票", units=ballots.units_of(now))
    return teller


def entered(ballot: Ballot) -> list[Tally]:
    """What the tellers entered so far."""
    return [
        Tally(row.returned, row.spoiled, row.abstained, tuple(tuple(r) for r in row.chosen))
        for row in BallotTally.objects.filter(teller__ballot=ballot)
    ]


def close(*, by: Actor, ballot: Ballot, on: date) -> Ballot:
    """结束并计票: counts, seals, empties; or 作废 when more came back than went out.

    Of too small a group, and of a void vote, no answer is kept at all.
    """
    user = person(by)
    with acting(by=by) as act:
        now = ballots.locked(by, ballot)
        if now.state != BallotState.OPEN:
            raise WrongState(f"{now}现在是“{now.get_state_display()}”，不能计票，请刷新后查看。")
        tally = _tally(now)
        found = outcome(now.form, tally, issued=now.issued, smallest=now.smallest)
        now.returned, now.closed_at, now.closed_by = found.returned, timezone.now(), user
        if found.is_void:
            ballots.move(now, BallotState.VOID)
            now.void_reason = f"收回 {found.returned} 张，多于发出 {now.issued} 张，须重新测评"
        else:
            ballots.move(now, BallotState.CLOSED)
            now.valid, now.spoiled, now.abstained = found.valid, found.void, found.abstained
            now.score = found.score
            now.digest = _seal(now, tally if found.is_shown else None)
        checked(now)
        now.save()
        ballots.empty(act, now)
        act.record(
            "ballot.close",
            now,
            summary=_told(now, found),
            changes=state_change("投票", now.get_state_display()),
            units=ballots.units_of(now),
        )
        if now.sheet is not None and not found.is_void:
            system_scores.count_ballots(now.sheet, on=on)
    return now


def _told(ballot: Ballot, found: Outcome) -> str:
    told = f"发出 {found.issued} 张，收回 {found.returned} 张"
    if found.is_void:
        return f"{ballot}作废：{ballot.void_reason}"
    if not found.is_shown:
        return f"{ballot}计票：{told}，有效票不足 {ballot.smallest} 张，不显示结果"
    return f"{ballot}计票：{told}，封存摘要 {ballot.digest[:16]}"


def _tally(ballot: Ballot) -> Tally:
    if ballot.way == BallotWay.CODE:
        filled = BallotBlank.objects.filter(ballot=ballot).exclude(choices="")
        form = ballot.form
        return tally_of(form, [read(form, row.choices) for row in filled])
    found = entered(ballot)
    if len(found) < ballots.TELLERS:
        raise WrongState("两名计票人还没有都录入，不能计票。")
    if differences := differences_of(ballot.form, *found):
        told = "、".join(differences[:6])
        raise WrongState(f"两名计票人录入不一致：{told}。请两人重新清点纸质票后各自更正。")
    return found[0]


def _seal(ballot: Ballot, tally: Tally | None) -> str:
    """Write the answers in random order under random keys; the digest of all of them."""
    rows = [
        SealedVote(key=secrets.token_hex(16), ballot=ballot, aspect=aspect, option=option)
        for aspect, row in enumerate(tally.chosen if tally else ())
        for option, count in enumerate(row)
        for _ in range(count)
    ]
    _chance.shuffle(rows)
    SealedVote.objects.bulk_create(rows, batch_size=500)
    return set_digest((row.key, row.aspect, row.option) for row in rows)
