"""Enrolment, signing and noting: happy path, refusals, roll-back, and no trace of a PIN."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image

from accountability.door import Actor, acting
from accountability.models import AuditEvent, LedgerLink, LedgerRow, StoredFile
from accountability.refusals import Invalid, NotAllowed, WrongState
from accountability.trail import checkpoints
from reports.models import KeyState, SignatureKey, SignedFile
from reports.selectors import verifying
from reports.services import enrolment, keyring, sealing
from reports.signing.digests import digests_of
from reports.signing.fields import PARTY_A, PARTY_B
from tests.accountability.ledger.tamper import past_the_triggers
from tests.accountability.ledger.test_triggers import settle
from tests.world import World

from .signers import PLACES, prepared, put

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal_keys")]
PIN = "qian-ming-8848"
FIELDS = [place.name for place in PLACES]


def actor(world: World, username: str) -> Actor:
    user = world.users[username]
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def enrol(world: World, username: str, pin: str = PIN) -> SignatureKey:
    return enrolment.enrol(by=actor(world, username), pin=pin, again=pin)


def sign(
    world: World, username: str, person: str, file: bytes, field: str, pin: str = PIN
) -> bytes:
    return sealing.sign_field(
        by=actor(world, username),
        post=world.posts[person],
        pin=PIN,
        file=file,
        field=field,
        reason="签署责任书",
    )


def note(world: World, file: bytes, **more: Any) -> SignedFile:
    with acting(by=Actor.system("test", county=world.county)) as act:
        row = sealing.note_file(
            county=world.county,
            kind="letter",
            object_id=7,
            file=file,
            name="责任书.pdf",
            fields=FIELDS,
            **more,
        )
        act.record("test.note", row, summary="存证", county=world.county)
    settle()
    return row


@pytest.fixture
def parties(world: World) -> World:
    enrol(world, "xianzhang")
    enrol(world, "caizhengju")
    return world


def whole(world: World) -> tuple[bytes, bytes]:
    """(after 甲方, after all)."""
    first = sign(world, "xianzhang", "陈志远", prepared(), PARTY_A)
    both = sign(world, "caizhengju", "黄志强", first, PARTY_B)
    return first, sealing.seal(file=both)


def test_a_letter_goes_from_the_first_signature_to_a_valid_sealed_file(parties: World) -> None:
    first, final = whole(parties)
    early = note(parties, first)
    late = note(parties, final)
    assert [s["name"] for s in late.signers] == ["陈志远", "黄志强", keyring.SEAL_NAME]
    assert verifying.of_file(final).label == "有效"
    early.refresh_from_db()
    assert (early.state, early.replaced_by_id, late.code) == ("replaced", late.pk, early.code)
    assert verifying.of_file(first).label == "已被替代"
    assert verifying.of_code(late.code.lower()).label == "有效"
    with acting(by=Actor.system("test", county=parties.county)) as act:
        assert sealing.void_files(kind="letter", object_id=7, reason="任务已变更") == 2
        act.record("test.void", late, summary="作废", county=parties.county)
    settle()
    assert verifying.of_file(final).label == "已失效"
    assert verifying.of_code(late.code).label == "已失效"


def test_one_altered_byte_or_an_unknown_file_is_not_recognised(parties: World) -> None:
    _, final = whole(parties)
    note(parties, final)
    altered = bytearray(final)
    altered[len(altered) // 3] ^= 1
    for data in (bytes(altered), final + b"\n", b"", b"%PDF-1.7", prepared()):
        assert verifying.of_file(data).label == "无法识别"
    for code in ("", "ABC", "' OR 1=1", "A" * 12):
        assert verifying.of_code(code).label == "无法识别"


@pytest.mark.django_db(transaction=True)
def test_a_note_changed_behind_the_portals_back_is_not_believed(parties: World) -> None:
    first, final = whole(parties)
    row = note(parties, first)
    image = LedgerRow.objects.filter(table="reports_signedfile", key=str(row.pk)).latest("id")
    digests = digests_of(final)
    with past_the_triggers() as cursor:
        cursor.execute(
            "UPDATE reports_signedfile SET sha256=%s, sm3=%s WHERE id=%s",
            [digests.sha256, digests.sm3, row.pk],
        )
    assert LedgerRow.objects.latest("id").pk >= image.pk
    answer = verifying.of_file(final)
    assert answer.label == "无法识别"
    assert verifying.LEDGER_DIFFERS in answer.reasons
    assert verifying.of_code(row.code).label == "无法识别"


@pytest.mark.django_db(transaction=True)
def test_a_broken_chain_takes_its_files_along(parties: World) -> None:
    _, final = whole(parties)
    row = note(parties, final)
    checkpoints.write(cause="测试")
    assert verifying.of_file(final).is_valid
    assert verifying.of_file(final, from_start=True).is_valid
    noted = LedgerRow.objects.filter(table="reports_signedfile", key=str(row.pk)).latest("id")
    before = LedgerRow.objects.filter(chain=noted.chain, id__lt=noted.pk).latest("id")
    with past_the_triggers() as cursor:
        cursor.execute(
            "UPDATE accountability_ledgerrow SET actor = actor || '!' WHERE id = %s", [before.pk]
        )
    for answer in (verifying.of_file(final), verifying.of_file(final, from_start=True)):
        assert answer.label == "无法识别"
        assert "内容与摘要不一致" in answer.reasons[0]
    assert verifying.of_code(row.code).label == "无法识别"


@pytest.mark.django_db(transaction=True)
def test_what_was_cut_off_after_a_checkpoint_shows(parties: World) -> None:
    _, final = whole(parties)
    row = note(parties, final)
    with acting(by=Actor.system("test", county=parties.county)) as act:
        act.record("test.more", row, summary="其后", county=parties.county)
    checkpoints.write(cause="测试")
    last = LedgerLink.objects.filter(chain=parties.county.pk).latest("seq")
    with past_the_triggers() as cursor:
        cursor.execute("DELETE FROM accountability_ledgerlink WHERE id = %s", [last.pk])
    assert "截断" in verifying.of_file(final).reasons[0]


def test_verify_pdf_prints_json_and_exits(
    parties: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, final = whole(parties)
    note(parties, final)
    good = tmp_path / "good.pdf"
    good.write_bytes(final)
    call_command("verify_pdf", str(good))
    told = json.loads(capsys.readouterr().out)
    assert told["valid"] is True
    assert told["state"] == "有效"
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(final[:-2])
    for path in (bad, tmp_path / "absent.pdf"):
        with pytest.raises(SystemExit) as stopped:
            call_command("verify_pdf", str(path))
        assert stopped.value.code == 1
        told = json.loads(capsys.readouterr().out)
        assert told["valid"] is False
        assert told["reasons"]


def test_nobody_signs_for_another(parties: World) -> None:
    with pytest.raises(NotAllowed, match="本人签署"):
        sign(parties, "caizhengju", "陈志远", prepared(), PARTY_A)
    with pytest.raises(WrongState, match="还没有备案"):
        sign(parties, "fuxianzhang", "周建平", prepared(), PARTY_A)
    with pytest.raises(NotAllowed, match="没有对应的人员"):
        enrol(parties, "xitong")


def test_a_stranger_s_signature_is_not_noted(parties: World) -> None:
    with pytest.raises(Invalid, match="不是本县"):
        note(parties, put(prepared(), PARTY_A))
    assert not SignedFile.objects.exists()


def test_five_wrong_pins_lock_the_key_and_a_new_enrolment_opens(parties: World) -> None:
    by = actor(parties, "xianzhang")
    for left in (4, 3, 2, 1):
        with pytest.raises(Invalid, match=f"还可以试 {left} 次"):
            enrolment.open_key(by=by, pin="not-the-pin")
    enrolment.open_key(by=by, pin=PIN)
    row = enrolment.in_use(parties.users["xianzhang"])
    assert row is not None
    assert row.failures == 0  # the right one begins anew
    for _ in range(4):
        with pytest.raises(Invalid):
            enrolment.open_key(by=by, pin="not-the-pin")
    with pytest.raises(Invalid, match="已锁定"):
        enrolment.open_key(by=by, pin="not-the-pin")
    with pytest.raises(WrongState, match="重新备案"):
        enrolment.open_key(by=by, pin=PIN)
    assert AuditEvent.objects.filter(action="signature.denied").count() == 9
    enrol(parties, "xianzhang", pin="another-pin-99")
    enrolment.open_key(by=by, pin="another-pin-99")
    assert SignatureKey.objects.filter(state=KeyState.RETIRED, packed="").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_wrong_pin_stays_counted_and_never_hides_in_a_transaction(parties: World) -> None:
    by = actor(parties, "xianzhang")
    with pytest.raises(RuntimeError, match="durable"), acting(by=by):
        enrolment.open_key(by=by, pin="not-the-pin")
    with pytest.raises(Invalid):
        enrolment.open_key(by=by, pin="not-the-pin")
    assert SignatureKey.objects.get(user=by.user).failures == 1


def test_what_was_signed_before_a_renewal_stays_valid(parties: World) -> None:
    _, final = whole(parties)
    note(parties, final)
    enrol(parties, "xianzhang", pin="another-pin-99")
    enrolment.retire(by=actor(parties, "caizhengju"))
    assert verifying.of_file(final).label == "有效"
    with pytest.raises(WrongState, match="还没有备案"):
        enrolment.open_key(by=actor(parties, "caizhengju"), pin=PIN)


@pytest.mark.parametrize(
    ("pin", "why"),
    [
        ("short-1", "不足 8 位"),
        ("x" * 65, "超过 64 位"),
        ("aaaabbbb", "不同字符太少"),
        ("12345678", "连续的字符"),
        (" a-good-pin", "首尾"),
        ("xianzhang-88", "用户名"),
        ("Wen-Ding-7421-yun", "登录密码"),
    ],
)
def test_a_weak_pin_is_refused_with_its_reason(world: World, pin: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        enrol(world, "xianzhang", pin=pin)
    assert not SignatureKey.objects.exists()


def test_no_pin_and_no_key_leave_a_trace(parties: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    whole(parties)
    with pytest.raises(Invalid):
        enrolment.open_key(by=actor(parties, "xianzhang"), pin="wrong-pin-4711")
    packed = [row.packed for row in SignatureKey.objects.all()]
    assert len(packed) == 2
    told = [
        *LedgerRow.objects.values_list("image", flat=True),
        *(str(values) for values in AuditEvent.objects.values()),
        *(str(values) for values in SignatureKey.history.values()),
        caplog.text,
    ]
    for secret in (PIN, "wrong-pin-4711", *packed):
        assert not any(secret in text for text in told)


def test_an_enrolment_without_its_event_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("accountability.services.audit.record", fail)
    with pytest.raises(RuntimeError, match="no event"):
        enrol(world, "xianzhang")
    assert not SignatureKey.objects.exists()


def png(size: tuple[int, int] = (200, 80)) -> bytes:
    output = io.BytesIO()
    Image.new("RGBA", size, (0, 0, 0, 0)).save(output, "PNG")
    return output.getvalue()


def test_a_picture_is_checked_and_drawn_anew(parties: World) -> None:
    by = actor(parties, "xianzhang")
    data = png()
    marked = data[:-12] + b"\0\0\0\x09tEXtsecret!!!" + b"\0\0\0\0" + data[-12:]
    refused = [b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"x" * 50, data + b"0" * 300_000, png((9, 9))]
    for wrong in [*refused, png((2_001, 20))]:
        with pytest.raises(Invalid):
            enrolment.set_picture(by=by, data=wrong)
    assert b"secret" not in enrolment.clean_picture(marked)
    enrolment.set_picture(by=by, data=data)
    assert StoredFile.objects.filter(content_type="image/png").count() == 1
    final = sign(parties, "xianzhang", "陈志远", prepared(), PARTY_A)
    assert b"/Image" in final
    enrolment.drop_picture(by=by)
    row = enrolment.in_use(parties.users["xianzhang"])
    assert row is not None
    assert row.picture_id is None


def test_a_certificate_that_ran_out_signs_nothing(
    parties: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SignatureKey, "has_run_out", True)
    with pytest.raises(WrongState, match="已到期"):
        enrolment.open_key(by=actor(parties, "xianzhang"), pin=PIN)


def test_a_signed_field_is_not_signed_twice(parties: World) -> None:
    once = sign(parties, "xianzhang", "陈志远", prepared(), PARTY_A)
    with pytest.raises(WrongState, match="已经签过"):
        sign(parties, "xianzhang", "陈志远", once, PARTY_A)
    with pytest.raises(WrongState, match="没有“丙方”"):
        sign(parties, "xianzhang", "陈志远", once, "丙方")
