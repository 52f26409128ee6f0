"""A small certificate world for tests: keys are costly, so they are made once a process."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from weasyprint import HTML

from reports.signing.authority import Authority, Holder, Revoked, new_key
from reports.signing.backend import SoftKey, digest_of
from reports.signing.digests import digests_of
from reports.signing.fields import PARTY_A, PARTY_B, SEAL, FieldPlace, prepare
from reports.signing.sign import sign
from reports.signing.validate import Expected, ExpectedSigner

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ORGANISATION = "试县人民政府"
PLACES = (
    FieldPlace(PARTY_A, -1, (60, 120, 240, 180)),
    FieldPlace(PARTY_B, -1, (320, 120, 500, 180)),
    FieldPlace(SEAL, -1, (60, 40, 240, 90)),
)
NAMES = {PARTY_A: "陈志远", PARTY_B: "黄镕䶮", SEAL: "系统存证印记"}
STEP = timedelta(minutes=10)


@lru_cache
def authority() -> Authority:
    """The root that is trusted."""
    return fresh_authority()


def fresh_authority() -> Authority:
    """A root with the same name, and a key of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "root"
        return Authority.open(path, organisation=ORGANISATION, now=NOW - timedelta(days=900))


@lru_cache
def key_of(field: str) -> SoftKey:
    """The enrolled key of a field's signer."""
    return issue(field)


def issue(
    field: str, *, root: Authority | None = None, on: datetime = NOW - timedelta(days=30)
) -> SoftKey:
    """Another key with the same name, of any root and day."""
    root = root or authority()
    key = new_key()
    holder = Holder(NAMES[field], "县政府", "县长")
    certificate = root.issue(key.public_key(), holder, organisation=ORGANISATION, now=on)
    return SoftKey(key, certificate, (root.certificate,))


@lru_cache
def paper() -> bytes:
    """An unsigned two-page paper of the portal's own typesetter."""
    text = "".join(f"<p>第{n}条 履行主体责任，按季报告。</p>" for n in range(60))
    return HTML(string=f"<html><body><h1>责任书</h1>{text}</body></html>").write_pdf()


@lru_cache
def prepared() -> bytes:
    return prepare(paper(), PLACES)


def put(pdf: bytes, field: str, *, key: SoftKey | None = None, at: datetime = NOW) -> bytes:
    return sign(pdf, field, key or key_of(field), name=NAMES[field], reason="签署", time=at)


@dataclass(frozen=True)
class Signed:
    """A file and what was noted of it."""

    pdf: bytes
    expected: Expected

    def noted_as(self, pdf: bytes) -> Expected:
        """What would have been noted of `pdf`: only the signatures' own checks still tell."""
        digests = digests_of(pdf)
        return replace(self.expected, sha256=digests.sha256, sm3=digests.sm3)


def signed_with(keys: dict[str, SoftKey], *, revoked: tuple[Revoked, ...] = ()) -> Signed:
    """The paper signed by `keys` in their order, ten minutes apart."""
    pdf, signers = prepared(), []
    for number, (field, key) in enumerate(keys.items()):
        at = NOW + number * STEP
        pdf = put(pdf, field, key=key, at=at)
        signers.append(ExpectedSigner(field, digest_of(key.certificate), at))
    return Signed(pdf, expected_of(pdf, tuple(signers), revoked=revoked))


def expected_of(
    pdf: bytes, signers: tuple[ExpectedSigner, ...], *, revoked: tuple[Revoked, ...] = ()
) -> Expected:
    digests = digests_of(pdf)
    root = authority()
    return Expected(
        signers=signers,
        fields=tuple(place.name for place in PLACES),
        sha256=digests.sha256,
        sm3=digests.sm3,
        root=root.certificate.public_bytes(Encoding.DER),
        revocation_list=root.revocation_list(revoked, now=NOW + timedelta(days=1)),
    )


@lru_cache
def signed() -> Signed:
    """甲方, 乙方 and 存证, all good."""
    return signed_with({field: key_of(field) for field in (PARTY_A, PARTY_B, SEAL)})
