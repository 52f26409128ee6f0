"""Dependencies: each with its reason, pinned with hashes, without addresses."""

from __future__ import annotations

import re
import tomllib

import pytest

from . import tree

pytestmark = pytest.mark.nodb
LOCKS = ("requirements.lock", "requirements-dev.lock")
PYPROJECT = (tree.TOP / "pyproject.toml").read_text("utf-8")


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", lock(name), re.M))


def lock(name: str) -> str:
    return (tree.TOP / name).read_text("utf-8")


def direct(requirements: list[str]) -> set[str]:
    names = (re.match(r"[A-Za-z0-9._-]+", r) for r in requirements)
    return {re.sub(r"[._-]+", "-", m[0]).lower() for m in names if m}


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_carries_hashes_and_no_address(name: str) -> None:
    text = lock(name)
    assert "://" not in text
    assert not re.search(r"--(?:extra-)?index-url|--find-links|--trusted-host", text)
    for entry in re.split(r"\n(?=[a-z0-9])", text.strip()):
        if not entry.startswith("#"):
            assert re.match(r"[a-z0-9][a-z0-9._-]*==", entry), entry[:80]
            assert "--hash=sha256:" in entry, entry[:80]


def test_the_locks_hold_what_pyproject_asks_for_and_agree() -> None:
    project = tomllib.loads(PYPROJECT)
    product, everything = pins(LOCKS[0]), pins(LOCKS[1])
    assert direct(project["project"]["dependencies"]) <= set(product)
    assert direct(project["dependency-groups"]["dev"]) <= set(everything)
    assert product.items() <= everything.items()


def test_every_dependency_says_why_it_is_there() -> None:
    lines = re.findall(r"^    \"[^\"]+\",.*$", PYPROJECT, re.M)
    asked = [x for x in lines if re.match(r'    "[a-z][a-z0-9-]*(?:\[[^\]]*\])?(?:[=<>~!]|")', x)]
    project = tomllib.loads(PYPROJECT)
    number = len(project["project"]["dependencies"]) + len(project["dependency-groups"]["dev"])
    assert len(asked) >= number
    for line in asked:
        assert re.search(r",\s+#\s+\S.{3,}", line), f"no reason: {line.strip()}"
