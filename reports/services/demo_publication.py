"""The demo county's promises, lists of powers, endorsements and outgoing papers.

The signers enrol with `demo_letters`; whoever has a key signs with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from accountability.door import Actor
from accountability.models import County, Layer, Post, Tenure, User
from accountability.models.dated import holds_on
from accountability.refusals import WrongState
from reports.models import DispatchForm, EndorsedKind, Endorsement, Promise, PromiseKind
from reports.services import (
    dispatches,
    endorsements,
    enrolment,
    power_lists,
    promise_signing,
    promises,
)
from reports.services.demo_letters import COUNTY, actor_of
from reports.services.power_sheet import Plan, Power
from tasks.models import Paper, PaperState

CLERK, HEAD, DEPUTY, FIRST = "bangong", "zhuren", "fuxianzhang", "xianzhang"
SIGNERS = (CLERK, HEAD, DEPUTY, FIRST)
PUBLIC_SIGNERS = ("caizhengju", "zhuren")
OWN_WORDS = "6．预算调整和大额支付事项由局党组集体研究，会议记录每半年在机关内公开一次。"
OPINIONS = {
    EndorsedKind.DIVISION: (
        "已逐项核对，与常务会议意见一致。", "责任落实到岗，同意。", "同意，请按季度督促。",
    ),
    EndorsedKind.BREAKDOWN: ("时限和完成标准已核对。", "同意送审。"),
}  # fmt: skip
POWERS = (
    Power(
        "财政专项资金分配", "资金分配", "《预算法》及县级专项资金管理规定", "预算股",
        "分配方案论证不充分，个别项目得到照顾", "high",
        "因素法测算、集体研究、结果公示；分管领导和纪检人员列席。",
    ),
    Power(
        "政府采购方式变更审批", "行政审批", "政府采购管理规定", "采购办",
        "规避公开招标，化整为零", "high",
        "变更理由公示五个工作日，两人以上审核，按季度抽查。",
    ),
    Power(
        "国库集中支付审核", "资金支付", "国库集中支付管理规定", "国库股",
        "要件不全先行支付", "middle", "系统校验要件，双人复核，每月抽查支付凭证。",
    ),
    Power(
        "国有资产处置审批", "资产管理", "行政事业单位国有资产管理规定", "资产股",
        "评估价格偏低，处置不公开", "middle", "两家机构评估，进场交易，结果公开。",
    ),
    Power(
        "票据领用核发", "日常管理", "财政票据管理规定", "综合股",
        "核发拖延", "low", "当日办结，超时提醒。",
    ),
)  # fmt: skip
OWN_POWERS = (
    Power(
        "分管部门专项资金安排的审签", "资金分配", "县政府工作规则", "常务副县长",
        "个人意见左右资金安排", "high", "先由部门集体研究并附论证材料，重大事项提交常务会议。",
    ),
    Power(
        "分管领域工程项目调度", "工程和采购", "县政府工作规则", "常务副县长",
        "打招呼、递条子", "high", "不过问投标单位，过问事项全程记录。",
    ),
)  # fmt: skip
BRIEF = (
    "一、基本情况\n"
    "第一轮责任分解已经完成，各单位对照任务分解表逐项明确了承办人和完成时限。\n"
    "二、主要做法\n"
    "（一）责任到岗。每项任务写明责任领导、责任人员、牵头单位和责任单位。\n"
    "（二）措施到位。高风险事项逐项制定防控措施，双人复核、全程留痕。\n"
    "三、下步打算\n"
    "季度末收集进展，滞后事项当面提醒，结果在下期通报。"
)
LETTER = (
    "按照年度党风廉政建设责任分工，拟于下月中旬开展一季度落实情况检查，现商请如下事项：\n"
    "一、派员参加\n"
    "请各派一名熟悉财务和采购工作的人员参加检查组。\n"
    "二、提供材料\n"
    "1.本年度责任清单和进展情况。\n"
    "2.“三公”经费支出明细。\n"
    "请于收到本函五个工作日内反馈人员名单。"
)

SENT = {
    "title": "关于商请提供公务接待管理制度汇编的函",
    "addressee": "县财政局",
    "body": (
        "为规范公务接待管理，县政府正在修订公务接待审批流程。现商请贵局提供近三年"
        "印发的公务接待管理制度和标准，用于汇编参考。\n"
        "请于十个工作日内函复，联系人和电话一并注明。"
    ),
    "attachments": "",
}
SENT_OPINIONS = ("拟请函商，请审阅。", "同意送审。", "同意。", "同意印发。")


def load(*, pin: str = "") -> bool:
    """Make them once, in the demo county alone; who has no signature on file signs nothing."""
    if not settings.DEMO:
        raise WrongState("本系统不是演示环境，不能装载演示数据。")
    county = County.objects.filter(name=COUNTY).first()
    if county is None or Promise.objects.filter(county=county).exists():
        return False
    users = {user.username: user for user in User.objects.filter(county=county)}
    desk = _Desk(county, users, pin)
    _promises(desk)
    _powers(desk)
    _dispatches(desk)
    _endorsements(desk)
    return True


@dataclass(frozen=True, slots=True)
class _Desk:
    """Who acts in the demo, and with which PIN."""

    county: County
    users: dict[str, User]
    pin: str

    def by(self, name: str) -> Actor:
        return actor_of(self.users[name])

    def seat(self, name: str) -> Post:
        held = Tenure.objects.filter(
            holds_on(timezone.localdate()), person_id=self.users[name].person_id
        )
        return held.select_related("post__unit").order_by("post__precedence", "id")[0].post


def _promises(desk: _Desk) -> None:
    """Every unit's, and the deputies' own; two are signed and public, some wait for review."""
    today, clerk = timezone.localdate(), desk.by(CLERK)
    made = [
        row
        for kind, layers in ((PromiseKind.PUBLIC, []), (PromiseKind.INTEGRITY, [Layer.DUAL_DUTY]))
        for row in promises.make(
            by=clerk, county=desk.county, year=today.year, kind=kind, layers=layers, on=today
        )
    ]
    of_person = {row.person_id: row for row in reversed(made)}
    mine = [of_person[desk.users[name].person_id or 0] for name in PUBLIC_SIGNERS]
    promises.reword(
        by=desk.by(PUBLIC_SIGNERS[0]),
        promise=mine[0],
        text=f"{mine[0].text}\n{OWN_WORDS}",
        version=mine[0].version,
    )
    deputy = of_person[desk.users[DEPUTY].person_id or 0]
    promises.submit(by=clerk, promises=[*mine, deputy, *made[:4]])
    promises.approve(by=desk.by(HEAD), promises=[*mine, deputy])
    if not desk.pin:
        return
    signed = []
    for name, row in zip(PUBLIC_SIGNERS, mine, strict=True):
        if not enrolment.in_use(desk.users[name]):
            continue
        row.refresh_from_db()
        promise_signing.sign(by=desk.by(name), promise=row, digest=row.digest, pin=desk.pin)
        signed.append(row)
    if signed:
        promises.publish(by=desk.by(HEAD), promises=signed)


def _powers(desk: _Desk) -> None:
    """A unit's and a leader's own list are public, one waits for review."""
    today = timezone.localdate()
    for name, powers, is_personal in (
        ("caizhengju", POWERS, False),
        (DEPUTY, OWN_POWERS, True),
        ("zhuren", POWERS[2:], False),
    ):
        seat = desk.seat(name)
        row = power_lists.import_version(
            by=desk.by(CLERK),
            unit=seat.unit,
            post=seat if is_personal else None,
            plan=Plan(powers, ()),
            basis=f"县政府常务会议纪要〔{today.year}〕2号",
        )
        if name != "zhuren":
            power_lists.approve(by=desk.by(HEAD), power_list=row)
            power_lists.publish(by=desk.by(HEAD), power_list=row, on=today)


def _dispatches(desk: _Desk) -> None:
    """A letter handed out, a brief being written, and a letter on its way."""
    today, clerk = timezone.localdate(), desk.by(CLERK)
    if desk.pin:
        _issued(desk)
    for form, own in (
        (DispatchForm.BRIEF, {"title": "责任分解到岗到人情况", "body": BRIEF}),
        (
            DispatchForm.LETTER,
            {
                "title": "关于商请派员参加党风廉政建设责任落实情况检查的函",
                "addressee": "县财政局，县审计局",
                "body": LETTER,
                "attachments": "检查工作安排表",
            },
        ),
    ):
        values = dispatches.first_draft(desk.county, form, on=today) | own
        row = dispatches.write(by=clerk, form=form, values=values, on=today)
    seats = [desk.seat(name).pk for name in SIGNERS]
    endorsements.ask(by=clerk, dispatch=row, kind=EndorsedKind.DISPATCH, post_ids=seats)


def _issued(desk: _Desk) -> None:
    """A letter that all four layers have signed, with its number."""
    today, clerk = timezone.localdate(), desk.by(CLERK)
    values = dispatches.first_draft(desk.county, DispatchForm.LETTER, on=today) | SENT
    row = dispatches.write(by=clerk, form=DispatchForm.LETTER, values=values, on=today)
    seats = [desk.seat(name).pk for name in SIGNERS]
    asked = endorsements.ask(by=clerk, dispatch=row, kind=EndorsedKind.DISPATCH, post_ids=seats)
    _sign(desk, asked, SENT_OPINIONS)
    dispatches.issue(by=clerk, dispatch=row, on=today)


def _sign(desk: _Desk, row: Endorsement, opinions: Sequence[str]) -> None:
    for name, opinion in zip(SIGNERS, opinions, strict=False):
        endorsements.sign(
            by=desk.by(name),
            endorsement_id=row.pk,
            opinion=opinion,
            digest=row.digest,
            pin=desk.pin if enrolment.in_use(desk.users[name]) else "",
        )


def _endorsements(desk: _Desk) -> None:
    """The division waits for the first leader, the breakdown for the deputy."""
    states = [PaperState.PART_ISSUED, PaperState.ISSUED]
    papers = Paper.objects.filter(county=desk.county, state__in=states).order_by("-year", "-id")
    paper = papers.defer("reading", "findings").first()
    if paper is None:
        return
    seats = [desk.seat(name).pk for name in SIGNERS]
    for kind, opinions in OPINIONS.items():
        row = endorsements.ask(by=desk.by(CLERK), paper=paper, kind=kind, post_ids=seats)
        _sign(desk, row, opinions if desk.pin else ())
