"""Milliseconds to prepare, sign, seal and check a paper; and to open a signer's key.

python -m tests.bench.bench_signing
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

from reports.signing.fields import PARTY_A, PARTY_B, SEAL, prepare
from reports.signing.keys import pack, unpack
from reports.signing.validate import check
from tests.reports.signing.signers import PLACES, authority, key_of, paper, put, signed

PIN = "qian-ming-8848"


def milliseconds(do: Callable[[], object], repeat: int = 9) -> float:
    """The median of some runs."""
    times = []
    for _ in range(repeat):
        start = perf_counter()
        do()
        times.append((perf_counter() - start) * 1000)
    return median(times)


def main() -> None:
    """Print a line for each step."""
    good, key = signed(), key_of(PARTY_A)
    packed = pack(key.key, key.certificate, authority().certificate, pin=PIN)
    first = put(prepare(paper(), PLACES), PARTY_A)
    both = put(first, PARTY_B)
    steps: list[tuple[str, Callable[[], object], int]] = [
        ("three empty fields", lambda: prepare(paper(), PLACES), len(prepare(paper(), PLACES))),
        ("open the key by PIN", lambda: unpack(packed, pin=PIN), len(packed)),
        ("sign 甲方 (certifies)", lambda: put(prepare(paper(), PLACES), PARTY_A), len(first)),
        ("sign 乙方", lambda: put(first, PARTY_B), len(both)),
        ("seal", lambda: put(both, SEAL), len(good.pdf)),
        ("check three signatures", lambda: check(good.pdf, good.expected), len(good.pdf)),
        ("check altered file", lambda: check(good.pdf + b"x", good.expected), len(good.pdf) + 1),
    ]
    for name, do, size in steps:
        print(f"{name:<24} {milliseconds(do):7.1f} ms   {size / 1000:7.0f} kB")


if __name__ == "__main__":
    main()
