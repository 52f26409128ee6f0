"""docs/assurance.md from the results of the campaigns; nothing in it is typed by hand."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.assurance.results import CLEAN_RUNS, MUTATIONS

DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
Result = dict[str, Any]


def written(folder: Path) -> str:
    """The page. A campaign without a result is named as not run."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    times = [path.stat().st_mtime for path in folder.glob("*.json")]
    when = f"{datetime.fromtimestamp(max(times), UTC):%Y-%m-%d}" if times else "never"
    lines = [
        "# Assurance",
        "",
        f"Made by `make assurance` from the results of the campaigns; last result {when} (UTC), "
        f"Python {platform.python_version()}. Each figure is counted by the test that it names. "
        "With `DATABASE_URL` the campaigns run on PostgreSQL as well as on SQLite; the suite "
        "runs a twentieth of the tamper campaign, with a printed seed.",
        "",
        *permission(_of(found, "matrix")),
        *writes(_of(found, "writes")),
        *tamper(_of(found, "tamper")),
        *clean(_of(found, "clean")),
        *fuzz(found.get("fuzz")),
        *simulated_year(_of(found, "year")),
        *machine(_of(found, "machine")),
        *faults([r for n in ("faults", "faults-redis") if (r := found.get(n))]),
        *cost(_of(found, "cost")),
        *LIMITS,
    ]
    return "\n".join(lines) + "\n"


LIMITS = (
    "## What this does not show",
    "",
    "- Who holds the database, the portal's checkpoint key *and* the witness file at once can "
    "rewrite all three. The witness belongs on a machine of the inspectors.",
    "- What was written after the last link that reached the witness is proved by the chain "
    "alone until the next link is told.",
    "- False data entered by a real account in the ordinary way is recorded, not prevented.",
    "- Without a witness, see the columns `checkpoints` and `alone` above.",
)


def _of(found: dict[str, Result], campaign: str) -> list[Result]:
    return [found[name] for db in DATABASES if (name := f"{campaign}-{db}") in found]


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A table in Markdown, whole numbers with separators."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(f'{c:,}' if isinstance(c, int) else str(c) for c in row)} |"
    yield ""


def section(title: str, command: str, text: str, results: object) -> Iterator[str]:
    """A heading with what was asked and the command that asks it again."""
    yield from (f"## {title}", "", text, "", f"`{command}`", "")
    if not results:
        yield from ("Not run.", "")


def permission(results: list[Result]) -> Iterator[str]:
    yield from section(
        "Permission matrix",
        "PORTAL_CAMPAIGN=full python -m pytest tests/access/test_matrix.py",
        "Every route × GET and POST × principal × object, compared with two tables written by "
        "hand. A cell is one request; every refused POST leaves the business tables unchanged "
        "and one denial event, no page shows a canary of an invisible object.",
        results,
    )
    if results:
        statuses = sorted({status for r in results for status in r["outcomes"]})
        yield from table(
            ["database", "routes", "principals", *statuses, "cells", "wrong"],
            (
                [
                    DATABASES[r["database"]],
                    r["routes"],
                    r["principals"],
                    *(r["outcomes"].get(status, 0) for status in statuses),
                    sum(r["outcomes"].values()),
                    r["wrong"],
                ]
                for r in results
            ),
        )


def writes(results: list[Result]) -> Iterator[str]:
    yield from section(
        "Write paths",
        "python -m pytest tests/accountability/ledger/test_write_paths.py",
        "Every table of the ledger × every way to write that it has (row, manager, queryset, "
        "related manager, fixture, SQL, COPY). `written`: exactly one ledger row for each "
        "changed row, actor and act known, image equal to the row. `refused`: tables that are "
        "only added to or stay empty, and bulk writes past the history. Each cell is tried a "
        "second time without an actor, which is refused and changes nothing.",
        results,
    )
    if results:
        names = ("models", "ways", "cells", "written", "refused", "wrong")
        yield from table(
            ["database", *names],
            ([DATABASES[r["database"]], *(r[n] for n in names)] for r in results),
        )


def tamper(results: list[Result]) -> Iterator[str]:
    yield from section(
        "Tampering",
        "PORTAL_CAMPAIGN=full python -m pytest tests/accountability/ledger/test_tamper.py",
        "A database administrator changes the book past all triggers; each attack is verified "
        "and undone. Found `witness`: with checkpoints and the witness; `checkpoints`: with the "
        "signed checkpoints, no witness; `alone`: from the database alone. Recomputing the "
        "chain cannot be seen from the database alone, and with the portal's stolen key not "
        "from the checkpoints either: that is what the witness is for.",
        results,
    )
    for r in results:
        total = ["**all**", *(sum(row[n] for row in r["rows"]) for n in range(1, 5))]
        rates = ["rate", "", *(f"{100 * total[n] / total[1]:.1f} %" for n in range(2, 5))]
        part = "" if total[1] >= MUTATIONS else f", a part of {MUTATIONS:,}"
        yield f"{DATABASES[r['database']]}, seed {r['seed']}, {r['minutes']} minutes{part}:"
        yield ""
        yield from table(
            ["attack", "made", "witness", "checkpoints", "alone"], [*r["rows"], total, rates]
        )
        yield (
            f"The stand-alone verifier, written apart, was asked about {r['asked_twice']:,} of "
            f"them (those on the ledger itself): {r['disagreements']} disagreements."
        )
        yield ""


