"""Rule 12 and the strict CSP: no inline code, nothing from another host, no query."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import tree

pytestmark = pytest.mark.nodb
# Pages on screen. What is printed by the server (reports/documents) has a style sheet of its own.
PAGES = tree.ending(".html", under=("templates",))
COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.S)
FORBIDDEN = {
    "inline style": r"\sstyle\s*=",
    "style element": r"<style\b",
    "inline script": r"<script(?![^>]*\ssrc=)[^>]*>",
    "event handler": r"<[^>]*\son[a-z]+\s*=",
    "javascript: address": r"javascript:",
    "eval of htmx": r"\bhx-on\b|hx-(vals|headers)\s*=\s*[\"']js:|hx-trigger\s*=\s*[\"'][^\"']*\[",
    "another host": r"""(?:src|href|action|srcset|poster|hx-\w+)\s*=\s*["'](?:https?:)?//""",
    "query": r"\{[{%][^}]*\.(?:all|exists|objects|count_all|select_related)\b"
    r"|\{[{%][^}]*\w_set\b",
    "unescaped text": r"\|\s*safe\b|\{%\s*autoescape\s+off",
    "newer than the floor": r"<[^>]*\s(?:inert|popover|popovertarget)(?:[\s=>])|<search\b",
}


def bare(path: Path) -> str:
    """The template without comments, lines kept."""
    return COMMENT.sub(lambda m: "\n" * m[0].count("\n"), tree.text(path))


@pytest.mark.parametrize("what", FORBIDDEN)
def test_templates_have_no(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what], re.I)
    wrong = [
        f"{path}:{tree.line_of(source, found.start())} {found[0].strip()[:70]}"
        for path in PAGES
        for source in [bare(path)]
        for found in pattern.finditer(source)
    ]
    assert PAGES
    assert not wrong, f"{what}:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("inline style", '<p style="color:red">'),
        ("inline script", "<script>go()</script>"),
        ("event handler", '<a href="#" onclick="go()">'),
        ("another host", '<img src="//cdn.example.com/a.png">'),
        ("another host", "<a href='https://example.com/'>"),
        ("query", "{% for u in unit.children.all %}"),
        ("query", "{{ paper.item_set }}"),
        ("eval of htmx", '<a hx-trigger="click[ctrlKey]">'),
        ("unescaped text", "{{ text|safe }}"),
    ],
)
def test_the_guard_sees(what: str, source: str) -> None:
    assert re.search(FORBIDDEN[what], source, re.I)


def test_partials_are_named_with_an_underscore() -> None:
    for path in PAGES:
        if path.parent.name == "partials":
            assert path.name.startswith("_"), path


def test_pages_load_only_files_that_exist() -> None:
    for path in PAGES:
        for name in re.findall(r"""\{%\s*static\s+["']([^"']+)["']""", bare(path)):
            assert (tree.TOP / "static" / name).is_file(), f"{path}: {name}"


def test_every_form_that_posts_carries_its_token() -> None:
    for path in PAGES:
        for form in re.findall(r"<form\b[^>]*\bmethod=[\"']post[\"'].*?</form>", bare(path), re.S):
            assert "csrf_token" in form, f"{path}: {form[:80]}"
