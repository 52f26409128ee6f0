"""Change control of letters: what happens to them when a task changes (issue 4, §2).

After signing only what the letter prints counts. An approved extension goes
into a numbered annex; any other change is shown before it is saved, and the
letters that the office chooses lapse with the reason; the rest stay
effective, marked 有变更. What nobody signed yet is made anew.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Max
from django.utils import timezone

from accountability.door import Act
from accountability.refusals import Invalid
from accountability.services.audit import change
from reports.models import LIVE_STATES, SIGNED_STATES, Letter, LetterAnnex, LetterState
from reports.models.letter import WAITING_STATES
from reports.selectors.letter_plan import make_plan
from reports.services import letters
from reports.services.letter_content import PrintedItem, read
from tasks.models import Paper, TaskItem
from tasks.services.commitments import Choice, LettersConcerned

REASON_WANTED = "请填写责任书失效的原因，如分工调整文件的文号。"


class LetterKeeper:
    """What `tasks` tells when something was changed."""

    def settle(self, act: Act, item_ids: Collection[int], choice: Choice | None) -> None:
        """Look which letters print something else now; ask, then void and mark."""
        concerned = _differing(item_ids)
        signed = [letter for letter, _ in concerned if letter.state in SIGNED_STATES]
        if signed and choice is None and act.actor.user is not None:
            raise LettersConcerned(
                f"影响 {len(signed)} 份责任书（已有签署）：请到任务的“落实责任”页，"
                "选择哪些失效重签后再保存。",
                details={"letters": [_told(letter) for letter in signed]},
            )
        chosen = choice or Choice()
        lapsing = [letter for letter in signed if letter.pk in chosen.void]
        if lapsing and not chosen.reason:
            raise Invalid(REASON_WANTED, details={"letters_reason": [REASON_WANTED]})
        for letter, _ in concerned:
            if letter.state not in SIGNED_STATES:
                _remake(act, letter)
            elif letter.pk in chosen.void:
                letter.reason = chosen.reason
                letters.move(
                    act,
                    letter,
                    LetterState.STALE,
                    action="letter.stale",
                    summary=f"{letter.number} 已失效，需重签",
                )
            else:
                _mark(act, letter)

    def extend(self, act: Act, item_id: int, reason: str) -> None:
        """A numbered annex to each signed letter that prints the task's deadline."""
        for letter, rows in _differing([item_id]):
            if letter.state not in SIGNED_STATES:
                _remake(act, letter)
                continue
            before, after = rows[item_id]
            if before is None or after is None:
                _mark(act, letter)
                continue
            was = _latest_due(letter, item_id) or before["due"]
            if was == after.due:
                continue
            _annex(act, letter, after, was=was, reason=reason)


Rows = dict[int, tuple[dict[str, Any] | None, PrintedItem | None]]


def _differing(item_ids: Collection[int]) -> list[tuple[Letter, Rows]]:
    """Live letters that print, or ought to print, these tasks otherwise now; locked."""
    papers = TaskItem.objects.filter(pk__in=item_ids).order_by().values("paper_id")
    rows = list(
        Letter.objects.select_for_update(of=("self",))
        .filter(paper_id__in=papers, state__in=LIVE_STATES - {LetterState.EXPIRED})
        .select_related("party_a__unit", "party_b__unit", "unit", "person_a", "person_b")
        .order_by("pk")
    )
    if not rows:
        return []
    today = timezone.localdate()
    now: dict[tuple[int, str, int], dict[int, PrintedItem]] = {}
    for paper in (
        Paper.objects.filter(pk__in={row.paper_id for row in rows})
        .select_related("county")
        .defer("reading", "findings")
    ):
        for due in make_plan(paper, on=today).due:
            now[paper.pk, due.level, due.party_b.pk] = {item.id: item for item in due.items}
    found = []
    for row in rows:
        wanted = now.get((row.paper_id, row.level, row.party_b_id), {})
        printed = {item["id"]: item for item in read(row.content)["items"]}
        differing: Rows = {
            pk: (printed.get(pk), wanted.get(pk))
            for pk in item_ids
            if not _is_same(printed.get(pk), wanted.get(pk))
        }
        if differing:
            found.append((row, differing))
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


def _remake(act: Act, letter: Letter) -> None:
    """The text of a letter that nobody signed follows its tasks; who reads it is told."""
    before = letter.digest
    letters.refresh_text(letter)
    if letter.digest == before:
        return
    letter.full_clean(exclude=["content"])
    letter.save()
    shown = "（待签，须重新阅读）" if letter.state in WAITING_STATES else ""
    act.record(
        "letter.remake",
        letter,
        summary=f"{letter.number} 随任务更新，第 {letter.revision} 稿{shown}",
        changes=[change("digest", "正文摘要", before, letter.digest)],
        units=letters.units_of(letter),
    )


def _mark(act: Act, letter: Letter) -> None:
    if letter.is_changed:
        return
    letter.is_changed = True
    letter.full_clean(exclude=["content"])
    letter.save()
    act.record(
        "letter.changed",
        letter,
        summary=f"{letter.number} 所列事项有变更，继续有效",
        changes=[change("is_changed", "有变更", False, True)],
        units=letters.units_of(letter),
    )


def _latest_due(letter: Letter, item_id: int) -> str:
    """The deadline that the last annex gave a task, "" where there is none."""
    last = LetterAnnex.objects.filter(letter=letter, item_id=item_id).order_by("-serial").first()
    return last.text.rsplit("调整为", 1)[-1] if last is not None else ""


def _annex(act: Act, letter: Letter, item: PrintedItem, *, was: str, reason: str) -> None:
    rows = LetterAnnex.objects.filter(letter=letter)
    serial = (rows.aggregate(last=Max("serial"))["last"] or 0) + 1
    text = (
        f"{item.number} {item.heading[:300]}：完成时限由{was or '未定'}调整为{item.due or '未定'}"
    )
    row = LetterAnnex(
        letter=letter,
        serial=serial,
        item_id=item.id,
        text=text,
        basis=reason[:300],
        made_by=act.actor.name,
    )
    row.full_clean()
    row.save()
    act.record(
        "letter.annex",
        letter,
        summary=f"{letter.number} 变更附页{serial}：{text}",
        units=letters.units_of(letter),
    )
