"""Why an account sees a notice, finding, round or return, or does not.

The rules of their `visible_to`, put into words; a test holds the two together.
"""

from __future__ import annotations

from accountability.access import Action, Scope
from accountability.access.why import (
    Part,
    Rules,
    explainer,
    of_unit,
    register,
    roles_of,
    whole_county,
)
from accountability.models import Unit, User
from tasks.models import (
    OPENED_STATES,
    Campaign,
    CampaignMember,
    CampaignState,
    Finding,
    Notice,
    Return,
)


def _notice(notice: Notice, scope: Scope, account: User) -> Rules:
    return Rules(
        label=f"督办文书 #{notice.pk}（{notice.year} 年 {notice.get_kind_display()}）",
        needed=(
            Part(
                "文书已发出，或由政府办起草",
                notice.issued_at is not None or scope.sees_drafts,
                notice.get_state_display(),
            ),
        ),
        ways=(whole_county(scope), *of_unit(scope, notice.unit, "主送单位")),
    )


def _finding(finding: Finding, scope: Scope, account: User) -> Rules:
    return Rules(
        label=f"问题 #{finding.pk}（{finding.number}）",
        needed=(
            Part(
                "问题已送达，或由政府办、监督检查人员记录",
                finding.served_at is not None or scope.sees_whole_county,
                finding.get_state_display(),
            ),
        ),
        ways=(whole_county(scope), *of_unit(scope, finding.unit, "责任单位")),
    )


def _campaign(campaign: Campaign, scope: Scope, account: User) -> Rules:
    """An inspector without a limit sees a plan from its approval, units from its opening."""
    is_planned = campaign.state in (CampaignState.DRAFT, CampaignState.SUBMITTED)
    may_see = campaign.state in OPENED_STATES or (
        scope.sees_drafts or (scope.inspects_whole_county and not is_planned)
    )
    taking_part = Return.objects.filter(campaign=campaign).values("unit_id")
    on_team = account.person_id is not None and (
        CampaignMember.objects.filter(campaign=campaign, person_id=account.person_id).exists()
    )
    ways = []
    for whose, units in (
        ("本人所在单位", scope.unit_ids),
        ("本人分管的单位", scope.portfolio_unit_ids),
        ("本人监督的单位", scope.inspected_unit_ids),
    ):
        found = Unit.objects.filter(pk__in=units).filter(pk__in=taking_part)
        names = "、".join(found.order_by("precedence", "id").values_list("name", flat=True)[:5])
        ways.append(Part(f"{whose}参加督查", bool(names), names))
    return Rules(
        label=f"督查 #{campaign.pk}（{campaign.year} 年 {campaign.get_kind_display()}）",
        needed=(
            Part(
                "督查已启动；政府办可看方案，监督检查人员可看批准后的方案",
                may_see,
                f"{campaign.get_state_display()}；{roles_of(scope)}",
            ),
        ),
        ways=(whole_county(scope), *ways, Part("本人是督查组成员", on_team)),
    )


def _return(row: Return, scope: Scope, account: User) -> Rules:
    state = CampaignState(row.campaign.state)
    inspectors = {i.person_id for i in (row.inspector, row.second_inspector) if i is not None}
    return Rules(
        label=f"督查报送 #{row.pk}（{row.campaign.year} 年，督查 #{row.campaign_id}）",
        needed=(Part("督查已启动", state in OPENED_STATES, str(state.label)),),
        ways=(
            whole_county(scope),
            *of_unit(scope, row.unit, "报送单位"),
            Part("本人是检查人", account.person_id in inspectors - {None}),
        ),
    )


register("notice", "督办文书", explainer(Notice, Action.NOTICE_READ, "督办文书", _notice))
register("finding", "问题", explainer(Finding, Action.FINDING_READ, "问题", _finding))
register("campaign", "督查", explainer(Campaign, Action.CAMPAIGN_READ, "督查", _campaign))
register("return", "督查报送", explainer(Return, Action.CAMPAIGN_READ, "督查报送", _return))
