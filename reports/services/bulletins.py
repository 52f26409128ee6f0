"""督查通报: draft from the data, edit, send for approval, issue with a number, freeze."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Act, Actor, acting
from accountability.models import County, Job, StoredFile, User
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services import files, jobs
from accountability.services.audit import change
from accountability.services.jobs import Outcome, Progress
from accountability.trail import checkpoints
from reports.documents.docx import render_docx
from reports.documents.pdf import render_pdf
from reports.kinds import BULLETIN_FILES
from reports.models import (
    BULLETIN_TRANSITIONS,
    Bulletin,
    BulletinKind,
    BulletinLayout,
    BulletinState,
    NumberKind,
)
from reports.selectors import bulletin_data
from reports.services import bulletin_text, numbers, typeface_check
from tasks.models import OPENED_STATES, Campaign

CHANGED = "这份通报已由他人修改，请核对现在的内容后再提交。"
HALVES = {1: "上半年", 2: "下半年"}
NUMBERED_AS = {
    BulletinLayout.CIRCULAR: NumberKind.CIRCULAR,
    BulletinLayout.BRIEF: NumberKind.BRIEF,
}


def draft_of_campaign(
    *, by: Actor, campaign_id: int, on: date, layout: str = BulletinLayout.CIRCULAR
) -> Bulletin:
    """A bulletin of one round, with the data as it stands."""
    user = _person(by)
    with acting(by=by) as act:
        campaign: Campaign = find(Campaign.objects.visible_to(user), pk=campaign_id)
        require(by, Action.BULLETIN_EDIT)
        if campaign.state not in OPENED_STATES:
            raise WrongState("督查启动后才有数据，请启动后再起草通报。")
        return _draft(
            act,
            Bulletin(
                county=campaign.county,
                year=campaign.year,
                kind=BulletinKind.ROUND,
                campaign=campaign,
                layout=layout,
                title=title_of(campaign),
                data=bulletin_data.of_campaign(campaign, user, on=on),
                drafted_by=user,
            ),
        )


def title_of(campaign: Campaign) -> str:
    """关于……督查情况的通报; a round that speaks of 情况 already is not told so twice."""
    about = campaign.title.removeprefix("关于")
    return f"关于{about}的通报" if "情况" in about else f"关于{about}情况的通报"


def draft_of_time(
    *,
    by: Actor,
    year: int,
    half: int | None,
    on: date,
    layout: str = BulletinLayout.CIRCULAR,
) -> Bulletin:
    """A bulletin of all rounds of a year, or of one half of it."""
    user = _person(by)
    with acting(by=by) as act:
        require(by, Action.BULLETIN_EDIT)
        data = bulletin_data.of_time(user, year, half, on=on)
        span = f"{year}年{HALVES.get(half or 0, '度')}"
        if not data["rounds"]:
            raise WrongState(f"{span}没有启动过的督查，没有可以通报的数据。")
        assert by.county is not None
        return _draft(
            act,
            Bulletin(
                county=by.county,
                year=year,
                kind=BulletinKind.HALF_YEAR if half else BulletinKind.YEAR,
                period=half or 0,
                layout=layout,
                title=f"关于{span}主体责任落实情况督查的通报",
                data=data,
                drafted_by=user,
            ),
        )


def _draft(act: Act, bulletin: Bulletin) -> Bulletin:
    same = Bulletin.objects.filter(
        county=bulletin.county,
        year=bulletin.year,
        kind=bulletin.kind,
        period=bulletin.period,
        campaign=bulletin.campaign,
    ).exclude(state=BulletinState.VOID)
    if same.exists():
        raise Conflict("已有这一范围的通报，请在原稿上修改；确需重拟的，请先作废原稿。")
    bulletin.body = bulletin_text.draft(bulletin.data)
    _save(bulletin)
    act.record("bulletin.draft", bulletin, summary=f"起草《{bulletin.title}》")
    return bulletin


def revise(
    *, by: Actor, bulletin_id: int, title: str, body: str, layout: str, version: int
) -> Bulletin:
    """Edit a draft; whoever edited it last cannot approve it."""
    user = _person(by)
    with acting(by=by) as act:
        row = _open(by, bulletin_id, version)
        changes = [
            change(name, label, getattr(row, name)[:200], value[:200])
            for name, label, value in (
                ("title", "标题", title.strip()),
                ("body", "正文", body.strip()),
                ("layout", "文种", layout),
            )
            if getattr(row, name) != value
        ]
        row.title, row.body, row.layout = title.strip(), body.strip(), layout
        row.drafted_by, row.state = user, BulletinState.DRAFT
        row.version += 1
        _save(row)
        act.record("bulletin.revise", row, summary=f"修改《{row.title}》", changes=changes)
    return row


def draft_anew(*, by: Actor, bulletin_id: int, version: int, on: date) -> Bulletin:
    """Read the data again and write the text from it; what was edited by hand is replaced."""
    user = _person(by)
    with acting(by=by) as act:
        row = _open(by, bulletin_id, version)
        if row.campaign is not None:
            row.data = bulletin_data.of_campaign(row.campaign, user, on=on)
        else:
            row.data = bulletin_data.of_time(user, row.year, row.period or None, on=on)
        row.body = bulletin_text.draft(row.data)
        row.drafted_by, row.state = user, BulletinState.DRAFT
        row.version += 1
        _save(row)
        act.record("bulletin.anew", row, summary=f"按{on:%Y-%m-%d}的数据重拟《{row.title}》")
    return row


def submit(*, by: Actor, bulletin_id: int) -> Bulletin:
    """Send a draft to the office head."""
    with acting(by=by) as act:
        row = _locked(by, bulletin_id, Action.BULLETIN_EDIT)
        _move(row, BulletinState.SUBMITTED)
        row.reason = ""
        _save(row)
        act.record("bulletin.submit", row, summary=f"送审《{row.title}》")
    return row


def send_back(*, by: Actor, bulletin_id: int, reason: str) -> Bulletin:
    """The office head returns it with what is to be changed."""
    return _with_reason(by, bulletin_id, reason, BulletinState.DRAFT, "bulletin.send_back", "退回")


def void(*, by: Actor, bulletin_id: int, reason: str) -> Bulletin:
    """Give a bulletin up that is not issued."""
    return _with_reason(by, bulletin_id, reason, BulletinState.VOID, "bulletin.void", "作废")


def issue(*, by: Actor, bulletin_id: int, on: date) -> Bulletin:
    """Approve: the number is taken, text and data are frozen, both files are asked for.

    Raises `NotAllowed` for who drafted or edited it. What the text says beside
    its data is on record with the approval.
    """
    user = _person(by)
    with acting(by=by) as act:
        row = _locked(by, bulletin_id, Action.BULLETIN_APPROVE)
        if row.drafted_by_id == user.pk:
            raise NotAllowed("通报由本账号起草或修改，须由其他负责人批准。")
        _move(row, BulletinState.ISSUED)
        kind = NUMBERED_AS[BulletinLayout(row.layout)]
        number = numbers.take(county=row.county, kind=kind, year=on.year, for_=row)
        row.number, row.issued_at, row.issued_by = number, timezone.now(), user
        row.content = canonical(row, county=row.county, number=number.text, on=on)
        row.digest = hashlib.sha256(row.content.encode()).hexdigest()
        _save(row)
        strange = bulletin_text.strange_figures(row.body, row.data)
        act.record(
            "bulletin.issue",
            row,
            summary=f"印发《{row.title}》（{number.text}），摘要 {row.digest[:16]}"
            + (f"；正文另有数字 {'、'.join(strange[:10])}" if strange else ""),
            changes=[change("state", "状态", "待批准", "已印发")],
        )
        ask_files(by=by, bulletin=row)
        checkpoints.write_on_commit(cause="通报")
    return row


def canonical(row: Bulletin, *, county: County, number: str, on: date) -> str:
    """The text from which both files are made, frozen with the approval."""
    return json.dumps(
        {
            "format": 1,
            "issuer": county.issuer,
            "number": number,
            "dated": on.isoformat(),
            "layout": row.layout,
            "title": row.title,
            "body": row.body,
            "data": row.data,
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def ask_files(*, by: Actor, bulletin: Bulletin) -> Job:
    """Ask for the PDF and the docx of an issued bulletin, in the caller's transaction."""
    user = _person(by)
    return jobs.ask(
        by=by,
        kind=BULLETIN_FILES,
        key=f"{BULLETIN_FILES}:{bulletin.pk}:u{user.pk}:{bulletin.digest}",
        title=f"《{bulletin.title}》PDF 和 Word 文件",
        county=bulletin.county,
        parameters={"bulletin_id": bulletin.pk},
    )


