"""测评票: printed once, handed out, forgotten. Only the digests of the codes are kept."""

from __future__ import annotations

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.refusals import Invalid, WrongState
from reports.documents.slips import Slips, render_slips
from reports.models import Ballot, BallotCode, BallotState, BallotWay
from reports.services import ballots
from reports.services.ballot_voting import blanks, digest_of, new_code

MOST_SLIPS = 300  # half a minute of typesetting
NOTE_CODE = "无记名投票。票随机领取，不登记姓名；投票码只能用一次，用后作废。"
NOTE_PAPER = "无记名投票。每项至多选一个，在方框内画“√”；全部不选为弃权，一项多选为无效。"


def issue(*, by: Actor, ballot: Ballot, count: int, address: str) -> bytes:
    """The slips as PDF. Printing again makes all new: the former codes open nothing any more.

    The codes exist in the answer alone: who loses it prints again. Their rows are
    written in the order of their digests, which says nothing of the paper's.
    """
    require(by, Action.ASSESS_EDIT)
    if not ballot.smallest <= count <= MOST_SLIPS:
        raise Invalid(
            f"发出票数须在 {ballot.smallest} 至 {MOST_SLIPS} 之间：人数过少无法保证匿名。",
            details={"count": [f"请填写 {ballot.smallest} 至 {MOST_SLIPS}"]},
        )
    codes = [new_code() for _ in range(count)] if ballot.way == BallotWay.CODE else []
    pdf = render_slips(_slips(ballot, address), codes, count=count)
    store(by=by, ballot=ballot, count=count, codes=codes)
    return pdf


def store(*, by: Actor, ballot: Ballot, count: int, codes: list[str]) -> Ballot:
    """Keep the digests of the codes and make a blank for each, in place of any former ones."""
    with acting(by=by) as act:
        now = ballots.locked(by, ballot)
        if now.state != BallotState.PREPARING:
            raise WrongState("投票已经开始，不能再印制测评票；票遗失过多的请作废后重新测评。")
        again = "重新" if now.issued else ""
        BallotCode.objects.filter(ballot=now).delete()
        BallotCode.objects.bulk_create(
            [BallotCode(digest=digest, ballot=now) for digest in sorted(map(digest_of, codes))]
        )
        blanks(now, len(codes))
        now.issued = count
        now.save()
        act.record(
            "ballot.issue",
            now,
            summary=f"{now}：{again}印制测评票 {count} 张",
            units=ballots.units_of(now),
        )
    return now


def _slips(ballot: Ballot, address: str) -> Slips:
    is_coded = ballot.way == BallotWay.CODE
    return Slips(
        title=ballot.title,
        subject=ballot.subject,
        group=ballot.group,
        issuer=ballot.county.issuer,
        aspects=tuple(ballot.aspects),
        options=tuple(o["name"] for o in ballot.options),
        note=NOTE_CODE if is_coded else NOTE_PAPER,
        address=address if is_coded else "",
    )
