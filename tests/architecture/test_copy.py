"""The wording on the pages (copy deck): no pronouns, no shouting, 登录 not 登陆."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from . import tree

pytestmark = pytest.mark.nodb
# Words read from papers are data, whatever they are; the demo's papers are in a county's own voice.
NOT_COPY = (Path("tasks/outline"), Path("accountability/demo"))
RULES = {
    "a pronoun (verb and object instead)": r"[你您]|咱们|我们",
    "an exclamation mark": r"(?<=[\u4e00-\u9fff])！",  # not one in a set of marks
    "登陆 (登录)": r"登陆",
    "其它 (其他)": r"其它",
    "失败 or 错误 (无法、未能、有误)": r"失败|错误",
}
TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", re.S)
SCRIPT_COMMENT = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.S)


def literals(path: Path) -> list[tuple[int, str]]:
    """(line, text) of the strings in a Python file that are no docstrings."""
    module = tree.parsed(path)
    documentation = {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        (node.lineno, node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documentation
    ]


def copy() -> list[tuple[str, str]]:
    """(place, text) of everything that a person may read on a page."""
    found = []
    for path in tree.ending(".html", under=("templates",)):
        found.append((str(path), TEMPLATE_COMMENT.sub("", tree.text(path))))
    for path in tree.ending(".js", under=("static",)):
        found.append((str(path), SCRIPT_COMMENT.sub("", tree.text(path))))
    for path in tree.python(*tree.APPS, "config"):
        if not any(folder in path.parents for folder in NOT_COPY):
            found += [(f"{path}:{line}", text) for line, text in literals(path)]
    return found


@pytest.mark.parametrize("rule", RULES)
def test_the_copy_has_no(rule: str) -> None:
    wrong = [
        f"{place} …{text[max(0, m.start() - 12) : m.end() + 12]!r}"
        for place, text in copy()
        for m in re.finditer(RULES[rule], text)
    ]
    assert not wrong, f"{rule}:\n" + "\n".join(wrong)
