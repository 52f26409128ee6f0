"""UI-B2: nothing that Chromium 86 (360 极速模式) does not know; vendored files as they came."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from . import tree

pytestmark = pytest.mark.nodb
STYLES = tree.ending(".css", under=("static",))
SCRIPTS = tree.ending(".js", ".mjs", under=("static",))

# Feature → pattern. The number is the first Chromium that has it.
CSS = {
    ":has() 105": r":has\(",
    ":is() 88": r":is\(",
    ":where() 88": r":where\(",
    ":not(list) 88": r":not\([^()]*,",
    "color-mix() 111": r"color-mix\(",
    "light-dark() 123": r"light-dark\(",
    "modern colours 111": r"\b(?:oklch|oklab|lch|lab|hwb|color)\(",
    "@layer 99": r"@layer\b",
    "@container 105": r"@container\b|container-type",
    "@scope 118": r"@scope\b",
    "aspect-ratio 88": r"aspect-ratio\s*:",
    "inset 87": r"(?<![-\w])inset(?:-inline|-block)?(?:-start|-end)?\s*:",
    "margin-inline 87": r"(?:margin|padding)-(?:inline|block)\s*:",
    "dynamic viewport units 108": r"\d(?:d|s|l)v(?:h|w|min|max)\b",
    "accent-color 93": r"accent-color",
    "overflow clip 90": r"overflow(?:-[xy])?\s*:\s*clip",
    "individual transforms 104": r"(?<![-\w])(?:translate|rotate|scale)\s*:",
    "text-wrap 114": r"text-wrap\s*:",
    "subgrid 117": r"\bsubgrid\b",
    "field-sizing 123": r"field-sizing",
    "nth-child of 111": r":nth-(?:last-)?child\([^)]*\bof\b",
    "range media queries 104": r"@media[^{]*[<>]=?",
    "nesting 112": r"(?:^|[{;}])\s*&",
    "another host": r"url\(\s*[\"']?(?:https?:)?//|@import",
}
JS = {
    "Array.at 92": r"\.at\(",
    "structuredClone 98": r"\bstructuredClone\b",
    "static block 94": r"\bstatic\s*\{",
    "inert 102": r"\.inert\b",
    "popover 114": r"\b(?:showPopover|hidePopover|togglePopover)\b",
    "Object.hasOwn 93": r"\bObject\.hasOwn\b",
    "findLast 97": r"\.findLast(?:Index)?\(",
    "change by copy 110": r"\.(?:toSorted|toReversed|toSpliced)\(",
    "groupBy 117": r"\b(?:Object|Map)\.groupBy\b",
    "randomUUID 92": r"\brandomUUID\b",
    "Intl.Segmenter 87": r"\bIntl\.Segmenter\b",
    "AbortSignal.timeout 103": r"\bAbortSignal\.(?:timeout|any)\b",
    "showPicker 99": r"\.showPicker\(",
    "view transitions 111": r"\bstartViewTransition\b",
    "withResolvers 119": r"\bwithResolvers\b",
    "URL.canParse 120": r"\bURL\.(?:canParse|parse)\b",
    "checkVisibility 105": r"\.checkVisibility\(",
    "newer selectors": (
        r"(?:querySelector(?:All)?|closest|matches)\(\s*(['\"`])[^'\"`]*:(?:has|is|where)\("
    ),
    "eval": r"\beval\(|\bnew Function\b|set(?:Timeout|Interval)\(\s*['\"`]",
    "inline style by attribute": r"setAttribute\(\s*['\"]style['\"]",
    # The CSRF cookie has another name in production: the page's data-csrf holds the token.
    "the CSRF cookie by name": r"csrftoken",
    "another host": r"(['\"`])(?:https?:)?//(?!www\.w3\.org/)[a-z0-9.-]+\.[a-z]{2,}",
}
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.S)
JS_COMMENT = re.compile(r"/\*.*?\*/|(?<![:'\"`\\/])//[^\n]*", re.S)


def without(comment: re.Pattern[str], source: str) -> str:
    """The source with its comments blanked, lines kept."""
    return comment.sub(lambda m: "\n" * m[0].count("\n"), source)


def finds(paths: list[Path], comment: re.Pattern[str], pattern: str) -> list[str]:
    return [
        f"{path}:{tree.line_of(source, found.start())} {found[0].strip()[:60]}"
        for path in paths
        for source in [without(comment, tree.text(path))]
        for found in re.finditer(pattern, source, re.M)
    ]


@pytest.mark.parametrize("feature", CSS)
def test_style_sheets_stay_on_the_floor(feature: str) -> None:
    assert STYLES
    found = finds(STYLES, CSS_COMMENT, CSS[feature])
    assert not found, f"{feature}:\n" + "\n".join(found)


@pytest.mark.parametrize("feature", JS)
def test_scripts_stay_on_the_floor(feature: str) -> None:
    assert SCRIPTS
    found = finds(SCRIPTS, JS_COMMENT, JS[feature])
    assert not found, f"{feature}:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("table", "feature", "source"),
    [
        (CSS, "inset 87", "a{inset:0}"),
        (CSS, "nesting 112", "a{color:red;\n  &:hover{}}"),
        (CSS, "individual transforms 104", "a{rotate: 3deg}"),
        (CSS, "range media queries 104", "@media (width >= 600px){"),
        (JS, "Array.at 92", "rows.at(-1)"),
        (JS, "newer selectors", "document.querySelector('tr:has(input)')"),
        (JS, "another host", "fetch('https://example.com/x')"),
    ],
)
def test_the_guard_sees(table: dict[str, str], feature: str, source: str) -> None:
    assert re.search(table[feature], source, re.M)


def test_the_guard_lets_the_old_pass() -> None:
    old = "a{transform:rotate(3deg);margin-inline-start:0;box-shadow:inset 0 0 0 1px red}"
    assert not [f for f, p in CSS.items() if re.search(p, old, re.M)]


def test_vendored_files_are_those_of_the_manifest() -> None:
    vendor = tree.TOP / "static" / "vendor"
    listed = dict(
        reversed(line.split("  ", 1))
        for line in (vendor / "MANIFEST.sha256").read_text("utf-8").splitlines()
    )
    there = {
        str(p.relative_to(vendor)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in vendor.rglob("*")
        if p.is_file() and p.name != "MANIFEST.sha256"
    }
    assert there == listed
    for folder in {name.split("/")[0] for name in there}:
        assert f"{folder}/LICENSE" in there, f"{folder} comes without its licence"
        assert re.fullmatch(r"[\w.-]+@\d+(\.\d+)+", folder), folder


def test_vendored_files_name_no_source_map() -> None:
    """The hashed static storage would look for it."""
    for path in (tree.TOP / "static" / "vendor").rglob("*"):
        if path.suffix in (".js", ".css", ".mjs"):
            assert "sourceMappingURL" not in path.read_text("utf-8"), path
