"""以往情况 of papers, reports, rounds, returns, notices and findings."""

from __future__ import annotations

from typing import Any

from accountability.access import scope_for
from accountability.models import Unit, UnitGroup, User
from accountability.selectors.as_of import NONE
from accountability.selectors.row_past import Part, Shape, register
from tasks.models import (
    Campaign,
    CampaignItem,
    CampaignMember,
    CampaignState,
    Finding,
    FindingState,
    Notice,
    NoticeState,
    Objection,
    Paper,
    PaperState,
    Progress,
    ProgressState,
    Rectification,
    Return,
)

KEPT = frozenset({"source_kind", "source_id"})


def _on_the_desk(*states: str) -> Any:
    """What was still being drafted is the office's alone."""

    def is_hidden(user: User, now: Any, then: Any) -> bool:
        return then.state in states and not scope_for(user).sees_drafts

    return is_hidden


def _of_the_unit(user: User, now: Progress, then: Progress) -> bool:
    """A report is the unit's own until it is handed in."""
    return then.state == ProgressState.DRAFT and then.unit_id not in scope_for(user).unit_ids


def _not_served(user: User, now: Finding, then: Finding) -> bool:
    return then.state == FindingState.DRAFT and not scope_for(user).sees_whole_county


def _chosen(campaign: Any) -> str:
    """The units and groups of the plan, by the names they have today."""
    told = [
        "、".join(
            model.objects.filter(pk__in=campaign.chosen.get(kind, []))
            .order_by("pk")
            .values_list("name", flat=True)
        )
        for kind, model in (("units", Unit), ("groups", UnitGroup))
    ]
    return "；".join(filter(None, told)) or NONE


def _draw(campaign: Any) -> str:
    """The draw as its record names units and inspectors; the round's page gives it whole."""
    record = campaign.draw
    if not record.get("drawn"):
        return NONE
    names = {entry[0]: entry[1] for entry in (*record["units"], *record["inspectors"])}
    pairs = (
        f"{names.get(unit, unit)}（{'、'.join(names.get(key, key) for key in them)}）"
        for unit, them in record["drawn"]
    )
    counts = f"从 {len(record['units'])} 个单位中抽取 {len(record['drawn'])} 个"
    return f"{record.get('day', '')} {counts}：{'、'.join(pairs)}；种子 {record['seed']}"


def _content(row: Any) -> str:
    """What the unit handed in, a line a task."""
    lines = []
    for line in row.content:
        share = f"（完成 {line['share']}）" if line.get("share") else ""
        said = line.get("text") or "未填报"
        lines.append(f"{line.get('number', '')} {line.get('heading', '')}：{said}{share}")
    return "\n".join(lines) or NONE


register(
    "paper",
    Shape(
        Paper,
        without=frozenset({"reading", "findings", "source_kind"}),
        is_hidden=_on_the_desk(PaperState.DRAFT),
    ),
)
register("progress", Shape(Progress, is_hidden=_of_the_unit))
register(
    "campaign",
    Shape(
        Campaign,
        parts=(
            Part(CampaignItem, "campaign", "item"),
            Part(CampaignMember, "campaign", "person"),
        ),
        shown={"chosen": _chosen, "draw": _draw},
        is_hidden=_on_the_desk(CampaignState.DRAFT, CampaignState.SUBMITTED),
    ),
)
register(
    "return",
    Shape(
        Return,
        without=frozenset({"precedence", "reminders"}),
        shown={"content": _content},
    ),
)
register(
    "notice",
    Shape(Notice, without=KEPT | {"source_id"}, is_hidden=_on_the_desk(NoticeState.DRAFT)),
)
register(
    "finding",
    Shape(
        Finding,
        parts=(
            Part(Rectification, "finding"),
            Part(Objection, "finding", without=KEPT),
        ),
        without=frozenset({"source_id"}),
        is_hidden=_not_served,
    ),
)
