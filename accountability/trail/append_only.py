"""Files outside the database that are only ever added to.

A write that was cut off (a full disk, a crash) leaves a torn last line. It is
never taken away, because the file may be append-only for us too: the next
line begins on a line of its own, and readers tell of the remnant.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path


def append(path: Path, make_lines: Callable[[Path], Iterable[str]]) -> int:
    """Add lines under a lock and put them on the disk; returns how many.

    `make_lines` is called with the lock held, so that what it reads of the
    file's end still holds when its lines are written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    descriptor = os.open(path, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o640)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        torn = is_torn(path)
        count = 0
        for line in make_lines(path):
            if torn:
                file.write("\n")
                torn = False
            file.write(line + "\n")
            count += 1
        if count:
            file.flush()
            os.fsync(file.fileno())
    return count


def is_torn(path: Path) -> bool:
    """Whether the file ends within a line."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def lines(path: Path) -> Iterator[str]:
    """The file's whole lines; a torn last line is left out, bytes that are no text marked."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for line in file:
            if line.endswith("\n"):
                yield line[:-1]


def last_line(path: Path, *, reach: int = 65536) -> str:
    """The last whole line, read from the file's end."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        size = file.tell()
        while True:
            file.seek(max(0, size - reach))
            data = file.read(min(size, reach))
            whole = data[: data.rfind(b"\n") + 1].rstrip(b"\n")
            start = whole.rfind(b"\n") + 1
            if start or reach >= size:
                return whole[start:].decode("utf-8", "replace")
            reach *= 4
