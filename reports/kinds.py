"""The forms in which a paper goes out, and the jobs that make them."""

from __future__ import annotations

KINDS = {"docx": "Word", "pdf": "PDF", "xlsx": "任务分解表"}
FILLED_PAPER = "filled_paper"
BULLETIN_FILES = "bulletin_files"
YEAR_REPORT_FILES = "year_report_files"


def job_kind_of(kind: str) -> str:
    """The job that makes a file of `kind` ("docx", "pdf", "xlsx")."""
    return f"paper_{kind}"
