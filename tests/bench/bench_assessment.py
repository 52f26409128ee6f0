"""The year-end report for 64 and for 400 units: seconds, pages, size, memory.

Each size runs in a process of its own, the material drawn with a fixed seed.

python -m tests.bench.bench_assessment
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from datetime import date
from io import BytesIO
from time import perf_counter

UNITS = (64, 400)


def one(units: int) -> None:
    """Print one line: drafting, PDF, docx, memory at the most."""
    from pypdf import PdfReader

    from reports.documents.docx import render_docx
    from reports.documents.pdf import render_pdf
    from reports.year_report.drafting import drafted, title_of
    from reports.year_report.paper import Front, paper_of
    from tests.reports.year_report.material import material

    began = perf_counter()
    made = material(units)
    draft = drafted(made)
    drafting = perf_counter() - began
    front = Front(title_of(made), "县委常委会", draft.body, "安政报〔2026〕1号", date(2026, 1, 6))
    paper = paper_of(front, made, draft.facts)
    began = perf_counter()
    pdf = render_pdf(paper)
    setting = perf_counter() - began
    began = perf_counter()
    docx = render_docx(paper)
    writing = perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{units:4} units: draft {drafting:.2f} s, PDF {setting:.1f} s, "
        f"{len(PdfReader(BytesIO(pdf)).pages)} pages, {len(pdf) // 1024} kB, "
        f"docx {writing:.1f} s, {len(docx) // 1024} kB, memory {memory:.0f} MB",
        flush=True,
    )


def main() -> None:
    for units in UNITS:
        command = [sys.executable, "-m", "tests.bench.bench_assessment", str(units)]
        subprocess.run(command, env=dict(os.environ), check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(int(sys.argv[1]))
    else:
        main()
