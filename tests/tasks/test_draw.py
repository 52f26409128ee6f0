"""双随机: the draw's algorithm, without a database. Whoever repeats it gets the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.draw import algorithm

pytestmark = pytest.mark.nodb

UNITS = st.lists(st.integers(1, 60).map(lambda n: f"u{n}"), min_size=1, max_size=40, unique=True)
PEOPLE = st.dictionaries(
    st.integers(1, 30).map(lambda n: f"p{n}"),
    st.frozensets(st.integers(1, 60).map(lambda n: f"u{n}"), max_size=3),
    min_size=1,
    max_size=15,
)


def record(**changed: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "format": 1,
        "seed": "b3d1",
        "take": 3,
        "each": 2,
        "units": [[f"u{n}", f"第{n}局"] for n in range(1, 8)],
        "inspectors": [[f"p{n}", f"检查人{n}", [f"u{n}"]] for n in range(1, 5)],
    }
    made["drawn"] = [list(pair) for pair in algorithm.repeat(made)]
    return made | changed


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=20), UNITS, PEOPLE, st.integers(0, 40), st.integers(1, 2), st.randoms())
def test_what_a_draw_holds(
    seed: str,
    units: list[str],
    people: dict[str, frozenset[str]],
    take: int,
    each: int,
    order: Any,
) -> None:
    try:
        drawn = algorithm.draw(seed, units, people, take=take, each=each)
    except algorithm.NotEnough as error:
        short = str(error)
        assert take > len(units) or sum(short not in own for own in people.values()) < each
        return
    assert len({unit for unit, _ in drawn}) == len(drawn) == take
    assert {unit for unit, _ in drawn} <= set(units)
    for unit, them in drawn:
        assert len(set(them)) == each
        assert all(unit not in people[who] for who in them), "nobody inspects the own unit"
    # The order in which they are listed changes nothing.
    shuffled, names = list(units), list(people)
    order.shuffle(shuffled)
    order.shuffle(names)
    again = algorithm.draw(
        seed, shuffled, {name: people[name] for name in names}, take=take, each=each
    )
    assert again == drawn


def test_every_unit_is_drawn_about_as_often() -> None:
    units = [f"u{n}" for n in range(10)]
    counts = dict.fromkeys(units, 0)
    for seed in range(2000):
        for unit, _ in algorithm.draw(f"{seed}", units, {"p1": frozenset()}, take=3, each=1):
            counts[unit] += 1
    # 600 each; four standard deviations are 82.
    assert all(abs(count - 600) < 82 for count in counts.values()), counts


def test_work_is_shared_evenly() -> None:
    people = {f"p{n}": frozenset[str]() for n in range(4)}
    drawn = algorithm.draw("s", [f"u{n}" for n in range(10)], people, take=10, each=2)
    load = [sum(who in them for _, them in drawn) for who in people]
    assert load == [5, 5, 5, 5]


def test_the_format_is_fixed() -> None:
    """Whoever changes this breaks every record that was given out."""
    assert algorithm.ticket("b3d1", "unit", "u1").startswith("cb3a39d748095f8d")
    assert algorithm.repeat(record()) == [
        ("u3", ["p4", "p1"]), ("u6", ["p2", "p3"]), ("u5", ["p2", "p4"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"seed": "b3d2"}, 1),
        ({"drawn": [["u1", ["p2", "p3"]]]}, 1),
        ({"format": 2}, 2),
        ({"units": None}, 2),
    ],
)
def test_it_runs_alone(tmp_path: Path, changed: dict[str, Any], status: int) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(record(**changed)), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", algorithm.__file__, str(file)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        cwd=tmp_path,
    )
    assert done.returncode == status, done.stderr
    assert ("与抽取记录一致" in done.stdout) == (status == 0)
