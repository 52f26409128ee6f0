"""The attack corpus: every named attack, and random byte changes. None is accepted."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import time
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from reports.signing.fields import PARTY_A, PARTY_B, SEAL
from reports.signing.validate import check, faults_of, signatures_in

from .attacks import ATTACKS
from .signers import key_of, signed, signed_with

pytestmark = pytest.mark.nodb
WHOLE = 5_000
CHANGES = WHOLE if os.environ.get("PORTAL_CAMPAIGN") == "full" else WHOLE // 20
CHINESE = re.compile(r"[\u4e00-\u9fff]{4}")
SLOWEST = 10.0  # seconds; a whole machine busy with other work included
MOST_MEMORY = 300 * 2**20  # bytes


def test_the_good_file_is_accepted() -> None:
    good = signed()
    verdict = check(good.pdf, good.expected)
    assert verdict.accepted, verdict.reasons
    assert [s.field for s in signatures_in(good.pdf)] == [PARTY_A, PARTY_B, SEAL]


def test_a_file_that_still_waits_for_signers_is_accepted_as_what_it_is() -> None:
    good = signed_with({PARTY_A: key_of(PARTY_A)})
    assert check(good.pdf, good.expected).reasons == ()


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_a_named_attack_is_refused(name: str) -> None:
    good = signed()
    forged, expected = ATTACKS[name](good)
    began = time.monotonic()
    verdict = check(forged, expected)
    assert time.monotonic() - began < SLOWEST
    assert not verdict.accepted, f"{name} was accepted"
    assert all(CHINESE.search(reason) for reason in verdict.reasons)
    if forged != good.pdf:  # some attacks are on what is around the file
        assert "摘要" in check(forged, good.expected).reasons[0]


def test_there_are_enough_named_attacks() -> None:
    assert len(ATTACKS) >= 12


@pytest.mark.parametrize(
    "name",
    ["huge_xref_subsection", "huge_xref_stream_index", "page_tree_loop", "decompression_bomb"],
)
def test_a_hostile_file_costs_bounded_memory(name: str) -> None:
    forged, expected = ATTACKS[name](signed())
    tracemalloc.start()
    check(forged, expected)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MOST_MEMORY


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7\n", b"\0" * 1000, b"%PDF-1.7\nstartxref\n0\n%%EOF"]
)
def test_garbage_is_refused_and_never_raises(data: bytes) -> None:
    good = signed()
    assert not check(data, good.expected).accepted
    assert not check(data, good.noted_as(data)).accepted


def test_a_wrong_sm3_alone_refuses() -> None:
    good = signed()
    verdict = check(good.pdf, replace(good.expected, sm3="0" * 64))
    assert "SM3" in verdict.reasons[0]


@pytest.mark.campaign
def test_random_byte_changes_are_all_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the digests: none is accepted. Without them: what the signatures alone let pass."""
    good = signed()
    seed = int(os.environ.get("PORTAL_SEED", random.randrange(10**9)))
    rng = random.Random(seed)
    accepted, passed_without_digest = [], []
    for number in range(CHANGES):
        changed = bytearray(good.pdf)
        for _ in range(rng.choice((1, 1, 1, 2, 8))):
            place = rng.randrange(len(changed))
            changed[place] ^= rng.randrange(1, 256)
        data = bytes(changed)
        if data == good.pdf:
            continue
        if check(data, good.expected).accepted:
            accepted.append(number)
        if not faults_of(data, good.expected):
            passed_without_digest.append(number)
    with capsys.disabled():
        print(
            f"\nbyte changes: {CHANGES}, seed {seed}, accepted {len(accepted)}, "
            f"by the signatures alone {len(passed_without_digest)}"
        )
    assert accepted == []
    assert passed_without_digest == []


@pytest.mark.campaign
def test_changed_digits_of_the_signatures_own_data_are_all_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What no signature covers, the gaps of the byte ranges: without the whole-file digests."""
    good = signed()
    seed = int(os.environ.get("PORTAL_SEED", random.randrange(10**9)))
    rng = random.Random(seed)
    ranges = re.findall(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)", good.pdf)
    assert len(ranges) == 3
    passed = []
    for number in range(CHANGES):
        start, end = map(int, rng.choice(ranges))
        changed = bytearray(good.pdf)
        place = rng.randrange(start + 1, end - 1)
        others = b"0123456789ABCDEFabcdef".replace(bytes([changed[place]]), b"")
        changed[place] = rng.choice(others)
        if not faults_of(bytes(changed), good.expected):
            passed.append(number)
    with capsys.disabled():
        print(f"\ndigits of signatures: {CHANGES}, seed {seed}, accepted {len(passed)}")
    assert passed == []


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="poppler-utils is not installed")
def test_poppler_agrees_on_the_good_file(tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(signed().pdf)
    run = subprocess.run(
        ["pdfsig", "-nocert", str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.stdout.count("Signature Validation: Signature is Valid.") == 3
    assert run.stdout.count("Signature Type: ETSI.CAdES.detached") == 3
    assert "Total document signed" in run.stdout
