"""The child process in which an uploaded file is parsed; `sandbox` starts it.

It gets one line of JSON and the file on standard input and answers with one JSON
value on standard output. It limits itself before it reads the first byte of the file.
"""

from __future__ import annotations

import base64
import codecs
import json
import resource
import sys
from collections.abc import Callable
from typing import Any

from tasks.outline import wire
from tasks.outline.fill_docx import Entry, NewLine, fill
from tasks.outline.readers import read
from tasks.outline.refusal import Refused
from tasks.outline.sentences import REFUSALS
from tasks.outline.source import Source

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 20
OPEN_FILES = 8

# Opened lazily by Python when first used; afterwards there may be no files to open.
_CODECS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gb2312", "cp437")


def main() -> None:
    """Reads the request, answers it, and lets nothing else out."""
    header = json.loads(sys.stdin.buffer.readline())
    analyse = _load_grammar() if header["action"] == "outline" else None
    for name in _CODECS:
        codecs.lookup(name)
    _limit_itself()
    try:
        data = sys.stdin.buffer.read()
        answer = (
            _filled(data, header) if header["action"] == "fill" else _read(data, header, analyse)
        )
    except Refused as error:
        answer = {"refused": [str(error), error.code]}
    except MemoryError:
        answer = {"refused": [REFUSALS["memory"], "memory"]}
    except Exception as error:
        answer = {"failed": _told(error)}
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _read(
    data: bytes, header: dict[str, Any], analyse: Callable[..., Any] | None
) -> dict[str, Any]:
    source: Source = read(data, header["filename"])
    answer = {"source": wire.pack(source)}
    if analyse is not None:
        year = header["year"]
        outline = analyse(source) if year is None else analyse(source, year=year)
        answer["outline"] = wire.pack(outline)
    return answer


def _filled(data: bytes, header: dict[str, Any]) -> dict[str, Any]:
    entries = wire.unpack(list[Entry], header["entries"])
    new_lines = wire.unpack(list[NewLine], header["new_lines"])
    try:
        filled = fill(data, entries, new_lines)
    except ValueError as error:
        return {"misplaced": str(error)}
    return {"filled": base64.b64encode(filled).decode("ascii")}


def _told(error: Exception) -> str:
    """Kind and place of a mistake in this program, for the log; nothing of the paper's text."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return type(error).__name__
    code = place.tb_frame.f_code
    return f"{type(error).__name__} in {code.co_qualname}, line {place.tb_lineno}"


def _load_grammar() -> Callable[..., Any]:
    from tasks.outline.analyse import analyse

    return analyse


def _limit_itself() -> None:
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_AS, MEMORY),
    ):
        _, ceiling = resource.getrlimit(what)
        if ceiling != resource.RLIM_INFINITY:
            most = min(most, ceiling)
        # At the soft limit of CPU time comes SIGXCPU, at the hard one SIGKILL: let the
        # first come first, so that the parent can tell.
        hard = most + 1 if what == resource.RLIMIT_CPU else most
        resource.setrlimit(what, (most, hard if ceiling < 0 else min(hard, ceiling)))


if __name__ == "__main__":
    main()
