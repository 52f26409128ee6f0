"""Rule 10: jobs live in `jobs`, are registered, short, and say what happens if run twice."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from accountability.services.jobs import registered_kinds

from . import tree

pytestmark = pytest.mark.nodb
MOST_LINES = 20


def decorated(name: str) -> list[tuple[str, ast.FunctionDef, ast.Call]]:
    """(place, function, decorator) of every function decorated by a call of `name`."""
    return [
        (f"{path}:{node.lineno}", node, decorator)
        for path in tree.python(*tree.APPS)
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).split(".")[-1] == name
    ]


def module_says(place: str) -> str:
    """The docstring of the module: it may speak for all of its jobs."""
    return ast.get_docstring(tree.parsed(Path(place.rsplit(":", 1)[0]))) or ""


def test_every_kind_of_job_is_registered_when_django_is_up() -> None:
    """A module that nobody imports would leave its kind unknown to the worker."""
    for place, _, decorator in decorated("job_kind"):
        kind = decorator.args[0]
        if isinstance(kind, ast.Constant):
            assert kind.value in registered_kinds(), f"{place}: import it in the app's ready()"


def test_kinds_live_in_jobs_and_are_short() -> None:
    for place, function, _ in [*decorated("job_kind"), *decorated("shared_task")]:
        assert "/jobs/" in place or "/jobs.py" in place, place
        assert (function.end_lineno or 0) - function.lineno < MOST_LINES, place
        said = f"{ast.get_docstring(function)} {module_says(place)}".lower()
        assert "twice" in said or "again" in said, f"{place}: say what a second run does"


def test_nothing_but_the_entry_points_is_a_celery_task() -> None:
    for place, _, _ in decorated("shared_task"):
        assert place.startswith("accountability/jobs/entry.py"), place
