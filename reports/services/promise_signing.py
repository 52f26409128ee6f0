"""签署承诺书: the person with his own key, or by hand with the scan uploaded."""

from __future__ import annotations

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accountability.access import Action, scope_for
from accountability.door import Actor, acting
from accountability.refusals import Conflict, Invalid, NotAllowed
from accountability.services import files
from accountability.services.audit import change
from reports.documents.pdf import render_pdf
from reports.models import Promise, PromiseState
from reports.services import promises, scans, sealing
from reports.services.promise_content import PROMISER, signing_paper
from reports.signing.fields import SEAL, FieldPlace, prepare

UPDATED = "承诺书已更新，请重新阅读。"
# On the signing page, which is the last: points from its lower left corner.
PLACES = (
    FieldPlace(PROMISER, -1, (80, 280, 290, 360)),
    FieldPlace(SEAL, -1, (80, 190, 515, 250)),
)


def file_name(promise: Promise, extension: str = "pdf") -> str:
    """〔2026〕诺-003 县财政局局长黄志强 廉政承诺书.pdf"""
    number = f"{promise.number.text} " if promise.number else ""
    return f"{number}{promise.post}{promise.person.name} {promise.get_kind_display()}.{extension}"


@sensitive_variables("pin")
def sign(*, by: Actor, promise: Promise, digest: str, pin: str) -> Promise:
    """The person signs his own promise, whose text he was shown with `digest`.

    Rendering and signing run outside the transaction; under the lock everything
    is looked at again. Raises `Conflict` when the text is another one by now.
    """
    user = promises.require_promiser(by, promise)
    promises.check_move(promise, PromiseState.SIGNED)
    if digest != promise.digest:
        raise Conflict(UPDATED)
    data = sealing.sign_field(
        by=by,
        post=promise.post,
        pin=pin,
        file=prepare(render_pdf(signing_paper(promise)), PLACES),
        field=PROMISER,
        reason=f"签署{promise}，正文摘要 {digest}",
    )
    data = sealing.seal(file=data)
    with acting(by=by) as act:
        now = promises.locked(by, promise)
        promises.require_promiser(by, now)
        if now.digest != digest:
            raise Conflict(UPDATED)
        promises.check_move(now, PromiseState.SIGNED)
        noted = sealing.note_file(
            county=now.county,
            kind=promises.KIND,
            object_id=now.pk,
            file=data,
            name=file_name(now),
            fields=[PROMISER, SEAL],
            code=now.check_code.replace("-", ""),
        )
        now.file = noted.file
        now.signed_at, now.signed_by = timezone.now(), user
        promises.move(
            act,
            now,
            PromiseState.SIGNED,
            action="promise.sign",
            summary=f"签署{now}",
            changes=[
                change("certificate", "证书摘要", "", noted.signers[0]["certificate"]),
                change("digest", "所示正文摘要", "", now.digest),
                change("file", "文件摘要（SHA-256）", "", noted.sha256),
            ],
        )
    return now


def accept_scan(*, by: Actor, promise: Promise, code: str, name: str, data: bytes) -> Promise:
    """Take the scan of a promise signed by hand, marked 纸质签署, its digest kept with it.

    The printed code must be that of the text as it stands. The person uploads, or the office.
    """
    kind = scans.kind_of(data)
    with acting(by=by) as act:
        now = promises.locked(by, promise)
        user = by.user
        if user is None:
            raise NotAllowed("扫描件须由登录人员上传。")
        if not scope_for(user).may(Action.PROMISE_EDIT):
            promises.require_promiser(by, now)
        promises.check_move(now, PromiseState.SIGNED)
        if not scans.is_same(code, now.check_code):
            raise Invalid(
                "校验码与现在的承诺书不一致：请核对签署页上的校验码；承诺书改过的，须重新打印签字。"
            )
        file = files.store(
            county=now.county,
            name=file_name(now, kind.extension),
            data=data,
            content_type=kind.content_type,
        )
        now.file = file
        now.is_paper_signed = True
        now.signed_at, now.signed_by = timezone.now(), user
        promises.move(
            act,
            now,
            PromiseState.SIGNED,
            action="promise.scan",
            summary=f"上传{now}纸质签署扫描件",
            changes=[
                change("file", "扫描件", "", f"{name[:80]}（SHA-256 {file.sha256}）"),
                change("digest", "正文摘要", "", now.digest),
            ],
        )
    return now
