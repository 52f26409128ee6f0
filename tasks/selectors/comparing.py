"""The same paper again: the stored paper that a new one may replace, and what would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accountability.models import County
from tasks.models import Paper, PaperState, TaskItem, TaskState
from tasks.outline.comparison import Comparison, Text, compare
from tasks.outline.model import FoundItem, Outline

REPLACEABLE = (PaperState.DRAFT, PaperState.PART_ISSUED)


@dataclass(frozen=True, slots=True)
class Differences:
    """A comparison in words: what would be added, removed, changed, and what stands in the way."""

    paper: Paper
    added: tuple[FoundItem, ...]
    removed: tuple[TaskItem, ...]
    changed: tuple[tuple[TaskItem, FoundItem], ...]
    same: int
    rewritten: frozenset[int]
    issued_removed: tuple[TaskItem, ...]
    issued_changed: tuple[TaskItem, ...]

    @property
    def is_same_paper(self) -> bool:
        """Whether replacing is what is probably wanted, and possible."""
        return bool(self.same or self.changed) and not self.issued_removed


def whole_text(item: FoundItem) -> str:
    """An item's text with the points beneath it."""
    squeezed = "".join(item.text.split())
    more = [p for p in item.points if "".join(p.split()) not in squeezed]
    return "\n".join(part for part in (item.text, *more) if part)


def replaceable_paper(county_id: int, year: int) -> Paper | None:
    """The latest paper of the year that is not handed out in full yet."""
    paper: Paper | None = (
        Paper.objects.filter(county_id=county_id, year=year, state__in=REPLACEABLE)
        .select_related("source")
        .order_by("-id")
        .first()
    )
    return paper


def compare_items(stored: Sequence[TaskItem], outline: Outline) -> Comparison:
    """Stored items by id against the outline's items by position."""
    return compare(
        [Text(item.pk, item.number, item.heading, item.text) for item in stored],
        [
            Text(position, item.number, item.heading, whole_text(item))
            for position, item in enumerate(outline.items)
        ],
    )


def differences(paper: Paper, outline: Outline) -> Differences:
    """What replacing `paper` would change; one query."""
    stored = list(paper.items.top().exclude(state=TaskState.VOID).order_by("order"))
    by_id = {item.pk: item for item in stored}
    found = compare_items(stored, outline)
    removed = tuple(by_id[key] for key in found.removed)
    changed = tuple((by_id[p.old], outline.items[p.new]) for p in found.changed)
    return Differences(
        paper=paper,
        added=tuple(outline.items[key] for key in found.added),
        removed=removed,
        changed=changed,
        same=len(found.pairs) - len(changed),
        rewritten=frozenset(old for old, _ in found.rewritten),
        issued_removed=tuple(i for i in removed if is_handed_out(i)),
        issued_changed=tuple(i for i, _ in changed if is_handed_out(i)),
    )


def is_handed_out(item: TaskItem) -> bool:
    """Handed out or done: never removed or reworded by an import."""
    return item.state in (TaskState.ISSUED, TaskState.DONE)


def alike_last_year(county: County, year: int, outline: Outline) -> int:
    """How many items of last year's papers stand in this one too; one query."""
    stored = list(
        TaskItem.objects.in_year(year - 1)
        .top()
        .filter(county=county)
        .exclude(state=TaskState.VOID)
        .order_by("-paper_id", "order")
        .only("number", "heading", "text")[:1000]
    )
    return len(compare_items(stored, outline).pairs) if stored else 0
