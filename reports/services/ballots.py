"""测评: prepare, open, void. Counting is in `ballot_counting`, votes in `ballot_voting`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import Duty, DutyKind, Post, Unit, User
from accountability.models.dated import holds_on
from accountability.refusals import Invalid, NotAllowed, WrongState
from reports.assessment import Method
from reports.assessment.ballots import (
    BadVote,
    Form,
    options_from,
    problems_of,
)
from reports.assessment.points import plain
from reports.models import (
    BALLOT_TRANSITIONS,
    AssessmentState,
    Ballot,
    BallotBlank,
    BallotCode,
    BallotState,
    BallotTally,
    BallotWay,
    Criterion,
    Sheet,
    SheetState,
    Teller,
)
from reports.selectors.assessment_subjects import own_posts, own_units
from reports.services import ballot_sweeping
from reports.services.assessments import members_possible
from reports.services.schemes import checked, person, state_change

TELLERS = 2


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new ballot is to be. `subject` is u12 or p7, "" where sheet or duty say it."""

    title: str
    group: str
    aspects: str
    options: str
    subject: str = ""
    way: str = BallotWay.CODE
    smallest: int = 5
    weight: Decimal = Decimal(100)
    teller_ids: tuple[int, ...] = ()
    sheet_id: int | None = None
    criterion_id: int | None = None
    duty_id: int | None = None


def prepare(*, by: Actor, year: int, draft: Draft, on: date) -> Ballot:
    """A ballot about one unit or seat, for one group; its slips come next."""
    user = person(by)
    with acting(by=by) as act:
        require(by, Action.ASSESS_EDIT)
        if user.county_id is None:
            raise NotAllowed("本账号不属于任何县（区），不能办理测评。")
        form = form_of(draft)
        row = Ballot(
            county_id=user.county_id,
            year=year,
            title=draft.title.strip()[:100],
            group=draft.group.strip()[:60],
            weight=draft.weight,
            way=draft.way,
            aspects=list(form.aspects),
            options=[
                {"name": o.name, "weight": None if o.weight is None else plain(o.weight)}
                for o in form.options
            ],
            smallest=draft.smallest,
            made_by=user,
        )
        _set_subject(row, user, draft, on=on)
        checked(row)
        row.save()
        tellers = _tellers(row, user, draft, on=on)
        for teller_id in tellers:
            Teller(ballot=row, user_id=teller_id).save()
        told = f"，计票人{'、'.join(tellers.values())}" if tellers else ""
        act.record(
            "ballot.prepare",
            row,
            summary=f"建立{row}，对象{row.subject}，参评人员{row.group}，"
            f"{row.get_way_display()}{told}",
            units=units_of(row),
        )
    return row


def form_of(draft: Draft) -> Form:
    """The form that a draft's texts describe, or `Invalid` by field."""
    try:
        options = options_from(draft.options)
    except BadVote as error:
        raise Invalid(str(error), details={"options": [str(error)]}) from error
    aspects = tuple(filter(None, (line.strip() for line in draft.aspects.splitlines())))
    form = Form(aspects, options)
    if found := problems_of(form, smallest=draft.smallest):
        raise Invalid(found[0], details={"options": found})
    return form


def _set_subject(row: Ballot, user: User, draft: Draft, *, on: date) -> None:
    """From the sheet, the duty, or as it was chosen."""
    if draft.sheet_id:
        sheet = find(
            Sheet.objects.visible_to(user).select_related("assessment", "post"), pk=draft.sheet_id
        )
        criterion = find(
            Criterion.objects.filter(
                scheme_id=sheet.assessment.scheme_id, method=Method.BALLOT.value
            ),
            pk=draft.criterion_id or 0,
        )
        _must_take_scores(sheet)
        row.sheet, row.criterion = sheet, criterion
        row.unit_id, row.post_id, row.subject = sheet.unit_id, sheet.post_id, sheet.name
        return
    if draft.duty_id:
        duty = find(Duty.objects.visible_to(user).select_related("post__unit"), pk=draft.duty_id)
        if duty.kind != DutyKind.ACCOUNT:
            raise Invalid("只有述责述廉事项可以附民主测评。")
        row.duty = duty
        row.unit_id, row.post_id, row.subject = duty.unit_id, duty.post_id, duty.subject_name[:120]
        return
    kind, pk = draft.subject[:1], draft.subject[1:]
    number = int(pk) if pk.isdecimal() and len(pk) < 18 else 0
    if kind == "u":
        unit = find(Unit.objects.filter(holds_on(on), county_id=row.county_id), pk=number)
        row.unit, row.subject = unit, unit.name
    elif kind == "p":
        posts = Post.objects.filter(holds_on(on), county_id=row.county_id).select_related("unit")
        post = find(posts, pk=number)
        row.post, row.subject = post, f"{post.unit} {post.title}"[:120]
    else:
        raise Invalid("请选择测评对象。", details={"subject": ["请选择测评对象"]})


