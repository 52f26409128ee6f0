"""Whether a signed file is the one that the portal noted: the AND of every condition.

security.md 2.5: a PAdES signature does not protect every byte (padding and
letter case of /Contents), and a truncated file still carries a whole first
signature. So a file is accepted only when its whole-file digests, the
expected signers in their order, and each signature's own checks all agree.

The digests are compared first: bytes that the portal never noted are not
parsed at all, so that the public page gives no one's file to the parser.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm, enumerate_sig_fields
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from .digests import digests_of
from .fitness import strange_parts
from .waiting import wait

LARGEST_FILE = 20 * 1024 * 1024  # bytes
MOST_OBJECTS = 100_000
MOST_REVISIONS = 24
MOST_SIGNATURES = 12
CLOCK_LEEWAY = timedelta(minutes=5)
KEY_USAGE = KeyUsageConstraints(key_usage={"non_repudiation"})
SUBFILTER = "/ETSI.CAdES.detached"
_NUMBERS = re.compile(rb"/Size[\s\x00]+(\d{1,20})|/Count[\s\x00]+(\d{1,20})")
_RANGES = re.compile(rb"/(?:Index|W)[\s\x00]*\[([\d\s\x00]{0,4000})\]")
_SUBSECTION = re.compile(rb"xref[\s\x00]+\d{1,20}[ ]+(\d{1,20})")


@dataclass(frozen=True, slots=True)
class ExpectedSigner:
    """Who signed which field with which certificate (SHA-256 of its DER), and when, as noted."""

    field: str
    certificate_sha256: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Expected:
    """What was noted of the file when it was made, and by what its certificates are judged.

    `fields` are all signature fields, signed or waiting. `root` and
    `revocation_list` are DER; the list may be younger than the signatures.
    """

    signers: tuple[ExpectedSigner, ...]
    fields: tuple[str, ...]
    sha256: str
    sm3: str
    root: bytes
    revocation_list: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: `reasons` (Chinese) say each thing that is wrong; none means accepted."""

    reasons: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether every condition held."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class SignatureSeen:
    """A signature as the file itself tells of it; believed only after `check`."""

    field: str
    certificate_sha256: str
    name: str
    signed_at: datetime


def check(pdf: bytes, expected: Expected) -> Verdict:
    """Whether `pdf` is what was noted. Never raises, whatever the bytes are."""
    if len(pdf) > LARGEST_FILE:
        return Verdict((f"文件超过 {LARGEST_FILE // 2**20} MB，不是本平台的文件。",))
    digests = digests_of(pdf)
    if not compare_digest(digests.sha256, expected.sha256.lower()):
        return Verdict(("文件内容与存证的摘要（SHA-256）不一致，文件已被改动或不是同一份。",))
    if not compare_digest(digests.sm3, expected.sm3.lower()):
        return Verdict(("文件内容与存证的摘要（SM3）不一致，文件已被改动或不是同一份。",))
    return Verdict(tuple(dict.fromkeys(faults_of(pdf, expected))))


def faults_of(pdf: bytes, expected: Expected) -> list[str]:
    """What is wrong with the signatures themselves, the digests aside. Never raises."""
    if fault := _oversized(pdf):
        return [fault]
    try:
        return wait(_faults(pdf, expected))
    except Exception:  # a parser of hostile bytes may raise anything; all of it means no
        return ["文件结构已损坏，无法核对签名。"]


