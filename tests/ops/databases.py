"""Throw-away PostgreSQL databases for tests of processes; each its own, dropped at the end."""

from __future__ import annotations

import os
import secrets
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql


def admin_url() -> str:
    """A role that may make databases and roles: PORTAL_TEST_POSTGRES, or the local cluster's."""
    return os.environ.get("PORTAL_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")


def redis_url() -> str:
    """The Redis of the tests: PORTAL_TEST_REDIS, or the local one."""
    return os.environ.get("PORTAL_TEST_REDIS", "redis://127.0.0.1:6379/0")


@contextmanager
def fresh_database() -> Iterator[str]:
    """The URL of an empty database of its own."""
    name = f"portal_ops_{uuid.uuid4().hex[:10]}"
    with psycopg.connect(admin_url(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield url_of(name)
    finally:
        with psycopg.connect(admin_url(), autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def url_of(name: str, *, user: str = "", password: str = "") -> str:
    """The admin's URL with another database and, if given, another role."""
    info = psycopg.conninfo.conninfo_to_dict(admin_url())
    who = user or info.get("user") or "postgres"
    secret = password if user else info.get("password")
    login = f"{who}:{secret}" if secret else str(who)
    return f"postgres://{login}@{info.get('host', '127.0.0.1')}:{info.get('port', 5432)}/{name}"


@dataclass(frozen=True, slots=True)
class TwoRoles:
    """A database made by `.ci/postgres-roles.sh`: the URL of its owner and of the application."""

    owner_role: str
    app_role: str
    owner: str
    app: str
    superuser: str


@contextmanager
def two_roles(folder: Path) -> Iterator[TwoRoles]:
    """An empty database with its owner and the application's role, as an installation has them."""
    tag = uuid.uuid4().hex[:8]
    name, owner, app = f"portal_roles_{tag}", f"portal_owner_{tag}", f"portal_app_{tag}"
    passwords = {"OWNER": secrets.token_hex(16), "APP": secrets.token_hex(16)}
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/lib/postgresql/15/bin"}
    for who, password in passwords.items():
        file = folder / f"{who.lower()}_password"
        file.write_text(password, encoding="ascii")
        environment[f"PORTAL_{who}_PASSWORD_FILE"] = str(file)
    info = psycopg.conninfo.conninfo_to_dict(admin_url())
    environment |= {
        "PGHOST": str(info.get("host") or "127.0.0.1"),
        "PGPORT": str(info.get("port") or 5432),
        "PGPASSWORD": str(info.get("password") or ""),
        "POSTGRES_USER": str(info.get("user") or "postgres"),
        "PORTAL_DATABASE": name,
        "PORTAL_OWNER_ROLE": owner,
        "PORTAL_APP_ROLE": app,
    }
    script = Path(__file__).resolve().parents[2] / ".ci" / "postgres-roles.sh"
    try:
        made = subprocess.run(
            ["bash", script], env=environment, capture_output=True, text=True, check=False
        )
        assert made.returncode == 0, made.stderr
        yield TwoRoles(
            owner,
            app,
            url_of(name, user=owner, password=passwords["OWNER"]),
            url_of(name, user=app, password=passwords["APP"]),
            url_of(name),
        )
    finally:
        with psycopg.connect(admin_url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
            for role in (app, owner):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))
