"""The report as it is printed: from its row, or frozen from its canonical text."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from django.utils import timezone

from accountability.refusals import WrongState
from reports.documents.content import Annex, OfficialPaper, Paragraph
from reports.models import EndorsementState, YearReport, YearReportState
from reports.models.year_report import FROZEN
from reports.selectors.report_material import material_of
from reports.services.letter_paper import in_eights
from reports.year_report import marks
from reports.year_report.drafting import drafted, title_of
from reports.year_report.paper import Front, paper_of

LAST_PAGE = "存证页"


def with_facts(data: Mapping[str, Any]) -> tuple[dict[str, Any], str, str]:
    """(what was noted with the sources of the draft's figures, title, text)."""
    material = material_of(data)
    draft = drafted(material)
    facts = [asdict(fact) for fact in draft.facts]
    return {**data, "facts": facts}, title_of(material), draft.body


def canonical(row: YearReport) -> str:
    """The text from which both files are made, frozen with the approval."""
    return json.dumps(
        {
            "format": "year-report/1",
            "title": row.title,
            "addressee": row.addressee,
            "body": row.body,
            "data": row.data,
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def paper(row: YearReport) -> OfficialPaper:
    """The paper: of an approved report from its frozen text alone, with its last page (存证页).

    Raises `WrongState` when text and digest differ.
    """
    if row.state not in FROZEN:
        front = Front(row.title, row.addressee, row.body)
        return paper_of(front, material_of(row.data), row.facts)
    if hashlib.sha256(row.content.encode()).hexdigest() != row.digest:
        raise WrongState("报告的冻结文本与摘要不符，请联系监督检查人员核对。")
    held = json.loads(row.content)
    front = Front(
        held["title"],
        held["addressee"],
        held["body"],
        row.number.text if row.number else "",
        row.dated,
    )
    facts = [marks.Fact(**fact) for fact in held["data"]["facts"]]
    made = paper_of(front, material_of(held["data"]), facts)
    if row.state != YearReportState.ISSUED:
        return made
    last = Annex(LAST_PAGE, tuple(Paragraph(line) for line in _attested(row)), is_listed=False)
    return replace(made, annexes=(*made.annexes, last))


def _attested(row: YearReport) -> list[str]:
    lines = [f"冻结文本摘要（SHA-256）：{in_eights(row.digest)}", f"校验码：{row.check_code}"]
    rounds = row.endorsements.filter(state=EndorsementState.DONE).order_by("-round")
    for endorsement in rounds[:1]:
        lines.append(f"签字背书：第{endorsement.round}轮，校验码 {endorsement.check_code}")
        for step in endorsement.steps.select_related("post", "signed_by__person").order_by("layer"):
            assert step.signed_at is not None and step.signed_by is not None  # noqa: PT018
            day: date = timezone.localdate(step.signed_at)
            lines.append(
                f"{step.get_layer_display()}：{step.post} {step.signed_by.display_name}，"
                f"{day:%Y-%m-%d}，{step.opinion}"
            )
    return lines
