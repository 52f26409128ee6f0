"""Background work of what is handed out; importing it registers the kinds."""

from . import duty_papers, letters, paper_files  # noqa: F401