def make_files(job: Job, by: Actor, progress: Progress) -> Outcome:
    """The work of `ask_files`; it may run twice: files that are there are kept."""
    user = by.user or by.on_behalf_of
    if user is None:
        raise NotAllowed("生成文件须由登录人员发起。")
    rows = Bulletin.objects.visible_to(user).select_related("county", "pdf")
    row: Bulletin = find(rows, pk=job.parameters["bulletin_id"])
    if row.state != BulletinState.ISSUED:
        raise WrongState("这份通报还没有印发，印发后再生成文件。")
    if row.pdf is not None:
        return Outcome(file=row.pdf)
    paper = paper_of(row)
    progress(10, "排版")
    pdf = render_pdf(paper)
    progress(70, "生成 Word 文件")
    docx = render_docx(paper)
    progress(90, "保存文件")
    told = typeface_check.warnings(paper)
    return Outcome(file=_store(by, row, pdf, docx), result={"warnings": told})


def paper_of(row: Bulletin) -> Any:
    """The issued bulletin as an official paper. Raises `WrongState` when text and digest differ."""
    if hashlib.sha256(row.content.encode()).hexdigest() != row.digest:
        raise WrongState("通报的冻结文本与摘要不符，请联系监督检查人员核对。")
    held = json.loads(row.content)
    front = bulletin_text.Front(
        held["issuer"], held["number"], date.fromisoformat(held["dated"]), held["layout"]
    )
    return bulletin_text.paper(held["title"], held["body"], held["data"], front)


