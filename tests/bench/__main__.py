"""`make bench`: runs every `bench_*.py` of this folder, each in a process of its own.

Those of BOTH run a second time, on PostgreSQL, where PORTAL_TEST_POSTGRES (or
the local cluster) answers; with DATABASE_URL all run there alone.
A bench measures itself against a plain floor and prints its lines; it fails
only when it cannot run. Names run these alone:
`python -m tests.bench readers grid`.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from pathlib import Path

from tests.ops import databases, services

BOTH = ("bench_access", "bench_supervision", "bench_trail")


def main(names: list[str]) -> int:
    """The number of benches that could not run."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    chosen = [n for n in found if not names or n.removeprefix("bench_") in names]
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    began, broken = time.perf_counter(), 0
    for name in chosen:
        for database in places(name):
            started = time.perf_counter()
            print(f"\n== {name.removeprefix('bench_')}", flush=True)
            environment = {**os.environ, **({"DATABASE_URL": database} if database else {})}
            command = [sys.executable, "-m", f"tests.bench.{name}"]
            broken += bool(subprocess.run(command, env=environment, check=False).returncode)
            print(f"   ({time.perf_counter() - started:.0f} s)", flush=True)
    print(f"\n{time.perf_counter() - began:.0f} s in all; load {os.getloadavg()[1]:.1f}")
    return broken


def places(name: str) -> list[str]:
    """The databases to run on: "" is the one of the environment, or SQLite."""
    if name not in BOTH or os.environ.get("DATABASE_URL"):
        return [""]
    if services.missing() == "PostgreSQL":
        print("PostgreSQL does not answer: its part is left out")
        return [""]
    return ["", databases.url_of("portal_bench")]


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
