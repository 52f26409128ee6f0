"""双随机: draw the units and inspectors of a round from a seed that is kept with the result."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from accountability.access import Action
from accountability.door import Actor, acting
from accountability.models import Unit
from accountability.refusals import Invalid, WrongState
from accountability.services import bulk
from tasks.draw import algorithm
from tasks.models import Campaign, CampaignMember, CampaignScope, CampaignState, Return
from tasks.selectors import campaign_units
from tasks.services import campaigns


def draw(*, by: Actor, campaign_id: int, on: date) -> Campaign:
    """Draw once, open the round with what was drawn, and give each unit its inspectors.

    The seed is fresh and never given by hand; a second draw is refused, so that
    nobody draws until the result suits. Raises `Invalid` where there are too
    few units, or too few inspectors who do not sit in the unit themselves.
    """
    with acting(by=by) as act:
        campaign = campaigns.locked_for(by, campaign_id, Action.CAMPAIGN_EDIT)
        if campaign.scope != CampaignScope.DRAWN:
            raise WrongState("这次督查的单位不由随机抽取产生，不必抽取。")
        if campaign.draw:
            raise WrongState("这次督查已经抽取，结果不能重抽；确需重抽的，请作废后另行立项。")
        if campaign.state != CampaignState.APPROVED:
            raise WrongState("方案批准后才能抽取。")
        units = list(campaign_units.pool(campaign, on=on))
        members = campaign_units.members_of(campaign)
        record = record_of(campaign, units, members, seed=secrets.token_hex(32), on=on)
        campaign.draw = record
        by_unit = {key_of(unit): unit for unit in units}
        by_member = {f"p{m.person_id}": m for m in members}
        drawn = algorithm.recorded(record)
        act.record(
            "campaign.draw",
            campaign,
            summary=f"{campaign}从 {len(units)} 个单位中抽取 {len(drawn)} 个，"
            f"种子 {record['seed']}",
            units=[by_unit[unit] for unit, _ in drawn],
        )
        campaigns.open_round(act, campaign, on=on, units=[by_unit[unit] for unit, _ in drawn])
        rows = {r.unit_id: r for r in Return.objects.filter(campaign=campaign)}
        for unit, them in drawn:
            row = rows[by_unit[unit].pk]
            row.inspector = by_member[them[0]]
            row.second_inspector = by_member[them[1]] if len(them) > 1 else None
        bulk.update(list(rows.values()), ["inspector", "second_inspector"])
    return campaign


def record_of(
    campaign: Campaign, units: list[Unit], members: list[CampaignMember], *, seed: str, on: date
) -> dict[str, Any]:
    """The draw and all that it was made from, as tasks/draw/algorithm.py reads it."""
    own = campaign_units.own_units([m.person_id for m in members], on=on)
    record: dict[str, Any] = {
        "format": algorithm.FORMAT,
        "campaign": campaign.title,
        "day": on.isoformat(),
        "seed": seed,
        "take": campaign.draw_units,
        "each": campaign.draw_inspectors,
        "units": sorted([key_of(unit), unit.name] for unit in units),
        "inspectors": sorted(
            [f"p{m.person_id}", m.person.name, sorted(f"u{pk}" for pk in own[m.person_id])]
            for m in members
        ),
    }
    try:
        record["drawn"] = [list(pair) for pair in algorithm.repeat(record)]
    except algorithm.NotEnough as error:
        names = dict(record["units"])
        if str(error):
            raise Invalid(
                f"抽到{names[str(error)]}时可派的检查人不足 {campaign.draw_inspectors} 名"
                "（不检查本单位），请作废后增加督查组成员重新立项。"
            ) from error
        raise Invalid(
            f"范围内只有 {len(units)} 个单位，不足 {campaign.draw_units} 个，请作废后改正方案。"
        ) from error
    return record


def key_of(unit: Unit) -> str:
    """A unit as the record names it."""
    return f"u{unit.pk}"
