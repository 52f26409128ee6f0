"""The import of a paper, from bytes to rows, against plain floors.

    python -m tests.bench.bench_import

Papers: number 000 (or the demo's opinion), and one of 300 pages with 150 items
and 600 slots as .docx and as .txt. Floors: unzip and parse of the same file, or
decoding of the same text; the same rows by plain INSERTs into bare tables.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from functools import partial
from typing import Any

from lxml import etree

from tasks.outline.analyse import analyse
from tasks.outline.comparison import Text, compare
from tasks.outline.readers import read
from tasks.outline.sandbox import outline_in_child
from tests.bench.measure import Counter, at, cost, peak, timed
from tests.bench.papers import as_docx, as_txt, lines, small
from tests.bench.portal import portal

ROWS = {
    "tasks_papersection": "paper_id = %s",
    "tasks_taskitem": "paper_id = %s",
    "tasks_itemslot": "item_id IN (SELECT id FROM tasks_taskitem WHERE paper_id = %s)",
}
COMPARED = 600


def plain(name: str, data: bytes) -> None:
    """The least that reading a file takes."""
    if name.endswith(".docx"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            etree.fromstring(archive.read("word/document.xml"))
    else:
        data.decode("utf-8-sig").split("\n")


def reading(label: str, name: str, data: bytes) -> None:
    """Read and analyse in this process and in the child."""
    source = read(data, name)
    outline = analyse(source)
    slots = sum(len(item.slots) for item in outline.items)
    print(
        f"\n{label}: {len(data) / 1024:.0f} kB, {len(source.paragraphs)} paragraphs, "
        f"{len(outline.items)} items, {slots} slots"
    )
    least = cost(partial(plain, name, data))
    done = [
        ("floor", least),
        ("read", cost(partial(read, data, name))),
        ("analyse", cost(partial(analyse, source))),
        ("both, in the child", cost(partial(outline_in_child, data, name))),
    ]
    for what, found in done:
        in_child = f"   child {found.child:4.0f} MB" if found.child else ""
        print(
            f"  {what:<20} {found.ms:9.2f} ms {found.ms / least.ms:8.1f}×"
            f"   +{found.own:3.0f} MB{in_child}"
        )


def storing(loaded: Any, label: str, name: str, data: bytes) -> Any:
    """`store_paper` with history, ledger and event; beside it the same rows by plain INSERTs."""
    from django.db import connection

    from accountability.door import Actor
    from tasks.services.papers import store_paper

    source, outline = outline_in_child(data, name, year=2026)
    actor = Actor.system("command", county=loaded.county)
    papers: list[Any] = []

    def store() -> None:
        papers.append(
            store_paper(
                by=actor, county=loaded.county, year=2026, name=name, data=data,
                source=source, outline=outline,
            )
        )  # fmt: skip

    counter = Counter()
    with connection.execute_wrapper(counter):
        taken = peak(store)
    times = timed(store, least=3, seconds=1.0)
    least, rows = _inserted(papers[-1].pk)
    print(
        f"store {label:<22} {at(times, 0.5):8.1f} ms, {counter.statements} statements,"
        f" +{taken:.0f} MB; {rows} rows by plain INSERTs {least:6.1f} ms"
        f" ({at(times, 0.5) / least:.1f}×)"
    )
    return papers[-1]


def _inserted(paper: int) -> tuple[float, int]:
    """The paper's rows put into tables without key, index, trigger or history."""
    from django.db import connection, transaction

    count = 0
    work: list[tuple[str, list[Any]]] = []
    with connection.cursor() as cursor:
        for table, condition in ROWS.items():
            cursor.execute(f"SELECT * FROM {table} WHERE {condition}", [paper])
            found = cursor.fetchall()
            count += len(found)
            cursor.execute(f"CREATE TEMP TABLE bare_{table} AS SELECT * FROM {table} WHERE 1 = 0")
            if found:
                marks = ", ".join(["%s"] * len(found[0]))
                work.append((f"INSERT INTO bare_{table} VALUES ({marks})", found))

    def insert() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement, found in work:
                cursor.executemany(statement, found)

    took = at(timed(insert), 0.5)
    with connection.cursor() as cursor:
        for table in ROWS:
            cursor.execute(f"DROP TABLE bare_{table}")
    return took, count


def comparing() -> None:
    """The same paper again: 600 items, a word of each changed; floor: one ratio for each pair."""
    from difflib import SequenceMatcher

    texts = [line for line in lines() if len(line) > 60][:COMPARED]
    old = [Text(n, str(n), text[:20], text) for n, text in enumerate(texts)]
    new = [
        Text(n, str(n), t.heading, t.text[:40] + "从严" + t.text[42:]) for n, t in enumerate(old)
    ]

    def floor() -> None:
        for a, b in zip(old, new, strict=True):
            SequenceMatcher(None, a.text, b.text, autojunk=False).ratio()

    found = compare(old, new)
    least, took = at(timed(floor), 0.5), at(timed(lambda: compare(old, new)), 0.5)
    print(
        f"\ncompare {COMPARED} items ({len(found.pairs)} found again)  {took:.0f} ms;"
        f" one ratio a pair {least:.0f} ms ({took / least:.1f}×)"
    )


def desk(loaded: Any, name: str, data: bytes) -> None:
    """The import page with the long paper, as the office clerk meets it."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import connection
    from django.test import Client

    client = Client(headers={"user-agent": "Mozilla/5.0 Chrome/120.0"})
    client.force_login(loaded.users["bangong"])

    def upload() -> str:
        answer = client.post("/y/2027/import/", {"file": SimpleUploadedFile(name, data)})
        if answer.status_code != 302:
            raise SystemExit(f"import: {answer.status_code}")
        return str(answer["Location"])

    began = time.perf_counter()
    address = upload()
    print(
        f"\nupload of the 300 pages as {name[-4:]}  {(time.perf_counter() - began) * 1000:.0f} ms"
    )
    for what, action in (("its page", partial(client.get, address)),):
        _requested(what, action, connection)


def _requested(what: str, action: Callable[[], Any], connection: Any) -> None:
    counter = Counter()
    with connection.execute_wrapper(counter):
        answer = action()
    if answer.status_code != 200:
        raise SystemExit(f"{what}: {answer.status_code}")
    times = timed(action)
    print(
        f"{what}  {counter.statements} statements, p50 {at(times, 0.5):.0f} ms,"
        f" p95 {at(times, 0.95):.0f} ms, {len(answer.content) / 1024:.0f} kB"
    )


def main() -> None:
    """Every measure in its line; the floors stand beside them."""
    label, short = small()
    text = lines()
    papers = [
        (label, "paper.txt", short),
        ("300 pages, .txt", "paper.txt", as_txt(text)),
        ("300 pages, .docx", "paper.docx", as_docx(text)),
    ]
    for paper in papers:
        reading(*paper)
    comparing()
    with portal() as loaded:
        from django.db import connection

        print(f"\n{connection.vendor}, ledger on")
        for paper in papers:
            storing(loaded, *paper)
        desk(loaded, *papers[-1][1:])


if __name__ == "__main__":
    main()
