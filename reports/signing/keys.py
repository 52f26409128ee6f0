"""A signer's key as PKCS#12 that only the signer's own PIN opens."""

from __future__ import annotations

import itertools

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12

from .backend import SoftKey
from .refusal import SigningRefused, WrongPin

PIN_SHORTEST, PIN_LONGEST = 8, 64
KDF_ROUNDS = 600_000  # PBKDF2-HMAC-SHA256, as OWASP asks; 0.15 s to open
WRONG_PIN = "签名口令不正确，请重新输入。"


def pin_fault(pin: str) -> str:
    """Why `pin` cannot be taken, as a sentence; "" when it can."""
    if len(pin) < PIN_SHORTEST:
        return f"签名口令不足 {PIN_SHORTEST} 位，请设 {PIN_SHORTEST} 位以上。"
    if len(pin) > PIN_LONGEST:
        return f"签名口令超过 {PIN_LONGEST} 位，请缩短。"
    if pin != pin.strip() or not pin.isprintable():
        return "签名口令首尾不能有空格，也不能含不可见字符。"
    if len(set(pin)) < 4:
        return "签名口令的不同字符太少，请换一个不易猜到的。"
    steps = {ord(b) - ord(a) for a, b in itertools.pairwise(pin)}
    if steps in ({1}, {-1}):
        return "签名口令是连续的字符，请换一个不易猜到的。"
    return ""


def pack(
    key: rsa.RSAPrivateKey, certificate: x509.Certificate, root: x509.Certificate, *, pin: str
) -> bytes:
    """Key and certificates as PKCS#12 (PBES2, AES-256). Raises `SigningRefused` for a weak PIN."""
    if fault := pin_fault(pin):
        raise SigningRefused(fault)
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(KDF_ROUNDS)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(pin.encode())
    )
    return pkcs12.serialize_key_and_certificates(b"signer", key, certificate, [root], encryption)


def unpack(data: bytes, *, pin: str) -> SoftKey:
    """The key, opened. Raises `WrongPin`, of an altered file too: the two look alike."""
    try:
        key, certificate, issuers = pkcs12.load_key_and_certificates(data, pin.encode())
    except ValueError as error:
        raise WrongPin(WRONG_PIN) from error
    if not isinstance(key, rsa.RSAPrivateKey) or certificate is None:
        raise WrongPin(WRONG_PIN)
    return SoftKey(key, certificate, tuple(issuers))
