"""A keyring for tests: real keys of the signing core, made once a run and held in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from accountability.door import Actor
from accountability.models import User
from accountability.refusals import Invalid
from reports.models import Letter
from reports.services.letter_content import Party
from reports.services.letter_signing import Enrolment
from reports.signing.authority import Authority, Holder, new_key
from reports.signing.backend import SigningBackend, SoftKey

PIN = "Liu-4827-shan"


@cache
def _root() -> Authority:
    path = Path(mkdtemp()) / "root.pem"
    return Authority.open(path, organisation="试县", now=datetime.now(UTC))


@cache
def _key(name: str, post: str) -> SoftKey:
    root, key = _root(), new_key()
    certificate = root.issue(
        key.public_key(), Holder(name, post=post), organisation="试县", now=datetime.now(UTC)
    )
    return SoftKey(key, certificate, (root.certificate,))


class TestKeyring:
    """Everybody is enrolled, with the same PIN."""

    __test__ = False

    def __init__(self) -> None:
        self.kept: list[tuple[str, bytes]] = []
        self.dropped: list[tuple[str, str]] = []

    def enrolment_of(self, user: User) -> Enrolment:
        return Enrolment(True)

    def open_key(self, *, by: Actor, pin: str, post: Party) -> SigningBackend:
        if pin != PIN:
            raise Invalid("签名口令不正确，请重新输入。")
        return _key(post.name, post.post)

    def seal_key(self) -> SigningBackend:
        return _key("系统存证", "")

    def picture_of(self, user: User) -> bytes | None:
        return None

    def keep(self, letter: Letter, data: bytes) -> None:
        self.kept.append((letter.number, data))

    def drop(self, letter: Letter, reason: str) -> None:
        self.dropped.append((letter.number, reason))
