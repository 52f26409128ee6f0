"""Background work of what is handed out; importing it registers the kinds."""

from . import (  # noqa: F401
    assessments,
    ballots,
    bulletins,
    duty_papers,
    letters,
    notices,
    paper_files,
    publications,
    results,
    year_reports,
    years,
)
