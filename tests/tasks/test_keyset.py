"""A page after a place is one comparison of rows, which an index answers as a range."""

from __future__ import annotations

import pytest

from tasks.models import TaskItem
from tasks.selectors.keyset import beyond

pytestmark = pytest.mark.nodb


@pytest.mark.parametrize(("back", "sign"), [(False, ">"), (True, "<")])
def test_a_place_is_compared_as_a_row(back: bool, sign: str) -> None:
    rows = TaskItem.objects.filter(beyond(("paper_id", "order"), (3, 70), back=back))
    where = str(rows.query).split(" WHERE ")[1].split(" ORDER BY ")[0]
    assert where == f'("tasks_taskitem"."paper_id", "tasks_taskitem"."order") {sign} (3, 70)'
