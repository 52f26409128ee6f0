"""杀毒: asks clamd about bytes (INSTREAM), where `settings.CLAMD_ADDRESS` names one."""

from __future__ import annotations

import socket
import struct

from django.conf import settings

CHUNK = 64 * 1024
SECONDS = 20
MOST_ANSWER = 4096


class Infected(Exception):
    """clamd found something; `str()` is its name for it."""


class NotScanned(Exception):
    """clamd is configured and did not answer: the file does not come in unseen."""


def scan(data: bytes) -> None:
    """Nothing for a clean file, or where no scanner is configured.

    Raises `Infected`, or `NotScanned` when the scanner cannot be asked.
    """
    address: str = settings.CLAMD_ADDRESS
    if not address:
        return
    try:
        answer = _ask(address, data)
    except (OSError, ValueError) as error:
        raise NotScanned(str(error)) from error
    if answer.endswith("FOUND"):
        raise Infected(answer.removesuffix("FOUND").rpartition(":")[2].strip())
    if not answer.endswith("OK"):
        raise NotScanned(answer)


def _ask(address: str, data: bytes) -> str:
    """clamd's answer; `address` is host:port, or the path of its socket."""
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target: str | tuple[str, int] = address
    else:
        host, _, port = address.rpartition(":")
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        target = (host, int(port))
    with connection:
        connection.settimeout(SECONDS)
        connection.connect(target)
        connection.sendall(b"zINSTREAM\0")
        for start in range(0, len(data), CHUNK):
            chunk = data[start : start + CHUNK]
            connection.sendall(struct.pack(">I", len(chunk)) + chunk)
        connection.sendall(struct.pack(">I", 0))
        answer = b""
        while len(answer) < MOST_ANSWER and (part := connection.recv(MOST_ANSWER)):
            answer += part
            if b"\0" in part:
                break
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
