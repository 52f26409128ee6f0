"""Seconds to make official papers, the first in a process and later ones; the memory it takes.

The PDFs also as WeasyPrint makes them by default: the same HTML and style sheet,
fonts read anew for each document, no justification, any address fetched.
Each way runs in a process of its own.

python -m tests.bench.bench_documents
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter, process_time

from reports.documents.content import Annex, OfficialPaper
from tests.reports.documents import samples


def seconds(make: Callable[[], bytes]) -> tuple[float, int]:
    """How long the processor took and how large it came out."""
    start = process_time()
    made = make()
    return process_time() - start, len(made)


def by_default(paper: OfficialPaper) -> bytes:
    """The paper by WeasyPrint alone, as its manual says."""
    from weasyprint import CSS, HTML

    from reports.documents.paper_html import paper_html
    from reports.documents.pdf import _STYLES

    made = HTML(string=paper_html(paper)).write_pdf(stylesheets=[CSS(_STYLES)])
    assert isinstance(made, bytes)
    return made


def default_lines() -> None:
    """Print the PDFs' lines as WeasyPrint comes."""
    table = Annex.of_table("重点任务分解表", samples.COLUMNS, samples.task_rows(300))
    for name, paper in (
        ("letter, by default", samples.letter()),
        ("300 rows, by default", samples.letter(annexes=(table,))),
    ):
        first, size = seconds(lambda paper=paper: by_default(paper))
        warm, _ = seconds(lambda paper=paper: by_default(paper))
        line(name, first, warm, size)


def line(name: str, first: float, warm: float, size: int) -> None:
    """One line; the memory is the process's highest so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name:<22} first {first:7.3f} s   warm {warm:7.3f} s   {size / 1000:8.0f} kB"
        f"   {peak:6.0f} MB",
        flush=True,
    )


def main(repeat: int = 3) -> None:
    """Print a line for each kind of document."""
    start = perf_counter()
    from reports.documents.docx import render_docx
    from reports.documents.pdf import render_pdf
    from reports.documents.xlsx import render_xlsx

    print(f"import                       {perf_counter() - start:7.3f} s")
    letter = samples.letter()
    table = Annex.of_table("重点任务分解表", samples.COLUMNS, samples.task_rows(300))
    annexed = samples.letter(annexes=(table,))
    rows = samples.task_rows(300)
    kinds: list[tuple[str, Callable[[], bytes]]] = [
        ("letter, PDF", lambda: render_pdf(letter)),
        ("300-row annex, PDF", lambda: render_pdf(annexed)),
        ("letter, docx", lambda: render_docx(letter)),
        ("300-row annex, docx", lambda: render_docx(annexed)),
        ("300 rows, xlsx", lambda: render_xlsx("分解表", samples.COLUMNS, rows)),
    ]
    for name, make in kinds:
        first, size = seconds(make)
        warm = min(seconds(make)[0] for _ in range(repeat))
        line(name, first, warm, size)
    command = [sys.executable, "-m", "tests.bench.bench_documents", "default"]
    subprocess.run(command, env=os.environ, check=True)


if __name__ == "__main__":
    default_lines() if sys.argv[1:] == ["default"] else main()
