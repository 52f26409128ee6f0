"""Encryption of single fields at rest: AES-256-GCM, the key in a file outside the database.

A sealed value names its key, so that keys can be renewed, and is bound to the
row it stands in: moved to another row it does not open.
"""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES = 32
NONCE_BYTES = 12


class Unsealable(Exception):
    """The value was sealed by another key, for another place, or was altered."""


def field_key() -> bytes:
    """The key of `settings.FIELD_KEY_FILE` (mode 0600), made at the first call."""
    path = Path(settings.FIELD_KEY_FILE)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_bytes()
    key = AESGCM.generate_key(bit_length=KEY_BYTES * 8)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
    return key


def key_id(key: bytes) -> str:
    """Eight hexadecimal digits that tell keys apart and say nothing of them."""
    return hashlib.sha256(b"field key\0" + key).hexdigest()[:8]


def seal(plain: str, *, place: str) -> str:
    """`plain` as text that only the key opens, and only for the same `place`."""
    key = field_key()
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), place.encode())
    return f"1:{key_id(key)}:{base64.b64encode(nonce + sealed).decode('ascii')}"


def unseal(sealed: str, *, place: str) -> str:
    """What was sealed; raises `Unsealable`."""
    key = field_key()
    try:
        version, of_key, text = sealed.split(":")
        raw = base64.b64decode(text, validate=True)
        if version != "1" or of_key != key_id(key):
            raise Unsealable("sealed by another key")
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode()).decode()
    except (ValueError, InvalidTag) as error:
        raise Unsealable("altered, or of another place") from error
