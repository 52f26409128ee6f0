"""Background work of what is handed out; importing it registers the kinds."""

from . import assessments, bulletins, duty_papers, letters, notices, paper_files  # noqa: F401
