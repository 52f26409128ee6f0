"""A portal for benches: the demo county in a database of its own, and tasks by the thousand.

Rows are loaded set-wise with the ledger's triggers off and without history:
what is measured is reading, and the triggers are installed again before it
begins. SQLite in a temporary DATA_DIR, or a test database beside DATABASE_URL.
"""

from __future__ import annotations

import os
import random
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accountability.demo.loader import Loaded
    from tasks.models import ItemSlot, Paper, PaperSection, TaskItem

PASSWORD = "only-for-benches-7421"
ITEMS_OF_A_PAPER = 1000
CHAPTERS, SECTIONS = 4, 20
BATCH = 5000
TOPICS = (
    "从严控制会议经费", "公开村级账目", "管好工程发包", "清理闲置房产", "规范窗口收费",
    "压减一般性支出", "核查项目变更", "整治拖欠账款", "公示补贴名单", "抽查采购合同",
)  # fmt: skip
SENTENCE = (
    "牵头单位每季度核对台账，对进度滞后的项目逐一说明原因；各责任单位于次月五日前报送情况，"
    "由县审计局抽查，结果在全县范围内公开，对弄虚作假的依规处理。"
)


def sizes(default: str) -> list[int]:
    """PORTAL_BENCH_SIZES as numbers: "100,10000,100000"."""
    return [int(n) for n in os.environ.get("PORTAL_BENCH_SIZES", default).split(",") if n.strip()]


