"""What a score may rest on (佐证): the subject's tasks, letters …, or a named document."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.urls import reverse

from accountability.models import User
from reports.models import Sheet
from reports.rules import Case, sources
from reports.selectors.assessment_subjects import subject_of

DOCUMENT = "document"
LONGEST = 120


def options(sheet: Sheet, *, until: date) -> dict[str, list[Case]]:
    """All that lies on the sheet's subject in the round's year, by kind. Few queries a source."""
    subject = subject_of(sheet)
    assessment = sheet.assessment
    return {
        found.kind: found.cases(assessment.county_id, assessment.year, [subject], until).get(
            subject.key, []
        )
        for found in sources()
    }


def named(kind: str, case: Case, *, is_open: bool = True) -> str:
    """任务 二（3）严格控制…: how a form names a base; by its number for who may not open it."""
    return f"{labels().get(kind, kind)} {case.label if is_open else case.short}"[:LONGEST]


def base_label(base: dict[str, Any], links: dict[tuple[str, int], str]) -> str:
    """A stored base as it is shown to who may open what is in `links`."""
    is_open = base["kind"] == DOCUMENT or (base["kind"], base["id"]) in links
    return str(base["label"] if is_open else base["short"])


def labels() -> dict[str, str]:
    """What the kinds of bases are called."""
    return {found.kind: found.label for found in sources()}


def chosen(tokens: Iterable[str], known: dict[str, list[Case]]) -> list[dict[str, Any]]:
    """Bases as they are stored. A token that names nothing of the subject's is a document."""
    by_name: dict[str, tuple[str, Case]] = {}
    for kind, cases in known.items():
        for case in cases:
            for name in (case.key, named(kind, case), named(kind, case, is_open=False)):
                by_name.setdefault(name, (kind, case))
    found: dict[str, dict[str, Any]] = {}
    for token in (t.strip()[:LONGEST] for t in tokens):
        if token in by_name:
            kind, case = by_name[token]
            found[case.key] = {
                "kind": kind,
                "id": case.id,
                "label": named(kind, case),
                "short": named(kind, case, is_open=False),
            }
        elif token:
            found[token] = {"kind": DOCUMENT, "id": 0, "label": token, "short": token}
    return list(found.values())


def addresses(user: User, ids: dict[str, set[int]]) -> dict[tuple[str, int], str]:
    """Where each base is, for those that `user` may open. One query a kind."""
    found = {}
    for source in sources():
        wanted = ids.get(source.kind)
        if wanted:
            for pk in source.visible(user, wanted):
                found[source.kind, pk] = reverse(source.route, args=[pk])
    return found
