"""Verification: chains, what was told outside, triggers, live rows against last images."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction

from ..ledger.canonical import Entry
from ..ledger.chain import ChainState, Fault, Link, check_head, check_links
from ..ledger.checkpoint import Checkpoint, Sm3Walk, check_copies, check_series
from ..ledger.links import Links
from ..models import LedgerHead, LedgerLink, LedgerRow
from . import checkpoints, definitions, witness
from .install import TRIGGERS, definition_digest, engine, shape
from .registry import Table, Treatment, tables

BATCH = 5000
MOST_DEFINITIONS = 10  # triggers that are named one by one


@dataclass(slots=True)
class Report:
    """What a verification found: faults (none: all is well) and what was covered."""

    rows: int = 0
    chains: dict[int, int] = field(default_factory=dict)
    tables: int = 0
    live_rows: int = 0
    checkpoints: int = 0
    copies: int = 0  # checkpoints kept by the inspectors, of `copies`
    witnessed: int = 0
    unchecked: int = 0  # rows told by a digest alone, of columns that are no more
    notes: list[str] = field(default_factory=list)  # worth saying, nothing wrong
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults

    def first(self) -> Fault | None:
        return self.faults[0] if self.faults else None


Progress = Callable[[int, str], None]


def verify(
    *,
    using: str = "default",
    progress: Progress | None = None,
    most_faults: int = 100,
    trust_outside: bool = True,
    check_triggers: bool = True,
    copies: Sequence[Checkpoint] = (),
) -> Report:
    """Check everything. Read-only; the faults are named, first the chains', then the rows'.

    Without `trust_outside` the checkpoints and the witness are left aside, to
    measure what the database alone would show; without `check_triggers` the
    triggers' definitions are. `copies` are the checkpoints that the inspectors'
    machine kept.
    """
    report = Report()
    tell = progress or (lambda percent, text: None)
    outside = _told_outside(report, copies) if trust_outside else Outside()
    total = LedgerLink.objects.using(using).count() or 1
    for head in LedgerHead.objects.using(using).order_by("chain"):
        state = ChainState.start(head.chain)
        known = outside.links.pop(head.chain, Links())
        sm3 = Sm3Walk(head.chain, outside.sm3.get(head.chain, {}))
        for batch in batches(head.chain, using=using):
            fault = check_links(state, batch, known=known) or _check_sm3(sm3, head.chain, batch)
            report.rows += len(batch)
            tell(min(60, 60 * report.rows // total), f"已核对 {report.rows} 条")
            if fault:
                report.faults.append(fault)
                break
        else:
            fault = check_head(state, seq=head.seq, link=head.hash, known=known)
            if fault:
                report.faults.append(fault)
        report.chains[head.chain] = state.seq
    for chain, known in outside.links.items():
        report.faults.append(Fault(chain, 1, f"整条链缺失（库外留存到第 {max(known)} 条）"))
    _check_unlinked(report, using)
    if check_triggers:
        _check_triggers(report, using)
    entries = [
        (name, model, table)
        for name, (model, table) in sorted(tables().items())
        if table.treatment != Treatment.EXEMPT
    ]
    for position, (name, model, table) in enumerate(entries):
        tell(60 + 39 * position // len(entries), f"核对 {model._meta.verbose_name}")
        report.tables += 1
        for fault in _reconcile(name, model, table, using, report):
            if len(report.faults) >= most_faults:
                return report
            report.faults.append(fault)
    return report


@dataclass(slots=True)
class Outside:
    """What was told outside the database, by chain and sequence number."""

    links: dict[int, Links] = field(default_factory=dict)
    sm3: dict[int, dict[int, str]] = field(default_factory=dict)


def _told_outside(report: Report, copies: Sequence[Checkpoint]) -> Outside:
    seen, series = witness.read(), checkpoints.read()
    outside = Outside(seen.links)
    report.witnessed = sum(len(links) for links in seen.links.values())
    report.checkpoints = len(series.checkpoints)
    for name, file in (("见证文件", seen), ("存证点文件", series)):
        if file.is_torn:
            report.notes.append(f"{name}末行不完整（写入中断），未计入；下次写入时另起一行")
        if file.remnants:
            report.notes.append(f"{name}第 {file.remnants[0]} 行不完整（写入中断的残留），未计入")
    for chain, seq in seen.gaps:
        report.faults.append(Fault(chain, seq, "见证文件缺少这一条"))
    for chain, seq in seen.doubled:
        report.faults.append(Fault(chain, seq, "见证文件对这一条前后不一致"))
    if series.ends_in_remnant:
        where = f"存证点文件第 {series.remnants[-1]} 行无法识别"
        report.faults.append(Fault(0, 0, f"{where}，其后没有存证点接续"))
    if series.checkpoints:
        wrong = check_series(series.checkpoints, key=checkpoints.public_key())
        if wrong:
            report.faults.append(Fault(0, 0, wrong))
    report.copies = len(copies)
    if wrong := check_copies(copies, series.checkpoints, key=checkpoints.public_key()):
        report.faults.append(Fault(0, 0, wrong))
    for checkpoint in (*series.checkpoints, *copies):
        for head in checkpoint.heads:
            known = outside.links.setdefault(head.chain, Links())
            if known.setdefault(head.seq, head.link) != head.link:
                report.faults.append(Fault(head.chain, head.seq, "存证点与见证不一致"))
            digests = outside.sm3.setdefault(head.chain, {})
            if digests.setdefault(head.seq, head.sm3) != head.sm3:
                report.faults.append(Fault(head.chain, head.seq, "存证点的国密摘要前后不一致"))
    return outside


def _check_sm3(walk: Sm3Walk, chain: int, batch: list[Link]) -> Fault | None:
    for link in batch:
        if link.entry is not None and not walk.agrees(link.seq, link.entry):
            return Fault(chain, link.seq, "与存证点的国密摘要（SM3）不一致")
    return None


def batches(
    chain: int, *, using: str = "default", after: int = 0, until: int | None = None
) -> Iterator[list[Link]]:
    """The links of a chain in order, from the one that follows `after` up to `until`."""
    links = LedgerLink.objects.using(using).filter(chain=chain, seq__gt=after)
    if until is not None:
        links = links.filter(seq__lte=until)
    rows = links.order_by("seq").values_list(
        "seq",
        "row__row_hash",
        "hash",
        "row__table",
        "row__key",
        "row__op",
        "row__image",
        "row__actor",
        "row__on_behalf_of",
        "row__event",
        "row__at",
    )
    batch: list[Link] = []
    for seq, of_row, link, *fields in rows.iterator(chunk_size=BATCH):
        batch.append(Link(seq, of_row, link, Entry(*fields)))
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _check_unlinked(report: Report, using: str) -> None:
    stray = LedgerRow.objects.using(using).filter(link__isnull=True).order_by("id").first()
    if stray is not None:
        report.faults.append(
            Fault(stray.chain, 0, f"记录 {stray.pk} 不在链上", stray.table, stray.key)
        )


def _check_triggers(report: Report, using: str) -> None:
    noted = (
        LedgerRow.objects.using(using)
        .filter(table=TRIGGERS, op="S")
        .order_by("-id")
        .values_list("image", flat=True)
        .first()
    )
    wrong = definitions.differences(using=using)
    for table, what in wrong[:MOST_DEFINITIONS]:
        report.faults.append(Fault(0, 0, what, table))
    if (rest := len(wrong) - MOST_DEFINITIONS) > 0:
        report.faults.append(Fault(0, 0, f"另有 {rest} 个触发器或函数缺失或被改动"))
    if not wrong and noted != definition_digest(using=using):
        report.faults.append(Fault(0, 0, "触发器与账本中登记的不一致，升级后须重新安装", TRIGGERS))


def _reconcile(name: str, model: Any, table: Table, using: str, report: Report) -> Iterator[Fault]:
    """Each live row equals its last image, in the columns that the image has."""
    connection = connections[using]
    sql = engine(connection)
    live_image = sql.image_sql(model, table, "t")
    live_key = sql.key_sql(model, "t")
    last = (
        f"SELECT r.chain, r.key, r.op, r.image, r.at FROM {sql.ROW} r WHERE r.id IN "
        f"(SELECT max(id) FROM {sql.ROW} WHERE \"table\" = '{name}' AND op <> 'S' GROUP BY key)"
    )
    query = (
        f"SELECT l.chain, l.key, l.op, l.image, v.key, v.image FROM ({last}) l "
        f"LEFT JOIN (SELECT {live_key} AS key, {live_image} AS image FROM {name} t) v "
        "ON v.key = l.key WHERE (l.op = 'D') <> (v.key IS NULL) "
        "OR (v.image IS NOT NULL AND v.image <> l.image) "
        f"UNION ALL SELECT 0, NULL, NULL, NULL, {live_key}, '' FROM {name} t "
        f"WHERE NOT EXISTS (SELECT 1 FROM {sql.ROW} r WHERE r.\"table\" = '{name}' "
        f"AND r.op <> 'S' AND r.key = {live_key})"
    )
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL TIME ZONE 'UTC'")
        cursor.execute(f"SELECT count(*) FROM {name}")
        report.live_rows += cursor.fetchone()[0]
        cursor.execute(query)
        found = cursor.fetchall()
    is_digest = table.treatment == Treatment.HASH_ONLY
    older = _Shapes(name, model, table, using) if is_digest and found else None
    columns = {f.column for f in model._meta.concrete_fields} - set(table.secrets)
    for chain, key, op, image, live, now in found:
        if key is None:
            yield Fault(0, 0, "现存记录没有入账", name, live)
        elif live is None:
            yield Fault(chain, 0, "记录在账外被删除", name, key)
        elif op == "D":
            yield Fault(chain, 0, "已删除的记录在账外出现", name, key)
        elif older is not None:
            if not older.explain(key, image, report):
                yield Fault(chain, 0, "内容在账外被改动", name, key)
        elif differing := _differing(image, now, columns):
            yield Fault(chain, 0, f"内容在账外被改动：{differing}", name, key)


def _differing(image: str, now: str, columns: set[str]) -> str:
    """Columns of the last image that the live row contradicts.

    Columns added since do not count, nor those that the table no longer has.
    """
    try:
        then, live = json.loads(image), json.loads(now)
    except ValueError:
        return "账本中的内容无法识别"
    return "、".join(
        column
        for column, value in then.items()
        if column in columns and (column not in live or live[column] != value)
    )


class _Shapes:
    """The columns that a hash-only table had at other times, from its schema rows.

    A digest written under an older shape is made again over that shape's
    columns of the live row; where one of them is no more it cannot be, and the
    row is counted as unchecked if it was written while that shape held.
    """

    def __init__(self, name: str, model: Any, table: Table, using: str) -> None:
        self.name, self.model, self.table, self.using = name, model, table, using
        noted = list(
            LedgerRow.objects.using(using)
            .filter(table=name, op="S")
            .order_by("id")
            .values_list("id", "image")
        )
        ends = [*(row_id for row_id, _ in noted[1:]), None]
        current = shape(model)
        self.shapes = [
            (columns, until)
            for (_, image), until in zip(noted, ends, strict=False)
            if image != current and (columns := _columns(image)) is not None
        ]

    def explain(self, key: str, image: str, report: Report) -> bool:
        """Whether an older shape makes this digest of the live row, or none can tell."""
        present = {f.column for f in self.model._meta.concrete_fields}
        for columns, _ in self.shapes:
            if set(columns) <= present and self._digest(key, columns) == image:
                return True
        lost = [until for columns, until in self.shapes if not set(columns) <= present]
        if lost and (None in lost or self._written(key) < max(until or 0 for until in lost)):
            report.unchecked += 1
            return True
        return False

    def _digest(self, key: str, columns: list[str]) -> str:
        connection = connections[self.using]
        sql = engine(connection)
        image = sql.image_sql(self.model, self.table, "t", columns=columns)
        with transaction.atomic(using=self.using), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL TIME ZONE 'UTC'")
            cursor.execute(
                f"SELECT {image} FROM {self.name} t WHERE {sql.key_sql(self.model, 't')} = %s",
                [key],
            )
            return str(cursor.fetchone()[0])

    def _written(self, key: str) -> int:
        rows = LedgerRow.objects.using(self.using).filter(table=self.name, key=key)
        return int(rows.exclude(op="S").order_by("-id").values_list("id", flat=True)[0])


def _columns(image: str) -> list[str] | None:
    """The columns that a schema row names; None where somebody spoilt it."""
    try:
        columns = json.loads(image)
    except ValueError:
        return None
    is_list = isinstance(columns, list) and all(isinstance(c, str) for c in columns)
    return columns if is_list else None
