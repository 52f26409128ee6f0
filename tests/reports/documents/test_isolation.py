"""User text stays text, rendering fetches nothing, and the same paper is the same file."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from hashlib import sha256
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

import pytest
from docx import Document
from pypdf import PdfReader
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from reports.documents import pdf as pdf_module
from reports.documents.content import (
    Annex,
    Column,
    Form,
    Heading,
    Imprint,
    OfficialPaper,
    Paragraph,
    SlotLine,
)
from reports.documents.docx import render_docx
from reports.documents.fetcher import PackagedOnly
from reports.documents.paper_html import paper_html
from reports.documents.pdf import RenderingRefused, render_pdf
from reports.documents.selftest import glyph_problems
from reports.documents.xlsx import render_xlsx

from . import samples
from .measure import pages_of

pytestmark = pytest.mark.nodb

HOST = "http://127.0.0.1:9"
VECTORS = [
    f"<img src={HOST}/a.png>",
    f'<img srcset="{HOST}/a.png 1x">',
    "<img src=file:///etc/passwd>",
    f'<link rel=stylesheet href="{HOST}/a.css">',
    '<link rel=attachment href="file:///etc/passwd">',
    '<a rel=attachment href="file:///etc/passwd">a</a>',
    f"<style>@import url({HOST}/a.css);</style>",
    f"<style>@font-face{{font-family:x;src:url({HOST}/a.ttf)}}</style>",
    f'<p style="background:url({HOST}/a.png)">x</p>',
    f'<p style="list-style-image:url({HOST}/a.png)">x</p>',
    f"<style>p::before{{content:url({HOST}/a.png)}}</style>",
    f'<body background="{HOST}/a.png">',
    f"<object data={HOST}/a.svg></object>",
    f"<embed src={HOST}/a.svg>",
    f"<iframe src={HOST}/></iframe>",
    f'<svg><image href="{HOST}/a.png"/></svg>',
    '<svg><use href="file:///etc/passwd#x"/></svg>',
    f'<base href="{HOST}/"><img src=a.png>',
    f'<meta http-equiv=refresh content="0;url={HOST}">',
    '"><img src=portal-asset:fonts/GovFang.ttf>',
    "'\"></style></title><script>alert(1)</script>&lt;&#60;",
    "]]><!--<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
]


def everywhere(text: str, form: Form = "general") -> OfficialPaper:
    """The text in every field that takes text."""
    return OfficialPaper(
        title=text,
        head=text,
        number=text,
        addressee=text,
        body=(Paragraph(text), Heading(1, text, text), Heading(2, text), SlotLine(text, text)),
        attachments=(text, text),
        signature=text,
        dated=date(2026, 3, 28),
        note=text,
        annexes=(Annex.of_table(text, (Column(text), Column(text)), ((text, text), text)),),
        imprint=Imprint(text, date(2026, 3, 30), text),
        form=form,
    )


@pytest.fixture
def door(monkeypatch):
    """The fetcher of a fresh typesetter."""
    monkeypatch.setattr(pdf_module, "_current", pdf_module._Typesetter())
    return pdf_module._typesetter().fetcher


@pytest.mark.parametrize("form", ["general", "letter", "bulletin"])
@pytest.mark.parametrize("vector", VECTORS)
def test_markup_in_any_field_is_printed_and_fetches_nothing(vector, form, door):
    made = render_pdf(everywhere(vector, form))
    assert door.refused == []
    reader = PdfReader(BytesIO(made))
    assert reader.attachments == {}
    assert not any("/Annots" in page for page in reader.pages)
    printed = "".join(c["text"] for page in pages_of(made) for c in page.chars)
    shown = vector.replace(" ", "")
    assert printed.replace(" ", "").replace("\u200b", "").count(shown) >= 8


@pytest.mark.parametrize("vector", VECTORS)
def test_no_element_comes_from_a_text(vector):
    html = "".join(
        paper_html(everywhere(vector, form), with_imprint=True)
        for form in ("general", "letter", "bulletin")
    )
    for element in ("<img", "<link", "<style", "<script", "<svg", "<object", "<iframe", "<base"):
        assert element not in html


@pytest.mark.parametrize(
    "url",
    [
        f"{HOST}/a.png",
        "file:///etc/passwd",
        "data:text/plain,x",
        "portal-asset:fonts/../pdf.py",
        "portal-asset:fonts/GovFang.ttf?x",
        "PORTAL-ASSET:fonts/GovFang.ttf",
        "ftp://127.0.0.1/x",
        "",
    ],
)
def test_the_door_refuses_whatever_is_not_packaged(url):
    door = PackagedOnly()
    with pytest.raises(FatalURLFetchingError):
        door.fetch(url)
    assert door.refused == [url]


def test_the_door_lets_packaged_typefaces_in():
    assert PackagedOnly().fetch("portal-asset:fonts/GovLatin.ttf").read(4) == b"\0\1\0\0"


def test_a_reference_that_slips_into_the_page_stops_the_rendering(monkeypatch, door):
    monkeypatch.setattr(pdf_module, "paper_html", lambda *a, **k: f"<img src={HOST}/a.png>")
    with pytest.raises(RenderingRefused):
        render_pdf(OfficialPaper(title="x"))
    assert door.refused == [f"{HOST}/a.png"]


def test_an_attachment_link_is_refused_too():
    door = PackagedOnly()
    with pytest.raises(FatalURLFetchingError):
        HTML(
            string='<link rel=attachment href="file:///etc/passwd">x', url_fetcher=door
        ).write_pdf()


def test_unseen_characters_leave_no_trace():
    made = render_pdf(everywhere("甲\x00\x1b\u202e乙\u200b\ufeff\ud800丙"))
    printed = "".join(c["text"] for page in pages_of(made) for c in page.chars)
    assert "甲乙丙" in printed


@pytest.mark.parametrize(
    "paper",
    [
        samples.with_annexes(),
        samples.letter(),
        samples.letter(body=(Paragraph("特此通知。"),)),
        OfficialPaper(title="责任清单"),
    ],
    ids=["annexes", "letter", "imprint-apart", "bare"],
)
def test_the_same_paper_is_the_same_file(paper):
    assert render_pdf(paper) == render_pdf(paper)


def test_another_process_makes_the_same_file():
    code = (
        "from hashlib import sha256;"
        "from reports.documents.pdf import render_pdf;"
        "from tests.reports.documents import samples;"
        "print(sha256(render_pdf(samples.with_annexes())).hexdigest())"
    )
    root = Path(pdf_module.__file__).parents[2]
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Shanghai"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == sha256(render_pdf(samples.with_annexes())).hexdigest()


def test_threads_do_not_disturb_one_another():
    expected = render_pdf(samples.letter())
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: render_pdf(samples.letter()), range(8)))
    assert set(made) == {expected}


def _digest() -> str:
    return sha256(render_pdf(samples.letter())).hexdigest()


def test_a_forked_child_renders_and_leaves_the_parent_its_fonts():
    expected = _digest()
    with get_context("fork").Pool(1) as pool:
        assert pool.apply(_digest) == expected
    assert _digest() == expected


@pytest.mark.parametrize("seed", range(6))
def test_any_text_in_any_field_can_be_made(seed):
    dice = random.Random(seed)
    ranges = [(0, 0x2FF), (0x300, 0x36F), (0x590, 0x6FF), (0x2000, 0x2BFF), (0x3000, 0x9FFF)]
    ranges += [(0xD800, 0xFFFF), (0x1F000, 0x1FAFF), (0x20000, 0x2FFFF), (0xE0000, 0xE01FF)]
    text = "".join(chr(dice.randint(*dice.choice(ranges))) for _ in range(120 * (seed + 1)))
    paper = everywhere(text)
    made = render_pdf(paper)
    assert glyph_problems(made) == []
    assert PdfReader(BytesIO(made)).pages
    assert Document(BytesIO(render_docx(paper))).paragraphs
    assert render_xlsx(text, (Column(text),), ((text,),))
