"""Asks for a paper's letters as background work; previews a wording."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor
from accountability.models import County, Job, JobState
from accountability.refusals import NotAllowed, WrongState
from accountability.services import jobs
from reports.models import LetterLayer
from reports.services.letter_content import Draft, Party, PrintedItem, canonical, read
from reports.services.letter_wording import wording_of
from tasks.models import Paper, PaperState

KIND = "letters_make"


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


def preview(county: County, layer: str, text: str) -> list[list[str]]:
    """The blocks of a letter with `text` as the wording of `layer`, for an invented party."""
    wording = wording_of(county) | {layer: "\n".join(ln for ln in text.splitlines() if ln.strip())}
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
