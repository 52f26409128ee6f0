"""Whatever is uploaded: a source or one refusal, soon, within bounded memory.

PORTAL_FUZZ sets the number of inputs (default 2,000), PORTAL_FUZZ_SEED the seed; the
seed is printed and named in each failure.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import random
import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from tasks.outline.fill_docx import entry_for, fill
from tasks.outline.readers import read
from tasks.outline.refusal import Refused
from tasks.outline.sandbox import read_in_child
from tasks.outline.source import Source
from tests.assurance import results

from . import fuzz

pytestmark = [pytest.mark.nodb, pytest.mark.campaign]

COUNT = int(os.environ.get("PORTAL_FUZZ", "2000"))
SEED = int(os.environ.get("PORTAL_FUZZ_SEED", "20260630"))
CHILD_COUNT = max(63, COUNT // 40)
MOST_SECONDS = 10
MOST_MEGABYTES = 512


def grammar() -> Callable[[Source], Any] | None:
    """The grammar, when it is part of the tree."""
    if importlib.util.find_spec("tasks.outline.analyse") is None:
        return None
    analyse: Callable[[Source], Any] = importlib.import_module("tasks.outline.analyse").analyse
    return analyse


def check_sound(source: Source) -> None:
    """What the grammar and the pages rely on."""
    assert source.kind in ("docx", "text", "xlsx")
    assert source.paragraphs
    for index, paragraph in enumerate(source.paragraphs):
        assert paragraph.index == index
        assert paragraph.text.startswith(paragraph.auto_label)
    "".join(p.text for p in source.paragraphs).encode("utf-8")  # no surrogates


def test_only_refused_or_a_source() -> None:
    print(f"seed {SEED}, {COUNT} inputs")
    analyse = grammar()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes: Counter[str] = Counter()
    for number, (name, data, filename) in enumerate(fuzz.inputs(SEED, COUNT)):
        where = f"{name}, number {number} of seed {SEED}"
        began = time.monotonic()
        try:
            source = read(data, filename)
            check_sound(source)
            if analyse is not None:
                analyse(source)
            outcomes["read"] += 1
        except Refused as refused:
            outcomes[refused.code] += 1
        except BaseException as error:
            raise AssertionError(f"{where}: {error!r}") from error
        took = time.monotonic() - began
        assert took < MOST_SECONDS, f"{where}: {took:.1f} s"
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"grown by {grown:.0f} MB; {dict(outcomes.most_common())}")
    results.save(
        "fuzz",
        seed=SEED,
        inputs=COUNT,
        read=outcomes["read"],
        refusals=len(outcomes) - 1,
        megabytes=round(grown),
    )
    assert grown < MOST_MEGABYTES
    assert outcomes["read"] > COUNT // 20  # the generators still reach the readers
    assert len(outcomes) > 10


def test_the_child_agrees() -> None:
    print(f"seed {SEED}, {CHILD_COUNT} inputs")
    for number, (name, data, filename) in enumerate(fuzz.inputs(SEED + 1, CHILD_COUNT)):
        here: Source | str
        there: Source | str
        try:
            here = read(data, filename)
        except Refused as refused:
            here = refused.code
        try:
            there = read_in_child(data, filename)
        except Refused as refused:
            there = refused.code
        assert there == here, f"{name}, number {number} of seed {SEED + 1}"


def test_what_was_read_can_be_filled() -> None:
    """In whatever shape a paper is read, a value lands where it belongs and nowhere else."""
    rng = random.Random(SEED)
    filled = 0
    for name, data, filename in fuzz.inputs(SEED + 2, COUNT // 4):
        try:
            source = read(data, filename)
        except Refused:
            continue
        if source.kind != "docx" or len(source.paragraphs) > 2_000:
            continue
        wanted = {p.anchor: p.text for p in source.paragraphs}
        entries = []
        for paragraph in rng.sample(source.paragraphs, min(3, len(source.paragraphs))):
            start = rng.randrange(len(paragraph.auto_label), len(paragraph.text) + 1)
            value = rng.choice(["值", "甲\n乙", "<&"])
            entries.append(entry_for(paragraph, start, start, value))
            text = paragraph.text[:start] + value + paragraph.text[start:]
            if start > len(paragraph.auto_label):
                wanted[paragraph.anchor] = text
            else:  # an empty paragraph's label gets its gap only with its first word
                del wanted[paragraph.anchor]
        found = {p.anchor: p.text for p in read(fill(data, entries), filename).paragraphs}
        assert wanted.items() <= found.items(), f"{name} of seed {SEED + 2}"
        filled += 1
    assert filled > COUNT // 50
