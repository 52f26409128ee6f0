"""The demo county's supervision: its rounds so far, a random draw, a bulletin that waits.

Former years' rounds have run and ended; of this year's latest round some units
have reported, others were reminded, two were judged.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from accountability.door import Actor
from accountability.models import UNIT_ROLES, County, Job, Role, RoleGrant, User
from accountability.models.dated import holds_on
from accountability.refusals import WrongState
from accountability.services import jobs
from reports.kinds import BULLETIN_FILES
from reports.models import Bulletin
from reports.services import bulletins
from tasks.models import Campaign, CampaignKind, CampaignState, Light, Return
from tasks.selectors.return_lines import lines_of
from tasks.services import campaign_draw, campaign_rounds, campaigns, unit_returns

COUNTY = "安和县"
CLERK, HEAD = "bangong", "zhuren"
REPORTING = 12
"""So many of the units with an account have reported."""


def load(*, on: date) -> Campaign | None:
    """Everything up to `on`; None without the county, or where it was loaded before."""
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    county = County.objects.filter(name=COUNTY).first()
    if county is None or Campaign.objects.filter(county=county).exists():
        return None
    clerk, head = _actor(county, CLERK), _actor(county, HEAD)
    days = [quarter.opens for quarter in campaign_rounds.quarters(county.started_on, on)]
    for day in days:
        # The demo's tasks were handed out when it was loaded: the last round opens then.
        opened = on if day == days[-1] else day
        _quarter(county, day, opened=opened, clerk=clerk, head=head, until=on)
    _drawn(county, clerk=clerk, head=head, on=on)
    rounds = Campaign.objects.filter(county=county, kind=CampaignKind.QUARTERLY)
    latest = rounds.order_by("-starts_on").first()
    if latest is not None:
        _reported(latest, clerk=clerk, on=min(on, latest.due_on))
        _issued(latest, clerk=clerk, head=head, on=on)
        _waiting(county, clerk=clerk, on=on)
    return latest


def _quarter(
    county: County, day: date, *, opened: date, clerk: Actor, head: Actor, until: date
) -> None:
    """One quarter as it went: made, its plan approved where it is the year's first, ended."""
    campaign_rounds.make(county, opened, Actor.system("demo", county=county))
    row = Campaign.objects.get(county=county, kind=CampaignKind.QUARTERLY, starts_on=day)
    if row.state == CampaignState.SUBMITTED:
        row = campaigns.approve(by=head, campaign_id=row.pk, on=opened)
    ended = row.due_on + timedelta(days=5)
    if ended.year < until.year or row.returns.count() == 0:
        campaigns.conclude(by=clerk, campaign_id=row.pk, on=ended)


def _drawn(county: County, *, clerk: Actor, head: Actor, on: date) -> None:
    """A special round of units and inspectors drawn at random."""
    people = RoleGrant.objects.filter(
        holds_on(on), user__county=county, role=Role.INSPECTOR, user__person__isnull=False
    ).values_list("user__person_id", flat=True)
    team = list(dict.fromkeys([*people, clerk.user.person_id if clerk.user else None]))
    known = [pk for pk in team if pk is not None]
    plan = campaigns.Plan(
        title=f"{on.year}年公务接待“双随机”专项督查",
        content="随机抽取单位，查阅公务接待审批单、清单和报销凭证，核对接待标准和陪餐人数。",
        objects_text="承担年度任务的单位",
        scope="drawn",
        starts_on=on,
        due_on=on + timedelta(days=21),
        lead=known[0],
        team=known[1:],
        draw_units=4,
        draw_inspectors=1,
    )
    row = campaigns.draft(by=clerk, year=on.year, kind=CampaignKind.SPECIAL, period=None, plan=plan)
    campaigns.submit(by=clerk, campaign_id=row.pk)
    campaigns.approve(by=head, campaign_id=row.pk, on=on)
    campaign_draw.draw(by=clerk, campaign_id=row.pk, on=on)


def _reported(campaign: Campaign, *, clerk: Actor, on: date) -> None:
    """Units with an account report; others are reminded; two are judged."""
    if campaign.state != CampaignState.RUNNING:
        return
    grants = RoleGrant.objects.filter(
        holds_on(on), role__in=UNIT_ROLES, unit__campaign_returns__campaign=campaign
    ).order_by("unit_id", "id")
    users = {grant.unit_id: grant.user for grant in grants.select_related("user__person")}
    rows = {row.unit_id: row for row in Return.objects.filter(campaign=campaign)}
    said = lines_of(campaign, list(users), on=on)
    for unit_id, user in list(users.items())[:REPORTING]:
        by = Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=campaign.county)
        is_zero = not any(line.is_reported and not line.is_zero for line in said[unit_id])
        unit_returns.confirm(by=by, return_id=rows[unit_id].pk, on=on, is_zero=is_zero)
    owing = [row.pk for unit_id, row in rows.items() if unit_id not in users]
    if owing:
        unit_returns.remind(by=clerk, campaign_id=campaign.pk, return_ids=owing, on=on)
    for pk, light, reason in zip(
        owing,
        (Light.RED, Light.YELLOW),
        ("会计集中核算未并轨，未说明原因。", "专项治理方案尚未印发。"),
        strict=False,
    ):
        unit_returns.judge(
            by=clerk, campaign_id=campaign.pk, return_ids=[pk], light=light, reason=reason, on=on
        )


def _issued(campaign: Campaign, *, clerk: Actor, head: Actor, on: date) -> None:
    """The round's bulletin so far, handed out with its number and files."""
    row = _submitted(campaign, clerk=clerk, on=on)
    bulletins.issue(by=head, bulletin_id=row.pk, on=on)
    for job in Job.objects.filter(kind=BULLETIN_FILES, parameters__bulletin_id=row.pk):
        jobs.run(job.pk)


def _waiting(county: County, *, clerk: Actor, on: date) -> None:
    """The drawn round's bulletin waits for the head of the office."""
    drawn = Campaign.objects.filter(county=county, kind=CampaignKind.SPECIAL).latest("pk")
    _submitted(drawn, clerk=clerk, on=on)


def _submitted(campaign: Campaign, *, clerk: Actor, on: date) -> Bulletin:
    row = bulletins.draft_of_campaign(by=clerk, campaign_id=campaign.pk, on=on)
    return bulletins.submit(by=clerk, bulletin_id=row.pk)


def _actor(county: County, username: str) -> Actor:
    user = User.objects.select_related("person").get(county=county, username=username)
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=county)
