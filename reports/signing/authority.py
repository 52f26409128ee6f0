"""The portal's own certificate authority: a root in a file, certificates, the revocation list.

RSA throughout: a P-256 signer pushes the file to PDF 2.0, and the checked SM2
services are reached by a backend of their own. The root's file (mode 0600)
stays outside the database and its backups.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

KEY_BITS = 3072
ROOT_LIFE = timedelta(days=20 * 365)
CERTIFICATE_LIFE = timedelta(days=3 * 365)
LIST_LIFE = timedelta(days=30)
CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names: the person (or the seal), the unit and the post."""

    name: str
    unit: str = ""
    post: str = ""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate that no longer counts, from a moment on."""

    serial: int
    at: datetime


def new_key() -> rsa.RSAPrivateKey:
    """A fresh RSA key of 3072 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


@dataclass(frozen=True)
class Authority:
    """The opened root."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def open(cls, path: Path, *, organisation: str, now: datetime) -> Authority:
        """The root in `path`, made at the first call; two processes get the same one."""
        if not path.exists():
            cls._make(path, organisation=organisation, now=now)
        data = path.read_bytes()
        key = load_pem_private_key(data, password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("the root's key is not RSA")
        return cls(key, x509.load_pem_x509_certificate(data))

    @classmethod
    def _make(cls, path: Path, *, organisation: str, now: datetime) -> None:
        key = new_key()
        name = _name(Holder(f"{organisation}根证书"), organisation)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCK_SLACK)
            .not_valid_after(now + ROOT_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(cert_sign=True), critical=True)
            .add_extension(_own_identifier(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        ) + certificate.public_bytes(Encoding.PEM)
        write_once(path, pem)

    def issue(
        self, public_key: rsa.RSAPublicKey, holder: Holder, *, organisation: str, now: datetime
    ) -> x509.Certificate:
        """A signer's certificate for three years: nonRepudiation alone, CN = name, OU, title."""
        ends = min(now + CERTIFICATE_LIFE, self.certificate.not_valid_after_utc)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(holder, organisation))
            .issuer_name(self.certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCK_SLACK)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(cert_sign=False), critical=True)
            .add_extension(_own_identifier(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )

    def revocation_list(self, revoked: Iterable[Revoked], *, now: datetime) -> bytes:
        """The list (CRL, RFC 5280) as DER, good for thirty days."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(now + LIST_LIFE)
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        for entry in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(entry.serial)
                .revocation_date(entry.at)
                .build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def write_once(path: Path, data: bytes) -> None:
    """Put `data` into `path` (mode 0600) whole or not at all; an existing file stays."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first; its file is the one
    finally:
        draft.unlink(missing_ok=True)


def _name(holder: Holder, organisation: str) -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
    ]
    if holder.unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, holder.unit[:64]))
    if holder.post:
        parts.append(x509.NameAttribute(NameOID.TITLE, holder.post[:64]))
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, holder.name[:64]))
    return x509.Name(parts)


def _usage(*, cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=not cert_sign,  # nonRepudiation
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=cert_sign,
        crl_sign=cert_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _own_identifier(public_key: rsa.RSAPublicKey) -> x509.SubjectKeyIdentifier:
    return x509.SubjectKeyIdentifier.from_public_key(public_key)
