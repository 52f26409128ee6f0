"""How long reading a paper takes, against the floor: unzip and parse of the same file."""

from __future__ import annotations

import io
import random
import resource
import statistics
import time
import zipfile
from collections.abc import Callable

from lxml import etree

from tasks.outline.fill_docx import entry_for, fill
from tasks.outline.readers import read
from tasks.outline.sandbox import read_in_child
from tests.tasks.outline import docx_maker as d

PAGES = 300
_FONTS = '<w:rFonts w:hint="eastAsia" w:ascii="仿宋_GB2312" w:eastAsia="仿宋_GB2312"/>'
_STYLE = f'{_FONTS}<w:color w:val="000000"/><w:sz w:val="32"/><w:szCs w:val="32"/>'
_LAYOUT = '<w:spacing w:line="560" w:lineRule="exact"/><w:ind w:firstLineChars="200"/>'


def paper(pages: int = PAGES, seed: int = 1) -> bytes:
    """A paper of `pages` pages as Word writes it: three runs a paragraph, numbers, tables."""
    rng = random.Random(seed)
    levels = d.level(0, "chineseCounting", "%1、") + d.level(1, "chineseCounting", "（%2）")
    body = []
    for page in range(pages):
        body.append(
            _line(rng, f'<w:numPr><w:ilvl w:val="{page % 2}"/><w:numId w:val="1"/></w:numPr>')
        )
        body += [_line(rng, "") for _ in range(8)]
        body += [_slot(label) for label in ("责任领导：", "责任人员：", "牵头单位：", "责任单位：")]
        if page % 10 == 0:
            body.append(d.table(*([d.cell(_words(rng, 8)) for _ in range(6)] for _ in range(8))))
    numbering = d.numbering({0: levels}, {1: (0, "")})
    return d.make(*body, numbering_xml=numbering)


def _words(rng: random.Random, length: int) -> str:
    return "".join(chr(rng.randrange(0x4E00, 0x5E00)) for _ in range(length))


def _line(rng: random.Random, number: str) -> str:
    runs = [d.run(_words(rng, rng.randrange(10, 40)), _STYLE) for _ in range(3)]
    mark = f"<w:rPr>{_STYLE}</w:rPr>"
    return d.paragraph(*runs, properties=f'<w:pStyle w:val="a"/>{number}{_LAYOUT}{mark}')


def _slot(label: str) -> str:
    return d.paragraph(d.run(label, _STYLE), properties=f"{_LAYOUT}<w:rPr>{_STYLE}</w:rPr>")


def floor(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        etree.fromstring(archive.read("word/document.xml"))


def median_ms(action: Callable[[], object], times: int = 9) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        action()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def main() -> None:
    """Prints one line a measure."""
    data = paper()
    source = read(data, "paper.docx")
    slots = [p for p in source.paragraphs if p.text.endswith("：")]
    entries = [entry_for(p, len(p.text), len(p.text), "县财政局") for p in slots]
    least = median_ms(lambda: floor(data))
    reading = median_ms(lambda: read(data, "paper.docx"))
    child = median_ms(lambda: read_in_child(data, "paper.docx"), 5)
    filling = median_ms(lambda: fill(data, entries), 3)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{PAGES} pages, {len(source.paragraphs)} paragraphs, {len(data) / 1024:.0f} kB")
    print(f"floor (unzip, parse)  {least:7.1f} ms")
    print(f"read                  {reading:7.1f} ms  {reading / least:.1f} × the floor")
    print(f"read in the child     {child:7.1f} ms  peak {peak:.0f} MB")
    print(f"fill {len(entries)} slots       {filling:7.1f} ms")


if __name__ == "__main__":
    main()
