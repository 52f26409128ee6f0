"""责任书 made from an issued paper: as background work, and a wording looked at beforehand."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County, Job, JobState
from accountability.refusals import NotAllowed, WrongState
from accountability.services import bulk, jobs
from accountability.services.audit import Note
from reports.models import (
    LIVE_STATES,
    DocumentNumber,
    Letter,
    LetterItem,
    LetterLayer,
    LetterLevel,
    LetterState,
    NumberKind,
    WordedPaper,
)
from reports.selectors.letter_plan import Due, Plan, make_plan
from reports.services import letters, numbers
from reports.services.letter_content import Draft, Party, PrintedItem, canonical, read
from reports.services.letter_issuer import issuer_of
from reports.services.letter_text import basis_of
from reports.services.wordings import wording_of
from tasks.models import Paper, PaperState

KIND = "letters_make"
TITLES = {
    LetterLevel.COUNTY: "党风廉政建设责任书",
    LetterLevel.LEADER: "党风廉政建设“一岗双责”责任书",
    LetterLevel.UNIT: "党风廉政建设责任书",
    LetterLevel.SECTION: "科室党风廉政建设责任书",
}
Step = Callable[[int, str], None]


def ask(*, by: Actor, paper: Paper) -> Job:
    """The job that makes the letters `paper` still asks for; one at a time."""
    require(by, Action.LETTER_EDIT)
    if by.user is None:
        raise NotAllowed("责任书须由政府办公室人员发起生成。")
    if paper.state not in (PaperState.PART_ISSUED, PaperState.ISSUED):
        raise WrongState("责任书由已下发的任务生成，请先在“任务分解”页校验并下发。")
    done = Job.objects.filter(
        kind=KIND, parameters__paper_id=paper.pk, state=JobState.DONE, asked_by=by.user
    ).count()
    with transaction.atomic():
        return jobs.ask(
            by=by,
            kind=KIND,
            key=f"{KIND}:{paper.pk}:u{by.user.pk}:{done}",
            title=f"{paper.year}年度责任书",
            county=paper.county,
            parameters={"paper_id": paper.pk},
        )


def no_step(percent: int, text: str) -> None:
    """Nobody watches."""


def make(*, by: Actor, paper: Paper, progress: Step = no_step) -> list[Letter]:
    """Make the letters that `paper` asks for and that are not there yet (M07).

    From what is handed out: the paper is (partly) issued. Parties that have a
    live letter of this paper keep it, so it may be run twice, and again after
    more tasks were handed out or a letter was voided. Numbers (编号) come from the
    county's series of letters. Raises `WrongState` for a draft, or where lists take letters' place.
    """
    require(by, Action.LETTER_EDIT)
    paper = Paper.objects.select_related("county").defer("reading", "findings").get(pk=paper.pk)
    letters.check_county(by, paper.county_id)
    if paper.state not in (PaperState.PART_ISSUED, PaperState.ISSUED):
        raise WrongState("责任书由已下发的任务生成，请先在“任务分解”页校验并下发。")
    progress(5, "读取任务和分工")
    plan = make_plan(paper, on=timezone.localdate())
    if not plan.due:
        raise WrongState(
            "没有需要签订的责任书：本县以责任清单代替责任书，或名录中没有政府主要负责人的职务。"
        )
    wording = wording_of(paper.county, WordedPaper.LETTER)
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
        given = numbers.take_many(
            county=paper.county,
            kind=NumberKind.RESPONSIBILITY,
            year=paper.year,
            for_=[f"{title_of(paper, due)}（{plan.party(due.party_b).shown}）" for due in wanted],
        )
        rows = []
        for place, (due, number) in enumerate(zip(wanted, given, strict=True)):
            replaced = ended.get((due.level, due.party_b.pk))
            rows.append(_new(plan, due, number, by=by, wording=wording, replaces=replaced))
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
                Note(
                    "letter.make",
                    letter,
                    f"生成责任书 {letter.number}",
                    [],
                    letters.units_of(letter),
                )
                for letter in made
            ]
        )
    return made


def _last_ended(paper: Paper) -> dict[tuple[str, int], Letter]:
    rows = Letter.objects.filter(paper=paper, state=LetterState.STALE).order_by("id")
    return {(row.level, row.party_b_id): row for row in rows}


def title_of(paper: Paper, due: Due) -> str:
    """2026年度党风廉政建设责任书"""
    return f"{paper.year}年度{TITLES[LetterLevel(due.level)]}"


def _new(
    plan: Plan,
    due: Due,
    number: DocumentNumber,
    *,
    by: Actor,
    wording: dict[str, str],
    replaces: Letter | None,
) -> Letter:
    paper = plan.paper
    title = title_of(paper, due)
    basis = basis_of(paper)
    draft = Draft(
        number=number.text,
        title=title,
        issuer=issuer_of(paper.county, due.level, due.party_a.unit),
        year=paper.year,
        basis=basis,
        layer=due.layer,
        party_a=plan.party(due.party_a),
        party_b=plan.party(due.party_b),
        items=due.items,
    )
    content, digest = canonical(draft, wording)
    return Letter(
        county_id=paper.county_id,
        paper=paper,
        year=paper.year,
        serial=number.ordinal,
        number=number.text,
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


def preview(county: County, layer: str, text: str) -> list[list[str]]:
    """The blocks of a letter with `text` as the wording of `layer`, for an invented party."""
    kept = "\n".join(line for line in text.splitlines() if line.strip())
    wording = wording_of(county, WordedPaper.LETTER) | {layer: kept}
    year = timezone.localdate().year
    draft = Draft(
        number=f"〔{year}〕责-000",
        title=f"{year}年度党风廉政建设责任书",
        issuer=county.issuer,
        year=year,
        basis="《（意见标题）》（文号）",
        layer=LetterLayer.OFFICE if layer in (LetterLayer.FRAME, LetterLayer.OFFICE) else layer,
        party_a=Party("（甲方职务）", "（姓名）", "（甲方单位）"),
        party_b=Party("（乙方职务）", "（姓名）", "（乙方单位）"),
        items=[PrintedItem(0, "一", "（任务）", "", "牵头单位", "（单位）", "12月31日")],
        clauses=["（本单位具体责任）"],
    )
    content, _ = canonical(draft, wording)
    blocks: list[list[str]] = read(content)["blocks"]
    return blocks
