"""Change control of letters: what happens to them when a task changes (issue 4, §2).

After signing only what the letter prints counts. An approved extension or a
slip of the pen put right goes into a numbered annex; any other change is shown
before it is saved, and the letters that the office chooses lapse with the
reason; the rest stay effective, marked 有变更. What nobody signed yet is made anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import Max
from django.utils import timezone

from accountability.door import Act
from accountability.refusals import Invalid
from accountability.services import bulk
from accountability.services.audit import Note, change
from reports.models import LIVE_STATES, SIGNED_STATES, Letter, LetterAnnex, LetterItem, LetterState
from reports.models.letter import WAITING_STATES
from reports.services import letter_text, letters
from reports.services.letter_content import PrintedItem, read
from reports.services.letter_text import Plans
from tasks import slips
from tasks.models import TaskItem
from tasks.services.commitments import Choice, LettersConcerned

# What an annex may change in a signed letter without a new signature.
AMENDED = ("heading", "text", "due")
KEY = ("paper_id", "level", "party_b_id")
REASON_WANTED = "请填写责任书失效的原因，如分工调整文件的文号。"


class LetterKeeper:
    """What `tasks` tells when something was changed."""

    def settle(self, act: Act, item_ids: Collection[int], choice: Choice | None) -> None:
        """Look which letters print something else now; ask, then void and mark."""
        concerned, plans = _differing(item_ids)
        signed = [letter for letter, _ in concerned if letter.state in SIGNED_STATES]
        if act.actor.user is not None and _unseen(signed, choice):
            raise LettersConcerned(
                f"影响 {len(signed)} 份责任书（已有签署）：请选择哪些失效重签后再保存。",
                details={"letters": [_told(letter) for letter in signed]},
            )
        chosen = choice or Choice()
        lapsing = [letter for letter in signed if letter.pk in chosen.void]
        if lapsing and not chosen.reason:
            raise Invalid(REASON_WANTED, details={"letters_reason": [REASON_WANTED]})
        unsigned = [letter for letter, _ in concerned if letter.state not in SIGNED_STATES]
        _remake(act, unsigned, plans)
        _mark(act, [letter for letter in signed if letter.pk not in chosen.void])
        for letter in lapsing:
            letter.reason = chosen.reason
            letters.move(
                act,
                letter,
                LetterState.STALE,
                action="letter.stale",
                summary=f"{letter.number} 已失效，需重签",
            )

    def amend(self, act: Act, item_id: int, reason: str) -> None:
        """A numbered annex to each signed letter that prints the task otherwise."""
        concerned, plans = _differing([item_id])
        _remake(act, [row for row, _ in concerned if row.state not in SIGNED_STATES], plans)
        for letter, rows in concerned:
            if letter.state not in SIGNED_STATES:
                continue
            before, after = rows[item_id]
            if before is None or after is None:
                _mark(act, [letter])
                continue
            changed = {name: getattr(after, name) for name in AMENDED}
            values = {name: now for name, now in changed.items() if before[name] != now}
            if values:
                _annex(act, letter, before, after, values, reason=reason)


def _unseen(signed: list[Letter], choice: Choice | None) -> bool:
    """Whether the office has not been shown one of these letters yet."""
    if choice is None:
        return bool(signed)
    return choice.seen is not None and not choice.seen.issuperset(row.pk for row in signed)


Rows = dict[int, tuple[dict[str, Any] | None, PrintedItem | None]]


def _differing(item_ids: Collection[int]) -> tuple[list[tuple[Letter, Rows]], Plans]:
    """Live letters that print, or ought to print, these tasks otherwise now; locked.

    With what their papers ask for today; a bounded number of queries.
    """
    papers = TaskItem.objects.filter(pk__in=item_ids).order_by().values("paper_id")
    standing = LIVE_STATES - {LetterState.EXPIRED}
    live = Letter.objects.filter(paper_id__in=papers, state__in=standing).order_by("pk")
    keys = {pk: (paper, *rest) for pk, paper, *rest in live.values_list("pk", *KEY)}
    if not keys:
        return [], {}
    plans = letter_text.plans_of({key[0] for key in keys.values()}, on=timezone.localdate())
    now = {
        (pk, due.level, due.party_b.pk): {item.id: item for item in due.items}
        for pk, plan in plans.items()
        for due in plan.due
    }
    asked = set(item_ids)
    told = set(
        LetterItem.objects.filter(letter__in=keys, item__in=asked).values_list("letter", flat=True)
    )
    told |= {pk for pk, key in keys.items() if asked & now.get(key, {}).keys()}
    rows = list(
        Letter.objects.select_for_update(of=("self",))
        .filter(pk__in=told, state__in=standing)  # as they stand under the lock
        .select_related("party_a__unit", "party_b__unit", "unit", "person_a", "person_b")
        .order_by("pk")
    )
    amended = _amendments(rows)
    found = []
    for row in rows:
        wanted = now.get((row.paper_id, row.level, row.party_b_id), {})
        printed = {item["id"]: item for item in read(row.content)["items"]}
        for item_id, values in amended.get(row.pk, []):
            if item_id in printed:
                printed[item_id] |= values
        differing: Rows = {
            pk: (printed.get(pk), wanted.get(pk))
            for pk in asked
            if not _is_same(printed.get(pk), wanted.get(pk))
        }
        if differing:
            found.append((row, differing))
    return found, plans


def _amendments(rows: list[Letter]) -> dict[int, list[tuple[int, dict[str, str]]]]:
    """What the annexes of each letter have made of its tasks, in their order; one query."""
    found: dict[int, list[tuple[int, dict[str, str]]]] = defaultdict(list)
    annexes = LetterAnnex.objects.filter(letter__in=rows).order_by("letter_id", "serial")
    for letter_id, item_id, values in annexes.values_list("letter_id", "item_id", "values"):
        found[letter_id].append((item_id, values))
    return found


def _is_same(printed: dict[str, Any] | None, wanted: PrintedItem | None) -> bool:
    if printed is None or wanted is None:
        return printed is None and wanted is None
    return all(
        printed[name] == getattr(wanted, name)
        for name in ("number", "heading", "text", "part", "lead", "due")
    )


def _told(letter: Letter) -> dict[str, Any]:
    party = read(letter.content)["party_b"]
    return {
        "id": letter.pk,
        "number": letter.number,
        "party": f"{party['post']}{party['name']}",
        "state": letter.get_state_display(),
    }


def _remake(act: Act, rows: list[Letter], plans: Plans) -> None:
    """The texts of letters that nobody signed follow their tasks; who reads one is told."""
    before = {row.pk: row.digest for row in rows}
    letter_text.refresh(rows, on=timezone.localdate(), plans=plans)
    changed = [row for row in rows if row.digest != before[row.pk]]
    bulk.update(changed, letter_text.TEXT_FIELDS)
    act.record_many(
        [
            Note(
                "letter.remake",
                row,
                f"{row.number} 随任务更新，第 {row.revision} 稿"
                + ("（待签，须重新阅读）" if row.state in WAITING_STATES else ""),
                [change("digest", "正文摘要", before[row.pk], row.digest)],
                letters.units_of(row),
            )
            for row in changed
        ]
    )


def _mark(act: Act, rows: list[Letter]) -> None:
    unmarked = [row for row in rows if not row.is_changed]
    for row in unmarked:
        row.is_changed = True
    bulk.update(unmarked, ["is_changed"])
    act.record_many(
        [
            Note(
                "letter.changed",
                row,
                f"{row.number} 所列事项有变更，继续有效",
                [change("is_changed", "有变更", False, True)],
                letters.units_of(row),
            )
            for row in unmarked
        ]
    )


def _annex(
    act: Act,
    letter: Letter,
    before: dict[str, Any],
    after: PrintedItem,
    values: dict[str, str],
    *,
    reason: str,
) -> None:
    rows = LetterAnnex.objects.filter(letter=letter)
    serial = (rows.aggregate(last=Max("serial"))["last"] or 0) + 1
    told = []
    for name in ("heading", "text"):
        if name in values:
            told += slips.told(before[name], values[name])
    if "due" in values:
        told.append(f"完成时限由{before['due'] or '未定'}调整为{values['due'] or '未定'}")
    text = f"{after.number} {after.heading[:200]}：{'，'.join(dict.fromkeys(told))}"[:500]
    row = LetterAnnex(
        letter=letter,
        serial=serial,
        item_id=after.id,
        text=text,
        values=values,
        basis=reason[:300],
        made_by=act.actor.name,
    )
    row.full_clean()
    row.save()
    act.record(
        "letter.annex",
        letter,
        summary=f"{letter.number} 变更附页{serial}：{text}"[:500],
        units=letters.units_of(letter),
    )
