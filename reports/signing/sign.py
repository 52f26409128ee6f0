"""Puts one party's signature, or the portal's seal, into its field (PAdES B-B, ETSI EN 319 142-1).

The first signature certifies the paper with DocMDP FILL_FORMS (ISO 32000-1,
12.8.2.2): afterwards nothing may change but the fields that wait.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko_certvalidator.registry import SimpleCertificateStore

from .backend import SigningBackend, as_asn1
from .refusal import UnfitFile
from .stamp import stamp_style
from .waiting import wait

DIGEST = "sha256"
LOCAL = ZoneInfo("Asia/Shanghai")


class _Signer(Signer):
    """Lets pyHanko sign with any backend."""

    def __init__(self, backend: SigningBackend) -> None:
        super().__init__(
            signing_cert=as_asn1(backend.certificate),
            cert_registry=SimpleCertificateStore.from_certs(
                [as_asn1(issuer) for issuer in backend.issuers]
            ),
        )
        self.backend = backend

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        if digest_algorithm != DIGEST:
            raise SigningError(f"no signature over {digest_algorithm}")
        if dry_run:
            return bytes(self.backend.certificate.public_key().key_size // 8)  # type: ignore[union-attr]
        return self.backend.sign(data)


def sign(
    pdf: bytes,
    field: str,
    signer: SigningBackend,
    *,
    name: str,
    reason: str,
    time: datetime,
    picture: bytes | None = None,
    lines: Sequence[str] | None = None,
) -> bytes:
    """`pdf` with `field` signed by `signer` at `time` (aware), every former byte untouched.

    The stamp shows `lines`, else name, time and the level reached. `picture`
    is a PNG of the handwriting. Raises `UnfitFile` when the field is missing
    or signed already.
    """
    moment = time.astimezone(LOCAL).replace(microsecond=0)
    shown = tuple(lines) if lines else (name, f"{moment:%Y-%m-%d %H:%M}", signer.reach.label)
    return wait(_sign(pdf, field, signer, name, reason, moment, picture, shown))


async def _sign(
    pdf: bytes,
    field: str,
    signer: SigningBackend,
    name: str,
    reason: str,
    moment: datetime,
    picture: bytes | None,
    lines: tuple[str, ...],
) -> bytes:
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=True)
        filled = {found: value is not None for found, value, _ in enumerate_sig_fields(writer)}
        if field not in filled:
            raise UnfitFile(f"文件没有“{field}”的签名位置，请由平台重新生成。")
        if filled[field]:
            raise UnfitFile(f"“{field}”已经签过，不能重复签署。")
        is_first = not any(filled.values())
        maker = PdfSigner(
            PdfSignatureMetadata(
                field_name=field,
                md_algorithm=DIGEST,
                subfilter=SigSeedSubFilter.PADES,
                name=name,
                reason=reason,
                certify=is_first,
                docmdp_permissions=MDPPerm.FILL_FORMS,
                signer_key_usage={"non_repudiation"},
            ),
            signer=_Signer(signer),
            stamp_style=stamp_style(lines, picture=picture),
        )
        session = maker.init_signing_session(writer, existing_fields_only=True)
        session.system_time = moment
        prior = await session.perform_presign_validation(writer)
        reserved = await session.estimate_signature_container_size(prior, tight=False)
        document = session.prepare_tbs_document(validation_info=prior, bytes_reserved=reserved)
        written = io.BytesIO()
        digest, output = document.digest_tbs_document(output=written)
        after = await document.perform_signature(
            document_digest=digest.document_digest,
            pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=moment),
        )
        await after.post_signature_processing(output)
    except (PdfError, SigningError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise UnfitFile("文件不能签署，请由平台重新生成后再签。") from error
    return written.getvalue()
