"""docker-compose.yml: valid by the schema, without default passwords; its very commands run.

No engine is needed: what each service would run in its container is run here
as a process, against PostgreSQL and a Redis of its own. Only addresses and
folders are replaced, by the table of `local()`.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import psycopg
import pytest
import yaml
from psycopg import sql

from .databases import admin_url
from .processes import TOP, clean_environment, manage, running, until

HOST = "portal.example.test"
COMPOSE: dict[str, Any] = yaml.safe_load((TOP / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("web", "worker", "beat", "migrate")
pytestmark = pytest.mark.nodb


def test_it_is_valid_by_the_compose_schema() -> None:
    schema = json.loads((TOP / "tests/ops/compose-spec.json").read_text("utf-8"))
    jsonschema.Draft7Validator(schema).validate(COMPOSE)


def test_it_has_the_services_of_one_image_and_opens_no_port_but_the_webs() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis"}
    assert len({SERVICES[name]["image"] for name in OURS}) == 1
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in OURS:
        assert SERVICES[name]["read_only"] is True, name
        assert SERVICES[name]["cap_drop"] == ["ALL"], name
    for name in set(SERVICES) - {"migrate"}:
        assert "healthcheck" in SERVICES[name], name
    for name in ("web", "worker", "beat"):
        waits = SERVICES[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["postgres"]["condition"] == "service_healthy"


def test_no_secret_stands_in_it_and_none_has_a_default() -> None:
    text = (TOP / "docker-compose.yml").read_text("utf-8")
    for name, default in re.findall(r"\$\{(\w+):?-([^}]*)\}", text):
        assert not re.search("PASS|SECRET|KEY|TOKEN", name), name
        assert name == "TRUSTED_PROXY" or default
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|KEY", name):
                assert name.endswith("_FILE"), name
                secret = Path(str(value)).name
                assert secret in service["secrets"]
            assert not re.search(r"://[^/@]*:[^@]+@", str(value)), name
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    assert "secrets/" in (TOP / ".gitignore").read_text("utf-8").split()


def test_only_migrate_gets_the_owners_password() -> None:
    holders = {name for name, s in SERVICES.items() if "owner_password" in s.get("secrets", [])}
    assert holders == {"migrate", "postgres"}


def test_every_file_that_it_mounts_or_builds_from_exists() -> None:
    assert (TOP / SERVICES["web"]["build"]["dockerfile"]).is_file()
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (TOP / source).is_file(), source
    dockerfile = (TOP / ".ci/Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.M):
        for source in line.split():
            assert (TOP / source).exists(), source
    assert "USER portal" in dockerfile
    assert "--require-hashes" in dockerfile


# --- the very commands -------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Site:
    """Where the containers' names and folders lie on this machine."""

    folder: Path
    redis_port: int
    web_port: int
    database: str
    app: str
    owner: str
    postgres: dict[str, Any]

    def local(self, text: str) -> str:
        """A text of docker-compose.yml with `$$`, addresses and folders as they are here."""
        place = f"{self.postgres.get('host', '127.0.0.1')}:{self.postgres.get('port', 5432)}"
        for theirs, here in (
            ("${ALLOWED_HOSTS:?", f"{HOST}${{:?"),
            ("${TRUSTED_PROXY:-}", "127.0.0.1"),
            ("postgres:5432/portal", f"{place}/{self.database}"),
            ("portal_app", self.app),
            ("portal_owner", self.owner),
            ("redis:6379", f"127.0.0.1:{self.redis_port}"),
            ("0.0.0.0:8000", f"127.0.0.1:{self.web_port}"),
            ("/run/secrets/", f"{self.folder}/secrets/"),
            ("/tmp/beat-schedule", f"{self.folder}/beat/beat-schedule"),
            ("find /tmp ", f"find {self.folder}/beat "),
            ("bind 0.0.0.0\\n", f"bind 127.0.0.1\\nport {self.redis_port}\\n"),
            ("redis-cli ping", f"redis-cli -p {self.redis_port} ping"),
            ("--dbname portal", f"--dbname {self.database}"),
            ("--host 127.0.0.1 ", f"--host {self.postgres.get('host', '127.0.0.1')} "),
            ("$$", "$"),
        ):
            text = text.replace(theirs, here)
        text = re.sub(r"\$\{:\?[^}]*\}", "", text)
        return str(self.folder / "data") if text == "/data" else text

    def environment(self, service: str) -> dict[str, str]:
        values = {k: self.local(str(v)) for k, v in SERVICES[service]["environment"].items()}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        return clean_environment(
            **values,
            PATH=path,
            HOSTNAME=socket.gethostname(),
            PORT=str(self.web_port),
            STATIC_ROOT=str(self.folder / "collected"),
            PYTHONWARNINGS="ignore:You're running the worker with superuser",
        )

    def command(self, service: str) -> list[str]:
        return [self.local(part) for part in SERVICES[service]["command"]]

    def is_healthy(self, service: str) -> bool:
        """Runs the service's own health check."""
        kind, *rest = SERVICES[service]["healthcheck"]["test"]
        words = [self.local(part) for part in rest]
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        environment = (
            self.environment(service) if service in OURS else {**os.environ, "PATH": pg_path()}
        )
        done = subprocess.run(
            command, cwd=TOP, env=environment, capture_output=True, timeout=60, check=False
        )
        return done.returncode == 0

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=20)
        named = {k.replace("_", "-"): v for k, v in headers.items()}
        connection.request("GET", path, headers={"Host": HOST, **named})
        return connection.getresponse()


