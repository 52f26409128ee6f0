"""Rule 2 and what no tracked file may carry: sizes, names, machine paths, registries."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest

from . import tree

pytestmark = pytest.mark.nodb
MOST_LINES, MANY_LINES = 800, 500
TOP_LEVEL = {
    *("manage.py", "pyproject.toml", "docker-compose.yml", "README.md", "Makefile"),
    *("CHANGELOG.md", "LICENSE", "docs", ".ci", "config", "accountability", "tasks", "reports"),
    *("templates", "static", "tests", "requirements.lock", "requirements-dev.lock", ".gitignore"),
    *(".gitattributes", ".editorconfig", "DEVELOPERS.md"),
}
NAMELESS = re.compile(r"(?:^|_)(?:utils?|helpers?|common|misc|base_stuff|stuff|tools)(?:_|$)")
TEXT = {".py", ".html", ".css", ".js", ".md", ".toml", ".yml", ".yaml", ".txt", ".sh", ".lock", ""}


def texts() -> list[Path]:
    return [p for p in tree.files() if p.suffix in TEXT and "vendor" not in p.parts]


def test_the_top_level_is_the_designs() -> None:
    assert {p.parts[0] for p in tree.files()} <= TOP_LEVEL


def test_no_file_is_too_long_to_know() -> None:
    lengths = {p: tree.text(p).count("\n") for p in [*tree.python(), *tree.ending(".js", ".html")]}
    for path, lines in lengths.items():
        if lines > MANY_LINES:
            warnings.warn(f"{path} has {lines} lines; more than {MANY_LINES}", stacklevel=1)
    assert not [f"{p}: {n}" for p, n in lengths.items() if n > MOST_LINES]


def test_a_file_is_named_for_what_it_is() -> None:
    wrong = [
        p for p in tree.files() if any(NAMELESS.search(part.split(".")[0]) for part in p.parts)
    ]
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a path of one machine", r"(?<![\w.])/(?:work|home|root|Users)/[\w.-]+"),
        (
            "a registry's address",
            r"https?://[^/\s\"']*(?:pypi|python-?hosted|npmjs|npm\.)[^/\s\"']*",
        ),
        ("a private key", r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    ],
)
def test_no_tracked_file_carries(what: str, pattern: str) -> None:
    this = Path(__file__).relative_to(tree.TOP)
    wrong = [
        f"{path}:{tree.line_of(source, found.start())} {found[0]}"
        for path in texts()
        if path != this
        for source in [tree.text(path)]
        for found in re.finditer(pattern, source)
    ]
    assert not wrong, f"{what}:\n" + "\n".join(wrong)


def test_models_services_and_views_are_packages_named_alike() -> None:
    for app in tree.APPS:
        for kind in ("models", "services", "views", "forms", "selectors", "jobs"):
            assert not (tree.TOP / app / f"{kind}.py").exists(), f"{app}/{kind}.py: make a package"
