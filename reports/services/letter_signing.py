"""签署: one party signs one letter, with his own key, in his own session (issue 4, §3).

The keys are a keyring's: who is enrolled, and whose key a PIN opens. Delegation
never covers signing: only a seat held by tenure counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils import timezone

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import User
from accountability.refusals import Conflict, NotAllowed, WrongState
from accountability.services import files
from accountability.services.audit import change
from reports.models import Letter, LetterState
from reports.models.letter import WAITING_STATES, own_seats
from reports.services import letters
from reports.services.letter_content import Party, read
from reports.services.letter_files import file_name, pdf_of
from reports.signing.backend import Reach, SigningBackend, digest_of
from reports.signing.fields import PARTY_A, PARTY_B, SEAL, FieldPlace, prepare
from reports.signing.sign import sign as sign_field

UPDATED = "责任书已更新，请重新阅读。"
NOT_READY = "平台还没有启用线上签署，请打印后手写签名，再上传扫描件。"
REACH = Reach.SOFT.sentence
# On the signing page, which is the last: points from its lower left corner.
PLACES = (
    FieldPlace(PARTY_A, -1, (80, 280, 290, 360)),
    FieldPlace(PARTY_B, -1, (305, 280, 515, 360)),
    FieldPlace(SEAL, -1, (80, 190, 515, 250)),
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Whether a person can sign here, and what to do where not."""

    is_ready: bool
    sentence: str = ""
    url: str = ""


class Keyring(Protocol):
    """Whose key signs. Errors of the PIN are counted by the keyring, and raise `Invalid`."""

    def enrolment_of(self, user: User) -> Enrolment:
        """Whether `user` is enrolled (签名备案)."""

    def open_key(self, *, by: Actor, pin: str, post: Party) -> SigningBackend:
        """The key of `by`, opened with his PIN; never kept."""

    def seal_key(self) -> SigningBackend:
        """The portal's own seal (存证)."""

    def picture_of(self, user: User) -> bytes | None:
        """The handwritten signature as PNG, where one is on file."""

    def keep(self, letter: Letter, data: bytes) -> None:
        """Record the digests of a file as it is stored, for the validator; inside the act."""

    def drop(self, letter: Letter, reason: str) -> None:
        """The letter's files count no longer; inside the act."""


_keyring: Keyring | None = None


def use(keyring: Keyring | None) -> None:
    """Choose the keyring; called when the portal starts."""
    global _keyring
    _keyring = keyring


def drop_files(letter: Letter, reason: str) -> None:
    """Whoever checks a file of this letter is told 已失效; inside the act."""
    if _keyring is not None:
        _keyring.drop(letter, reason)


def enrolment_of(user: User) -> Enrolment:
    """Whether `user` can sign, for the page."""
    if _keyring is None:
        return Enrolment(False, NOT_READY)
    return _keyring.enrolment_of(user)


def sign(*, by: Actor, letter: Letter, digest: str, pin: str) -> Letter:
    """The party whose turn it is signs `letter`, whose text he was shown with `digest`.

    The first signature certifies the file; the second party's is followed by
    the portal's seal, and the letter is effective. Rendering and signing run
    outside the transaction; under the lock everything is looked at again.
    Raises `Conflict` (责任书已更新，请重新阅读) when the text or the file is
    another one by now, `Invalid` for a wrong PIN, `NotAllowed` for anybody else.
    """
    require(by, Action.LETTER_SIGN)
    user = by.user
    if user is None:
        raise NotAllowed("责任书须由本人登录后签署。")
    seen = letters.readable(by, letter)
    side = _side(user, seen)
    if digest != seen.digest:
        raise Conflict(UPDATED)
    if _keyring is None:
        raise WrongState(NOT_READY)
    party = _party(seen, side)
    key = _keyring.open_key(by=by, pin=pin, post=party)
    now = timezone.now()
    data = _signed(seen, side, key, party, now, picture=_keyring.picture_of(user))
    with acting(by=by) as act:
        locked = letters.locked(by, letter)
        if locked.digest != seen.digest or locked.file_id != seen.file_id:
            raise Conflict(UPDATED)
        if _side(user, locked) != side:
            raise Conflict(UPDATED)
        file = files.store(
            county=locked.county,
            name=file_name(locked, "pdf"),
            data=data,
            content_type=files.PDF,
        )
        locked.file = file
        if side == PARTY_A:
            locked.signed_a_at, locked.signed_a_by = now, user
        else:
            locked.signed_b_at, locked.signed_b_by = now, user
        _keyring.keep(locked, data)
        letters.move(
            act,
            locked,
            LetterState.WAIT_B if side == PARTY_A else LetterState.EFFECTIVE,
            action="letter.sign",
            summary=f"{side}签署 {locked.number}（{key.reach.label}）",
            changes=[
                change("post", "签署职务", "", party.post),
                change("certificate", "证书摘要", "", digest_of(key.certificate)),
                change("digest", "所示正文摘要", "", locked.digest),
                change("file", "文件摘要（SHA-256）", "", file.sha256),
            ],
        )
    return locked


def _side(user: User, letter: Letter) -> str:
    """甲方 or 乙方: whose turn it is, if it is `user`'s; the seat must be his own."""
    if letter.state not in WAITING_STATES:
        raise WrongState(
            f"{letter.number} 现在是“{letter.get_state_display()}”，不能签署，请刷新页面核对。"
        )
    side = PARTY_A if letter.state == LetterState.WAIT_A else PARTY_B
    post = letter.party_a_id if side == PARTY_A else letter.party_b_id
    person = letter.person_a_id if side == PARTY_A else letter.person_b_id
    if post not in own_seats(user):
        raise NotAllowed(f"{letter.number} 现在待{side}本人签署，他人不能代签。")
    if person != user.person_id:
        raise WrongState("责任书上的姓名不是现任职人员，请政府办公室按职务变动更新后再签。")
    return side


def _party(letter: Letter, side: str) -> Party:
    content = read(letter.content)["party_a" if side == PARTY_A else "party_b"]
    return Party(post=content["post"], name=content["name"], unit=content["unit"])


def _signed(
    letter: Letter,
    side: str,
    key: SigningBackend,
    party: Party,
    now: datetime,
    *,
    picture: bytes | None,
) -> bytes:
    """The file with this party's signature; the seal follows the second."""
    assert _keyring is not None
    data = pdf_of(letter)
    if letter.file_id is None:
        data = prepare(data, PLACES)
    data = sign_field(
        data,
        side,
        key,
        name=party.name,
        reason=f"签署责任书 {letter.number}，正文摘要 {letter.digest}",
        time=now,
        picture=picture,
        lines=(
            party.name,
            party.post,
            f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
            key.reach.label,
        ),
    )
    if side == PARTY_A:
        return data
    seal = _keyring.seal_key()
    return sign_field(
        data,
        SEAL,
        seal,
        name="系统存证",
        reason=f"责任书 {letter.number} 双方签署完毕",
        time=now,
        lines=(
            "系统存证印记",
            f"{letter.number}　校验码 {letter.check_code}",
            f"{timezone.localtime(now):%Y-%m-%d %H:%M}",
        ),
    )
