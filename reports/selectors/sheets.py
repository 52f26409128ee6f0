"""评分表 and 得分说明 as the pages show them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accountability.access import Action, Scope, scope_for
from accountability.models import AuditEvent, User
from accountability.selectors import object_trail
from reports.assessment import Entry, Line, Nature, shown, total_of
from reports.assessment.points import plain
from reports.assessment.scheme import WITH_POINTS
from reports.models import (
    Appeal,
    AssessmentState,
    Criterion,
    Score,
    Sheet,
    SheetState,
)
from reports.models.score import leads_the_county
from reports.selectors.assessment_content import FINAL, SO_FAR, entry_of, figures
from reports.selectors.assessment_subjects import bound
from reports.selectors.score_bases import addresses, base_label, labels, named, options
from reports.selectors.sheet_roles import expected, in_team, speaks_for

MOST_CASES = 40


@dataclass(frozen=True, slots=True)
class CaseView:
    """One counted case with its place, where the asker may open it; else by its number."""

    told: str
    label: str
    name: str
    url: str
    kept: bool


@dataclass(slots=True)
class RowView:
    """One line of the sheet. `points`, `reason`, `bases` are what the editable column holds."""

    criterion: Criterion
    depth: int
    full: str
    score: Score | None = None
    expected: str = ""
    points: str = ""
    reason: str = ""
    bases: str = ""
    is_ticked: bool = False
    errors: list[str] = field(default_factory=list)
    cases: list[CaseView] = field(default_factory=list)
    more_cases: int = 0
    appeals: list[Appeal] = field(default_factory=list)
    base_links: list[tuple[str, str]] = field(default_factory=list)


def sees_scores(scope: Scope, sheet: Sheet, *, is_in_team: bool) -> bool:
    """Whether team and approved points are shown: to the subject itself from the feedback on."""
    return (
        sheet.is_fed_back
        or is_in_team
        or scope.sees_whole_county
        or (sheet.unit_id or (sheet.post and sheet.post.unit_id))
        in (scope.portfolio_unit_ids | scope.inspected_unit_ids)
        or leads_the_county(scope)
    )


def mode_of(user: User, sheet: Sheet, *, is_in_team: bool, is_own: bool, wants: str) -> str:
    """Which column the user may write in now: self, team, approve, correct, or none.

    `is_own`: the sheet is of the user's own unit or seat; `wants` is asked for in the address.
    """
    scope, state = scope_for(user), sheet.assessment.state
    is_early = sheet.state in (SheetState.WAITING, SheetState.SELF)
    is_open = state in (AssessmentState.SELF, AssessmentState.REVIEW)
    if is_open and is_early and speaks_for(user, sheet):
        return "self"
    if state == AssessmentState.REVIEW and not is_own:
        if is_in_team and sheet.state != SheetState.APPROVED and wants != "approve":
            return "team"
        may = scope.may(Action.ASSESS_DECIDE) and sheet.scored_by_id != user.pk
        if may and sheet.state == SheetState.SCORED:
            return "approve"
    if wants == "correct" and state == AssessmentState.PUBLISHED and not is_own:
        return "correct" if scope.may(Action.ASSESS_EDIT) else ""
    return ""


def page(user: User, sheet: Sheet, *, on: date, wants: str = "") -> dict[str, Any]:
    """The sheet with its columns, evidence and neighbours. The number of queries is constant."""
    scope = scope_for(user)
    is_in_team = in_team(user, sheet)
    is_own = bool(bound([sheet], [user.pk], on=on))
    sees = sees_scores(scope, sheet, is_in_team=is_in_team)
    mode = mode_of(user, sheet, is_in_team=is_in_team, is_own=is_own, wants=wants)
    scores = {s.criterion_id: s for s in _scores(sheet)}
    known = options(sheet, until=on)
    appeals = _appeals(sheet)
    links = _links(user, sheet, list(scores.values()), known)
    rows: list[RowView] = []
    depths: dict[int, int] = {}
    criteria = list(sheet.assessment.scheme.criteria.order_by("position"))
    core = sheet.assessment.scheme.core(criteria)
    for criterion in criteria:
        depths[criterion.pk] = depths.get(criterion.parent_id or 0, -1) + 1
        nature = Nature(criterion.nature)
        full = criterion.points if nature in WITH_POINTS else core.full(criterion.code)
        row = RowView(criterion, depths[criterion.pk], plain(full) if full else "")
        score = scores.get(criterion.pk)
        if score is not None:
            row.score, row.expected = score, shown(expected(score))
            row.appeals = appeals[score.pk]
            _fill(row, score, mode, links)
            _cases(row, score, links)
            if sees:
                row.base_links = _bases(score, links)
        elif nature == Nature.VETO and criterion.code in sheet.vetoes:
            veto = sheet.vetoes[criterion.code]
            row.is_ticked, row.reason = True, veto["reason"]
            row.bases = _joined(veto["bases"], links)
        rows.append(row)
    total = total_of(core, entry_of(sheet, list(scores.values()), column=SO_FAR))
    neighbours = _neighbours(user, sheet) if is_in_team or scope.sees_drafts else []
    return {
        "rows": rows,
        "mode": mode,
        "sees": sees,
        "is_own": is_own,
        "speaks": speaks_for(user, sheet),
        "may_decide": scope.may(Action.ASSESS_DECIDE) and not is_own,
        "may_return": scope.may(Action.ASSESS_DECIDE)
        and not is_own
        and sheet.state == SheetState.APPROVED
        and sheet.assessment.state == AssessmentState.REVIEW,
        "may_correct": scope.may(Action.ASSESS_EDIT)
        and not is_own
        and sheet.assessment.state == AssessmentState.PUBLISHED,
        "total": shown(total.total) if sees else "",
        "own_total": _own_total(core, sheet, list(scores.values())),
        "system_total": _system_total(scores.values()),
        "neighbours": neighbours,
        "place": _place(sheet, neighbours),
        "choices": [
            (named(kind, case, is_open=(kind, case.id) in links), case.told)
            for kind in known
            for case in known[kind]
        ],
        "kinds": [
            (labels()[kind], [_view(kind, c, True, links) for c in cases[:MOST_CASES]], len(cases))
            for kind, cases in known.items()
        ],
        "trail": object_trail.inline(user, "sheet", sheet.pk, events_of(sheet)),
    }


def _scores(sheet: Sheet) -> list[Score]:
    rows = Score.objects.filter(sheet=sheet).select_related("criterion")
    return list(rows.order_by("criterion__position"))


def _appeals(sheet: Sheet) -> dict[int, list[Appeal]]:
    found = defaultdict(list)
    rows = Appeal.objects.filter(sheet=sheet)
    for appeal in rows.select_related("asked_by__person", "decided_by__person"):
        found[appeal.score_id].append(appeal)
    return found


def _links(
    user: User, sheet: Sheet, scores: list[Score], known: dict[str, Any]
) -> dict[tuple[str, int], str]:
    ids: dict[str, set[int]] = defaultdict(set)
    for kind, cases in known.items():
        ids[kind].update(case.id for case in cases)
    for score in scores:
        for case in score.counted.get("cases", ()):
            ids[case["kind"]].add(case["id"])
        for base in [*score.team_bases, *score.final_bases]:
            ids[base["kind"]].add(base["id"])
    return addresses(user, ids)


def _fill(row: RowView, score: Score, mode: str, links: dict[tuple[str, int], str]) -> None:
    """What the editable column holds when nothing was sent yet."""
    if mode == "self":
        value = score.own if score.own is not None else score.system
        row.points, row.reason = _text(value), score.own_note
    elif mode == "team":
        row.points, row.reason = _text(score.team), score.team_reason
        row.bases = _joined(score.team_bases, links)
    elif mode in ("approve", "correct"):
        value = score.final if score.final is not None else score.team
        row.points = _text(value)


def _joined(bases: list[dict[str, Any]], links: dict[tuple[str, int], str]) -> str:
    return "；".join(base_label(base, links) for base in bases)


def _text(value: Any) -> str:
    return "" if value is None else plain(value)


def _cases(row: RowView, score: Score, links: dict[tuple[str, int], str]) -> None:
    cases = score.counted.get("cases", [])
    words = labels()
    row.cases = []
    for c in cases[:MOST_CASES]:
        url = links.get((c["kind"], c["id"]), "")
        label = c["label"] if url else c["short"]
        name = f"{words.get(c['kind'], c['kind'])} {label}"
        row.cases.append(CaseView(c["told"], label, name, url, c["kept"]))
    row.more_cases = max(0, len(cases) - MOST_CASES)


def _bases(score: Score, links: dict[tuple[str, int], str]) -> list[tuple[str, str]]:
    _, _, bases = figures(score, FINAL if score.final is not None else SO_FAR)
    return [(base_label(b, links), links.get((b["kind"], b["id"]), "")) for b in bases]


def _view(kind: str, case: Any, kept: bool, links: dict[tuple[str, int], str]) -> CaseView:
    url = links.get((kind, case.id), "")
    label = case.label if url else case.short
    return CaseView(case.told, label, named(kind, case, is_open=bool(url)), url, kept)


def _own_total(core: Any, sheet: Sheet, scores: list[Score]) -> str:
    if sheet.self_at is None:
        return ""
    own = {s.criterion.code: s.own for s in scores if s.own is not None}
    return shown(total_of(core, Entry(sheet.key, sheet.name, own)).total)


def _system_total(scores: Any) -> str:
    """The sum of what the system could count, of how much: 32.50 / 40."""
    counted = [s for s in scores if s.system is not None]
    if not counted:
        return ""
    had = sum((s.system for s in counted), start=type(counted[0].system)(0))
    full = sum((s.criterion.points for s in counted), start=type(counted[0].system)(0))
    return f"{shown(had)} / {plain(full)}"


def _neighbours(user: User, sheet: Sheet) -> list[Sheet]:
    """The sheets of the same round that the user scores: his team's, or all for the office."""
    rows = Sheet.objects.visible_to(user).filter(assessment_id=sheet.assessment_id)
    mine = rows.filter(team__members__user_id=user.pk, team__members__is_out=False)
    found = list(mine)
    return found if any(s.pk == sheet.pk for s in found) else list(rows)


