"""责任书: made from an issued paper, looked over, sent to be signed, returned, void."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, Post
from accountability.refusals import Invalid, NotAllowed, NotFound, WrongState
from accountability.services import audit, bulk
from accountability.services.audit import Note, change
from reports.models import (
    LETTER_TRANSITIONS,
    LIVE_STATES,
    Letter,
    LetterClause,
    LetterItem,
    LetterLevel,
    LetterState,
)
from reports.models.letter import WAITING_STATES, own_seats
from reports.selectors.letter_plan import Due, Plan, holders_of, make_plan
from reports.services import letter_content
from reports.services.letter_content import Draft, Party, PrintedItem
from reports.services.letter_wording import wording_of
from tasks.models import Paper, PaperState

MOST_REMINDERS = 2
# A file signed so far counts no longer when its letter comes to one of these.
FILE_ENDS = frozenset({LetterState.RETURNED, LetterState.STALE, LetterState.VOID})
MOST_CLAUSES = 20
TITLES = {
    LetterLevel.COUNTY: "党风廉政建设责任书",
    LetterLevel.LEADER: "党风廉政建设“一岗双责”责任书",
    LetterLevel.UNIT: "党风廉政建设责任书",
    LetterLevel.SECTION: "科室党风廉政建设责任书",
}
Step = Callable[[int, str], None]


def no_step(percent: int, text: str) -> None:
    """Nobody watches."""


def make_letters(*, by: Actor, paper: Paper, progress: Step = no_step) -> list[Letter]:
    """Make the letters that `paper` asks for and that are not there yet (M07).

    From what is handed out: the paper is (partly) issued. Parties that have a
    live letter of this paper keep it, so it may be run twice, and again after
    more tasks were handed out or a letter was voided. A number is never used
    twice. Raises `WrongState` for a draft, or where lists take letters' place.
    """
    require(by, Action.LETTER_EDIT)
    paper = Paper.objects.select_related("county").defer("reading", "findings").get(pk=paper.pk)
    _check_county(by, paper.county_id)
    if paper.state not in (PaperState.PART_ISSUED, PaperState.ISSUED):
        raise WrongState("责任书由已下发的任务生成，请先在“任务分解”页校验并下发。")
    progress(5, "读取任务和分工")
    plan = make_plan(paper, on=timezone.localdate())
    if not plan.due:
        raise WrongState(
            "没有需要签订的责任书：本县以责任清单代替责任书，或名录中没有政府主要负责人的职务。"
        )
    wording = wording_of(paper.county)
    with acting(by=by) as act:
        County.objects.select_for_update(no_key=True).get(pk=paper.county_id)
        live = Letter.objects.filter(paper=paper, state__in=LIVE_STATES)
        there = set(live.values_list("level", "party_b_id"))
        ended = _last_ended(paper)
        wanted = [due for due in plan.due if (due.level, due.party_b.pk) not in there]
        if not wanted:
            act.unchanged()
            return []
        progress(30, f"生成 {len(wanted)} 份责任书")
        serial = next_serial(paper.county_id, paper.year)
        rows = []
        for place, due in enumerate(wanted):
            replaced = ended.get((due.level, due.party_b.pk))
            rows.append(_new(plan, due, serial + place, by=by, wording=wording, replaces=replaced))
            if place % 20 == 19:
                progress(30 + 50 * place // len(wanted), f"已生成 {place + 1} 份")
        made = bulk.create(rows)
        bulk.create(
            [
                LetterItem(letter=letter, item_id=item.id, position=n, part=item.part[:60])
                for letter, due in zip(made, wanted, strict=True)
                for n, item in enumerate(due.items, 1)
            ]
        )
        progress(90, "保存")
        act.record_many(
            [
                Note("letter.make", letter, f"生成责任书 {letter.number}", [], units_of(letter))
                for letter in made
            ]
        )
    return made


def _check_county(by: Actor, county_id: int) -> None:
    user = by.user or by.on_behalf_of
    if user is not None and user.county_id != county_id:
        raise NotFound


def _last_ended(paper: Paper) -> dict[tuple[str, int], Letter]:
    rows = Letter.objects.filter(paper=paper, state=LetterState.STALE).order_by("id")
    return {(row.level, row.party_b_id): row for row in rows}


def next_serial(county_id: int, year: int) -> int:
    """The next number of a county and year; call it with the county locked."""
    rows = Letter.objects.filter(county_id=county_id, year=year)
    return (rows.aggregate(last=Max("serial"))["last"] or 0) + 1


def _new(
    plan: Plan,
    due: Due,
    serial: int,
    *,
    by: Actor,
    wording: dict[str, str],
    replaces: Letter | None,
) -> Letter:
    paper = plan.paper
    number = f"〔{paper.year}〕责-{serial:03d}"
    title = f"{paper.year}年度{TITLES[LetterLevel(due.level)]}"
    basis = basis_of(paper)
    draft = Draft(
        number=number,
        title=title,
        issuer=paper.county.issuer,
        year=paper.year,
        basis=basis,
        layer=due.layer,
        party_a=plan.party(due.party_a),
        party_b=plan.party(due.party_b),
        items=due.items,
    )
    content, digest = letter_content.canonical(draft, wording)
    return Letter(
        county_id=paper.county_id,
        paper=paper,
        year=paper.year,
        serial=serial,
        number=number,
        level=due.level,
        layer=due.layer,
        party_a=due.party_a,
        party_b=due.party_b,
        person_a=plan.holders.get(due.party_a.pk),
        person_b=plan.holders.get(due.party_b.pk),
        above=due.above,
        unit=due.unit,
        replaces=replaces,
        basis=basis[:120],
        title=title,
        content=content,
        digest=digest,
        made_by=by.name,
    )


def basis_of(paper: Paper) -> str:
    """签订依据: the paper with its number, as a letter cites it."""
    number = f"（{paper.number}）" if paper.number else ""
    room = 118 - len(number)
    return f"《{paper.title[:room]}》{number}"


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


def revise(*, by: Actor, letter: Letter, clauses: Sequence[str], revision: int) -> Letter:
    """Set the unit-specific clauses and make the text anew from today's tasks and wording.

    For a draft or a returned letter (which becomes a draft again). `revision`
    is the one that the office saw: `WrongState` when it has moved on.
    """
    wanted = [" ".join(text.split()) for text in clauses if text.strip()]
    if len(wanted) > MOST_CLAUSES:
        raise Invalid(f"单位具体责任最多 {MOST_CLAUSES} 条，请合并。")
    if any(len(text) > 500 for text in wanted):
        raise Invalid("每条单位具体责任不超过 500 字，请拆分。")
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        now = locked(by, letter)
        if now.state not in (LetterState.DRAFT, LetterState.RETURNED):
            raise WrongState(f"{now.number} 已{now.get_state_display()}，修改须先退回或作废重签。")
        if now.revision != revision:
            raise WrongState("责任书刚才已由他人修改，请核对最新内容后再保存。")
        before = own_clauses(now)
        _store_clauses(now, wanted)
        refresh_text(now)
        changes = [change("clauses", "单位具体责任", before, wanted)]
        if now.state == LetterState.RETURNED:
            move(
                act,
                now,
                LetterState.DRAFT,
                action="letter.revise",
                summary=f"修改 {now.number}",
                changes=changes,
            )
        else:
            now.full_clean(exclude=["content"])
            now.save()
            act.record(
                "letter.revise",
                now,
                summary=f"修改 {now.number}，第 {now.revision} 稿",
                changes=changes,
                units=units_of(now),
            )
    return now


def own_clauses(letter: Letter) -> list[str]:
    """The unit-specific clauses that hold."""
    rows = LetterClause.objects.filter(letter=letter, is_dropped=False).order_by("position")
    return list(rows.values_list("text", flat=True))


def _store_clauses(letter: Letter, wanted: Sequence[str]) -> None:
    known = list(LetterClause.objects.filter(letter=letter).order_by("position"))
    for place, text in enumerate(wanted):
        row = known[place] if place < len(known) else LetterClause(letter=letter, position=place)
        row.text, row.is_dropped = text, False
        row.full_clean()
        row.save()
    for row in known[len(wanted) :]:
        if not row.is_dropped:
            row.is_dropped = True
            row.save()


def refresh_text(letter: Letter) -> None:
    """Make the text of an unsigned letter anew: today's holders, tasks, wording, clauses."""
    today = timezone.localdate()
    paper = (
        Paper.objects.select_related("county").defer("reading", "findings").get(pk=letter.paper_id)
    )
    plan = make_plan(paper, on=today)
    due = next(
        (d for d in plan.due if (d.level, d.party_b.pk) == (letter.level, letter.party_b_id)), None
    )
    items: tuple[PrintedItem, ...] = due.items if due else ()
    if due is not None:
        letter.party_a, letter.above = due.party_a, due.above
    holders = holders_of([letter.party_a_id, letter.party_b_id], on=today)
    letter.person_a = holders.get(letter.party_a_id)
    letter.person_b = holders.get(letter.party_b_id)
    letter.basis = basis_of(paper)[:120]
    _freeze(letter, paper, items)
    _store_items(letter, items)


