"""发文: written, changed, void; numbered and dated once its text is endorsed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability.access import Action
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County, User
from accountability.refusals import Conflict, Invalid, NotAllowed, WrongState
from accountability.services.audit import change
from reports.models import (
    DISPATCH_TRANSITIONS,
    Dispatch,
    DispatchForm,
    DispatchState,
    EndorsementState,
    WordedPaper,
)
from reports.models.dispatch import NUMBERED_AS
from reports.selectors.endorsements import digest_of
from reports.services import dispatch_text, numbers
from reports.services.wordings import filled, wording_of

LABELS = {
    "mark": "版头",
    "title": "标题",
    "addressee": "主送",
    "body": "正文",
    "attachments": "附件",
    "copies_to": "抄送",
    "signature": "署名",
}
FIELDS = tuple(LABELS)
NEEDED = ("mark", "title", "body", "signature")
MOST_IN_TRAIL = 200  # characters of a text before and after; the history keeps the whole


def first_draft(county: County, form: str, *, on: date) -> dict[str, str]:
    """What a new paper of `form` begins with, from the county's wording."""
    if form not in DispatchForm.values:
        raise Invalid("没有这个文种，请从页面上选择。")
    issuer = county.issuer
    office = f"{issuer}办公室" if issuer.endswith("政府") else issuer
    wording = wording_of(county, WordedPaper.DISPATCH)
    values = {"发文机关": issuer, "印发机关": office, "年度": str(on.year), "县": county.name}
    return {
        "mark": filled(wording[f"{form}_mark"], values),
        "body": filled(wording[f"{form}_body"], values),
        "signature": issuer if form == DispatchForm.REPORT else office,
    }


def write(*, by: Actor, form: str, values: Mapping[str, str], on: date) -> Dispatch:
    """A new draft of the year of `on`."""
    user = _person(by)
    if form not in DispatchForm.values:
        raise Invalid("没有这个文种，请从页面上选择。")
    assert user.county is not None
    with acting(by=by) as act:
        require(by, Action.DISPATCH_EDIT)
        row = Dispatch(county=user.county, year=on.year, form=form, made_by=by.name)
        fill(row, values)
        save(row)
        act.record(
            "dispatch.write",
            row,
            summary=f"拟稿{row}",
            changes=[change("title", "标题", "", row.title)],
        )
    return row


def revise(*, by: Actor, dispatch: Dispatch, values: Mapping[str, str], version: int) -> Dispatch:
    """Change a draft; an endorsement of the former text counts no longer (its digest tells)."""
    with acting(by=by) as act:
        require(by, Action.DISPATCH_EDIT)
        row = _locked(by, dispatch)
        if row.state != DispatchState.DRAFT:
            raise WrongState(f"{row}{row.get_state_display()}，不能再改，需要更正的请另行发文。")
        if row.version != version:
            raise Conflict("文稿刚才已由他人修改，请核对最新内容后再保存。")
        former = {name: getattr(row, name) for name in FIELDS}
        fill(row, values)
        kept = {name: getattr(row, name) for name in FIELDS}
        if kept == former:
            act.unchanged()
            return row
        changes = [
            change(name, LABELS[name], former[name][:MOST_IN_TRAIL], kept[name][:MOST_IN_TRAIL])
            for name in FIELDS
            if former[name] != kept[name]
        ]
        row.version += 1
        save(row)
        act.record("dispatch.revise", row, summary=f"修改{row}", changes=changes)
    return row


def issue(*, by: Actor, dispatch: Dispatch, on: date) -> Dispatch:
    """编号印发: number and date, for a text that all four layers have endorsed as it stands."""
    with acting(by=by) as act:
        require(by, Action.DISPATCH_EDIT)
        row = _locked(by, dispatch)
        _check_move(row, DispatchState.ISSUED)
        if dispatch_text.NOTHING_TYPED.search(row.body):
            raise WrongState("正文还有没有改写的提示文字，请改写并重新送签后再印发。")
        digest = digest_of(dispatch_text.frozen_text(row))
        done = row.endorsements.filter(state=EndorsementState.DONE, digest=digest)
        if not done.exists():
            raise WrongState("现在的文稿还没有完成签字背书，请送签并由主要领导签署后再印发。")
        row.number = numbers.take(
            county=row.county, kind=NUMBERED_AS[row.form], year=on.year, for_=row
        )
        row.dated = on
        row.issued_at, row.issued_by = timezone.now(), by.name
        row.state = DispatchState.ISSUED
        save(row)
        act.record(
            "dispatch.issue",
            row,
            summary=f"印发{row}，{row.number}",
            changes=[
                change("state", "状态", "拟稿", "已印发"),
                change("number", "文号", "", row.number.text),
            ],
        )
    return row


def void(*, by: Actor, dispatch: Dispatch, reason: str) -> Dispatch:
    """作废 of a draft; it stays listed with its reason."""
    reason = reason.strip()
    if not reason:
        raise Invalid("请填写作废原因。", details={"reason": ["请填写作废原因"]})
    if len(reason) > 200:
        raise Invalid("作废原因不超过 200 字。", details={"reason": ["不超过 200 字"]})
    with acting(by=by, reason=reason) as act:
        require(by, Action.DISPATCH_EDIT)
        row = _locked(by, dispatch)
        _check_move(row, DispatchState.VOID)
        row.state, row.void_reason = DispatchState.VOID, reason
        save(row)
        act.record(
            "dispatch.void",
            row,
            summary=f"作废{row}：{reason}",
            changes=[change("state", "状态", "拟稿", "作废")],
        )
    return row


def fill(row: Dispatch, values: Mapping[str, str]) -> None:
    """Put typed texts into the row; `Invalid` for what is missing."""
    for name in FIELDS:
        lines = values.get(name, "").replace("\r\n", "\n").split("\n")
        kept = [" ".join(line.split()) for line in lines]
        many = name in ("body", "attachments")
        setattr(row, name, ("\n" if many else "").join(line for line in kept if line))
    for name in NEEDED:
        if not getattr(row, name):
            label = LABELS[name]
            raise Invalid(f"请填写{label}。", details={name: [f"请填写{label}"]})
    if row.form != DispatchForm.BRIEF and not row.addressee:
        raise Invalid("请填写主送。", details={"addressee": ["函和通报须写明主送机关"]})


def _locked(by: Actor, dispatch: Dispatch) -> Dispatch:
    visible = Dispatch.objects.visible_to(_person(by)).values("pk")
    row: Dispatch = find(
        Dispatch.objects.select_for_update(of=("self",))
        .filter(pk__in=visible)
        .select_related("county"),
        pk=dispatch.pk,
    )
    return row


def _check_move(row: Dispatch, to: DispatchState) -> None:
    if to not in DISPATCH_TRANSITIONS[row.state]:
        raise WrongState(
            f"{row}现在是“{row.get_state_display()}”，不能转为“{to.label}”，请刷新页面后再办。"
        )


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("发文须由政府办公室人员登录办理。")
    return by.user


def save(row: Dispatch) -> None:
    """Check the row and its constraints, then save it."""
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
    row.save()
