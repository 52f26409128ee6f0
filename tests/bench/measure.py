"""What benches measure with: medians, percentiles, statements, peak memory."""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

MOST, LEAST = 30, 5


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds (median), megabytes above the start in this process and in its child."""

    ms: float
    own: float
    child: float


class Counter:
    """Statements that go to the database while it is on (`connection.execute_wrapper`)."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.statements += 1
        return execute(*args)


def timed(action: Callable[[], object], *, seconds: float = 2.0, least: int = LEAST) -> list[float]:
    """Milliseconds of each of `least` to 30 rounds, in order of size; 2 s at most beyond those."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while len(took) < least or (len(took) < MOST and time.perf_counter() < end):
        began = time.perf_counter()
        action()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def cpu_ms(action: Callable[[], object], *, rounds: int = 5) -> float:
    """The least processor time of this process for `action`: steady on a busy machine."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        action()
        took.append((time.process_time() - began) * 1000)
    return min(took)


def at(times: list[float], share: float) -> float:
    """The percentile of sorted times."""
    return times[min(len(times) - 1, int(len(times) * share))]


def peak(action: Callable[[], object]) -> float:
    """Megabytes that `action` took at most above where this process stood; Linux alone."""
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    before = _high_water()
    action()
    return _high_water() - before


def _high_water() -> float:
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cost(action: Callable[[], object], *, least: int = 3) -> Cost:
    """Time and peak memory of `action`, in a process of its own, so that none adds to another's."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        status = 1
        try:
            own = peak(action)
            found = Cost(
                at(timed(action, least=least), 0.5),
                own,
                resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
            )
            os.write(writing, json.dumps(asdict(found)).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read()
    os.waitpid(child, 0)
    return Cost(**json.loads(told))
