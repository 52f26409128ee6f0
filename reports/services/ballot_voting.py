"""投票: one code, one vote, no voter.

Nothing here knows who votes: no actor, no address, no event, no time. A vote deletes
its code, fills a blank that chance chooses, and writes all blanks of the ballot anew in
a new order: their places in the file and the transaction that wrote them are the same
for all, so neither says which came when.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from django.db import transaction

from accountability.refusals import Invalid, NotFound, WrongState
from reports.assessment.ballots import BadVote, written
from reports.models import Ballot, BallotBlank, BallotCode, BallotState
from reports.services import ballot_sweeping

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32 signs that nobody takes for another
LENGTH, GROUP = 12, 4  # 60 random bits
UNKNOWN = "投票码无效或已经使用，请与票面核对；每个投票码只能用一次。"
_chance = secrets.SystemRandom()


def new_code() -> str:
    """A code as it is printed: K7QF-2M9X-HT4C."""
    signs = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(signs[n : n + GROUP] for n in range(0, LENGTH, GROUP))


def digest_of(code: str) -> str:
    """What is kept of a code; case, blanks and dashes do not matter."""
    plain = "".join(sign for sign in code[:60].upper() if sign in ALPHABET)
    return hashlib.sha256(f"ballot-code/1|{plain}".encode()).hexdigest()


def ballot_of(code: str) -> Ballot:
    """The ballot that a code opens, or the sentence why it opens none."""
    row = BallotCode.objects.filter(digest=digest_of(code)).select_related("ballot__county").first()
    if row is None:
        raise NotFound(UNKNOWN)
    _must_be_open(row.ballot)
    return row.ballot


def cast(*, code: str, answers: Sequence[int | None]) -> None:
    """Vote. A code that is used, unknown or not yet open changes nothing."""
    ballot_sweeping.wipe_what_is_deleted()
    with transaction.atomic():
        ballot = ballot_of(code)
        ballot_sweeping.alone(ballot.pk)
        _must_be_open(Ballot.objects.get(pk=ballot.pk))
        try:
            choices = written(ballot.form, answers)
        except BadVote as error:
            raise Invalid(f"{error}请重新填写。") from error
        used, _ = BallotCode.objects.filter(digest=digest_of(code)).delete()
        if not used:
            raise NotFound(UNKNOWN)
        rows = list(BallotBlank.objects.filter(ballot=ballot))
        _chance.choice([row for row in rows if not row.choices]).choices = choices
        rewrite(ballot, rows)


def rewrite(ballot: Ballot, rows: list[BallotBlank]) -> None:
    """All blanks of a ballot in an order that chance alone knows, in the caller's transaction."""
    _chance.shuffle(rows)
    BallotBlank.objects.filter(ballot=ballot).delete()
    BallotBlank.objects.bulk_create(rows)


def blanks(ballot: Ballot, count: int) -> None:
    """Fresh blanks in place of any there were, inside the caller's transaction."""
    rewrite(ballot, [BallotBlank(key=secrets.token_hex(16), ballot=ballot) for _ in range(count)])


def _must_be_open(ballot: Ballot) -> None:
    if ballot.state == BallotState.PREPARING:
        raise WrongState("投票还没有开始，请在会议宣布开始后再投。")
    if ballot.state != BallotState.OPEN:
        raise WrongState("投票已经结束，不能再投。")
