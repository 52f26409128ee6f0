"""Background work of what is handed out; importing it registers the kinds."""

from . import assessments, letters, paper_files  # noqa: F401
