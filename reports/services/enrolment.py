"""签名备案: a person enrols a signing key under a PIN of his own, and opens it to sign.

The PIN is an argument and nothing else: it is in no row, event, log or job. A
wrong one is counted in a transaction of its own, so that no roll-back forgets it.
"""

from __future__ import annotations

import base64
import io
import warnings

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from PIL import Image

from accountability.door import Actor, acting
from accountability.field_crypto import Unsealable, seal, unseal
from accountability.models import County, Post, StoredFile, Tenure, User
from accountability.models.dated import holds_on
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.services import files
from reports.models import KeyState, SignatureKey
from reports.services import keyring
from reports.signing.authority import Holder, new_key
from reports.signing.backend import SoftKey, digest_of
from reports.signing.keys import pack, pin_fault, unpack
from reports.signing.refusal import WrongPin

PICTURE_BYTES = 200 * 1024
PICTURE_WIDEST = 2_000  # pixels
PNG = "image/png"
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def in_use(user: User) -> SignatureKey | None:
    """The enrolment that is not retired, if any; it may be locked or have run out."""
    return (
        SignatureKey.objects.filter(user=user)
        .exclude(state=KeyState.RETIRED)
        .select_related("picture")
        .first()
    )


def posts_held(user: User) -> list[Post]:
    """The seats that the person himself holds today; what he looks after for another is none."""
    if not user.person_id:
        return []
    rows = Tenure.objects.filter(holds_on(timezone.localdate()), person_id=user.person_id)
    rows = rows.select_related("post__unit").order_by("post__precedence", "id")
    return [row.post for row in rows]


@sensitive_variables("pin", "again", "packed", "key")
def enrol(*, by: Actor, pin: str, again: str) -> SignatureKey:
    """A new key for `by` himself under `pin`; the former enrolment ends. Forgotten = enrol anew.

    The view asks for the second factor first. Raises `Invalid` for a weak PIN.
    """
    user, county = _person(by)
    fault = pin_fault(pin)
    if not fault and user.username.lower() in pin.lower():
        fault = "签名口令不能含用户名，请换一个不易猜到的。"
    if not fault and user.check_password(pin):
        fault = "签名口令不能与登录密码相同，请另设一个。"
    if fault:
        raise Invalid(fault, details={"pin": [fault]})
    if pin != again:
        raise Invalid(
            "两次输入的签名口令不一致。", details={"again": ["两次输入不一致，请重新输入"]}
        )
    posts = posts_held(user)
    root = keyring.authority()
    key = new_key()  # half a second at times: outside the transaction
    certificate = root.issue(
        key.public_key(),
        Holder(
            user.display_name,
            posts[0].unit.name if posts else "",
            posts[0].title if posts else "",
        ),
        organisation=county.issuer or county.name,
        now=timezone.now(),
    )
    packed = pack(key, certificate, root.certificate, pin=pin)
    row = SignatureKey(
        county=county,
        user=user,
        post=str(posts[0]) if posts else "",
        certificate=certificate.public_bytes(Encoding.PEM).decode("ascii"),
        certificate_sha256=digest_of(certificate),
        serial=str(certificate.serial_number),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
        enrolled_by=by.name,
    )
    row.packed = seal(base64.b64encode(packed).decode("ascii"), place=row.place)
    with acting(by=by) as act:
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        former = in_use(user)
        if former is not None:
            row.picture = former.picture
            _retire(former, by=by)
        row.full_clean()
        row.save()
        act.record(
            "signature.enrol",
            row,
            summary=f"{user.display_name} {'重新备案' if former else '备案'}签名",
            county=county,
            label=user.display_name,
        )
    return row


def retire(*, by: Actor) -> None:
    """End one's own enrolment: a lost PIN, a suspicion. What was signed before stays good."""
    user = by.user
    with acting(by=by) as act:
        rows = SignatureKey.objects.select_for_update().filter(user=user)
        row = rows.exclude(state=KeyState.RETIRED).first()
        if user is None or row is None:
            raise WrongState("没有在用的签名备案。")
        _retire(row, by=by)
        act.record(
            "signature.retire",
            row,
            summary=f"{user.display_name} 停用签名备案",
            county=row.county,
            label=user.display_name,
        )


def set_picture(*, by: Actor, data: bytes) -> SignatureKey:
    """Keep the picture of one's handwriting (PNG, at most 200 kB); raises `Invalid`."""
    user, county = _person(by)
    picture = clean_picture(data)
    with acting(by=by) as act:
        row = _locked_row(user)
        row.picture = files.store(
            county=county, name=f"手写签名-{user.pk}.png", data=picture, content_type=PNG
        )
        row.full_clean()
        row.save()
        act.record(
            "signature.picture",
            row,
            summary=f"{user.display_name} 更换手写签名图片",
            county=county,
            label=user.display_name,
        )
    return row


