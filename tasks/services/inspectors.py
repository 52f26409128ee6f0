"""检查人: who of a round's team inspects which unit."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError

from accountability.access import Action
from accountability.door import Actor, acting
from accountability.refusals import Invalid, WrongState
from tasks.models import CampaignMember, CampaignState, Return
from tasks.selectors import campaign_units
from tasks.services.unit_returns import locked_return


def assign(
    *, by: Actor, return_id: int, inspector_id: int, second_id: int | None, on: date
) -> Return:
    """Say who of the team inspects a unit; nobody inspects the own unit.

    What was drawn is not changed by hand.
    """
    with acting(by=by) as act:
        row = locked_return(by, return_id, Action.CAMPAIGN_EDIT)
        if row.campaign.state != CampaignState.RUNNING:
            raise WrongState("督查已经结束，不再调整检查人。")
        if row.campaign.draw:
            raise WrongState("检查人由随机抽取产生，不能另行指定。")
        wanted = [pk for pk in (inspector_id, second_id) if pk is not None]
        members = {
            m.pk: m
            for m in CampaignMember.objects.filter(
                campaign_id=row.campaign_id, pk__in=wanted
            ).select_related("person")
        }
        if set(wanted) - set(members):
            raise Invalid("检查人须是督查组成员，请从名单中选择。")
        own = campaign_units.own_units([m.person_id for m in members.values()], on=on)
        for member in members.values():
            if row.unit_id in own[member.person_id]:
                raise Invalid(f"{member.person}是{row.unit}的人员，不能检查本单位，请另选。")
        before = row.inspector
        row.inspector = members[inspector_id]
        row.second_inspector = members[second_id] if second_id else None
        try:
            row.full_clean(validate_unique=False)
        except ValidationError as error:
            raise Invalid("；".join(error.messages)) from error
        row.save()
        names = "、".join(members[pk].person.name for pk in wanted)
        act.record(
            "return.inspectors",
            row,
            summary=f"{row.campaign}由{names}检查{row.unit}",
            changes=[
                {
                    "field": "inspector",
                    "label": "检查人",
                    "before": before.person.name if before else "",
                    "after": names,
                }
            ],
            units=[row.unit],
        )
    return row