def _must_take_scores(sheet: Sheet) -> None:
    is_open = sheet.assessment.state in (
        AssessmentState.PREPARING,
        AssessmentState.SELF,
        AssessmentState.REVIEW,
    )
    if not is_open or sheet.state in (SheetState.SCORED, SheetState.APPROVED):
        raise WrongState(f"{sheet.name}已经复评，测评结果不能再计入，请先由核定人退回或另行测评。")


def _tellers(row: Ballot, user: User, draft: Draft, *, on: date) -> dict[int, str]:
    """The two who count, by id with their names; none where people vote in a browser."""
    if row.way != BallotWay.PAPER:
        return {}
    ids = list(dict.fromkeys(draft.teller_ids))
    wrong = ""
    if len(ids) != TELLERS:
        wrong = "纸质票须有两名计票人，请选择两人"
    elif user.pk in ids:
        wrong = "准备人不能计票，请另选计票人"
    possible = members_possible(row.county_id, on=on)
    if not wrong and set(ids) - set(possible):
        wrong = "所选计票人不能计票，请选择本县在用的业务账号"
    if not wrong:
        units, posts = own_units(ids, on=on), own_posts(ids, on=on)
        unit_id = row.unit_id or (row.post.unit_id if row.post else None)
        for teller in ids:
            if unit_id in units.get(teller, ()) or row.post_id in posts.get(teller, ()):
                wrong = f"{possible[teller]}是测评对象的人，须回避，请另选计票人"
    if wrong:
        raise Invalid(f"{wrong}。", details={"tellers": [wrong]})
    return {teller: possible[teller] for teller in ids}


def open_ballot(*, by: Actor, ballot: Ballot) -> Ballot:
    """开始投票: the slips went out."""
    user = person(by)
    with acting(by=by) as act:
        now = locked(by, ballot)
        if not now.issued:
            raise WrongState("还没有印制测评票，请先印制并发放。")
        move(now, BallotState.OPEN)
        now.opened_at, now.opened_by = timezone.now(), user
        checked(now)
        now.save()
        act.record(
            "ballot.open",
            now,
            summary=f"{now}开始投票，发出 {now.issued} 张",
            changes=state_change("筹备", "投票"),
            units=units_of(now),
        )
    return now


def void(*, by: Actor, ballot: Ballot, reason: str) -> Ballot:
    """作废 before the count: what was voted is thrown away unread, the reason stays."""
    user, reason = person(by), reason.strip()
    if not reason:
        raise Invalid("请填写作废原因。", details={"reason": ["请填写作废原因"]})
    with acting(by=by, reason=reason) as act:
        now = locked(by, ballot)
        before = now.get_state_display()
        move(now, BallotState.VOID)
        now.void_reason = reason[:300]
        now.closed_at, now.closed_by = timezone.now(), user
        checked(now)
        now.save()
        empty(act, now)
        act.record(
            "ballot.void",
            now,
            summary=f"作废{now}：{reason}",
            changes=state_change(before, "作废"),
            units=units_of(now),
        )
    return now


def empty(act: Act, ballot: Ballot) -> None:
    """Take the ballot out of the working tables, inside the caller's act, and have them swept."""
    BallotCode.objects.filter(ballot=ballot).delete()
    BallotBlank.objects.filter(ballot=ballot).delete()
    BallotTally.objects.filter(teller__ballot=ballot).delete()
    ballot_sweeping.ask(act, ballot)


def locked(by: Actor, ballot: Ballot) -> Ballot:
    """The ballot as the office may change it, locked; nobody votes while it is."""
    require(by, Action.ASSESS_EDIT)
    return hold(person(by), ballot)


def hold(user: User, ballot: Ballot) -> Ballot:
    """The ballot as `user` may see it, locked against votes and other steps."""
    ballot_sweeping.alone(ballot.pk)
    rows = Ballot.objects.visible_to(user).select_related("county", "sheet", "criterion", "post")
    found: Ballot = find(rows.select_for_update(of=("self",)), pk=ballot.pk)
    return found


def move(ballot: Ballot, to: BallotState) -> None:
    """One step of the transition table, or `WrongState`."""
    if to not in BALLOT_TRANSITIONS[ballot.state]:
        raise WrongState(
            f"{ballot}现在是“{ballot.get_state_display()}”，不能改为“{to.label}”，请刷新后查看。"
        )
    ballot.state = to


def units_of(ballot: Ballot) -> list[int]:
    """The unit that a ballot's events touch."""
    return [ballot.unit_id] if ballot.unit_id else []
