"""Secrets come from files; an embedded installation makes its own at first start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit


def secret_from_file(path: Path) -> str:
    """The secret in `path` (mode 0600), made at the first call."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(64)
        file.write(secret)
    return secret


def value_or_file(name: str, environment: Mapping[str, str]) -> str:
    """NAME, or what stands in the file NAME_FILE; "" when neither is given.

    Raises ValueError when both are given or the file cannot be read.
    """
    value, path = environment.get(name, ""), environment.get(f"{name}_FILE", "")
    if not path:
        return value
    if value:
        raise ValueError(f"{name} 与 {name}_FILE 只能设一个。")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"无法读取 {name}_FILE 所指的文件 {path}。") from error


def url_with_password(name: str, environment: Mapping[str, str]) -> str:
    """The URL of NAME (or NAME_FILE), with the password of <name without _URL>_PASSWORD_FILE.

    So that a password can stand alone in a secret file and the URL in the open.
    """
    url = value_or_file(name, environment)
    stem = f"{name.removesuffix('_URL')}_PASSWORD"
    if not url or not environment.get(f"{stem}_FILE"):
        return url
    password = value_or_file(stem, {f"{stem}_FILE": environment[f"{stem}_FILE"]})
    parts = urlsplit(url)
    if parts.password:
        raise ValueError(f"{name} 已含口令，不能再设 {stem}_FILE。")
    place = parts.netloc.rpartition("@")[2]
    login = f"{parts.username or ''}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{place}"))
