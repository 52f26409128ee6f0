"""The keyring of letters: enrolled keys, the portal's seal, and the noted files."""

from __future__ import annotations

from django.urls import reverse

from accountability.door import Actor
from accountability.models import User
from reports.models import Letter
from reports.services import enrolment, keyring, sealing
from reports.services.letter_content import Party
from reports.services.letter_files import file_name
from reports.services.letter_signing import Enrolment
from reports.signing.backend import SigningBackend
from reports.signing.fields import PARTY_A, PARTY_B, SEAL

KIND = "letter"
NOT_ENROLLED = "还没有备案签名，不能在线签署；备案前可打印后手写签名，上传扫描件。"


class EnrolledKeys:
    """Whose key a PIN opens is `enrolment`'s; what is noted of a file is `sealing`'s."""

    def enrolment_of(self, user: User) -> Enrolment:
        """Whether `user` has a key in use."""
        row = enrolment.in_use(user)
        if row is not None:
            return Enrolment(True)
        return Enrolment(False, NOT_ENROLLED, reverse("own_signature"))

    def open_key(self, *, by: Actor, pin: str, post: Party) -> SigningBackend:
        """The person's own key; a wrong PIN is counted, the fifth locks it."""
        return enrolment.open_key(by=by, pin=pin)[1]

    def seal_key(self) -> SigningBackend:
        """系统存证印记."""
        return keyring.seal_key()

    def picture_of(self, user: User) -> bytes | None:
        """The handwriting on file."""
        row = enrolment.in_use(user)
        return enrolment.picture_of(row) if row is not None else None

    def keep(self, letter: Letter, data: bytes) -> None:
        """Note the file, which is checked as anybody would check it."""
        sealing.note_file(
            county=letter.county,
            kind=KIND,
            object_id=letter.pk,
            file=data,
            name=file_name(letter, "pdf"),
            fields=[PARTY_A, PARTY_B, SEAL],
            code=letter.check_code.replace("-", ""),
        )

    def drop(self, letter: Letter, reason: str) -> None:
        """The letter's files count no longer."""
        sealing.void_files(kind=KIND, object_id=letter.pk, reason=reason)
