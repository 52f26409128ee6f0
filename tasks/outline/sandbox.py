"""Reads an uploaded file in a child process with limits on memory, time and files.

A new interpreter is started, never a fork: the server has threads. The child gets the
file by its standard input and an empty environment; whatever goes wrong there is one
refusal here.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml

from tasks.outline import gate, wire
from tasks.outline.fill_docx import Entry, NewLine, clean
from tasks.outline.model import Outline
from tasks.outline.refusal import Refused
from tasks.outline.sentences import refuse
from tasks.outline.source import Source

logger = logging.getLogger(__name__)

TIMEOUT = 20.0
MAX_ANSWER = 64 * 1024 * 1024
_MAX_SENTENCE = 500
_CHUNK = 64 * 1024

_ROOT = str(Path(__file__).resolve().parents[2])
_LIBRARIES = str(Path(lxml.__file__).resolve().parents[1])
# Isolated (-I) and without site (-S): no user directory, no .pth file, no environment
# decides what the child imports, and it starts in a tenth of a second.
_START = "import sys; sys.path[:0] = sys.argv[1:]; from tasks.outline.child import main; main()"
_COMMAND = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, _ROOT, _LIBRARIES]


def read_in_child(data: bytes, filename: str, *, timeout: float = TIMEOUT) -> Source:
    """The paragraphs of an uploaded file, read in a child process; or Refused."""
    answer = _ask("read", data, filename, timeout)
    return _unpacked(Source, answer, "source")


def outline_in_child(
    data: bytes, filename: str, *, year: int | None = None, timeout: float = TIMEOUT
) -> tuple[Source, Outline]:
    """The paragraphs and the outline of an uploaded file, both made in the child; or Refused."""
    answer = _ask("outline", data, filename, timeout, year=year)
    return _unpacked(Source, answer, "source"), _unpacked(Outline, answer, "outline")


def fill_in_child(
    original: bytes,
    entries: Sequence[Entry],
    new_lines: Sequence[NewLine] = (),
    *,
    timeout: float = TIMEOUT,
) -> bytes:
    """`fill_docx.fill` in the child: the uploaded file is as strange now as when it came."""
    written = [replace(entry, text=clean(entry.text)) for entry in entries]
    lines = [replace(line, text=clean(line.text)) for line in new_lines]
    packed = {"entries": wire.pack(written), "new_lines": wire.pack(lines)}
    answer = _ask("fill", original, "paper.docx", timeout, **packed)
    if "misplaced" in answer:
        raise ValueError(f"{answer['misplaced']:.200}")
    try:
        return base64.b64decode(_unpacked(str, answer, "filled"), validate=True)
    except binascii.Error as error:
        raise refuse("crashed") from error


def _ask(action: str, data: bytes, filename: str, timeout: float, **more: Any) -> dict[str, Any]:
    """What the child says to a request; its refusals are raised here."""
    gate.admit(data, filename)  # the cheap refusals need no process
    # ASCII only: the escapes carry even a lone surrogate of a file name safely.
    header = json.dumps({"action": action, "filename": filename, **more}).encode("ascii")
    try:
        answer = wire.unpack(dict[str, Any], json.loads(_run(header + b"\n" + data, timeout)))
    except (ValueError, TypeError, RecursionError) as error:
        raise refuse("crashed") from error
    if "refused" in answer:
        sentence, code = _unpacked(tuple[str, str], answer, "refused")
        raise Refused(sentence[:_MAX_SENTENCE], code=code)
    if "failed" in answer:
        logger.error("reading a paper failed: %.200r", answer["failed"])
    return answer


def _unpacked(kind: Any, answer: dict[str, Any], name: str) -> Any:
    """One value of the answer, of the type that it must have."""
    try:
        return wire.unpack(kind, answer[name])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise refuse("crashed") from error


def _run(request: bytes, timeout: float) -> bytes:
    """What the child answers to `request`; it is gone when this returns."""
    process = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={},
        close_fds=True,
        start_new_session=True,
    )
    try:
        answer = _converse(process, request, time.monotonic() + timeout)
        status = process.wait(1.0)
    except subprocess.TimeoutExpired as error:
        raise refuse("timeout") from error
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        process.wait()
    if status == -signal.SIGXCPU:
        raise refuse("timeout")
    if status != 0:
        raise refuse("crashed")
    return answer


def _converse(process: subprocess.Popen[bytes], request: bytes, deadline: float) -> bytes:
    """Writes the request and collects the answer at once, so that neither side waits for ever."""
    assert process.stdin is not None
    assert process.stdout is not None
    answer = bytearray()
    pending = memoryview(request)
    with selectors.DefaultSelector() as selector:
        for end, event in (
            (process.stdin, selectors.EVENT_WRITE),
            (process.stdout, selectors.EVENT_READ),
        ):
            os.set_blocking(end.fileno(), False)
            selector.register(end, event)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise refuse("timeout")
            for key, _ in selector.select(left):
                pipe: Any = key.fileobj
                if pipe is process.stdin:
                    pending = _write(pipe, pending)
                    if not pending:
                        selector.unregister(pipe)
                        with contextlib.suppress(BrokenPipeError):
                            pipe.close()
                    continue
                chunk = os.read(pipe.fileno(), _CHUNK)
                if not chunk:
                    return bytes(answer)
                answer += chunk
                if len(answer) > MAX_ANSWER:
                    raise refuse("too_complex")


def _write(pipe: Any, pending: memoryview) -> memoryview:
    """What is still to be written; nothing when the child has closed its end."""
    try:
        return pending[os.write(pipe.fileno(), pending[:_CHUNK]) :]
    except BlockingIOError:
        return pending
    except BrokenPipeError:
        return pending[:0]
