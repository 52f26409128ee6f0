"""The working tables of ballots: one writer at a time, and their files written anew.

A deleted row stays readable in the file until its place is used again, with the
number of the transaction that deleted it. After each count the files are made anew:
on SQLite by VACUUM and an emptied journal; on PostgreSQL, where the portal's role
owns no table and may not VACUUM, by a function of the owner's that puts what is
still open into new files and drops the old ones, which is what VACUUM FULL does.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connection, connections

from accountability.door import Act
from accountability.services import jobs
from reports.models import Ballot, BallotBlank, BallotCode, BallotTally

SWEEP = "ballot_sweep"
FUNCTION = "ballot_sweep"
WORKING = (BallotCode, BallotBlank, BallotTally)


def ask(act: Act, ballot: Ballot) -> None:
    """Have the tables swept once the caller's transaction is committed."""
    jobs.ask(
        by=act.actor,
        kind=SWEEP,
        key=f"{SWEEP}:{ballot.pk}",
        title=f"{ballot}：清理投票工作表",
        county=ballot.county,
        parameters={},
    )


def sweep() -> None:
    """Write the working tables' files anew. Outside any transaction; may run at any time."""
    if connection.in_atomic_block:
        raise RuntimeError("a file is not written anew inside a transaction")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"SELECT {FUNCTION}()")
            return
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def alone(ballot_id: int) -> None:
    """Wait until nobody else writes votes of this ballot, until the transaction ends.

    An advisory lock, because one on rows would leave its mark in them. SQLite's
    transactions are alone as they are.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ballot'), %s)", [ballot_id])


def wipe_what_is_deleted() -> None:
    """From here on SQLite overwrites what this connection deletes; PostgreSQL is swept."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")


def install(*, using: str = "default", **_: Any) -> None:
    """Make the owner's function on PostgreSQL, for the portal's role alone; idempotent."""
    connection = connections[using]
    names = [model._meta.db_table for model in WORKING]
    if connection.vendor != "postgresql" or set(names) - set(
        connection.introspection.table_names()
    ):
        return
    kept = " ".join(f"v_{n} {name}[];" for n, name in enumerate(names))
    read = " ".join(
        f"v_{n} := ARRAY(SELECT t FROM {name} t ORDER BY gen_random_uuid());"  # noqa: S608
        for n, name in enumerate(names)
    )
    write = " ".join(
        f"INSERT INTO {name} SELECT * FROM unnest(v_{n});"  # noqa: S608
        for n, name in enumerate(names)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS void LANGUAGE plpgsql "
            f"SECURITY DEFINER SET search_path = public, pg_temp AS $$ DECLARE {kept} BEGIN "
            f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE; {read} "
            f"TRUNCATE {', '.join(names)}; {write} END $$"
        )
        cursor.execute(f"REVOKE ALL ON FUNCTION {FUNCTION}() FROM PUBLIC")
        if settings.DATABASE_APP_ROLE:
            role = connection.ops.quote_name(settings.DATABASE_APP_ROLE)
            cursor.execute(f"GRANT EXECUTE ON FUNCTION {FUNCTION}() TO {role}")
