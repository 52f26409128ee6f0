"""纸质签署: print with the code, sign by hand, upload the scan."""

from __future__ import annotations

from django.utils import timezone

from accountability.access import Action, scope_for
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import User
from accountability.refusals import Invalid, NotAllowed
from accountability.services import files
from accountability.services.audit import change
from reports.models import Letter, LetterState
from reports.models.letter import own_seats
from reports.services import letters, scans


def accept(*, by: Actor, letter: Letter, code: str, name: str, data: bytes) -> Letter:
    """Take a scan with both signatures: the letter is effective, marked 纸质签署.

    The code printed on the signing page must be the one of the text as it
    stands, so that nobody signs a former draft. The scan's digest is kept with
    it. The office uploads, or the party whose turn it is.
    """
    kind = scans.kind_of(data)
    with acting(by=by) as act:
        user = by.user
        if user is None:
            raise NotAllowed("扫描件须由登录人员上传。")
        now = letters.locked(by, letter)
        _check_may_upload(user, now)
        letters.check_move(now, LetterState.EFFECTIVE)
        if not scans.is_same(code, now.check_code):
            raise Invalid(
                "校验码与现在的责任书不一致：请核对签署页上的校验码；责任书改过的，须重新打印签字。"
            )
        file = files.store(
            county=now.county,
            name=f"{now.number} 纸质签署扫描件.{kind.extension}",
            data=data,
            content_type=kind.content_type,
        )
        moment = timezone.now()
        before = now.get_state_display()
        now.file = file
        now.is_paper_signed = True
        now.signed_a_at, now.signed_a_by = moment, user
        now.signed_b_at, now.signed_b_by = moment, user
        now.state = LetterState.EFFECTIVE
        now.full_clean(exclude=["content"])
        now.save()
        act.record(
            "letter.scan",
            now,
            summary=f"上传 {now.number} 纸质签署扫描件",
            changes=[
                change("state", "状态", before, now.get_state_display()),
                change("file", "扫描件", "", f"{name[:80]}（SHA-256 {file.sha256}）"),
                change("digest", "正文摘要", "", now.digest),
            ],
            units=letters.units_of(now),
        )
    return now


def _check_may_upload(user: User, letter: Letter) -> None:
    scope = scope_for(user)
    if scope.may(Action.LETTER_EDIT):
        return
    require(Actor(key=f"user:{user.pk}", name="", user=user), Action.LETTER_SIGN)
    if not {letter.party_a_id, letter.party_b_id} & own_seats(user):
        raise NotAllowed("只有签订双方本人和政府办公室可以上传扫描件。")
