"""The demo county's notices and findings: one in nearly every state, so that each page shows some.

What was done on past working days is done as of these days.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from accountability import workdays
from accountability.door import Actor
from accountability.models import UNIT_ROLES, County, RoleGrant, User
from accountability.models.dated import holds_on
from accountability.refusals import WrongState
from tasks.models import Notice, SourceKind, TaskItem
from tasks.services import findings, notice_work, notices, objections, rectifications

COUNTY = "安和县"
CLERK, HEAD = "bangong", "zhuren"


def load(*, on: date | None = None) -> int:
    """Make them for the demo county; how many, 0 without the county or when they are there."""
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    county = County.objects.filter(name=COUNTY).first()
    if county is None or Notice.objects.filter(county=county).exists():
        return 0
    demo = _Demo(county, on or timezone.localdate())
    if not demo.units:
        return 0
    return demo.notices() + demo.findings()


class _Demo:
    """Who acts, and the working days before today."""

    def __init__(self, county: County, today: date) -> None:
        self.calendar, self.today = workdays.of(county.pk), today
        users = {u.username: u for u in User.objects.filter(county=county)}
        self.clerk, self.head = self.actor(users[CLERK]), self.actor(users[HEAD])
        grants = RoleGrant.objects.filter(
            holds_on(today), user__county=county, role__in=UNIT_ROLES, unit__isnull=False
        ).select_related("user__person", "unit")
        self.units = {g.unit_id: self.actor(g.user) for g in grants.order_by("-id")}
        self.items = list(
            TaskItem.objects.filter(county=county, year=today.year, state="issued").order_by(
                "order"
            )[:3]
        )

    def actor(self, user: User) -> Actor:
        return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=user.county)

    def back(self, days: int) -> datetime:
        """Ten in the morning, so many working days ago; today at midnight plus a little."""
        if not days:
            return timezone.make_aware(datetime.combine(self.today, time(0, 5)))
        day = self.calendar.add(self.today, -days)
        return timezone.make_aware(datetime.combine(day, time(10)))

    def unit(self, place: int) -> tuple[int, Actor]:
        """A unit that somebody acts for, and who."""
        ids = sorted(self.units)
        return ids[place % len(ids)], self.units[ids[place % len(ids)]]

    def notices(self) -> int:
        lay = (
            # kind, colour, working days ago, title, demand, how far it has gone
            ("assignment", "yellow", 12, "清理超期往来款", "列出明细，逐笔说明。", "struck"),
            ("urging", "yellow", 6, "报送公务用车台账", "按车辆逐台填报里程和费用。", "rechecked"),
            ("supervision", "orange", 5, "票据存根补齐登记", "逐本核对，写明去向。", "answered"),
            ("supervision", "red", 9, "工程款支付复核未落实", "补办复核手续，报送凭证。", "taken"),
            ("urging", "yellow", 1, "会议费公示", "按季度在公开栏公示。", "issued"),
            ("supervision", "yellow", 0, "窗口收费公示牌更新", "更新公示牌并报送照片。", "draft"),
        )  # fmt: skip
        for place, (kind, colour, ago, title, demand, state) in enumerate(lay):
            pk, by = self.unit(place)
            item = self.items[place % len(self.items)] if self.items and place % 2 else None
            content = notices.Content(
                kind, title, demand, SourceKind.TASK if item else SourceKind.MEETING,
                "" if item else "县政府常务会议纪要", colour=colour,
                colour_reason="两次提醒未办" if colour != "yellow" else "",
            )  # fmt: skip
            row = notices.draft(
                by=self.clerk, content=content, unit_ids=[pk],
                item_id=item.pk if item else None, now=self.back(ago),
            )[0]  # fmt: skip
            self.follow(row, by, state, ago)
        return len(lay)

    def follow(self, row: Notice, by: Actor, state: str, ago: int) -> None:
        """Take the notice as far as `state`."""
        if state == "draft":
            return
        notices.issue(by=self.head, notice_ids=[row.pk], now=self.back(ago))
        if state == "issued":
            return
        notice_work.take(by=by, notice_id=row.pk, now=self.back(ago - 1))
        if state == "taken":
            return
        text = "已逐项核对并更正，整理成表，原始凭证留存备查。"
        notice_work.answer(
            by=by, notice_id=row.pk, text=text, reference="核对表", now=self.back(ago - 3)
        )
        if state == "answered":
            return
        notice_work.recheck(
            by=self.clerk, notice_id=row.pk, opinion="情况属实", now=self.back(ago - 4)
        )
        if state == "struck":
            notice_work.strike(by=self.head, notice_id=row.pk, now=self.back(ago - 5))

    def findings(self) -> int:
        lay = (
            ("tour", 20, "议事记录不完整", "抽查的会议记录缺少发言要点。", "struck"),
            ("audit", 15, "固定资产账实不符", "三台设备未入账。", "reported"),
            ("superior", 10, "档案归档不及时", "上年度文书档案尚未移交。", "working"),
            ("campaign", 8, "公示内容过期", "公开栏内容为上一季度。", "objected"),
            ("campaign", 2, "接待清单要素不全", "两张清单没有陪同人数。", "served"),
            ("campaign", 0, "值班记录缺页", "抽查的值班簿缺一页。", "draft"),
        )  # fmt: skip
        for place, (source, ago, title, facts, state) in enumerate(lay):
            pk, by = self.unit(place + 1)
            outside = source != "campaign"
            day = timezone.localdate(self.back(ago))
            content = findings.Content(
                title, facts, "机关财务和公开管理制度", self.today + timedelta(days=20),
                source, "反馈意见" if outside else "季度督查",
                source_on=day if outside else None, examiners="督查一组，党风行风监督员乔安",
            )  # fmt: skip
            row = findings.draft(by=self.clerk, content=content, unit_id=pk, now=self.back(ago))
            if state == "draft":
                continue
            if outside:
                findings.establish(by=self.clerk, finding_id=row.pk, now=self.back(ago))
            else:
                findings.serve(by=self.clerk, finding_id=row.pk, now=self.back(ago))
            if state == "served":
                continue
            self.put_right(row.pk, by, state, ago)
        return len(lay)

    def put_right(self, pk: int, by: Actor, state: str, ago: int) -> None:
        """Take the putting right of a finding as far as `state`."""
        if state == "objected":
            findings.reply(by=by, finding_id=pk, is_confirmed=True, now=self.back(ago - 1))
            grounds = "公示内容已在网站更新，公开栏因修缮暂停使用。"
            objections.to_finding(by=by, finding_id=pk, grounds=grounds, now=self.back(ago - 2))
            return
        rectifications.plan(
            by=by, finding_id=pk, measures="明确专人，逐项补齐，建立月度核对。",
            responsible=by.name, now=self.back(ago - 2),
        )  # fmt: skip
        if state == "working":
            return
        rectifications.report(
            by=by, finding_id=pk, text="已补齐并建立核对制度。", reference="核对登记簿",
            now=self.back(ago - 5),
        )  # fmt: skip
        if state == "struck":
            rectifications.recheck(
                by=self.clerk, finding_id=pk, opinion="已补齐", now=self.back(ago - 6)
            )
            rectifications.strike(by=self.head, finding_id=pk, now=self.back(ago - 7))
