"""A sample of four pages compared with its stored pictures.

After a wished change of the layout: `PORTAL_KEEP_PICTURES=1 pytest` on this
file, look at the pictures, commit them.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from reports.documents.pdf import render_pdf

from . import samples
from .measure import pages_of

pytestmark = pytest.mark.nodb
PICTURES = Path(__file__).parent / "pictures"
DPI = 36
PAGES = 4
# Shares of 255, after a blur that forgives a stroke's other rounding.
MEAN, WORST = 0.6, 90


@pytest.fixture(scope="module")
def drawn() -> list[Image.Image]:
    pages = pages_of(render_pdf(samples.with_annexes(3)))
    return [page.to_image(resolution=DPI).original.convert("L") for page in pages]


def differing(one: Image.Image, other: Image.Image) -> tuple[float, int]:
    """The mean and the greatest difference of two pictures of one size."""
    blurred = [image.filter(ImageFilter.GaussianBlur(1)) for image in (one, other)]
    difference = ImageChops.difference(*blurred)
    worst = difference.getextrema()[1]
    assert isinstance(worst, int | float)
    return ImageStat.Stat(difference).mean[0], int(worst)


@pytest.mark.parametrize("number", range(1, PAGES + 1))
def test_a_page_looks_as_it_did(drawn, number):
    stored = PICTURES / f"page_{number}.png"
    if os.environ.get("PORTAL_KEEP_PICTURES"):
        drawn[number - 1].save(stored, optimize=True)
    before = Image.open(stored)
    assert before.size == drawn[number - 1].size
    mean, worst = differing(before, drawn[number - 1])
    assert mean < MEAN
    assert worst < WORST


def test_the_comparison_sees_a_line_moved_by_two_millimetres(drawn):
    page = drawn[0]
    moved = ImageChops.offset(page, 0, round(2 / 25.4 * DPI))
    mean, worst = differing(page, moved)
    assert mean > MEAN or worst > WORST
    assert mean > 2 * MEAN