def _store(by: Actor, row: Bulletin, pdf: bytes, docx: bytes) -> StoredFile:
    with acting(by=by) as act:
        held: Bulletin = Bulletin.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if held.pdf is not None:
            act.unchanged()
            return held.pdf
        held.pdf = files.store(
            county=row.county, name=f"{row.title}.pdf", data=pdf, content_type=files.PDF
        )
        held.docx = files.store(
            county=row.county, name=f"{row.title}.docx", data=docx, content_type=files.DOCX
        )
        _save(held)
        act.record(
            "bulletin.files",
            held,
            summary=f"生成《{row.title}》PDF 和 Word 文件",
            changes=[
                change(file, label, "", f"{stored.name}（SHA-256 {stored.sha256}）")
                for file, label, stored in (
                    ("pdf", "PDF", held.pdf),
                    ("docx", "Word 文件", held.docx),
                )
            ],
        )
    return held.pdf


def _with_reason(
    by: Actor, bulletin_id: int, reason: str, state: str, action: str, told: str
) -> Bulletin:
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        row = _locked(by, bulletin_id, Action.BULLETIN_APPROVE)
        if not reason:
            raise Invalid("请填写原因，写明后再提交。", details={"reason": ["请填写原因"]})
        before = row.get_state_display()
        _move(row, state)
        row.reason = reason[:200]
        _save(row)
        act.record(
            action,
            row,
            summary=f"{told}《{row.title}》：{reason}",
            changes=[change("state", "状态", before, row.get_state_display())],
        )
    return row


def _open(by: Actor, bulletin_id: int, version: int) -> Bulletin:
    row = _locked(by, bulletin_id, Action.BULLETIN_EDIT)
    if row.state not in (BulletinState.DRAFT, BulletinState.SUBMITTED):
        raise WrongState(f"通报{row.get_state_display()}，内容不再修改。")
    if row.version != version:
        raise Conflict(CHANGED)
    return row


def _locked(by: Actor, bulletin_id: int, action: Action) -> Bulletin:
    rows = Bulletin.objects.visible_to(_person(by)).select_related("county")
    row: Bulletin = find(rows.select_for_update(of=("self",)), pk=bulletin_id)
    require(by, action)
    return row


def _move(row: Bulletin, state: str) -> None:
    if state not in BULLETIN_TRANSITIONS[row.state]:
        raise WrongState(f"通报{row.get_state_display()}，不能这样办理，请刷新后查看。")
    row.state = state


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("通报须由本人登录办理。")
    return by.user


def _save(row: Bulletin) -> None:
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()
