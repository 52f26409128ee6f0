"""签字背书单: the frozen text with its signing page; each layer signs its field in order.

Whoever has an enrolled key signs with it. For whoever has none the portal's
own seal attests opinion, name and time, so that the sheet shows all four.
"""

from __future__ import annotations

import textwrap
from datetime import datetime

from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accountability.door import Actor
from accountability.refusals import WrongState
from accountability.services import files
from reports.documents.content import Annex, OfficialPaper, Paragraph
from reports.documents.pdf import render_pdf
from reports.models import Dispatch, Endorsement, EndorsementLayer, EndorsementStep, WordedPaper
from reports.services import enrolment, keyring, sealing
from reports.services.letter_paper import in_eights
from reports.services.wordings import filled, wording_of
from reports.signing.fields import SEAL, FieldPlace, prepare
from reports.signing.refusal import UnfitFile
from reports.signing.sign import sign as sign_field

KIND = "endorsement"  # of the signed files
SIGNING_PAGE = "签署页"
ATTESTED = "账号签署，系统存证"
LINE = 40  # characters of an opinion on a line of its field
# On the signing page, which is the last: one below the other, then the seal (points).
PLACES = (
    *(
        FieldPlace(str(layer.label), -1, (80, 372 - 72 * n, 515, 440 - 72 * n))
        for n, layer in enumerate(EndorsementLayer)
    ),
    FieldPlace(SEAL, -1, (80, 104, 515, 150)),
)
FIELDS = tuple(place.name for place in PLACES)


def paper_of(endorsement: Endorsement) -> OfficialPaper:
    """The sheet before anybody signed. The same round gives the same paper."""
    subject = endorsement.subject
    wording = wording_of(endorsement.county, WordedPaper.ENDORSEMENT)
    values = {
        "文件": subject.title,
        "内容": endorsement.get_kind_display(),
        "轮次": str(endorsement.round),
        "年度": str(subject.year),
        "县": endorsement.county.name,
    }
    seats = [f"{s.get_layer_display()}：{s.post}" for s in endorsement.steps.order_by("layer")]
    opening = [Paragraph(line) for line in filled(wording["opening"], values).split("\n")]
    statement = [Paragraph(line) for line in filled(wording["statement"], values).split("\n")]
    # A task begins at the margin, what belongs to it stands in.
    text = [
        Paragraph(("\u3000" if line.startswith(" ") else "") + line.strip())
        for line in endorsement.content.splitlines()
        if line.strip()
    ]
    day = timezone.localtime(endorsement.asked_at)
    return OfficialPaper(
        title=f"{endorsement.get_kind_display()}签字背书单",
        body=(
            *opening,
            Paragraph(f"送签时间：{day:%Y-%m-%d %H:%M}，第 {endorsement.round} 轮"),
            *(Paragraph(seat) for seat in seats),
            *text,
        ),
        annexes=(
            Annex(
                SIGNING_PAGE,
                (
                    Paragraph(f"全文摘要（SHA-256）：{in_eights(endorsement.digest)}"),
                    Paragraph(f"校验码：{endorsement.check_code}"),
                    *statement,
                ),
                is_listed=False,
            ),
        ),
    )


def with_fields(paper: OfficialPaper) -> bytes:
    """The sheet as PDF with its empty fields."""
    return prepare(render_pdf(paper), PLACES)


def so_far(endorsement: Endorsement) -> bytes:
    """The sheet with the signatures it has."""
    if endorsement.file is not None:
        return files.read(endorsement.file)
    return with_fields(paper_of(endorsement))


def is_enrolled(by: Actor) -> bool:
    """Whether the person has a key to sign with; then the key it is."""
    return by.user is not None and enrolment.in_use(by.user) is not None


@sensitive_variables("pin")
def signed(
    *, by: Actor, endorsement: Endorsement, step: EndorsementStep, opinion: str, pin: str
) -> tuple[bytes, str]:
    """(the sheet with this layer's field signed, the certificate's digest; "" where attested).

    Outside any transaction. The last layer is followed by the portal's seal.
    """
    assert by.user is not None
    moment = timezone.now()
    seat = f"{step.get_layer_display()}　{step.post}　{by.user.display_name}"
    told = (seat, *textwrap.wrap(opinion, LINE))
    reason = f"签署{endorsement}，摘要 {endorsement.digest}"[:200]
    data = so_far(endorsement)
    field = str(step.get_layer_display())
    certificate = ""
    if is_enrolled(by):
        row = enrolment.in_use(by.user)
        data = sealing.sign_field(
            by=by, post=step.post, pin=pin, file=data, field=field, reason=reason, shown=told
        )
        certificate = row.certificate_sha256 if row is not None else ""
    else:
        data = _attested(data, field, told, reason, moment)
    is_last = step.layer == max(EndorsementLayer)
    return (sealing.seal(file=data) if is_last else data), certificate


def _attested(
    data: bytes, field: str, told: tuple[str, ...], reason: str, moment: datetime
) -> bytes:
    local = timezone.localtime(moment)
    try:
        return sign_field(
            data,
            field,
            keyring.seal_key(),
            name=keyring.SEAL_NAME,
            reason=reason,
            time=moment,
            lines=(*told, f"{local:%Y-%m-%d %H:%M}　{ATTESTED}"),
        )
    except UnfitFile as unfit:
        raise WrongState(str(unfit)) from unfit


def keep(endorsement: Endorsement, data: bytes) -> None:
    """Note the file as it now stands; inside the act."""
    noted = sealing.note_file(
        county=endorsement.county,
        kind=KIND,
        object_id=endorsement.pk,
        file=data,
        name=file_name(endorsement),
        fields=FIELDS,
        code=endorsement.check_code.replace("-", ""),
    )
    endorsement.file = noted.file


def drop(endorsement: Endorsement, reason: str) -> None:
    """The sheet counts no longer; inside the act."""
    sealing.void_files(kind=KIND, object_id=endorsement.pk, reason=reason)


def file_name(endorsement: Endorsement) -> str:
    """签字背书单（责任分工第1轮）…….pdf"""
    subject = endorsement.subject
    of = "发文 " if isinstance(subject, Dispatch) else ""
    told = f"{endorsement.get_kind_display()}第{endorsement.round}轮"
    return f"签字背书单（{told}）{of}{subject.title[:120]}.pdf"