def signatures_in(pdf: bytes) -> list[SignatureSeen]:
    """The signatures of a file that the portal has just made, in order. Raises ValueError."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=True)
        return [_seen(signature) for signature in reader.embedded_signatures]
    except Exception as error:
        raise ValueError("文件结构已损坏，无法读出签名。") from error


def _seen(signature: EmbeddedPdfSignature) -> SignatureSeen:
    certificate = signature.signer_cert
    at = signature.self_reported_timestamp
    if at is None:
        raise ValueError("no signing time")
    return SignatureSeen(
        signature.field_name,
        certificate.sha256.hex(),
        str(certificate.subject.native.get("common_name", "")),
        at,
    )


def _oversized(pdf: bytes) -> str:
    """Refuses, before parsing, tables whose declared size alone would cost time or memory."""
    bloated = "文件的目录表大得不合常理，不是本平台的文件。"
    if pdf.count(b"startxref") > MOST_REVISIONS or pdf.count(b"/ByteRange") > MOST_SIGNATURES:
        return "文件的修订次数过多，不是本平台的文件。"
    for found in _NUMBERS.finditer(pdf):
        if int(found[1] or found[2]) > MOST_OBJECTS:
            return bloated
    for found in _RANGES.finditer(pdf):
        if any(int(number) > MOST_OBJECTS for number in found[1].split()):
            return bloated
    if any(int(found[1]) > MOST_OBJECTS for found in _SUBSECTION.finditer(pdf)):
        return bloated
    return ""


async def _faults(pdf: bytes, expected: Expected) -> list[str]:
    reader = PdfFileReader(io.BytesIO(pdf), strict=True)
    if reader.encrypted:
        return ["文件已加密，不是本平台的文件。"]
    signatures: list[EmbeddedPdfSignature] = list(reader.embedded_signatures)
    faults = _order_faults(signatures, expected)
    names = tuple(sorted(name for name, _, _ in enumerate_sig_fields(reader)))
    if names != tuple(sorted(expected.fields)):
        faults.append("文件的签名位置与存证不一致，可能加入或删除了签名位置。")
    if strange := strange_parts(reader, is_signed=True):
        faults.append(f"文件含有{'、'.join(strange)}，不是本平台的文件。")
    if faults:
        return faults  # which signature should be whose is not known
    for number, (signature, signer) in enumerate(zip(signatures, expected.signers, strict=True)):
        faults += _form_faults(signature, signer, pdf, root=expected.root, is_first=number == 0)
        faults += await _trust_faults(
            signature, signer, expected, is_last=number == len(signatures) - 1
        )
    return faults


def _order_faults(signatures: Sequence[EmbeddedPdfSignature], expected: Expected) -> list[str]:
    wanted, found = len(expected.signers), len(signatures)
    if not wanted:
        return ["该文件没有应有的签署人，无法核对。"]
    if found != wanted:
        return [f"应有 {wanted} 个签名，文件中有 {found} 个，签名已被删除或添加。"]
    for signature, signer in zip(signatures, expected.signers, strict=True):
        if signature.field_name != signer.field:
            return ["签名的先后顺序与存证不一致。"]
        if signature.sig_object.get("/Type") != "/Sig":
            return [f"“{signer.field}”处不是签名。"]
        if signature.sig_object.get("/SubFilter") != SUBFILTER:
            return [f"“{signer.field}”的签名格式不是本平台使用的格式。"]
    return []


def _form_faults(
    signature: EmbeddedPdfSignature,
    signer: ExpectedSigner,
    pdf: bytes,
    *,
    root: bytes,
    is_first: bool,
) -> list[str]:
    """What one signature says of itself: certificate, time, algorithms, certification, bytes."""
    faults = []
    if signature.signer_cert.sha256.hex() != signer.certificate_sha256.lower():
        faults.append(f"“{signer.field}”的证书不是该签署人备案的证书。")
    at = signature.self_reported_timestamp
    if at is None or abs(at - signer.signed_at) > CLOCK_LEEWAY:
        faults.append(f"“{signer.field}”的签署时间与存证不一致。")
    info = signature.signer_info
    if info["digest_algorithm"]["algorithm"].native != "sha256":
        faults.append(f"“{signer.field}”使用的摘要算法不安全或不是本平台使用的算法。")
    mechanism = info["signature_algorithm"]
    if mechanism.signature_algo != "rsassa_pkcs1v15" or not _strong(signature.signer_cert):
        faults.append(f"“{signer.field}”使用的签名算法不是本平台使用的算法。")
    level = signature.docmdp_level
    if (level is not MDPPerm.FILL_FORMS) if is_first else (level is not None):
        faults.append(f"“{signer.field}”的修改权限与本平台的设定不一致。")
    if not _is_canonical(signature, pdf, root):
        faults.append(f"“{signer.field}”的签名数据不规范，可能被改动。")
    return faults


def _strong(certificate: asn1_x509.Certificate) -> bool:
    key = certificate.public_key
    return key.algorithm == "rsa" and key.bit_size >= 3072 and certificate.hash_algo == "sha256"


def _is_canonical(signature: EmbeddedPdfSignature, pdf: bytes, root: bytes) -> bool:
    """Whether the gap of the byte range can be written in this one way only, and hides nothing.

    One hexadecimal string in capitals, zeros after it; in it no field that the
    signature leaves open: versions, the list of algorithms, the certificates sent
    along (the signer's and the root, nothing else), unsigned attributes.
    """
    start, length, after, _ = (int(n) for n in signature.byte_range)
    gap = pdf[start + length : after]
    if start != 0 or gap[:1] != b"<" or gap[-1:] != b">" or len(gap) % 2:
        return False
    text = gap[1:-1]
    if text != text.upper():
        return False
    raw = bytes.fromhex(text.decode("ascii"))
    content = cms.ContentInfo.load(raw)
    der = content.dump(force=False)
    signed: Any = content["content"]
    if not raw.startswith(der) or raw[len(der) :].strip(b"\0"):
        return False
    if len(signed["signer_infos"]) != 1 or len(signed["digest_algorithms"]) != 1:
        return False
    info = signed["signer_infos"][0]
    sent = sorted(entry.chosen.dump() for entry in signed["certificates"])
    return (
        signed["version"].native == "v1"
        and info["version"].native == "v1"
        and signed["digest_algorithms"][0].dump() == info["digest_algorithm"].dump()
        and sent == sorted([root, signature.signer_cert.dump()])
        and not len(info["unsigned_attrs"])
        and not len(signed["crls"])
    )


async def _trust_faults(
    signature: EmbeddedPdfSignature,
    signer: ExpectedSigner,
    expected: Expected,
    *,
    is_last: bool,
) -> list[str]:
    """The cryptographic checks, as of the time noted; nothing is fetched."""
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(expected.root)],
        crls=[expected.revocation_list],
        moment=signer.signed_at,
        allow_fetching=False,
        revocation_mode="require",
        retroactive_revinfo=True,
        weak_hash_algos={"md2", "md5", "sha1"},
    )
    status = await async_validate_pdf_signature(
        signature, signer_validation_context=context, key_usage_settings=KEY_USAGE
    )
    faults = []
    if not status.intact:
        faults.append(f"“{signer.field}”签署后，文件内容被改动。")
    if not status.valid:
        faults.append(f"“{signer.field}”的签名无效。")
    if not status.trusted:
        faults.append(f"“{signer.field}”的证书不是本平台签发，或签署时已过期、已停用。")
    wanted = (
        SignatureCoverageLevel.ENTIRE_FILE if is_last else SignatureCoverageLevel.ENTIRE_REVISION
    )
    if status.coverage is None or status.coverage < wanted:
        faults.append(f"“{signer.field}”的签名没有覆盖整个文件，签署后加入过内容。")
    level = status.modification_level
    allowed = ModificationLevel.NONE if is_last else ModificationLevel.FORM_FILLING
    if level is None or level > allowed or not status.docmdp_ok:
        faults.append(f"“{signer.field}”签署后，文件有签名以外的改动。")
    if not faults and not status.bottom_line:
        faults.append(f"“{signer.field}”的签名未通过核对。")
    return faults
