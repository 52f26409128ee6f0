"""测评: who may do what at which step; tellers who must agree; what is counted, sealed, emptied."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accountability.models import AuditEvent, Job, LedgerRow
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from reports.assessment.ballots import Tally, set_digest
from reports.models import (
    Ballot,
    BallotBlank,
    BallotCode,
    BallotTally,
    Score,
    SealedVote,
)
from reports.services import ballot_counting, ballot_slips, ballot_voting, ballots
from tests.world import World

from . import rounds
from .polls import closed, on_paper, opened, prepared
from .rounds import TODAY, actor
from .schemes import criterion

pytestmark = pytest.mark.django_db
GOOD = Tally(10, 1, 0, ((6, 3, 0, 0), (9, 0, 0, 0)))


def test_a_ballot_from_its_slips_to_its_result(world: World) -> None:
    row = closed(world, [(0, 0)] * 4 + [(1, None), (2, 3), (None, None)])
    assert (row.state, row.issued, row.returned) == ("closed", 7, 7)
    assert (row.valid, row.spoiled, row.abstained) == (6, 0, 1)
    assert row.score == Decimal("91.67")  # (400 + 70 + 30) ÷ 6 = 83.33 and 400 ÷ 4 = 100
    sealed = list(SealedVote.objects.filter(ballot=row))
    assert len(sealed) == 11
    assert row.digest == set_digest((v.key, v.aspect, v.option) for v in sealed)
    image = LedgerRow.objects.filter(table="reports_ballot", key=str(row.pk)).latest("id").image
    assert row.digest in image
    for table in (BallotCode, BallotBlank, BallotTally):
        assert not table.objects.exists()
    assert Job.objects.filter(kind="ballot_sweep").count() == 1


def test_a_code_votes_once_and_nothing_else_does(world: World) -> None:
    row, codes = opened(world)
    sent = codes[0].lower().replace("-", " ")
    ballot_voting.cast(code=sent, answers=(0, 1))
    for code in (codes[0], "", "K7QF-2M9X-HT4C"):
        with pytest.raises(NotFound, match="无效或已经使用"):
            ballot_voting.cast(code=code, answers=(0, 0))
    with pytest.raises(Invalid, match="重新填写"):
        ballot_voting.cast(code=codes[1], answers=(0,))
    ballot_voting.cast(code=codes[1], answers=(9 % 4, None))  # the refusal used nothing up
    assert BallotBlank.objects.filter(ballot=row).exclude(choices="").count() == 2
    assert BallotBlank.objects.filter(ballot=row).count() == 8
    assert BallotCode.objects.filter(ballot=row).count() == 6


def test_nobody_votes_before_the_opening_or_after_the_end(world: World) -> None:
    row = prepared(world)
    codes = [ballot_voting.new_code() for _ in range(6)]
    clerk = actor(world, "bangong")
    with pytest.raises(WrongState, match="还没有印制"):
        ballots.open_ballot(by=clerk, ballot=row)
    ballot_slips.store(by=clerk, ballot=row, count=6, codes=codes)
    with pytest.raises(WrongState, match="还没有开始"):
        ballot_voting.cast(code=codes[0], answers=(0, 0))
    ballots.open_ballot(by=clerk, ballot=row)
    with pytest.raises(WrongState, match="不能再印制"):
        ballot_slips.store(by=clerk, ballot=row, count=6, codes=codes)
    ballots.void(by=clerk, ballot=row, reason="会议改期")
    with pytest.raises(NotFound):
        ballot_voting.cast(code=codes[0], answers=(0, 0))
    assert not BallotBlank.objects.exists()


def test_printing_again_makes_the_former_codes_void(world: World) -> None:
    row = prepared(world)
    clerk = actor(world, "bangong")
    first, second = ([ballot_voting.new_code() for _ in range(5)] for _ in range(2))
    ballot_slips.store(by=clerk, ballot=row, count=5, codes=first)
    ballot_slips.store(by=clerk, ballot=row, count=5, codes=second)
    ballots.open_ballot(by=clerk, ballot=row)
    with pytest.raises(NotFound):
        ballot_voting.cast(code=first[0], answers=(0, 0))
    ballot_voting.cast(code=second[0], answers=(0, 0))


def test_too_few_give_no_result_and_nothing_of_it_is_kept(world: World) -> None:
    row = closed(world, [(2, 2)] * 4 + [(None, None)])
    assert (row.state, row.returned, row.valid, row.score) == ("closed", 5, None, None)
    assert (row.spoiled, row.abstained) == (None, None)
    assert not SealedVote.objects.exists()
    told = AuditEvent.objects.filter(action="ballot.close").latest("id")
    assert "不显示结果" in told.summary


def test_two_tellers_must_agree(world: World) -> None:
    row = on_paper(world)
    clerk = actor(world, "bangong")
    with pytest.raises(NotAllowed, match="两名计票人"):
        ballot_counting.enter(by=clerk, ballot=row, tally=GOOD)
    ballot_counting.enter(by=actor(world, "zhuren"), ballot=row, tally=GOOD)
    with pytest.raises(WrongState, match="还没有都录入"):
        ballot_counting.close(by=clerk, ballot=row, on=TODAY)
    other = Tally(10, 1, 0, ((5, 4, 0, 0), (9, 0, 0, 0)))
    ballot_counting.enter(by=actor(world, "jiwei"), ballot=row, tally=other)
    with pytest.raises(WrongState, match="落实主体责任“满意”"):
        ballot_counting.close(by=clerk, ballot=row, on=TODAY)
    assert Ballot.objects.get(pk=row.pk).state == "open"
    ballot_counting.enter(by=actor(world, "jiwei"), ballot=row, tally=GOOD)
    done = ballot_counting.close(by=clerk, ballot=row, on=TODAY)
    assert (done.returned, done.valid, done.spoiled) == (10, 9, 1)
    assert done.score == Decimal("95.00")
    assert SealedVote.objects.filter(ballot=row).count() == 18
    events = AuditEvent.objects.filter(action="ballot.tally")
    assert events.count() == 3
    assert not any("6" in e.summary or e.changes for e in events)


def test_an_impossible_count_is_refused_and_changes_nothing(world: World) -> None:
    row = on_paper(world)
    wrong = Tally(10, 0, 0, ((11, 0, 0, 0), (9, 0, 0, 0)))
    with pytest.raises(Invalid, match="多于有效票"):
        ballot_counting.enter(by=actor(world, "zhuren"), ballot=row, tally=wrong)
    assert not BallotTally.objects.exists()


def test_more_back_than_went_out_is_void(world: World) -> None:
    row = on_paper(world, 6)
    many = Tally(7, 0, 0, ((7, 0, 0, 0), (7, 0, 0, 0)))
    for who in ("zhuren", "jiwei"):
        ballot_counting.enter(by=actor(world, who), ballot=row, tally=many)
    done = ballot_counting.close(by=actor(world, "bangong"), ballot=row, on=TODAY)
    assert (done.state, done.valid, done.score, done.digest) == ("void", None, None, "")
    assert "多于发出 6 张" in done.void_reason
    assert not SealedVote.objects.exists()


@pytest.mark.parametrize(
    ("tellers", "sentence"),
    [
        (("zhuren",), "须有两名计票人"),
        (("zhuren", "zhuren"), "须有两名计票人"),
        (("bangong", "jiwei"), "准备人不能计票"),
        (("zhuren", "caizheng"), "须回避"),
        (("zhuren", "xitong"), "不能计票"),
    ],
)
def test_who_prepares_and_who_is_concerned_does_not_count(
    world: World, tellers: tuple[str, ...], sentence: str
) -> None:
    ids = tuple(world.users[name].pk for name in tellers)
    with pytest.raises(Invalid, match=sentence):
        prepared(world, way="paper", teller_ids=ids)
    assert not Ballot.objects.exists()


@pytest.mark.parametrize("who", ["caizheng", "liuhe", "jiwei", "xianzhang"])
def test_only_the_office_prepares(world: World, who: str) -> None:
    row = prepared(world)
    with pytest.raises(NotAllowed):
        ballots.open_ballot(by=actor(world, who), ballot=row)


def test_a_row_of_the_door_is_refused_where_the_event_fails(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, codes = opened(world)
    for code in codes:
        ballot_voting.cast(code=code, answers=(0, 0))

    def broken(**_: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("accountability.services.audit.record", broken)
    with pytest.raises(RuntimeError):
        ballot_counting.close(by=actor(world, "bangong"), ballot=row, on=TODAY)
    row.refresh_from_db()
    assert row.state == "open"
    assert BallotBlank.objects.filter(ballot=row).exclude(choices="").count() == 8
    assert not SealedVote.objects.exists()


def test_a_counted_ballot_is_the_system_score_of_its_criterion(world: World) -> None:
    made = rounds.core(
        criteria=(
            criterion("1", "part"),
            criterion("1.1", "score", "1", points=80),
            criterion("1.2", "score", "1", points=20, method="ballot"),
            criterion("否1", "veto"),
        )
    )
    scheme = rounds.published(world, kind="department", made=made)
    row = rounds.assessments.open_round(
        by=actor(world, "bangong"), scheme=scheme, self_due=TODAY, review_due=TODAY, on=TODAY,
        keys=[f"u{world.units['县财政局'].pk}"],
    )  # fmt: skip
    team = rounds.assessments.set_team(
        by=actor(world, "bangong"), assessment=row, team_id=None, name="一组",
        user_ids=[world.users["jiwei"].pk],
    )  # fmt: skip
    sheet = row.sheets.get()
    rounds.assessments.assign(by=actor(world, "bangong"), assessment=row, teams={sheet.pk: team.pk})
    rounds.assessments.start_self(by=actor(world, "bangong"), assessment=row, on=TODAY)
    place = {"sheet_id": sheet.pk, "criterion_id": scheme.criteria.get(code="1.2").pk}
    score = Score.objects.get(sheet=sheet, criterion__code="1.2")
    assert score.system is None
    waiting, codes = opened(world, 5, group="分管领导", weight=Decimal(20), **place)
    closed(world, [(0, 0)] * 5, group="干部职工", weight=Decimal(80), **place)
    score.refresh_from_db()
    assert score.system is None  # the other group still votes
    for code in codes:
        ballot_voting.cast(code=code, answers=(1, 1))
    ballot_counting.close(by=actor(world, "bangong"), ballot=waiting, on=TODAY)
    score.refresh_from_db()
    assert score.system == Decimal("18.80")  # 20 × (70 × 20 + 100 × 80) ÷ 100 ÷ 100
    assert "分管领导 70.00 × 20" in score.counted["how"]
    assert {c["kind"] for c in score.counted["cases"]} == {"ballot"}
    rounds.assessments.recount(by=actor(world, "bangong"), assessment=row, on=TODAY)
    score.refresh_from_db()
    assert score.system == Decimal("18.80")