def drop_picture(*, by: Actor) -> None:
    """Sign without a picture from now on."""
    user, county = _person(by)
    with acting(by=by) as act:
        row = _locked_row(user)
        if row.picture_id is None:
            act.unchanged()
            return
        row.picture = None
        row.save()
        act.record(
            "signature.picture",
            row,
            summary=f"{user.display_name} 去掉手写签名图片",
            county=county,
            label=user.display_name,
        )


def clean_picture(data: bytes) -> bytes:
    """The picture drawn anew from its pixels, so that nothing else that it carried is kept."""
    refusal = ""
    if len(data) > PICTURE_BYTES:
        refusal = "图片超过 200 kB，请缩小后再上传。"
    elif not data.startswith(PNG_MAGIC):
        refusal = "请上传 PNG 格式的图片。"
    if refusal:
        raise Invalid(refusal, details={"picture": [refusal]})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                if not (min(image.size) >= 10 and max(image.size) <= PICTURE_WIDEST):
                    raise ValueError("size")
                image.load()
                plain = image.convert("RGBA")
    except Exception as error:  # whatever a decoder of hostile bytes raises
        sentence = f"图片无法使用，请换一张长宽在 10 至 {PICTURE_WIDEST} 像素之间的 PNG。"
        raise Invalid(sentence, details={"picture": [sentence]}) from error
    output = io.BytesIO()
    plain.save(output, "PNG", optimize=True)
    return output.getvalue()


@sensitive_variables("pin")
def open_key(*, by: Actor, pin: str) -> tuple[SignatureKey, SoftKey]:
    """The signer's own key, opened by `pin` for the length of one act.

    Must not be called inside a transaction: a wrong PIN stays counted whatever
    follows; the fifth in a row locks the key. Raises `Invalid` or `WrongState`.
    """
    user, county = _person(by)
    refusal = ""
    with transaction.atomic(durable=True), acting(by=by) as act:
        row = (
            SignatureKey.objects.select_for_update()
            .filter(user=user)
            .exclude(state=KeyState.RETIRED)
            .first()
        )
        if row is None:
            act.unchanged()
            raise WrongState("还没有备案签名，请先到个人设置的“我的签名”备案。")
        if row.state == KeyState.LOCKED:
            act.unchanged()
            raise WrongState("签名已锁定，请到个人设置的“我的签名”重新备案。")
        if row.has_run_out:
            act.unchanged()
            raise WrongState("签名证书已到期，请到个人设置的“我的签名”重新备案。")
        try:
            opened = _open(row, pin)
        except WrongPin as wrong:
            refusal = str(wrong)
        else:
            if row.failures:
                row.failures = 0
                row.save()
            act.unchanged()  # what is signed with it is the event
            return row, opened
        row.failures += 1
        left = settings.PIN_FAILURE_LIMIT - row.failures
        if left <= 0:
            row.state = KeyState.LOCKED
            refusal = (
                f"签名口令连续 {settings.PIN_FAILURE_LIMIT} 次不正确，签名已锁定，"
                "请到个人设置的“我的签名”重新备案。"
            )
        else:
            refusal += f"还可以试 {left} 次。"
        row.save()
        act.record(
            "signature.denied",
            row,
            summary=f"{user.display_name} 的签名口令不正确{'，签名已锁定' if left <= 0 else ''}",
            county=county,
            label=user.display_name,
        )
    raise Invalid(refusal, details={"pin": [refusal]})


def picture_of(row: SignatureKey) -> bytes | None:
    """The bytes of the handwriting, checked against their digest."""
    picture: StoredFile | None = row.picture
    return files.read(picture) if picture else None


@sensitive_variables("pin", "packed")
def _open(row: SignatureKey, pin: str) -> SoftKey:
    try:
        packed = base64.b64decode(unseal(row.packed, place=row.place))
    except Unsealable as error:
        raise WrongState("签名密钥无法打开，请联系系统管理员核对密钥文件，或重新备案。") from error
    opened = unpack(packed, pin=pin)
    if digest_of(opened.certificate) != row.certificate_sha256:
        raise WrongState("签名密钥与备案的证书不一致，请重新备案，并联系系统管理员。")
    return opened


def _retire(row: SignatureKey, *, by: Actor) -> None:
    row.state, row.packed = KeyState.RETIRED, ""
    row.ended_at, row.ended_by = timezone.now(), by.name
    row.full_clean()
    row.save()


def _locked_row(user: User) -> SignatureKey:
    row = (
        SignatureKey.objects.select_for_update()
        .filter(user=user)
        .exclude(state=KeyState.RETIRED)
        .first()
    )
    if row is None:
        raise WrongState("还没有备案签名，请先备案。")
    return row


def _person(by: Actor) -> tuple[User, County]:
    user = by.user
    if user is None or user.county is None or user.person_id is None:
        raise NotAllowed("签名由本人备案和使用，本账号没有对应的人员。")
    return user, user.county
