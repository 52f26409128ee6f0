"""Background work of what is handed out; importing it registers the kinds."""

from . import letters, paper_files  # noqa: F401
