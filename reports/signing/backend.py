"""Who makes a signature value: the interface, and how much it proves.

Only the soft backend has code. A PKCS#11 token (UKey) and a remote service
(签名验签服务器) have their place in the type: whatever holds the key gives its
certificate and signs bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding


class Reach(StrEnum):
    """How the signing key is held, and so what the page may say of the signature.

    电子签名法 第十三条 asks that the key is the signer's own and under his
    control alone at signing. A key kept on the server (soft) meets neither.
    """

    SOFT = "soft"
    PKCS11 = "pkcs11"
    REMOTE = "remote"

    @property
    def label(self) -> str:
        """What the file is called: never 电子签名 for a key on the server."""
        return "存证件" if self is Reach.SOFT else "个人电子签名"

    @property
    def sentence(self) -> str:
        """What the page says beside it."""
        if self is Reach.SOFT:
            return "存证件，待线下签字。签名密钥由平台保管，只用于存证，不代替本人签字。"
        return "由本人持有的密钥签署。"


class SigningBackend(Protocol):
    """A key that signs, wherever it is held."""

    @property
    def reach(self) -> Reach:
        """How the key is held."""

    @property
    def certificate(self) -> x509.Certificate:
        """The signer's certificate."""

    @property
    def issuers(self) -> Sequence[x509.Certificate]:
        """The certificates above it, the root last."""

    def sign(self, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 over SHA-256 of `data` (RFC 8017)."""


@dataclass(frozen=True)
class SoftKey:
    """A key in the memory of this process, for the length of one act."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...] = ()
    reach: Reach = Reach.SOFT

    def sign(self, data: bytes) -> bytes:
        """RSA PKCS#1 v1.5 over SHA-256 of `data`."""
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def as_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """The certificate in the form that pyHanko reads."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def digest_of(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER form, hexadecimal: what is enrolled for a signer."""
    return certificate.fingerprint(hashes.SHA256()).hex()
