"""The portal's own root, revocation list and seal, opened from files outside the database."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.utils import timezone

from reports.models import SignatureKey
from reports.signing.authority import Authority, Holder, Revoked, new_key, write_once
from reports.signing.backend import SoftKey

SEAL_NAME = "系统存证印记"


def authority() -> Authority:
    """The opened root; made at the first call."""
    path = Path(settings.SIGNING_ROOT_FILE)
    if not path.exists():
        return _root(path, 0)
    return _root(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _root(path: Path, changed: int) -> Authority:
    """The root in a file as of `changed` (ns). Kept: to open an RSA key proves its primes anew."""
    return Authority.open(path, organisation=settings.PORTAL_FULL_NAME, now=timezone.now())


def seal_key() -> SoftKey:
    """The seal's own key: it seals files, and is no person's signature. Made at the first call."""
    path = Path(settings.SIGNING_SEAL_FILE)
    root = authority()
    if not path.exists():
        key = new_key()
        certificate = root.issue(
            key.public_key(),
            Holder(SEAL_NAME),
            organisation=settings.PORTAL_FULL_NAME,
            now=timezone.now(),
        )
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        write_once(path, pem + certificate.public_bytes(Encoding.PEM))
    return _seal(path, path.stat().st_mtime_ns, root.certificate)


@lru_cache(maxsize=2)
def _seal(path: Path, changed: int, root: x509.Certificate) -> SoftKey:
    """The seal of a file as it stood at `changed` (ns)."""
    data = path.read_bytes()
    opened = load_pem_private_key(data, password=None)
    assert isinstance(opened, rsa.RSAPrivateKey)
    return SoftKey(opened, x509.load_pem_x509_certificate(data), (root,))


def revocation_list() -> bytes:
    """All keys that were taken out of use, each from its moment on (CRL as DER)."""
    ended = SignatureKey.objects.filter(ended_at__isnull=False).order_by("id")
    rows = ended.values_list("serial", "ended_at")
    return authority().revocation_list(
        (Revoked(int(serial), at) for serial, at in rows if at), now=timezone.now()
    )


def root_der() -> bytes:
    """The root's certificate as DER."""
    return authority().certificate.public_bytes(Encoding.DER)