def _freeze(letter: Letter, paper: Paper, items: Sequence[PrintedItem]) -> None:
    draft = Draft(
        number=letter.number,
        title=letter.title,
        issuer=paper.county.issuer,
        year=letter.year,
        basis=letter.basis,
        layer=letter.layer,
        party_a=party_of(letter.party_a, letter.person_a.name if letter.person_a else ""),
        party_b=party_of(letter.party_b, letter.person_b.name if letter.person_b else ""),
        items=items,
        clauses=own_clauses(letter),
    )
    content, digest = letter_content.canonical(draft, wording_of(paper.county))
    if digest != letter.digest:
        letter.content, letter.digest = content, digest
        letter.revision += 1


def party_of(post: Post, name: str) -> Party:
    """A post and its holder as a letter names them."""
    title = post.title if post.is_leadership else f"{post.unit.name}{post.title}"
    return Party(post=title, name=name, unit=post.unit.name)


def _store_items(letter: Letter, items: Sequence[PrintedItem]) -> None:
    """The rows that say which tasks the text prints; derived from it, so made anew."""
    bulk.delete(list(LetterItem.objects.filter(letter=letter)))
    bulk.create(
        [
            LetterItem(letter=letter, item_id=item.id, position=n, part=item.part[:60])
            for n, item in enumerate(items, 1)
        ]
    )


def void(*, by: Actor, letter: Letter, reason: str) -> Letter:
    """作废: the letter holds no longer; its number stays taken, its text readable."""
    reason = _reason(reason)
    with acting(by=by, reason=reason) as act:
        require(by, Action.LETTER_EDIT)
        now = locked(by, letter)
        now.reason = reason
        move(act, now, LetterState.VOID, action="letter.void", summary=f"作废 {now.number}")
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


def expire(*, by: Actor, year: int, county: County) -> int:
    """期满: the effective letters of a year that is over; gives how many."""
    if timezone.localdate().year <= year:
        raise WrongState(f"{year}年度还没有结束，责任书不能转为期满。")
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        _check_county(by, county.pk)
        rows = list(
            Letter.objects.select_for_update(of=("self",))
            .filter(Q(county=county), year=year, state=LetterState.EFFECTIVE)
            .select_related("party_a", "party_b")
        )
        if not rows:
            act.unchanged()
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
    return len(rows)
