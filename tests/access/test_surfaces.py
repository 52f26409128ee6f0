"""Surface agreement: who finds a task in one place finds it everywhere, and nobody else does.

list = detail = search = suggestions = history = changes = export = grid = has_perm.
"""

from __future__ import annotations

import pytest
from django.urls import reverse

from accountability.models import User
from tasks.models import TaskItem, TaskState
from tests.access.people import YEAR, Scene, canary, scene
from tests.access.test_matrix import Visitor, body_of, visible

pytestmark = pytest.mark.django_db

PER_PERSON = {
    "list": ("task_list", "", [YEAR]),
    "list of void": ("task_list", "state=void", [YEAR]),
    "grid": ("assign", "", [YEAR]),
    "xlsx": ("task_xlsx", "", [YEAR]),
    "xlsx of void": ("task_xlsx", "state=void", [YEAR]),
}


def pages(visitor: Visitor, made: Scene, who: str) -> dict[str, str]:
    """What the pages that show many tasks say to `who`, by surface."""
    asked = {name: reverse(r, args=args) + f"?{q}" for name, (r, q, args) in PER_PERSON.items()}
    asked["paper xlsx"] = reverse("assign_xlsx", args=[made.papers["issued"].pk])
    answers = {name: visitor.ask(who, "GET", url) for name, url in asked.items()}
    return {name: body_of(a) if a.status_code == 200 else "" for name, a in answers.items()}


def surfaces(
    visitor: Visitor, made: Scene, shown: dict[str, str], who: str, name: str
) -> dict[str, bool]:
    """Where `who` meets the task called `name`."""
    task, word = made.tasks[name], canary(name)
    is_void, is_home = task.state == TaskState.VOID, task.paper == made.papers["issued"]
    detail = reverse("task_detail", args=[task.pk])

    def opens(route: str) -> bool:
        return visitor.ask(who, "GET", reverse(route, args=[task.pk])).status_code == 200

    found = {"detail": opens("task_detail"), "history": opens("task_history")}
    found["changes"] = opens("task_changes")
    if is_void:
        # Listed and exported only when asked for.
        found |= {s: word in shown[s] for s in ("list of void", "xlsx of void")}
    else:
        found |= {s: word in shown[s] for s in ("list", "xlsx")}
        hits = visitor.ask(who, "GET", reverse("search"), q=word)
        found["search"] = hits.status_code == 200 and detail in body_of(hits)
        suggested = visitor.ask(who, "GET", reverse("search"), htmx=True, q=word)
        found["suggestions"] = suggested.status_code == 200 and detail in body_of(suggested)
        if is_home:
            found |= {s: word in shown[s] for s in ("grid", "paper xlsx")}
    user = made.users[who]
    if user is not None and not user.must_change_password:
        account = User.objects.get(pk=user.pk)
        found["has_perm"] = account.has_perm("tasks.view_taskitem", task)
        found["visible_to"] = TaskItem.objects.visible_to(account).filter(pk=task.pk).exists()
    return found


def test_a_task_is_found_on_all_surfaces_or_on_none(capsys: pytest.CaptureFixture[str]) -> None:
    made = scene()
    visitor, seen = Visitor(made), visible()
    wrong, count = [], 0
    for who in made.users:
        shown = pages(visitor, made, who)
        for name in made.tasks:
            wanted = who in seen["task", name]
            for surface, got in surfaces(visitor, made, shown, who, name).items():
                count += 1
                if got != wanted:
                    wrong.append(f"{name} for {who}: {surface} {got}, not {wanted}")
    with capsys.disabled():
        print(f"\nsurface agreement: {count} comparisons")
    assert not wrong, "\n".join(wrong[:40])
