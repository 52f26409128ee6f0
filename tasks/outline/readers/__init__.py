"""From the bytes of an uploaded file, or a pasted text, to its paragraphs."""

from __future__ import annotations

from tasks.outline import gate
from tasks.outline.readers import docx, text, xlsx
from tasks.outline.sentences import refuse
from tasks.outline.source import Source


def read(data: bytes, filename: str) -> Source:
    """The paragraphs of a .docx, .xlsx or .txt; Refused with one sentence otherwise.

    Pure and bounded, but it parses what a stranger made: call it through
    `sandbox.read_in_child`, except in tests.
    """
    kind = gate.admit(data, filename)
    try:
        if kind == "docx":
            return docx.read(data)
        if kind == "xlsx":
            return xlsx.read(data)
        return text.read(data)
    except MemoryError as error:
        raise refuse("memory") from error
    except RecursionError as error:
        raise refuse("too_complex") from error


def read_pasted(pasted: str) -> Source:
    """The lines of a pasted text; Refused when there are none."""
    return text.read_pasted(pasted)


__all__ = ["read", "read_pasted"]