def clean(results: list[Result]) -> Iterator[str]:
    yield from section(
        "False alarms",
        "PORTAL_CAMPAIGN=full python -m pytest tests/accountability/ledger/test_tamper.py -k clean",
        "Ordinary work between verifications; every alarm is a false one.",
        results,
    )
    if results:
        yield from table(
            ["database", "clean runs", "of", "alarms", "ledger rows at the end", "checkpoints"],
            (
                [
                    DATABASES[r["database"]],
                    r["runs"],
                    CLEAN_RUNS,
                    r["alarms"],
                    r["rows"],
                    r["checkpoints"],
                ]
                for r in results
            ),
        )


def fuzz(result: Result | None) -> Iterator[str]:
    yield from section(
        "Documents",
        f"PORTAL_FUZZ={result['inputs'] if result else 40_000} "
        "python -m pytest tests/tasks/outline/test_fuzz.py",
        "Mutated .docx, .xlsx and text files, each read to the end or refused with a sentence, "
        "within 10 s and 512 MB. The test fails at the first crash.",
        result,
    )
    if result:
        yield from table(
            ["inputs", "seed", "read", "refused", "kinds of refusal", "memory grown"],
            [
                [
                    result["inputs"],
                    str(result["seed"]),
                    result["read"],
                    result["inputs"] - result["read"],
                    result["refusals"],
                    f"{result['megabytes']} MB",
                ]
            ],
        )


def simulated_year(results: list[Result]) -> Iterator[str]:
    yield from section(
        "The simulated year",
        "PORTAL_CAMPAIGN=full python -m pytest tests/year/test_year.py",
        "A county's year lived day by day, the day as an argument: once on each day, once with "
        "the schedule run twice a day, and once for each outage of forty days. Each round, duty "
        "and letter stands once and the same in all of them, nobody is told the same twice, and "
        "nobody is urged more than twice within one clock.",
        results,
    )
    if results:
        names = ("years", "days", "rounds", "returns", "duties", "messages")
        yield from table(
            ["database", "years lived", "days of each", *names[2:]],
            ([DATABASES[r["database"]], *(r[n] for n in names)] for r in results),
        )


def machine(results: list[Result]) -> Iterator[str]:
    yield from section(
        "The year as a state machine",
        "PORTAL_CAMPAIGN=full python -m pytest tests/year/test_machine.py",
        "Hypothesis lets everybody do anything in any order through the real services. After "
        "each act every changed row has its ledger rows, its history and its event, and what was "
        "refused changed nothing; what was acknowledged stands, nothing is there or told twice, "
        "numbers run on, hands are apart, lights and shares agree with the rule said once more. "
        "At every tenth step the chains verify and rights and sight are as derived.",
        results,
    )
    if results:
        names = ("rules", "kinds", "runs", "done", "refused", "changes", "violations")
        yield from table(
            ["database", "seed", "rules", "kinds of act done", *names[2:]],
            ([DATABASES[r["database"]], str(r["seed"]), *(r[n] for n in names)] for r in results),
        )


def faults(found: list[Result]) -> Iterator[str]:
    yield from section(
        "Faults of the schedule",
        "PORTAL_CAMPAIGN=full python -m pytest tests/ops/test_rhythm_faults.py "
        "tests/ops/test_redis_away.py",
        "Real workers, PostgreSQL and Redis; what is due exists once, nothing is lost, nothing "
        "goes out twice.",
        found,
    )
    if found:
        held = {name: told for result in found for name, told in result["held"].items()}
        yield from table(
            ["fault", "what was tried", "held"],
            ([name, told, "yes"] for name, told in sorted(held.items())),
        )


def cost(results: list[Result]) -> Iterator[str]:
    yield from section(
        "What the trail costs",
        "PORTAL_CAMPAIGN=full python -m pytest tests/accountability/ledger/test_cost.py",
        "Milliseconds for each row of single INSERTs in one transaction, with the triggers and "
        "without (PostgreSQL links at commit, which is not in this figure); a whole change "
        "through the door with history, event, witness and commit; rows verified in a second. "
        "The machine was shared with other work: compare within a line.",
        results,
    )
    if results:
        yield from table(
            ["database", "rows", "with", "without", "ratio", "a whole change", "verified/s"],
            (
                [
                    DATABASES[r["database"]],
                    r["rows"],
                    f"{r['with_trail']} ms",
                    f"{r['without_trail']} ms",
                    f"{r['with_trail'] / r['without_trail']:.1f}",
                    f"{r['service']} ms",
                    r["verified_per_second"],
                ]
                for r in results
            ),
        )
