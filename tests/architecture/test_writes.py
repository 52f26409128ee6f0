"""Rules 8 and 9: every write is a service's; a view, selector, form or template writes nothing."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from . import tree

pytestmark = pytest.mark.nodb
READERS = {"views", "selectors", "forms", "templatetags"}
ALWAYS = {
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "delete",
    "recorded_bulk",
    "raw_delete",
}
# A session is the person's own desk, not a record.
HARMLESS = ("request.session.",)


def is_write(call: ast.Call) -> bool:
    """Whether the call looks like the ORM's: `row.save()`, `rows.update(x=1)`, `rows.delete()`.

    A dict's `update(other)` and a workbook's `save(stream)` take positions.
    """
    if not isinstance(call.func, ast.Attribute):
        return False
    name = call.func.attr
    if ast.unparse(call.func).startswith(HARMLESS):
        return False
    if any(keyword.arg == "by" for keyword in call.keywords):
        return False  # a service: `units.create(by=…)`
    if name in ALWAYS:
        return True
    if name == "update":
        return bool(call.keywords) and not call.args
    return name == "save" and not call.args


def readers() -> list[Path]:
    return [
        p
        for p in tree.python(*tree.APPS)
        if READERS & set(p.parts[1:-1]) or p.name in ("context.py", "urls.py")
    ]


def test_no_writes_outside_the_services() -> None:
    wrong = [
        f"{path}:{node.lineno} {ast.unparse(node)[:80]}"
        for path in readers()
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Call) and is_write(node)
    ]
    assert readers()
    assert not wrong, "a service writes, not this:\n" + "\n".join(wrong)


def test_public_services_are_keyword_only_and_say_who() -> None:
    """What writes takes `by=`, or runs inside a door that its caller opened (`require_act`)."""
    wrong = []
    for path in tree.python(*tree.APPS):
        if "services" not in path.parts:
            continue
        for node in tree.parsed(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if any("job_kind" in ast.unparse(d) for d in node.decorator_list):
                continue  # the signature of every job's work
            opens = any(
                isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "acting"
                for n in ast.walk(node)
            )
            names = {a.arg for a in [*node.args.args, *node.args.kwonlyargs]}
            as_itself = "Actor.system(" in ast.unparse(node)
            if opens and not as_itself and not names & {"by", "request"}:
                wrong.append(f"{path}:{node.lineno} {node.name} opens the door for nobody")
            if opens and [a.arg for a in node.args.args] not in ([], ["request"]):
                wrong.append(f"{path}:{node.lineno} {node.name} takes positions")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "writes"),
    [
        ("row.save()", True),
        ("row.save(update_fields=['a'])", True),
        ("book.save(stream)", False),
        ("Unit.objects.filter(a=1).update(b=2)", True),
        ("values.update(other)", False),
        ("rows.delete()", True),
        ("Unit.objects.get_or_create(a=1)", True),
        ("request.session.save()", False),
        ("units.create(by=actor, name=name)", False),
    ],
)
def test_the_guard_knows_a_write(source: str, writes: bool) -> None:
    call = ast.parse(source, mode="eval").body
    assert isinstance(call, ast.Call)
    assert is_write(call) is writes


def test_a_migration_changes_the_shape_and_no_row() -> None:
    """SQLite remakes an altered table without its triggers; they are back when all is migrated.

    What an upgrade changes in rows is a service, called by a command afterwards.
    """
    wrong = [
        f"{path}:{node.lineno} {ast.unparse(node.func)}"
        for app in tree.APPS
        for path in sorted((tree.TOP / app / "migrations").glob("[0-9]*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).split(".")[-1] in ("RunPython", "RunSQL")
    ]
    assert not wrong
