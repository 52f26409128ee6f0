"""Starts the portal's processes together and ends them together.

Each child leads a process group of its own, so that Ctrl-C reaches the
supervisor alone and a child's own children end with it. A child whose
supervisor dies is told so by the kernel (Linux) and ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when its parent dies (Linux only)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _tied_to(parent: int) -> Callable[[], None]:
    def prepare() -> None:
        end_with_parent()
        if os.getppid() != parent:  # it died before the kernel was told
            os._exit(1)

    return prepare


@dataclass(slots=True)
class Child:
    """A running part of the portal; `label` is its name for people."""

    label: str
    process: subprocess.Popen[bytes]

    def signal_group(self, number: int) -> bool:
        """Whether anybody of the child's group was there to get the signal."""
        try:
            os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True


class Supervisor:
    """The children, in the order in which they were started."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.asked_to_stop = False

    def listen(self) -> None:
        """Take Ctrl-C, SIGTERM and SIGHUP as the wish to stop; the second time, at once."""
        for number in SIGNALS:
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked_to_stop:
            self._kill()
        self.asked_to_stop = True

    def start(
        self,
        label: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        pass_fds: Sequence[int] = (),
    ) -> Child:
        """Start one child with nothing to read and the supervisor's own output."""
        process = subprocess.Popen(  # noqa: S603 - the command is the portal's own
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
            preexec_fn=_tied_to(os.getpid()),
        )
        child = Child(label, process)
        self.children.append(child)
        return child

    def dead(self) -> Child | None:
        """The first child that has ended, if any."""
        return next((c for c in self.children if c.process.poll() is not None), None)

    def wait_for(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until `ready`; False when a child ends, the time is up or a stop is wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.asked_to_stop and self.dead() is None:
            if ready():
                return True
            time.sleep(0.1)
        return False

    def watch(self) -> Child | None:
        """Sleep until a stop is wanted (None) or a child has ended (that child)."""
        while not self.asked_to_stop:
            if (child := self.dead()) is not None:
                return child
            time.sleep(0.3)
        return None

    def stop(self) -> None:
        """End every child and whatever it started; returns when none is left."""
        for child in self.children:
            # Only the leader: it ends its own children in good order. What
            # remains in its group is killed below.
            if child.process.poll() is None:
                child.process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for child in self.children:
            try:
                child.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        self._kill()
        for child in self.children:
            child.process.wait()
            deadline = time.monotonic() + 2
            while child.signal_group(0) and time.monotonic() < deadline:
                time.sleep(0.05)

    def _kill(self) -> None:
        for child in self.children:
            child.signal_group(signal.SIGKILL)
