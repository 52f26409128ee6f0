"""Papers of many invented counties, end to end from the file to what is printed as JSON."""

from __future__ import annotations

import pytest

from .counties import mixed, tables, texts, texts_more, words
from .counties.case import Case
from .paper import places_of, text_at

pytestmark = pytest.mark.nodb

CASES = [*mixed.CASES, *texts.CASES, *texts_more.CASES, *words.CASES, *tables.CASES]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.filename}: {case.name}")
def test_reads_as_a_clerk_does(case: Case) -> None:
    case.check()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.filename}: {case.name}")
def test_every_place_lies_in_the_file(case: Case) -> None:
    from tasks.outline.readers import read

    source = read(case.data, case.filename)
    outline, _ = case.outline()
    for place in places_of(outline):
        assert 0 <= place.start <= len(source.paragraphs[place.paragraph].text)
        text_at(source, place)
    for item in outline.items:
        for slot in item.slots:
            written = "".join(text_at(source, slot.fill).split())
            assert all(value.split("（")[0][:2] in written for value in slot.values)
