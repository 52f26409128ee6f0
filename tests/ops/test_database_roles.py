"""Two roles on the real PostgreSQL: the owner migrates, the application works and cannot tamper.

What the application's role may do is tried against every table of the
registry, not read from the catalogue: each attempt is made and its refusal
seen. The portal's whole thread (two demo counties with their papers, handed
out, derived rights, the ledger verified) runs as that role.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
import pytest
from django.db.utils import ConnectionHandler
from psycopg import errors, sql

from accountability.trail.registry import Treatment, tables
from accountability.trail.roles import LEDGER, REGISTERS, faults

from .databases import TwoRoles, two_roles
from .processes import clean_environment, manage

pytestmark = [pytest.mark.nodb, pytest.mark.services]
LAST_ACTOR = "SELECT actor FROM accountability_ledgerrow ORDER BY id DESC LIMIT 1"
STRONG = "k3Vq8mTz1RwYx5Lp"
APPEND_ONLY = sorted(
    {name for name, (_, table) in tables().items() if table.is_write_once} | LEDGER
)
WATCHED = sorted(
    {name for name, (_, table) in tables().items() if table.treatment != Treatment.EXEMPT} | LEDGER
)


@dataclass(frozen=True, slots=True)
class Site:
    """An installation that was migrated by its owner and filled by the application."""

    roles: TwoRoles
    folder: Path

    def environment(self, url: str, **values: str) -> dict[str, str]:
        return clean_environment(
            DJANGO_SETTINGS_MODULE="config.settings.embedded",
            DATA_DIR=str(self.folder / "data"),
            DATABASE_URL=url,
            PORTAL_DEMO_PASSWORD="only-for-the-tests-7421",
            **values,
        )

    def migrate(self) -> None:
        done = manage(
            "migrate",
            "--noinput",
            environment=self.environment(self.roles.owner, DATABASE_APP_ROLE=self.roles.app_role),
        )
        assert done.returncode == 0, done.stderr

    def as_app(self, *arguments: str) -> str:
        done = manage(*arguments, environment=self.environment(self.roles.app), seconds=300)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def production(self, **values: str) -> dict[str, str]:
        """The production profile over this database, as the web server has it."""
        key = self.folder / "secret_key"
        key.write_text(uuid.uuid4().hex + uuid.uuid4().hex, encoding="ascii")
        return clean_environment(
            DJANGO_SETTINGS_MODULE="config.settings.production",
            DATA_DIR=str(self.folder / "data"),
            SECRET_KEY_FILE=str(key),
            ALLOWED_HOSTS="portal.example.test",
            DATABASE_URL=self.roles.app,
            REDIS_URL=f"redis://:{STRONG}@127.0.0.1:6379/0",
            **values,
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("roles")
    with two_roles(folder) as roles:
        built = Site(roles, folder)
        built.migrate()
        built.as_app("load_demo")
        yield built


def state(url: str) -> list[Any]:
    """Every right of every role on every table, sequence, function and the schema."""
    with psycopg.connect(url) as database:
        return database.execute(
            "SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION ALL SELECT oid::regprocedure::text, proacl::text FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace"
            " UNION ALL SELECT nspname, nspacl::text FROM pg_namespace WHERE nspname = 'public'"
            " ORDER BY 1, 2"
        ).fetchall()


def test_the_whole_thread_works_as_the_application(site: Site) -> None:
    """What load_demo left: papers read and handed out, rights derived, every row in the ledger."""
    with psycopg.connect(site.roles.app) as database:
        counted = database.execute(
            "SELECT (SELECT count(*) FROM tasks_taskitem WHERE issued_at IS NOT NULL),"
            " (SELECT count(*) FROM tasks_taskitemgrouppermission),"
            " (SELECT count(*) FROM accountability_auditevent),"
            " (SELECT count(*) FROM accountability_ledgerlink),"
            " (SELECT count(*) FROM accountability_ledgerrow)"
        ).fetchone()
    assert counted is not None
    assert min(counted) > 0
    assert counted[3] == counted[4]
    assert "一致" in site.as_app("rebuild_grants", "--check")
    report = json.loads(site.as_app("verify_ledger", "--json"))
    assert report["sound"] is True
    assert report["rows"] == counted[4]


def test_the_ledgers_rows_are_written_with_the_owners_rights(site: Site) -> None:
    """An ordinary write by hand is entered and linked, though the role may not write there."""
    with psycopg.connect(site.roles.app) as database:
        (before,) = one(database, "SELECT count(*) FROM accountability_ledgerlink")
        database.execute("SELECT set_config('app.actor', 'system:test', true)")
        database.execute("UPDATE accountability_county SET short_name = short_name")
        database.commit()
        (after,) = one(database, "SELECT count(*) FROM accountability_ledgerlink")
        (who,) = one(
            database, "SELECT actor FROM accountability_ledgerrow ORDER BY id DESC LIMIT 1"
        )
        assert (after - before, who) == (2, "system:test")
        with pytest.raises(errors.InsufficientPrivilege, match="without an actor"):
            database.execute("UPDATE accountability_county SET short_name = short_name")


def one(database: psycopg.Connection[Any], query: str) -> tuple[Any, ...]:
    row = database.execute(query).fetchone()
    assert row is not None
    return tuple(row)


def refused(url: str, statement: sql.Composable | str) -> str:
    """The refusal of a statement by the database; fails when there is none."""
    with psycopg.connect(url) as database:
        database.execute("SELECT set_config('app.actor', 'system:test', true)")
        with pytest.raises(errors.InsufficientPrivilege) as told:
            database.execute(statement)  # type: ignore[arg-type]
    return str(told.value)


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_history_events_and_ledger_can_only_be_added_to(site: Site, name: str) -> None:
    table = sql.Identifier(name)
    with psycopg.connect(site.roles.app) as database:
        columns = database.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(table)).description
    assert columns
    for column in columns:
        at = sql.Identifier(column.name)
        told = refused(site.roles.app, sql.SQL("UPDATE {} SET {} = {}").format(table, at, at))
        assert told.startswith("permission denied")
    told = refused(site.roles.app, sql.SQL("DELETE FROM {}").format(table))
    assert told.startswith("permission denied")
    if name in LEDGER:
        told = refused(site.roles.app, sql.SQL("INSERT INTO {} DEFAULT VALUES").format(table))
        assert told.startswith("permission denied")


@pytest.mark.parametrize("name", WATCHED)
def test_no_table_can_be_emptied_or_lose_its_triggers(site: Site, name: str) -> None:
    table, new = sql.Identifier(name), sql.Identifier("a_trigger")
    with psycopg.connect(site.roles.app) as database:
        triggers = database.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [f'"{name}"'],
        ).fetchall()
    assert triggers
    attempts = [
        sql.SQL("TRUNCATE {}").format(table),
        sql.SQL("TRUNCATE {} CASCADE").format(table),
        sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(table),
        sql.SQL("ALTER TABLE {} ADD COLUMN hidden text").format(table),
        sql.SQL("ALTER TABLE {} RENAME TO a_table").format(table),
        sql.SQL("DROP TABLE {}").format(table),
        sql.SQL(
            "CREATE TRIGGER {} BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        ).format(new, table),
        sql.SQL("CREATE RULE a_rule AS ON INSERT TO {} DO INSTEAD NOTHING").format(table),
        *(
            sql.SQL(pattern).format(trigger=sql.Identifier(trigger), table=table)
            for (trigger,) in triggers
            for pattern in (
                "DROP TRIGGER {trigger} ON {table}",
                "ALTER TABLE {table} DISABLE TRIGGER {trigger}",
            )
        ),
    ]
    for attempt in attempts:
        assert refused(site.roles.app, attempt)


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SELECT ledger_append(0, 'a', '1', 'I', '{}')",
        "CREATE OR REPLACE FUNCTION public.ledger_append(bigint, text, text, text, text)"
        " RETURNS void LANGUAGE sql AS ''",
        "DROP FUNCTION ledger_link() CASCADE",
        "ALTER FUNCTION ledger_link() SET search_path = pg_temp",
        "CREATE TABLE public.t (i int)",
        "CREATE TEMPORARY TABLE accountability_ledgerrow (i int)",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA other",
        "CREATE EXTENSION pgcrypto",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO PUBLIC; "
        "CREATE ROLE another",
        "INSERT INTO auth_permission (name, content_type_id, codename) VALUES ('x', 1, 'x')",
        "DELETE FROM django_migrations",
        "SELECT setval(pg_get_serial_sequence('accountability_ledgerrow', 'id'), 1)",
        "COPY accountability_county TO PROGRAM 'cat'",
    ],
)
def test_no_way_around_the_triggers(site: Site, statement: str) -> None:
    assert refused(site.roles.app, statement)


def test_the_owners_role_is_out_of_reach(site: Site) -> None:
    for statement in ("SET ROLE {}", "SET SESSION AUTHORIZATION {}", "GRANT {} TO current_user"):
        with psycopg.connect(site.roles.app) as database, pytest.raises(psycopg.Error):
            database.execute(sql.SQL(statement).format(sql.Identifier(site.roles.owner_role)))


def test_the_rows_of_rights_given_by_hand_stay_empty(site: Site) -> None:
    for name, (_, table) in tables().items():
        if table.stays_empty:
            told = refused(
                site.roles.app,
                sql.SQL("INSERT INTO {} DEFAULT VALUES").format(sql.Identifier(name)),
            )
            assert told.startswith("permission denied")


def test_granting_again_changes_nothing_and_mends_what_was_changed(site: Site) -> None:
    before = state(site.roles.superuser)
    site.migrate()
    assert state(site.roles.superuser) == before
    with psycopg.connect(site.roles.superuser, autocommit=True) as admin:
        app = sql.Identifier(site.roles.app_role)
        admin.execute(sql.SQL("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}").format(app))
        admin.execute("GRANT TRUNCATE ON accountability_ledgerrow TO PUBLIC")
        admin.execute("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC")
    assert state(site.roles.superuser) != before
    site.migrate()
    assert state(site.roles.superuser) == before


def test_the_application_sweeps_ballots_and_nobody_else(site: Site) -> None:
    with psycopg.connect(site.roles.app, autocommit=True) as database:
        database.execute("SELECT ballot_sweep()")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute("TRUNCATE reports_ballotblank")
    with psycopg.connect(site.roles.superuser) as database:
        assert one(
            database, "SELECT has_function_privilege('public', 'ballot_sweep()', 'EXECUTE')"
        ) == (False,)


def test_every_table_is_spoken_for(site: Site) -> None:
    """The application reads each table of the portal, and none that the registry does not know."""
    with psycopg.connect(site.roles.app) as database:
        readable = database.execute(
            "SELECT relname, has_table_privilege(oid, 'SELECT') FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchall()
    assert {name for name, may in readable if may} == set(tables()) | REGISTERS
    assert [name for name, may in readable if not may] == []


def test_production_starts_with_a_weak_role(site: Site) -> None:
    checked = manage(
        *("check", "--deploy", "--database", "default", "--fail-level", "ERROR"),
        environment=site.production(),
    )
    assert checked.returncode == 0, checked.stderr


ASK = "from django.db import connection; connection.cursor().execute('SELECT 1'); print('asked')"


TOO_MUCH = [
    ("E010", "ALTER ROLE {app} CREATEROLE", "ALTER ROLE {app} NOCREATEROLE"),
    ("E010", "GRANT SET ON PARAMETER session_replication_role TO {app}", ""),
    ("E010", "GRANT CREATE ON SCHEMA public TO {app}", ""),
    ("E011", "GRANT {owner} TO {app}", ""),
    (
        "E011",
        "ALTER TABLE tasks_savereceipt OWNER TO {app}",
        "ALTER TABLE tasks_savereceipt OWNER TO {owner}",
    ),
    ("E012", "GRANT TRUNCATE ON accountability_ledgerrow TO {app}", ""),
    ("E012", "GRANT UPDATE (image) ON accountability_ledgerrow TO {app}", ""),
    ("E012", "GRANT INSERT ON accountability_ledgerlink TO PUBLIC", ""),
    ("E012", "GRANT DELETE ON accountability_auditevent TO {app}", ""),
    ("E012", "GRANT UPDATE ON tasks_historicaltaskitem TO {app}", ""),
    ("E012", "GRANT TRIGGER ON tasks_taskitem TO {app}", ""),
    ("E012", "GRANT EXECUTE ON FUNCTION ledger_append TO {app}", ""),
]


@contextmanager
def given(site: Site, grant: str, undo: str) -> Iterator[None]:
    """What an administrator gave too much, taken back afterwards."""
    undo = undo or grant.replace("GRANT", "REVOKE").replace(" TO ", " FROM ")
    names = {
        "app": sql.Identifier(site.roles.app_role),
        "owner": sql.Identifier(site.roles.owner_role),
    }
    with psycopg.connect(site.roles.superuser, autocommit=True) as admin:
        admin.execute(sql.SQL(grant).format(**names))  # type: ignore[arg-type]
        try:
            yield
        finally:
            admin.execute(sql.SQL(undo).format(**names))  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "grant", "undo"), TOO_MUCH)
def test_a_role_that_is_too_strong_is_found(
    site: Site, django_db_blocker: Any, code: str, grant: str, undo: str
) -> None:
    """In whichever way it became so; nothing is found before and after."""

    def found() -> set[str]:
        handler = ConnectionHandler({"default": dict(dj_database_url.parse(site.roles.app))})
        connection = handler["default"]
        try:
            return set(faults(connection))
        finally:
            connection.close()

    with django_db_blocker.unblock():
        assert found() == set()
        with given(site, grant, undo):
            assert f"portal.{code}" in found()
        assert found() == set()


def test_production_refuses_a_role_that_is_too_strong(site: Site) -> None:
    """The check names it, and any process stops at its first connection."""
    with given(site, *TOO_MUCH[5][1:]):
        checked = manage(
            "check", "--deploy", "--database", "default", environment=site.production()
        )
        asked = manage("shell", "-c", ASK, environment=site.production())
    assert checked.returncode != 0
    assert "portal.E012" in checked.stderr
    assert asked.returncode != 0
    assert "平台没有启动" in asked.stderr
    assert "accountability_ledgerrow" in asked.stderr
    assert "asked" not in asked.stdout
    assert "asked" in manage("shell", "-c", ASK, environment=site.production()).stdout


def test_the_owner_does_not_run_the_portal(site: Site) -> None:
    """Both addresses right in form, the running one the owner's."""
    asked = manage(
        "shell", "-c", ASK, environment={**site.production(), "DATABASE_URL": site.roles.owner}
    )
    assert "属主" in asked.stderr
    assert "asked" not in asked.stdout


def test_migrate_refuses_to_name_the_owner_as_application(site: Site) -> None:
    done = manage(
        "migrate",
        environment=site.environment(site.roles.owner, DATABASE_APP_ROLE=site.roles.owner_role),
    )
    assert done.returncode != 0
    assert "不得相同" in done.stderr
