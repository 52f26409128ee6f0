"""`make assurance`: runs each campaign whole and writes docs/assurance.md from what they found.

Each campaign runs on SQLite, and on PostgreSQL too where DATABASE_URL names one.
`python -m tests.assurance write` only writes the page from the results that
are there (PORTAL_ASSURANCE_DIR, otherwise var/assurance).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.assurance import page, results

ROOT = Path(__file__).resolve().parent.parent.parent
LEDGER = "tests/accountability/ledger"
# A campaign is a test file; the second half says whether it knows databases.
CAMPAIGNS = (
    ("tests/access/test_matrix.py", True),
    (f"{LEDGER}/test_write_paths.py", True),
    (f"{LEDGER}/test_tamper.py", True),
    (f"{LEDGER}/test_cost.py", True),
    ("tests/tasks/outline/test_fuzz.py", False),
    ("tests/year/test_year.py", True),
    ("tests/year/test_machine.py", True),
    # Processes of its own on PostgreSQL and Redis, whatever DATABASE_URL says.
    ("tests/ops/test_rhythm_faults.py", False),
    ("tests/ops/test_redis_away.py", False),
)


def run(path: str, environment: dict[str, str]) -> bool:
    """Whether one campaign on one database went through."""
    print(f"== {path} ({'PostgreSQL' if 'DATABASE_URL' in environment else 'SQLite'})", flush=True)
    arguments = [sys.executable, "-m", "pytest", "-q", "--create-db", path]
    return subprocess.run(arguments, check=False, env=environment, cwd=ROOT).returncode == 0


def main(words: list[str]) -> int:
    """0 when every campaign went through."""
    folder = results.folder() or ROOT / "var" / "assurance"
    failed = []
    if words != ["write"]:
        whole = {
            **os.environ,
            "PORTAL_CAMPAIGN": "full",
            "PORTAL_ASSURANCE_DIR": str(folder),
            "PORTAL_FUZZ": os.environ.get("PORTAL_FUZZ", "40000"),
        }
        embedded = {name: value for name, value in whole.items() if name != "DATABASE_URL"}
        for path, knows_databases in CAMPAIGNS:
            for environment in (embedded, whole):
                if environment is whole and ("DATABASE_URL" not in whole or not knows_databases):
                    continue
                if not run(path, environment):
                    failed.append(path)
    (ROOT / "docs" / "assurance.md").write_text(page.written(folder), encoding="utf-8")
    for path in failed:
        print(f"failed: {path}")
    return min(len(failed), 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
