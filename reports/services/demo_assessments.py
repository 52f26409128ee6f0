"""The demo county's assessments: last year's towns, closed and reported; this year's, in review.

Of this year's departments there are two ballots: one counted, one that waits for its tellers.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from accountability.models import County, User
from accountability.refusals import WrongState
from reports.assessment import Nature, hundredth
from reports.models import Assessment, BallotWay, Scheme, Score
from reports.scheme_examples import examples
from reports.selectors.assessment_subjects import candidates
from reports.services import (
    assessments,
    ballot_counting,
    ballot_slips,
    ballot_voting,
    ballots,
    publications,
    schemes,
    scoring,
    year_reports,
)
from reports.services.demo_letters import COUNTY, actor_of
from reports.services.scoring import Mark

SEED = "30518"
# What a team took off, by the subject's place in the list: points, why, what it rests on.
TAKEN_OFF = (
    (Decimal("0"), "", ""),
    (Decimal("2"), "一次专题研究没有落实情况记录", "考核组查阅记录第2号"),
    (Decimal("4.5"), "两项监督台账与抽查结果不符", "考核组抽查记录第5号"),
    (Decimal("1"), "一个村（社区）没有检查记录", "考核组实地记录第1号"),
)
SLIPS = 24
ASPECTS = "履行主体责任\n改进工作作风\n班子廉洁自律"
OPTIONS = "好 100\n较好 80\n一般 60\n差 40"
BALLOTS = (Decimal("96.4"), Decimal("91.25"), Decimal("88.6"), Decimal("93.1"), Decimal("84.75"))


def load(*, year: int | None = None) -> list[Assessment]:
    """Last year's round, published, and this year's, half scored; [] without the county."""
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    county = County.objects.filter(name=COUNTY).first()
    if county is None or Assessment.objects.filter(county=county).exists():
        return []
    users = {user.username: user for user in User.objects.filter(county=county)}
    today = timezone.localdate()
    this_year = year or today.year
    last = _round(users, "town", this_year - 1, today)
    _score(users, last, today, share=Decimal(1))
    scoring.approve_all(by=actor_of(users["zhuren"]), assessment_id=last.pk, on=today)
    last = assessments.feed_back(by=actor_of(users["bangong"]), assessment=last, on=today)
    assert last.appeal_due is not None
    after = last.appeal_due + timedelta(days=1)
    waiting = publications.propose(by=actor_of(users["bangong"]), assessment=last, on=after)
    publications.decide(
        by=actor_of(users["zhuren"]),
        publication=waiting,
        is_approved=True,
        decision="同意公布",
        digest=waiting.digest,
        on=after,
    )
    report = year_reports.draft(by=actor_of(users["bangong"]), year=this_year - 1, on=today)
    year_reports.submit(by=actor_of(users["bangong"]), report_id=report.pk)
    year_reports.approve(by=actor_of(users["zhuren"]), report_id=report.pk, version=report.version)
    now = _round(users, "department", this_year, today)
    _score(users, now, today, share=Decimal("0.4"))
    _ballots(users, now, today)
    return [last, now]


def _round(users: dict[str, User], kind: str, year: int, on: date) -> Assessment:
    clerk, head = actor_of(users["bangong"]), actor_of(users["zhuren"])
    core = next(e.core for e in examples().values() if e.kind == kind)
    scheme: Scheme = schemes.draft(
        by=clerk, year=year, kind=kind, occasion="yearly", topic="", core=core
    )
    scheme = schemes.publish(by=head, scheme=scheme)
    row = assessments.open_round(
        by=clerk,
        scheme=scheme,
        self_due=on,
        review_due=on + timedelta(days=20),
        keys=[c.key for c in candidates(scheme.county_id, kind, on=on)],
        on=on,
    )
    for name, members in (("第一考核组", ("jiwei",)), ("第二考核组", ("caizheng", "bangong"))):
        assessments.set_team(
            by=clerk,
            assessment=row,
            team_id=None,
            name=name,
            user_ids=[users[m].pk for m in members],
        )
    assessments.draw_teams(by=clerk, assessment=row, seed=SEED)
    assessments.start_self(by=clerk, assessment=row, on=on)
    return assessments.start_review(by=clerk, assessment=row, on=on + timedelta(days=1))


def _score(users: dict[str, User], row: Assessment, on: date, *, share: Decimal) -> None:
    """The teams' marks of the first `share` of the subjects."""
    sheets = list(row.sheets.select_related("team").order_by("position"))
    for place, sheet in enumerate(sheets[: int(len(sheets) * share)]):
        is_first = sheet.team is not None and sheet.team.name == "第一考核组"
        member = users["jiwei" if is_first else "bangong"]
        scoring.team_score(
            by=actor_of(member),
            sheet=sheet,
            marks=_marks(list(sheet.scores.select_related("criterion")), place),
            vetoes={},
            version=1,
            is_complete=True,
            on=on,
        )


def _ballots(users: dict[str, User], row: Assessment, on: date) -> None:
    """About the last two departments, which no team has scored: points where the scheme asks."""
    clerk = actor_of(users["bangong"])
    criterion = row.scheme.criteria.filter(method="ballot").order_by("position").first()
    sheets = list(row.sheets.order_by("-position")[:2])
    for sheet, way in zip(sheets, (BallotWay.CODE, BallotWay.PAPER), strict=False):
        tellers = (users["zhuren"].pk, users["jiwei"].pk) if way == BallotWay.PAPER else ()
        made = ballots.prepare(
            by=clerk,
            year=row.year,
            draft=ballots.Draft(
                title=f"{row.year}年度民主测评",
                group="干部职工",
                aspects=ASPECTS,
                options=OPTIONS,
                subject=sheet.key,
                way=way,
                teller_ids=tellers,
                sheet_id=sheet.pk if criterion else None,
                criterion_id=criterion.pk if criterion else None,
            ),
            on=on,
        )
        codes = [ballot_voting.new_code() for _ in range(SLIPS)] if way == BallotWay.CODE else []
        ballot_slips.store(by=clerk, ballot=made, count=SLIPS, codes=codes)
        made = ballots.open_ballot(by=clerk, ballot=made)
        if codes:
            for place, code in enumerate(codes[:-1]):
                answers = (
                    0,
                    1 if place % 4 == 1 else 0,
                    None if place % 9 == 4 else place % 3 // 2,
                )
                ballot_voting.cast(code=code, answers=answers)
            ballot_counting.close(by=clerk, ballot=made, on=on)


def _marks(scores: list[Score], place: int) -> dict[str, Mark]:
    marks, off = {}, TAKEN_OFF[place % len(TAKEN_OFF)]
    reviewed = [s for s in scores if s.system is None and s.criterion.nature == Nature.SCORE]
    for score in scores:
        code, full = score.criterion.code, score.criterion.points
        if score.system is not None:
            marks[code] = Mark(score.system)
        elif score.criterion.method == "ballot":
            share = BALLOTS[place % len(BALLOTS)]
            marks[code] = Mark(
                hundredth(full * share / 100), "测评有效票平均得分", ("民主测评计票记录",)
            )
        elif score.criterion.nature == Nature.SCORE:
            marks[code] = Mark(full)
    if off[0]:
        # Taken off one of the reviewed criteria, another for each subject.
        score = reviewed[place % len(reviewed)]
        if score.criterion.method != "ballot":
            marks[score.criterion.code] = Mark(score.criterion.points - off[0], off[1], (off[2],))
    return marks
