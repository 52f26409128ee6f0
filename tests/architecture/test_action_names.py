"""Every action that is recorded has a name by which the trail's page offers it."""

from __future__ import annotations

import ast
import re

import pytest

from accountability.selectors.trail import ACTION_NAMES

from . import tree

pytestmark = pytest.mark.nodb
# What writes an event, or hands an action on to what does.
WRITERS = {
    *("record", "Note", "record_denial", "_record", "_move", "move", "_advance", "_change"),
    *("_with_reason",),
}
ACTION = re.compile(r"([a-z_]+)\.[a-z_.]*")
ALONE = {"login", "logout"}


def actions() -> set[str]:
    """The literal actions (of f-strings their beginning) given to a writer."""
    found = set()
    for path in tree.python(*tree.APPS):
        for call in ast.walk(tree.parsed(path)):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            given = [*call.args, *(k.value for k in call.keywords if k.arg == "action")]
            for argument in given if name in WRITERS else ():
                if not isinstance(argument, ast.Constant | ast.JoinedStr | ast.IfExp):
                    continue
                for part in ast.walk(argument):
                    text = part.value if isinstance(part, ast.Constant) else ""
                    if isinstance(text, str) and (text in ALONE or ACTION.fullmatch(text)):
                        found.add(text)
    return found


def test_every_action_has_a_name() -> None:
    found = actions()
    assert len(found) > 150
    assert not {a for a in found if a.partition(".")[0] not in ACTION_NAMES}


def test_every_name_is_one_actions() -> None:
    families = {a.partition(".")[0] for a in actions()}
    assert set(ACTION_NAMES) == families | {"denied"}  # of any route: the middleware's
    assert len(set(ACTION_NAMES.values())) == len(ACTION_NAMES)
