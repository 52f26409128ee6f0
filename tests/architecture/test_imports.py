"""Rule 1: reports → tasks → accountability; nobody imports config; the cores know no Django."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import tree

pytestmark = pytest.mark.nodb
MAY_IMPORT = {
    "accountability": {"accountability"},
    "tasks": {"tasks", "accountability"},
    "reports": {"reports", "tasks", "accountability"},
    "config": {"config", "reports", "tasks", "accountability"},
}
OURS = {*MAY_IMPORT, "tests"}
PURE = (
    Path("tasks/outline"),
    Path("accountability/ledger"),
    Path("accountability/workbook"),
    Path("reports/documents"),
    Path("reports/signing"),
    Path("reports/assessment"),
    Path("reports/charts"),
    Path("reports/year_report"),
    Path("reports/drafting"),
)


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute module name) of every import, those inside functions too."""
    package = path.with_suffix("").parts[:-1]
    for node in ast.walk(tree.parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
                yield node.lineno, ".".join([*base, *([node.module] if node.module else [])])
            else:
                yield node.lineno, node.module or ""


def test_imports_run_one_way() -> None:
    wrong = [
        f"{path}:{line} imports {module}"
        for app, allowed in MAY_IMPORT.items()
        for path in tree.python(app)
        for line, module in imported(path)
        if module.split(".")[0] in OURS - allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_the_pure_cores_import_no_django_and_no_models() -> None:
    """A core may use another one: the signing core the typefaces and the ledger's digests."""
    cores = tuple(".".join(core.parts) for core in PURE)
    wrong = []
    for core in PURE:
        for path in tree.python(core.parts[0]):
            if core not in path.parents:
                continue
            for line, module in imported(path):
                top = module.split(".")[0]
                inside = module.startswith(cores)
                if top == "django" or (top in OURS and not inside):
                    wrong.append(f"{path}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)
