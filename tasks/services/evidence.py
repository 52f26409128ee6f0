"""佐证: take a file in or refuse it, seal one with a 密级 mark, note a reference, release."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from accountability import field_crypto
from accountability.access import Action, scope_for
from accountability.access.find import find
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import Unit, User
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files
from accountability.services.audit import change
from accountability.uploads import NotAdmitted, Screened, admit, label_of
from tasks.models import EVIDENCE_TRANSITIONS, Evidence, EvidenceState
from tasks.services.imports import tidy_name
from tasks.services.progress import is_own, person

MOST_FILES = 10
SEALED_TYPE = "application/octet-stream"
HELD = (
    "发现密级标志（{mark}），文件已隔离，任何人不能打开。请立即停止上传，断开含密级文件的存储，"
    "并向本单位保密工作机构和县纪委监委报告；确系误判的，由监督检查人员核对后解除隔离。"
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its name and bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an upload: the pieces that may be used, and a sentence for each other."""

    evidence: list[Evidence]
    sentences: list[str]


def upload(*, by: Actor, unit: Unit, uploads: Sequence[Upload]) -> Taken:
    """Take files in for a unit; what is wrong with one keeps no other out.

    Type by content, 20 MB, the scanner where there is one, 密级 marks. The same
    bytes of the same unit are kept once. A refused file leaves nothing.
    """
    user = person(by)
    require(by, Action.PROGRESS_REPORT)
    _check_unit(user, unit)
    if len(uploads) > MOST_FILES:
        raise Invalid(f"一次最多上传 {MOST_FILES} 个文件，请分次上传。")
    taken = Taken([], [])
    for given in uploads:
        name = tidy_name(given.name)
        try:
            screened = admit(name, given.data)
        except NotAdmitted as refused:
            taken.sentences.append(str(refused))
            continue
        row = _keep(by, user, unit, name, given.data, screened)
        if row.is_held:
            label = label_of(name, screened.mark)
            taken.sentences.append(f"{label}：" + HELD.format(mark=row.mark))
        else:
            taken.evidence.append(row)
    return taken


def refer(*, by: Actor, unit: Unit, name: str) -> Evidence:
    """A reference instead of a file: a document's number, a meeting and its date."""
    user, name = person(by), " ".join(name.split())
    with acting(by=by) as act:
        require(by, Action.PROGRESS_REPORT)
        _check_unit(user, unit)
        if not name:
            raise Invalid("请填写文号或会议名称。", details={"reference": ["请填写"]})
        known = Evidence.objects.filter(unit=unit, digest="", name=name).first()
        if known is not None:
            act.unchanged()
            return known
        row = Evidence(county_id=unit.county_id, unit=unit, name=name, added_by=user)
        _checked(row)
        row.save()
        act.record("evidence.refer", row, summary=f"登记佐证：{name}", units=[unit])
    return row


def release(*, by: Actor, evidence_id: int, reason: str) -> Evidence:
    """解除隔离: an inspector has found that the mark is none; the file gets its name again."""
    user, reason = person(by), reason.strip()
    with acting(by=by, reason=reason) as act:
        require(by, Action.EVIDENCE_RELEASE)
        row: Evidence = find(
            Evidence.objects.filter(pk__in=Evidence.objects.visible_to(user).values("pk"))
            .select_for_update(of=("self",))
            .select_related("added_by", "unit__county"),
            pk=evidence_id,
        )
        if EvidenceState.RELEASED not in EVIDENCE_TRANSITIONS[row.state]:
            raise WrongState(f"这个文件{row.get_state_display()}，不需要解除隔离。")
        if is_own(user, row.added_by):
            raise NotAllowed("本人上传的文件须由其他监督检查人员核对。")
        if not reason:
            raise Invalid("请填写核对情况和依据。", details={"reason": ["请填写依据"]})
        name, content_type, data = _unseal(row)
        row.file = files.store(
            county=row.unit.county, name=name, data=data, content_type=content_type
        )
        row.name, row.state = name, EvidenceState.RELEASED
        row.released_at, row.released_by = timezone.now(), user
        row.release_reason = reason
        _checked(row)
        row.save()
        act.record(
            "evidence.release",
            row,
            summary=f"解除隔离：{name}",
            units=[row.unit_id],
            changes=[change("state", "状态", EvidenceState.QUARANTINED.label, "解除隔离")],
        )
    return row


def _keep(
    by: Actor, user: User, unit: Unit, name: str, data: bytes, screened: Screened
) -> Evidence:
    digest = hashlib.sha256(data).hexdigest()
    with acting(by=by) as act:
        # Two uploads of the same bytes at once stand in a row here.
        Unit.objects.select_for_update().get(pk=unit.pk)
        known: Evidence | None = Evidence.objects.filter(unit=unit, digest=digest).first()
        if known is not None:
            act.unchanged()
            return known
        row = Evidence(county_id=unit.county_id, unit=unit, digest=digest, added_by=user)
        if screened.mark:
            # Neither the name nor the bytes go where anybody reads them.
            row.name = f"隔离文件 {digest[:12]}"
            row.state, row.mark = EvidenceState.QUARANTINED, screened.mark
            data, content_type = _seal(digest, name, data, screened), SEALED_TYPE
        else:
            row.name, content_type = name, screened.content_type
        row.file = files.store(
            county=unit.county, name=row.name, data=data, content_type=content_type
        )
        _checked(row)
        row.save()
        act.record(
            "evidence.quarantine" if row.is_held else "evidence.upload",
            row,
            summary=f"隔离带密级标志的文件（{row.mark}）" if row.is_held else f"上传佐证：{name}",
            units=[unit],
            changes=[change("digest", "摘要", "", digest)],
        )
    return row


def _seal(digest: str, name: str, data: bytes, screened: Screened) -> bytes:
    plain = json.dumps(
        [name, screened.content_type, base64.b64encode(data).decode("ascii")], ensure_ascii=False
    )
    return field_crypto.seal(plain, place=f"evidence:{digest}").encode("ascii")


def _unseal(row: Evidence) -> tuple[str, str, bytes]:
    assert row.file is not None
    sealed = files.read(row.file).decode("ascii")
    name, content_type, text = json.loads(
        field_crypto.unseal(sealed, place=f"evidence:{row.digest}")
    )
    return str(name), str(content_type), base64.b64decode(text)


def _check_unit(user: User, unit: Unit) -> None:
    if unit.pk not in scope_for(user).unit_ids:
        raise NotAllowed("只能为本单位上传佐证。")


def _checked(row: Evidence) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise Invalid("；".join(error.messages), details=error.message_dict) from error
