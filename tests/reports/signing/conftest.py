"""Keys of the portal for tests: one folder a process, made once, because RSA keys are slow."""

from __future__ import annotations

import itertools
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pytest_django import Settings

from reports.services import enrolment
from reports.signing.authority import new_key


@lru_cache
def ready_key(number: int) -> rsa.RSAPrivateKey:
    """Real keys, made once: the certificates differ at each enrolment."""
    return new_key()


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signing-keys")


@pytest.fixture
def portal_keys(key_folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root, the seal and the field key of this test, outside the database."""
    turns = itertools.cycle(range(3))
    monkeypatch.setattr(enrolment, "new_key", lambda: ready_key(next(turns)))
    settings.SIGNING_ROOT_FILE = str(key_folder / "root")
    settings.SIGNING_SEAL_FILE = str(key_folder / "seal")
    return key_folder
