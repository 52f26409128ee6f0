"""Background work of what is handed out; importing it registers the kinds."""

from . import bulletins, letters, notices, paper_files  # noqa: F401