def pg_path() -> str:
    return f"{os.environ['PATH']}:/usr/lib/postgresql/15/bin"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Secrets, database with its two roles by the mounted script, and an empty folder."""
    tag = uuid.uuid4().hex[:8]
    info = psycopg.conninfo.conninfo_to_dict(admin_url())
    built = Site(
        folder=tmp_path,
        redis_port=free_port(),
        web_port=free_port(),
        database=f"portal_compose_{tag}",
        app=f"portal_app_{tag}",
        owner=f"portal_owner_{tag}",
        postgres=info,
    )
    for name in ("data", "beat"):
        (tmp_path / name).mkdir()
    subprocess.run([TOP / ".ci/make-secrets", tmp_path / "secrets"], check=True)
    environment = {
        **os.environ,
        "PATH": pg_path(),
        "PGHOST": str(info.get("host") or "127.0.0.1"),
        "PGPORT": str(info.get("port") or 5432),
        "PGPASSWORD": str(info.get("password") or ""),
        "POSTGRES_USER": str(info.get("user") or "postgres"),
        "PORTAL_DATABASE": built.database,
        "PORTAL_OWNER_ROLE": built.owner,
        "PORTAL_APP_ROLE": built.app,
    }
    for name, value in SERVICES["postgres"]["environment"].items():
        if name.startswith("PORTAL_"):
            environment[name] = built.local(value)
    made = subprocess.run(
        ["bash", TOP / ".ci/postgres-roles.sh"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        assert made.returncode == 0, made.stderr
        yield built
    finally:
        with psycopg.connect(admin_url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
                    sql.Identifier(built.database)
                )
            )
            for role in (built.app, built.owner):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@pytest.mark.services
def test_the_commands_of_all_services_run_together(site: Site) -> None:
    log = site.folder / "log"
    redis_is = ["sh", "-c", site.command("redis")[-1]]
    with running(redis_is, environment=dict(os.environ), log=log):
        until(lambda: site.is_healthy("redis"), seconds=20, what="redis", log=log)
        assert site.is_healthy("postgres")

        migrated = subprocess.run(
            site.command("migrate"),
            cwd=TOP,
            env=site.environment("migrate"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert migrated.returncode == 0, migrated.stderr
        app = site.environment("web")
        checked = manage(
            *("check", "--deploy", "--database", "default", "--fail-level", "WARNING"),
            environment=app,
        )
        assert checked.returncode == 0, checked.stderr
        # The running portal's role changes no table.
        tried = manage(
            *("shell", "-c"),
            "from django.db import connection as c; c.cursor().execute('CREATE TABLE t (i int)')",
            environment=app,
        )
        assert "permission denied" in tried.stderr
        assert manage("collectstatic", "--noinput", environment=app).returncode == 0

        with (
            running(site.command("web"), environment=app, log=log),
            running(site.command("worker"), environment=site.environment("worker"), log=log),
            running(site.command("beat"), environment=site.environment("beat"), log=log),
        ):
            until(lambda: site.is_healthy("web"), seconds=60, what="web", log=log)
            until(lambda: site.is_healthy("worker"), seconds=60, what="worker", log=log)
            until(lambda: site.is_healthy("beat"), seconds=60, what="beat", log=log)
            plain = site.get("/login/")
            assert (plain.status, plain.getheader("Location")) == (301, f"https://{HOST}/login/")
            page = site.get("/login/", X_Forwarded_Proto="https", X_Forwarded_For="192.0.2.9")
            assert page.status == 200
            cookie = str(page.getheader("Set-Cookie"))
            assert cookie.startswith("__Host-csrf=")
            assert "Secure" in cookie
            assert "max-age=31536000" in str(page.getheader("Strict-Transport-Security"))
            assert site.get("/login/", Host="evil.example.test").status == 400
            style = re.search(r'href="(/static/css/portal\.[0-9a-f]+\.css)"', page.read().decode())
            assert style
            assert site.get(style[1], X_Forwarded_Proto="https").status == 200


@pytest.mark.services
def test_a_role_that_is_too_strong_is_found(site: Site) -> None:
    strong = {**site.environment("migrate"), "PORTAL_DB_ROLE": "owner"}
    done = subprocess.run(
        site.command("migrate"), cwd=TOP, env=strong, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    checked = manage("check", "--deploy", "--database", "default", environment=strong)
    assert checked.returncode != 0
    assert "portal.E011" in checked.stderr
