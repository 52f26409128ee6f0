"""The demo's letters are signed with enrolled keys, noted, and exported."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accountability.models import User
from accountability.services import files
from reports.models import (
    Dispatch,
    DispatchForm,
    DispatchState,
    Letter,
    LetterAnnex,
    LetterLevel,
    LetterState,
    SignedFile,
)
from reports.selectors import verifying
from reports.services import letters, sealing
from reports.services.demo_letters import actor_of
from reports.signing.validate import check
from tests.accountability.ledger.test_triggers import settle

pytestmark = pytest.mark.django_db


def test_five_letters_are_signed_by_both_and_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_DEMO_PASSWORD", "Wen-Ding-7421-yun")
    monkeypatch.delenv("PORTAL_DEMO_PIN", raising=False)
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    assert "演示签名口令：" in out.getvalue()
    year = timezone.localdate().year
    assert Letter.objects.filter(year=year).count() >= 64
    assert set(Letter.objects.values_list("level", flat=True)) == set(LetterLevel.values)
    signed = list(Letter.objects.filter(state=LetterState.EFFECTIVE).select_related("file"))
    assert len(signed) == 5
    annexes = LetterAnnex.objects.filter(letter__in=signed)
    if timezone.localdate().month < 12:  # in December nothing may be due any more
        assert annexes.exists()
    assert all("延期" in annex.basis for annex in annexes)
    sent = Dispatch.objects.get(form=DispatchForm.LETTER, state=DispatchState.ISSUED)
    assert sent.number is not None
    settle()
    for letter in signed:
        noted = SignedFile.objects.get(kind="letter", object_id=letter.pk, state="valid")
        assert letter.file is not None
        data = files.read(letter.file)
        assert [s["field"] for s in noted.signers] == ["甲方", "乙方", "存证"]
        assert check(data, sealing.expected_of(noted)).accepted
        assert verifying.of_code(letter.check_code).is_valid
        altered = bytearray(data)
        altered[len(data) // 3] ^= 1
        assert not check(bytes(altered), sealing.expected_of(noted)).accepted
    call_command("export_letters", str(tmp_path), year=year, stdout=out)
    assert sorted(p.read_bytes()[:5] for p in tmp_path.iterdir()) == [b"%PDF-"] * 5
    with pytest.raises(CommandError, match="没有生效"):
        call_command("export_letters", str(tmp_path), year=year - 5)
    clerk = actor_of(User.objects.get(username="bangong"))
    letters.void(by=clerk, letter=signed[0], reason="签错")
    assert not SignedFile.objects.filter(
        kind="letter", object_id=signed[0].pk, state="valid"
    ).exists()
