"""Seconds to make official papers, the first in a process and later ones.

python -m tests.bench.bench_documents
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from reports.documents.content import Annex
from tests.reports.documents import samples


def seconds(make: Callable[[], bytes]) -> tuple[float, int]:
    """How long it took and how large it came out."""
    start = perf_counter()
    made = make()
    return perf_counter() - start, len(made)


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
        print(f"{name:<22} first {first:7.3f} s   warm {warm:7.3f} s   {size / 1000:8.0f} kB")


if __name__ == "__main__":
    main()
