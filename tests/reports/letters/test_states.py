"""Every transition of a letter, allowed and refused; returns, reminders, succession, paper way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accountability.door import Actor, acting
from accountability.models import AuditEvent, Delegation, Person, Tenure
from accountability.refusals import Conflict, Invalid, NotAllowed, NotFound, WrongState
from accountability.services import files
from reports.models import LETTER_TRANSITIONS, Letter, LetterState
from reports.services import (
    letter_making,
    letter_scans,
    letter_signing,
    letter_succession,
    letter_text,
    letters,
)
from reports.services.letter_content import read
from tests.reports.letters.conftest import OFFICE, YEAR, Act, Sign
from tests.reports.letters.keyring import PIN, TestKeyring
from tests.task_factory import MadePaper
from tests.world import World

pytestmark = pytest.mark.django_db
PAIRS = [(a, b) for a in LetterState for b in LetterState]


@pytest.mark.parametrize(("source", "to"), PAIRS, ids=lambda s: s.value)
def test_every_transition_is_as_the_table_says(source: LetterState, to: LetterState) -> None:
    letter = Letter(number="〔2026〕责-001", state=source)
    if to in LETTER_TRANSITIONS[source]:
        letters.check_move(letter, to)
    else:
        with pytest.raises(WrongState, match="刷新页面"):
            letters.check_move(letter, to)


def test_from_draft_to_the_first_party(made: dict[str, Letter], act: Act) -> None:
    one = made["黄志强"]
    with pytest.raises(WrongState):
        letters.send(by=act(OFFICE), letters=[one])
    assert letters.submit(by=act(OFFICE), letters=made.values()) == len(made)
    assert letters.send(by=act("zhuren"), letters=[one]) == 1
    one.refresh_from_db()
    assert one.state == LetterState.WAIT_A
    assert one.sent_by
    event = AuditEvent.objects.get(action="letter.send")
    assert event.target_id == one.pk
    with pytest.raises(NotAllowed):
        letters.send(by=act("xianzhang"), letters=made.values())


def test_both_sign_in_order(sent: dict[str, Letter], sign: Sign, keyring: TestKeyring) -> None:
    letter = sent["黄志强"]
    with pytest.raises(NotAllowed, match="甲方本人"):
        sign("caizhengju", letter)
    assert sign("fuxianzhang", letter).state == LetterState.WAIT_B
    with pytest.raises(NotAllowed, match="乙方本人"):
        sign("fuxianzhang", letter)
    done = sign("caizhengju", letter)
    assert done.state == LetterState.EFFECTIVE
    assert done.file is not None
    data = files.read(done.file)
    assert data.startswith(b"%PDF")
    assert data.count(b"/ByteRange") == 3  # 甲方, 乙方, 存证
    assert [number for number, _ in keyring.kept] == [letter.number] * 2
    assert keyring.kept[1][1] == data
    assert data.startswith(keyring.kept[0][1])  # every former byte untouched
    with pytest.raises(WrongState):
        sign("caizhengju", done)


def test_a_signature_binds_post_certificate_text_and_file(effective: Letter) -> None:
    event = AuditEvent.objects.filter(action="letter.sign").order_by("-id").first()
    assert event is not None
    told = {c["field"]: c["after"] for c in event.changes}
    assert effective.file is not None
    assert told["digest"] == effective.digest
    assert told["file"] == effective.file.sha256
    assert len(told["certificate"]) == 64
    assert "县财政局局长" in told["post"]
    assert PIN not in str(event.changes) + event.summary


def test_a_changed_text_is_not_signed(
    sent: dict[str, Letter], act: Act, keyring: TestKeyring
) -> None:
    letter = sent["黄志强"]
    with pytest.raises(Conflict, match="责任书已更新，请重新阅读"):
        letter_signing.sign(by=act("fuxianzhang"), letter=letter, digest="0" * 64, pin=PIN)
    letter.refresh_from_db()
    assert letter.state == LetterState.WAIT_A
    assert letter.file is None


def test_a_text_changed_while_signing_is_refused(
    sent: dict[str, Letter], act: Act, keyring: TestKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = sent["黄志强"]
    real = letter_signing._signed

    def slow(*args: object, **kwargs: object) -> bytes:
        data = real(*args, **kwargs)  # type: ignore[arg-type]
        with acting(by=Actor.system("test")) as door:
            door.unchanged()
            row = Letter.objects.get(pk=letter.pk)
            row.digest = "1" * 64
            row.save()
        return data

    monkeypatch.setattr(letter_signing, "_signed", slow)
    with pytest.raises(Conflict, match="已更新"):
        letter_signing.sign(by=act("fuxianzhang"), letter=letter, digest=letter.digest, pin=PIN)
    letter.refresh_from_db()
    assert letter.file is None


def test_a_wrong_pin_signs_nothing(sent: dict[str, Letter], act: Act, keyring: TestKeyring) -> None:
    letter = sent["黄志强"]
    with pytest.raises(Invalid, match="口令"):
        letter_signing.sign(
            by=act("fuxianzhang"), letter=letter, digest=letter.digest, pin="wrong-pin-1"
        )
    letter.refresh_from_db()
    assert letter.signed_a_at is None


def test_a_delegate_reads_but_never_signs(
    sent: dict[str, Letter], act: Act, world: World, sign: Sign
) -> None:
    today = timezone.localdate()
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        Delegation(
            county=world.county, post=world.posts["陈志远"], delegator=world.persons["陈志远"],
            delegate=world.persons["周建平"], valid_from=today, valid_to=today + timedelta(days=5),
            order_number="1号", reason="外出",
        ).save()  # fmt: skip
    letter = sent["李明华"]  # 县长 with 副县长
    assert Letter.objects.visible_to(act("fuxianzhang").user).filter(pk=letter.pk).exists()
    assert not Letter.objects.waiting_for(act("fuxianzhang").user).filter(pk=letter.pk).exists()
    with pytest.raises(NotAllowed, match="不能代签"):
        sign("fuxianzhang", letter)


def test_signing_rolls_back_with_its_event(
    sent: dict[str, Letter], sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = sent["黄志强"]

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no event")

    monkeypatch.setattr("accountability.services.audit.record", fail)
    with pytest.raises(RuntimeError):
        sign("fuxianzhang", letter)
    letter.refresh_from_db()
    assert letter.state == LetterState.WAIT_A


def test_without_keys_the_paper_way_remains(sent: dict[str, Letter], act: Act) -> None:
    letter = sent["黄志强"]
    before = letter_signing._keyring
    letter_signing.use(None)
    try:
        with pytest.raises(WrongState, match="手写签名"):
            letter_signing.sign(by=act("fuxianzhang"), letter=letter, digest=letter.digest, pin=PIN)
    finally:
        letter_signing.use(before)


def test_a_party_returns_with_a_reason(sent: dict[str, Letter], act: Act, sign: Sign) -> None:
    letter = sent["黄志强"]
    sign("fuxianzhang", letter)
    with pytest.raises(Invalid):
        letters.give_back(by=act("caizhengju"), letter=letter, reason=" ")
    with pytest.raises(NotAllowed):
        letters.give_back(by=act("fuxianzhang"), letter=letter, reason="不是本人的轮次")
    with pytest.raises(NotFound):
        letters.give_back(by=act("liuhe"), letter=letter, reason="看不到")
    letters.give_back(by=act("caizhengju"), letter=letter, reason="第三项不属本单位")
    letter.refresh_from_db()
    assert letter.state == LetterState.RETURNED
    assert letter.reason == "第三项不属本单位"
    assert letter.file is None
    assert letter.signed_a_at is None
    letter_text.revise(
        by=act(OFFICE), letter=letter, clauses=["每月对账。"], revision=letter.revision
    )
    letter.refresh_from_db()
    assert letter.state == LetterState.DRAFT
    with pytest.raises(WrongState):
        letter_text.revise(by=act(OFFICE), letter=letter, clauses=[], revision=1)


def test_at_most_two_reminders(sent: dict[str, Letter], act: Act) -> None:
    letter = sent["黄志强"]
    for _ in range(2):
        letters.remind(by=act(OFFICE), letter=letter)
    with pytest.raises(WrongState, match="2 次"):
        letters.remind(by=act(OFFICE), letter=letter)


def test_the_successor_gets_the_open_letters(
    sent: dict[str, Letter],
    effective: Letter,
    act: Act,
    world: World,
    paper: MadePaper,
    signed_in: Callable[[str], Client],
) -> None:
    today = timezone.localdate()
    with acting(by=Actor.system("test")) as door:
        door.unchanged()
        person = Person(county=world.county, name="方圆")
        person.save()
        for name in ("黄志强", "曾立"):
            old = Tenure.objects.get(post=world.posts[name], valid_to=None)
            old.valid_to = today
            old.save()
        for name in ("黄志强", "曾立"):
            Tenure(person=person, post=world.posts[name], valid_from=today).save()
    told = "2 份责任书上的任职人员已变动"
    url = reverse("letters", args=[YEAR])
    assert told in signed_in("bangong").get(url).content.decode()
    assert told not in signed_in("caizhengju").get(url).content.decode()
    assert letter_succession.follow(by=act(OFFICE), county=world.county, year=YEAR) == 2
    assert "任职人员已变动" not in signed_in("bangong").get(url).content.decode()
    effective.refresh_from_db()
    assert effective.state == LetterState.STALE
    assert "方圆" in effective.reason
    town = sent["曾立"]
    town.refresh_from_db()
    assert town.state == LetterState.WAIT_A
    assert read(town.content)["party_b"]["name"] == "方圆"
    again = letter_making.make(by=act(OFFICE), paper=paper.paper)
    assert [row.replaces_id for row in again] == [effective.pk]


def test_a_scan_with_the_printed_code(sent: dict[str, Letter], act: Act) -> None:
    letter = sent["黄志强"]
    scan = b"%PDF-1.4 scan"
    with pytest.raises(Invalid, match="校验码"):
        letter_scans.accept(
            by=act(OFFICE), letter=letter, code="0000-0000-0000-0000", name="s.pdf", data=scan
        )
    with pytest.raises(Invalid, match="PDF、JPG"):
        letter_scans.accept(
            by=act(OFFICE), letter=letter, code=letter.check_code, name="s.exe", data=b"MZ"
        )
    with pytest.raises(NotAllowed):
        letter_scans.accept(
            by=act("caizheng"), letter=letter, code=letter.check_code, name="s.pdf", data=scan
        )
    done = letter_scans.accept(
        by=act(OFFICE), letter=letter, code=letter.check_code.lower(), name="s.pdf", data=scan
    )
    assert done.state == LetterState.EFFECTIVE
    assert done.is_paper_signed
    assert done.file is not None
    assert files.read(done.file) == scan
