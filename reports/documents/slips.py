"""测评票: slips to be cut apart, two columns a page. Data → PDF; keeps nothing.

With a code each slip has it in words and as a QR; without, the form to be ticked.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno

from reports.documents import pdf
from reports.documents.markup import Markup, join, tag, text, void

STYLES = """
@page { size: 210mm 297mm; margin: 10mm }
body { margin: 0; font: 10.5pt/1.35 LFang, GFang, FFang }
table.pair { width: 190mm; table-layout: fixed; break-inside: avoid; margin: 0;
  font-size: 10.5pt }
.cell { width: 82mm; padding: 4mm 6mm; border: .2mm dashed #777; vertical-align: top }
h1 { font: 13pt/1.3 LHei, GHei, FHei; margin: 0 0 1mm; text-align: center }
p { margin: 0 0 1mm }
.to { text-align: center; margin-bottom: 2mm }
.qr { float: left; width: 27mm; height: 27mm; margin-right: 4mm }
.qr svg { width: 27mm; height: 27mm }
.code { font: 15pt/1.4 LHei, GHei, FHei; white-space: nowrap }
.addr { font-size: 8.5pt; overflow-wrap: anywhere }
.note { clear: both; font-size: 8.5pt; padding-top: 1mm }
table { border-collapse: collapse; width: 100%; margin: 1mm 0 2mm; font-size: 9pt }
.slip th, .slip td { border: .2mm solid #000; padding: .8mm 1mm; text-align: center;
  font-weight: normal }
.slip th:first-child { text-align: left }
.box { display: inline-block; width: 3.4mm; height: 3.4mm; border: .3mm solid #000 }
"""


@dataclass(frozen=True, slots=True)
class Slips:
    """What all slips of a ballot say. `address` is where a code is entered; "" on paper ones."""

    title: str
    subject: str
    group: str
    issuer: str
    aspects: tuple[str, ...]
    options: tuple[str, ...]
    note: str
    address: str = ""


def render_slips(slips: Slips, codes: Sequence[str], *, count: int = 0) -> bytes:
    """A slip for each code, or `count` slips to be ticked. A tenth of a second a slip."""
    pieces = [_coded(slips, code) for code in codes] if codes else [_ticked(slips)] * count
    head = tag("head", void("meta", charset="utf-8"), tag("title", text(slips.title)))
    # Pairs, each laid out by itself: one box that wraps takes minutes for a hundred slips.
    pairs = (_pair(pieces[n : n + 2]) for n in range(0, len(pieces), 2))
    body = tag("body", *pairs)
    return pdf.render_sheet(f'<!DOCTYPE html><html lang="zh-CN">{head}{body}</html>', STYLES)


def _pair(pieces: Sequence[Markup]) -> Markup:
    cells = [tag("td", piece, class_="cell") for piece in pieces]
    cells += [tag("td", class_="cell")] * (2 - len(pieces))
    return tag("table", tag("tr", *cells), class_="pair")


def _head(slips: Slips) -> Markup:
    told = f"测评对象：{slips.subject}　参评人员：{slips.group}"
    return join(tag("h1", text(slips.title)), tag("p", text(told), class_="to"))


def _coded(slips: Slips, code: str) -> Markup:
    return tag(
        "div",
        _head(slips),
        tag("div", _qr(f"{slips.address}#{code}"), class_="qr"),
        tag("p", text("投票码")),
        tag("p", text(code), class_="code"),
        tag("p", text(f"扫码，或打开 {slips.address} 填写投票码"), class_="addr"),
        tag("p", text(f"{slips.note}{slips.issuer}"), class_="note"),
        class_="slip",
    )


def _ticked(slips: Slips) -> Markup:
    box = tag("span", class_="box")
    rows = [tag("tr", tag("th", text("测评项目")), *(tag("th", text(o)) for o in slips.options))]
    rows += [
        tag("tr", tag("th", text(aspect)), *(tag("td", box) for _ in slips.options))
        for aspect in slips.aspects
    ]
    return tag(
        "div",
        _head(slips),
        tag("table", *rows),
        tag("p", text(f"{slips.note}{slips.issuer}"), class_="note"),
        class_="slip",
    )


def _qr(address: str) -> Markup:
    """The QR as inline SVG: nothing is fetched to print it."""
    out = io.BytesIO()
    segno.make(address, error="l", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=2, nl=False
    )
    return Markup(out.getvalue().decode())
