"""A letter's text before it is signed: its clauses, and the whole made anew from today's tasks."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Post
from accountability.refusals import Invalid, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from reports.models import Letter, LetterClause, LetterItem, LetterState, WordedPaper
from reports.selectors.letter_plan import holders_of, make_plan
from reports.services import letters
from reports.services.letter_content import Draft, Party, PrintedItem, canonical
from reports.services.wordings import wording_of
from tasks.models import Paper

MOST_CLAUSES = 20


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
        now = letters.locked(by, letter)
        if now.state not in (LetterState.DRAFT, LetterState.RETURNED):
            raise WrongState(f"{now.number} 已{now.get_state_display()}，修改须先退回或作废重签。")
        if now.revision != revision:
            raise WrongState("责任书刚才已由他人修改，请核对最新内容后再保存。")
        before = own_clauses(now)
        _store_clauses(now, wanted)
        refresh_text(now)
        changes = [change("clauses", "单位具体责任", before, wanted)]
        if now.state == LetterState.RETURNED:
            letters.move(
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
                units=letters.units_of(now),
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
    content, digest = canonical(draft, wording_of(paper.county, WordedPaper.LETTER))
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


def basis_of(paper: Paper) -> str:
    """签订依据: the paper with its number, as a letter cites it."""
    number = f"（{paper.number}）" if paper.number else ""
    room = 118 - len(number)
    return f"《{paper.title[:room]}》{number}"
