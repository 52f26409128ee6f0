"""Signs a field as a person, seals as the portal, and notes what came of it.

In this order: `sign_field` (own session, own PIN; outside any transaction),
`seal` when all have signed, then `note_file` inside the caller's own door.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accountability.door import Actor, require_act
from accountability.models import County, Post, StoredFile
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files
from reports.models import SignatureKey, SignedFile, SignedState
from reports.services import enrolment, keyring
from reports.signing.backend import digest_of
from reports.signing.digests import digests_of
from reports.signing.fields import SEAL
from reports.signing.refusal import UnfitFile
from reports.signing.sign import LOCAL, sign
from reports.signing.validate import Expected, ExpectedSigner, SignatureSeen, check, signatures_in

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that reads like another
CODE_LENGTH = 12


def new_code() -> str:
    """A code to be printed on a paper (59 random bits); the public page finds the file by it."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


@sensitive_variables("pin")
def sign_field(
    *,
    by: Actor,
    post: Post,
    pin: str,
    file: bytes,
    field: str,
    reason: str,
    shown: Sequence[str] = (),
) -> bytes:
    """`file` with `field` signed by `by` himself as holder of `post`.

    The field shows `shown` (an opinion), else the name; then time and level.

    Nobody signs for another: the key is the one that `by` enrolled, `post` a
    seat that he himself holds today (a delegation does not cover it). Raises
    `NotAllowed`, `Invalid` (wrong PIN, counted), `WrongState`.
    """
    user = by.user
    if user is None or post.pk not in {held.pk for held in enrolment.posts_held(user)}:
        raise NotAllowed(f"{post} 的签名须由本人签署，代管不含签署。")
    row, key = enrolment.open_key(by=by, pin=pin)
    moment = timezone.now()
    local = moment.astimezone(LOCAL)
    try:
        return sign(
            file,
            field,
            key,
            name=user.display_name,
            reason=reason,
            time=moment,
            picture=enrolment.picture_of(row),
            lines=(*shown, f"{local:%Y-%m-%d %H:%M}　{key.reach.label}")
            if shown
            else (user.display_name, f"{local:%Y-%m-%d %H:%M}", key.reach.label),
        )
    except UnfitFile as unfit:
        raise WrongState(str(unfit)) from unfit


def seal(*, file: bytes, field: str = SEAL) -> bytes:
    """`file` with the portal's own seal (系统存证印记) in `field`."""
    moment = timezone.now()
    local = moment.astimezone(LOCAL)
    try:
        return sign(
            file,
            field,
            keyring.seal_key(),
            name=keyring.SEAL_NAME,
            reason="存证",
            time=moment,
            lines=(keyring.SEAL_NAME, f"{local:%Y-%m-%d %H:%M}"),
        )
    except UnfitFile as unfit:
        raise WrongState(str(unfit)) from unfit


def note_file(
    *,
    county: County,
    kind: str,
    object_id: int,
    file: bytes,
    name: str,
    fields: Sequence[str],
    code: str = "",
) -> SignedFile:
    """Keep a file just signed or sealed, with both digests; the former of the same object ends.

    `fields` are all signature fields of the file, signed or waiting. Must be
    called inside `acting()`; the caller records the event. The file is checked
    as anybody would check it; raises `Invalid` when it would not be accepted.
    """
    act = require_act()
    signers = [
        {
            "field": seen.field,
            "certificate": seen.certificate_sha256,
            "name": seen.name,
            "at": seen.signed_at.isoformat(),
        }
        for seen in _signatures(file)
    ]
    _require_enrolled([str(signer["certificate"]) for signer in signers], county)
    digests = digests_of(file)
    row = SignedFile(
        county=county,
        kind=kind,
        object_id=object_id,
        sha256=digests.sha256,
        sm3=digests.sm3,
        code=code or new_code(),
        fields=list(fields),
        signers=signers,
        noted_by=act.actor.name,
    )
    verdict = check(file, expected_of(row))
    if not verdict.accepted:
        raise Invalid("签署后的文件没有通过核对：" + "".join(verdict.reasons))
    row.file = store(county=county, name=name, data=file)
    former = (
        SignedFile.objects.select_for_update()
        .filter(kind=kind, object_id=object_id, state=SignedState.VALID)
        .first()
    )
    if former is not None:
        row.code = code or former.code
        _end(former, SignedState.REPLACED, by=act.actor.name, reason="")
    row.full_clean()
    row.save()
    if former is not None:
        former.replaced_by = row
        former.save()
    return row


def void_files(*, kind: str, object_id: int, reason: str) -> int:
    """The files of an object count no longer; inside `acting()`. Returns how many."""
    act = require_act()
    rows = SignedFile.objects.select_for_update().filter(
        ~Q(state=SignedState.VOID), kind=kind, object_id=object_id
    )
    count = 0
    for row in rows:
        _end(row, SignedState.VOID, by=act.actor.name, reason=reason)
        count += 1
    return count


def store(*, county: County, name: str, data: bytes) -> StoredFile:
    """The file's bytes, kept by digest."""
    return files.store(county=county, name=name, data=data, content_type=files.PDF)


def expected_of(row: SignedFile) -> Expected:
    """What was noted of a file, for `check`."""
    return Expected(
        signers=tuple(
            ExpectedSigner(
                signer["field"], signer["certificate"], datetime.fromisoformat(signer["at"])
            )
            for signer in row.signers
        ),
        fields=tuple(row.fields),
        sha256=row.sha256,
        sm3=row.sm3,
        root=keyring.root_der(),
        revocation_list=keyring.revocation_list(),
    )


def _signatures(file: bytes) -> list[SignatureSeen]:
    try:
        return signatures_in(file)
    except ValueError as error:
        raise Invalid(str(error)) from error


def _require_enrolled(digests: list[str], county: County) -> None:
    known = set(
        SignatureKey.objects.filter(county=county, certificate_sha256__in=digests).values_list(
            "certificate_sha256", flat=True
        )
    )
    known.add(digest_of(keyring.seal_key().certificate))
    if not digests or not set(digests) <= known:
        raise Invalid("文件中有签名不是本县（区）备案人员所签。")


def _end(row: SignedFile, state: SignedState, *, by: str, reason: str) -> None:
    row.state, row.reason = state, reason[:200]
    row.ended_at, row.ended_by = timezone.now(), by
    row.full_clean()
    row.save()