@contextmanager
def portal() -> Iterator[Loaded]:
    """A migrated database with the demo county 安和县, thrown away at the end."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    import django

    django.setup()
    from django.db import connection

    import config.wsgi  # noqa: F401 - everything loaded and frozen, as in a worker
    from accountability.demo.loader import load_county

    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield load_county("anhe", password=PASSWORD)
    finally:
        name = str(connection.settings_dict["NAME"])
        if connection.vendor == "sqlite":
            connection.close()
            for path in (name, f"{name}-wal", f"{name}-shm"):
                Path(path).unlink(missing_ok=True)
        else:
            connection.creation.destroy_test_db(name, verbosity=0)


@contextmanager
def unwatched() -> Iterator[None]:
    """The door open and the ledger's triggers off; they are installed again afterwards."""
    from django.db import connection

    from accountability.door import Actor, acting
    from accountability.trail.install import install

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("PRAGMA cache_size = -262144")
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (trigger,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{trigger}"')
    with acting(by=Actor.system("demo")) as act:
        act.unchanged()
        yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = DEFAULT")
        else:
            install()
        cursor.execute("ANALYZE")


def add(rows: Sequence[Any]) -> None:
    """Insert rows of one model, without history."""
    if rows:
        manager: Any = type(rows[0])._default_manager
        query = manager.get_queryset()
        if hasattr(query, "recorded_bulk"):
            query = query.recorded_bulk()
        query.bulk_create(rows, batch_size=BATCH)


def load_tasks(loaded: Loaded, count: int, *, year: int, first: int = 0) -> None:
    """`count` more tasks of `year` (`first` are there), in papers of 1,000 with 20 sections.

    85 % are handed out, 5 % done, the others drafts; of 3 % one slot is empty.
    An eighth of the tasks names 各乡镇; 县财政局 leads one in twenty. A process of
    its own makes them, so that what it takes does not count later.
    """
    from django.db import connection

    connection.close()
    if child := os.fork():
        if os.waitpid(child, 0)[1]:
            raise SystemExit("the tasks could not be loaded")
        return
    status = 1
    try:
        _load(loaded, count, year, first)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def _load(loaded: Loaded, count: int, year: int, first: int) -> None:
    from django.core.management import call_command, get_commands

    with unwatched():
        for start in range(first, first + count, ITEMS_OF_A_PAPER):
            _paper(loaded, start, min(ITEMS_OF_A_PAPER, first + count - start), year)
    if "rebuild_grants" in get_commands():
        call_command("rebuild_grants", verbosity=0)


def _paper(loaded: Loaded, start: int, count: int, year: int) -> None:
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from accountability.models import StoredFile
    from tasks.models import Paper

    source = StoredFile(
        county=loaded.county, name="意见.txt", content_type="text/plain", size=1, sha256="0" * 64
    )
    source.content.save("00/bench", ContentFile(b"x"), save=False)
    add([source])
    paper = Paper(
        county=loaded.county,
        year=year,
        title=f"安和县{year}年落实主体责任实施意见之{start // ITEMS_OF_A_PAPER + 1}",
        state="part_issued",
        source=source,
        source_kind="txt",
        imported_by="演示",
        imported_at=timezone.now(),
    )
    add([paper])
    _items(loaded, paper, _sections(paper), start, count)


def _sections(paper: Paper) -> list[PaperSection]:
    from tasks.models import PaperSection

    tops = [
        PaperSection(paper=paper, position=n * 100, level=1, number=f"第{n + 1}章", heading="总责")
        for n in range(CHAPTERS)
    ]
    add(tops)
    rows = [
        PaperSection(
            paper=paper,
            parent=tops[n * CHAPTERS // SECTIONS],
            position=n * CHAPTERS // SECTIONS * 100 + 1 + n,
            level=2,
            number=f"（{n + 1}）",
            heading=f"第{n + 1}方面",
        )
        for n in range(SECTIONS)
    ]
    add(rows)
    return rows


def _items(
    loaded: Loaded, paper: Paper, sections: list[PaperSection], start: int, count: int
) -> None:
    from django.utils import timezone

    from accountability import pinyin
    from tasks.models import ItemSlot, TaskItem
    from tasks.outline.model import STANDARD_NAMES, SlotKind

    rng = random.Random(start)
    now, today = timezone.now(), timezone.localdate()
    keys = {topic: pinyin.text_keys(topic) for topic in TOPICS}
    items: list[TaskItem] = []
    for n in range(count):
        topic = TOPICS[rng.randrange(len(TOPICS))]
        drawn = rng.random()
        state = "draft" if drawn < 0.10 else "done" if drawn < 0.15 else "issued"
        is_out = state != "draft"
        items.append(
            TaskItem(
                county=loaded.county,
                paper=paper,
                section=sections[n * SECTIONS // count],
                year=paper.year,
                order=(n + 1) * 10,
                number=f"{start + n + 1}",
                heading=f"{topic}（{start + n + 1}）",
                text=f"{topic}。{SENTENCE * 3}",
                due_on=today + timedelta(days=rng.randrange(-20, 300)),
                state=state,
                issued_at=now if is_out else None,
                issued_by=loaded.users["zhuren"] if is_out else None,
                heading_pinyin=keys[topic][0],
                heading_initials=keys[topic][1],
            )
        )
    add(items)
    slots = [
        ItemSlot(item=item, kind=kind, label=STANDARD_NAMES[kind], position=position)
        for item in items
        for position, kind in enumerate(SlotKind)
    ]
    add(slots)
    _holders(loaded, slots, rng)
    _events(loaded, items)


def _holders(loaded: Loaded, slots: list[ItemSlot], rng: random.Random) -> None:
    from django.utils import timezone

    from accountability.models import Layer
    from tasks.models import Assignment
    from tasks.outline.model import SlotKind

    today = timezone.localdate()
    units = [u for u in loaded.units.values() if u.parent_id is None and u.holds_on(today)]
    posts = [p for p in loaded.posts.values() if p.holds_on(today)]
    leaders = [p for p in posts if p.is_leadership]
    heads = [p for p in posts if p.layer == Layer.FIRST_RESPONSIBLE and not p.is_leadership]
    towns, finance = loaded.groups["各乡镇"], loaded.units["县财政局"]
    began = date(today.year - 1, 1, 1)
    rows = []
    for slot in slots:
        if rng.random() < 0.0075:
            continue
        held: list[dict[str, Any]]
        if slot.kind == SlotKind.RESPONSIBLE_LEADER:
            held = [{"post": rng.choice(leaders)}]
        elif slot.kind == SlotKind.RESPONSIBLE_PERSON:
            held = [{"post": rng.choice(heads)}]
        elif slot.kind == SlotKind.LEAD_UNIT:
            # 县财政局 leads more than others, as it does in life.
            held = [{"unit": finance if rng.random() < 0.05 else rng.choice(units)}]
        else:
            held = [{"unit": unit} for unit in rng.sample(units, 2)]
            if rng.random() < 0.125:
                held[1] = {"group": towns}
        rows += [
            Assignment(
                item_id=slot.item_id, slot=slot, position=position, valid_from=began, **holder
            )
            for position, holder in enumerate(held)
        ]
    add(rows)


def _events(loaded: Loaded, items: list[TaskItem]) -> None:
    """One event a task, as its hand-out leaves."""
    from accountability.models import AuditEvent

    user = loaded.users["zhuren"]
    add(
        [
            AuditEvent(
                county=loaded.county,
                actor_key=f"user:{user.pk}",
                user=user,
                actor_name="办公室主任",
                act_id=f"{item.pk:032x}",
                action="task.issue",
                target_type="tasks.taskitem",
                target_id=item.pk,
                target_label=item.number,
                summary=f"下发任务 {item.number}",
                changes=[{"field": "state", "label": "状态", "before": "草稿", "after": "已下发"}],
            )
            for item in items
        ]
    )
