"""A letter's text before it is signed: its clauses, and the whole made anew from today's tasks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Post
from accountability.refusals import Invalid, WrongState
from accountability.services import bulk
from accountability.services.audit import change
from reports.models import Letter, LetterClause, LetterItem, LetterState, WordedPaper
from reports.selectors.letter_plan import Plan, holders_of, make_plan
from reports.services import letters
from reports.services.letter_content import Draft, Party, PrintedItem, canonical
from reports.services.letter_issuer import issuer_of
from reports.services.wordings import wording_of
from tasks.models import Paper

MOST_CLAUSES = 20
# What `refresh` sets.
TEXT_FIELDS = (
    "party_a", "above", "person_a", "person_b", "basis", "content", "digest", "revision",
)  # fmt: skip


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
        refresh([now], on=timezone.localdate())
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


Plans = dict[int, Plan]


def plans_of(paper_ids: Collection[int], *, on: date) -> Plans:
    """What each of these papers asks for on a day, by the paper's id."""
    papers = Paper.objects.filter(pk__in=paper_ids).select_related("county")
    return {paper.pk: make_plan(paper, on=on) for paper in papers.defer("reading", "findings")}


def refresh(rows: Sequence[Letter], *, on: date, plans: Plans | None = None) -> None:
    """Make the texts of unsigned letters anew: the day's holders, tasks, wording, clauses.

    The letters are not saved yet, their items are; a bounded number of
    statements for any number of letters of a paper. A letter that the paper no
    longer asks for prints no tasks.
    """
    if plans is None:
        plans = plans_of({row.paper_id for row in rows}, on=on)
    dues = {(pk, due.level, due.party_b.pk): due for pk, plan in plans.items() for due in plan.due}
    wordings = {pk: wording_of(plan.paper.county, WordedPaper.LETTER) for pk, plan in plans.items()}
    clauses: dict[int, list[str]] = defaultdict(list)
    known = LetterClause.objects.filter(letter__in=rows, is_dropped=False).order_by("position")
    for letter_id, text in known.values_list("letter_id", "text"):
        clauses[letter_id].append(text)
    printed: dict[int, Sequence[PrintedItem]] = {}
    for row in rows:
        due = dues.get((row.paper_id, row.level, row.party_b_id))
        printed[row.pk] = due.items if due else ()
        if due is not None:
            row.party_a, row.above = due.party_a, due.above
    holders = holders_of({pk for row in rows for pk in (row.party_a_id, row.party_b_id)}, on=on)
    for row in rows:
        row.person_a = holders.get(row.party_a_id)
        row.person_b = holders.get(row.party_b_id)
        paper = plans[row.paper_id].paper
        row.basis = basis_of(paper)[:120]
        _freeze(row, paper, printed[row.pk], clauses[row.pk], wordings[row.paper_id])
    _store_items(rows, printed)


def _freeze(
    letter: Letter,
    paper: Paper,
    items: Sequence[PrintedItem],
    clauses: Sequence[str],
    wording: dict[str, str],
) -> None:
    draft = Draft(
        number=letter.number,
        title=letter.title,
        issuer=issuer_of(paper.county, letter.level, letter.party_a.unit),
        year=letter.year,
        basis=letter.basis,
        layer=letter.layer,
        party_a=party_of(letter.party_a, letter.person_a.name if letter.person_a else ""),
        party_b=party_of(letter.party_b, letter.person_b.name if letter.person_b else ""),
        items=items,
        clauses=clauses,
    )
    content, digest = canonical(draft, wording)
    if digest != letter.digest:
        letter.content, letter.digest = content, digest
        letter.revision += 1


def party_of(post: Post, name: str) -> Party:
    """A post and its holder as a letter names them."""
    title = post.title if post.is_leadership else f"{post.unit.name}{post.title}"
    return Party(post=title, name=name, unit=post.unit.name)


def _store_items(rows: Sequence[Letter], printed: dict[int, Sequence[PrintedItem]]) -> None:
    """The rows that say which tasks the texts print; derived from them, so made anew."""
    known: dict[int, list[LetterItem]] = defaultdict(list)
    for item in LetterItem.objects.filter(letter__in=rows).order_by("position"):
        known[item.letter_id].append(item)
    old: list[LetterItem] = []
    new: list[LetterItem] = []
    for row in rows:
        wanted = [(item.id, item.part[:60]) for item in printed[row.pk]]
        if [(item.item_id, item.part) for item in known[row.pk]] == wanted:
            continue
        old += known[row.pk]
        new += [
            LetterItem(letter=row, item_id=pk, position=n, part=part)
            for n, (pk, part) in enumerate(wanted, 1)
        ]
    bulk.delete(old)
    bulk.create(new)


def basis_of(paper: Paper) -> str:
    """签订依据: the paper with its number, as a letter cites it."""
    number = f"（{paper.number}）" if paper.number else ""
    room = 118 - len(number)
    return f"《{paper.title[:room]}》{number}"
