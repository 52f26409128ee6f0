"""The repository's files, as the guard tests look at them."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
APPS = ("accountability", "tasks", "reports")
NOT_OURS = {".git", ".venv", "var", "secrets", "node_modules"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is or is about to be in the repository, relative to its top."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=TOP,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        found = [Path(name) for name in listed if name]
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive
        found = [
            path.relative_to(TOP)
            for path in TOP.rglob("*")
            if path.is_file() and not NOT_OURS & set(path.relative_to(TOP).parts)
        ]
    return tuple(sorted(p for p in found if (TOP / p).is_file()))


def ending(*suffixes: str, under: tuple[str, ...] = ()) -> list[Path]:
    """Our files with one of these endings, below one of these top folders; no vendored ones."""
    return [
        path
        for path in files()
        if path.suffix in suffixes
        and (not under or path.parts[0] in under)
        and "vendor" not in path.parts
    ]


def python(*under: str) -> list[Path]:
    """Our Python files, migrations aside."""
    return [p for p in ending(".py", under=under) if "migrations" not in p.parts]


@cache
def text(path: Path) -> str:
    return (TOP / path).read_text(encoding="utf-8")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(text(path), str(path))


def line_of(source: str, position: int) -> int:
    return source.count("\n", 0, position) + 1