def _place(sheet: Sheet, neighbours: list[Sheet]) -> dict[str, Any]:
    """Former and next of the sheets at the left, and how many are scored."""
    ids = [s.pk for s in neighbours]
    here = ids.index(sheet.pk) if sheet.pk in ids else -1
    done = sum(s.state in (SheetState.SCORED, SheetState.APPROVED) for s in neighbours)
    return {
        "former": ids[here - 1] if here > 0 else None,
        "next": ids[here + 1] if 0 <= here < len(ids) - 1 else None,
        "done": done,
        "total": len(ids),
    }


@dataclass(frozen=True, slots=True)
class WhyLine:
    """One line of 得分说明."""

    line: Line
    depth: int
    reason: str
    bases: list[tuple[str, str]]
    formula: str
    how: str
    cases: list[CaseView]
    more_cases: int


def why(user: User, sheet: Sheet) -> dict[str, Any]:
    """得分说明: how the total came about, down to what was counted."""
    scope = scope_for(user)
    if not sees_scores(scope, sheet, is_in_team=in_team(user, sheet)):
        return {"lines": None}
    scores = _scores(sheet)
    by_code = {s.criterion.code: s for s in scores}
    links = _links(user, sheet, scores, {})
    result = total_of(sheet.assessment.scheme.core(), entry_of(sheet, scores, column=SO_FAR))
    lines = []
    for depth, line in result.line.walk():
        score = by_code.get(line.code)
        reason, formula, how = "", "", line.how
        bases: list[tuple[str, str]] = []
        view = RowView(score.criterion, depth, "") if score else None
        if score is not None and view is not None:
            points, reason, _ = figures(score, FINAL if score.final is not None else SO_FAR)
            bases = _bases(score, links)
            if score.counted:
                formula = score.counted["formula"]
                how = f"系统分 {score.counted['how']}"
                if points is not None and points != score.system:
                    how += f"；核定为 {shown(points)}"
                _cases(view, score, links)
        cases = (view.cases, view.more_cases) if view else ([], 0)
        lines.append(WhyLine(line, depth, reason, bases, formula, how, *cases))
    return {"lines": lines, "total": shown(result.total), "missing": result.missing}


def events_of(sheet: Sheet) -> Any:
    """What was done to a sheet."""
    return AuditEvent.objects.filter(target_type="reports.sheet", target_id=sheet.pk)
