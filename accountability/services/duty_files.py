"""Papers of duties: a screened file, or a reference to one kept elsewhere."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.utils import timezone

from ..access.find import find
from ..door import Actor, acting
from ..models import Duty, DutyFile, DutyState, StoredFile, User
from ..private_numbers import found_in
from ..refusals import Invalid, NotAllowed, WrongState
from ..uploads import content_type_of
from . import duties, files
from .audit import change

MOST_TEXT = 200


def add(
    *,
    by: Actor,
    duty_id: int,
    label: str,
    now: datetime,
    name: str = "",
    data: bytes | None = None,
    reference: str = "",
) -> DutyFile:
    """Hand in one paper: a file (`name`, `data`) or a `reference`, never both.

    `label` names what was to be handed in, or is empty. One who already is handed
    in is not replaced: take it back first. Raises `Invalid` for other types of files.
    """
    reference = reference.strip()
    kept = _kept_name(name, data) if data is not None else None
    with acting(by=by) as act:
        user = _person(by)
        duty = duties.locked(user, duty_id)
        duties.require_writer(user, duty)
        _check(duty, label, reference, has_file=kept is not None)
        file: StoredFile | None = None
        if kept is not None and data is not None:
            file = files.store(county=duty.county, name=kept[0], data=data, content_type=kept[1])
        row = DutyFile(
            county=duty.county,
            duty=duty,
            label=label,
            file=file,
            reference="" if file else reference,
            added_by=user,
        )
        _clean(row)
        row.save()
        duties.settle_papers(act, duty=duty, on=timezone.localdate(now))
        digest = f"（SHA-256 {file.sha256}）" if file else ""
        act.record(
            "duty.file_add",
            duty,
            summary=f"报送{duty}的材料：{label or '佐证'}",
            units=[duty.subject_unit_id],
            changes=[change("file", label or "佐证", "", f"{row}{digest}")],
        )
    return row


def take_back(*, by: Actor, file_id: int, reason: str, now: datetime) -> DutyFile:
    """撤回: it counts no longer, for a reason; the bytes stay."""
    reason = reason.strip()
    with acting(by=by, reason=reason) as act:
        user = _person(by)
        row: DutyFile = find(
            DutyFile.objects.visible_to(user)
            .select_for_update(of=("self",))
            .select_related("file"),
            pk=file_id,
        )
        duty = duties.locked(user, row.duty_id)
        duties.require_writer(user, duty)
        if row.voided_at is not None:
            raise WrongState("这份材料已经撤回，请刷新页面。")
        if not reason or len(reason) > MOST_TEXT:
            raise Invalid(
                f"请填写撤回理由，不超过 {MOST_TEXT} 字。", details={"reason": ["请填写撤回理由"]}
            )
        row.voided_at, row.voided_by, row.void_reason = now, user, reason
        _clean(row)
        row.save()
        duties.settle_papers(act, duty=duty, on=timezone.localdate(now))
        act.record(
            "duty.file_void",
            duty,
            summary=f"撤回{duty}的材料：{row}，{reason}",
            units=[duty.subject_unit_id],
            changes=[change("file", row.label or "佐证", str(row), "")],
        )
    return row


def _check(duty: Duty, label: str, reference: str, *, has_file: bool) -> None:
    if duty.state == DutyState.WAIVED:
        raise WrongState("这一事项已经免除，不必报送材料。")
    if label and label not in duty.rule.hand_in:
        raise Invalid("没有这种报送材料，请从列表中选择。", details={"label": ["请从列表中选择"]})
    if has_file == bool(reference):
        raise Invalid(
            "请选择一个文件，或者填写一条引用（文号、会议），二者选一。",
            details={"file": ["文件和引用选一样"]},
        )
    if len(reference) > MOST_TEXT:
        raise Invalid(
            f"引用不能超过 {MOST_TEXT} 字。",
            details={"reference": [f"不能超过 {MOST_TEXT} 字"]},
        )
    if number := found_in(reference):
        raise Invalid(
            f"引用中有{number}，本系统不收集，请删去后再保存。",
            details={"reference": [f"不能有{number}"]},
        )
    if label and duty.files.filter(label=label, voided_at__isnull=True).exists():
        raise WrongState(f"“{label}”已经报送，要换的请先撤回原来的。")


def _kept_name(name: str, data: bytes) -> tuple[str, str]:
    """(the name a file is kept under, its type by its content); raises `Invalid`."""
    plain = "".join(c for c in PurePath(name.replace("\\", "/")).name if c.isprintable()).strip()
    stem, extension = PurePath(plain).stem[-150:] or "材料", PurePath(plain).suffix.lower()
    return f"{stem}{extension}", content_type_of(f"{stem}{extension}", data)


def _clean(row: DutyFile) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error


def _person(by: Actor) -> User:
    if by.user is None:
        raise NotAllowed("材料须由登录人员报送。")
    return by.user
