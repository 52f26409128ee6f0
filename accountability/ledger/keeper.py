#!/usr/bin/env python3
"""留存存证点 —— keeps the checkpoints that the portal sends to the inspectors' machine.

One file, Python's standard library alone; it runs where the portal does not.
Usage:  python3 keeper.py FILE --listen HOST:PORT   (what is posted to it)
        python3 keeper.py FILE --mbox MAILBOX       (what came by e-mail)

FILE gets one checkpoint a line, each once, and is never shortened. It is what
`verify_ledger --checkpoints FILE` takes, the portal's and the stand-alone one.
Two different checkpoints of one number are both kept: that is what to look for.
"""

import fcntl
import json
import mailbox
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

FIELDS = {"number", "at", "cause", "heads", "previous", "key", "signature"}
MOST_BYTES = 1 << 20


def canonical(text):
    """The line of the checkpoint in `text`; raises ValueError where there is none."""
    values = json.loads(text)
    if not isinstance(values, dict) or set(values) != FIELDS:
        raise ValueError("不是存证点")
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def keep(path, text):
    """Add the checkpoint to the file; False where it stands there already."""
    line = canonical(text).encode("utf-8")
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o640)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = b"\n"
        for known in file:
            if known.rstrip(b"\n") == line:
                return False
            end = known[-1:]
        file.write((b"" if end == b"\n" else b"\n") + line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def bodies(path):
    """The text of each message of a mailbox file."""
    for message in mailbox.mbox(path, create=False):
        for part in message.walk():
            if part.get_content_type() == "text/plain":
                data = part.get_payload(decode=True)
                yield data.decode(part.get_content_charset() or "utf-8", "replace")


def keep_mailbox(path, box):
    """(kept, known, other) of a mailbox: messages that hold no checkpoint are passed over."""
    counts = [0, 0, 0]
    for body in bodies(box):
        try:
            counts[0 if keep(path, body) else 1] += 1
        except ValueError:
            counts[2] += 1
    return tuple(counts)


def server(path, host, port):
    """A server that keeps what is posted to it and gives nothing out."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 30

        def do_POST(self):
            try:
                size = int(self.headers.get("Content-Length", ""))
                if not 0 < size <= MOST_BYTES:
                    raise ValueError("长度不对")
                keep(path, self.rfile.read(size).decode("utf-8"))
            except ValueError:
                self.answer(400)
            except OSError as error:  # the disk: the portal tries again later
                print("未能留存：%s" % error, file=sys.stderr)
                self.answer(503)
            else:
                self.answer(200)

        def answer(self, status):
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return HTTPServer((host, port), Handler)


def main(arguments):
    if len(arguments) == 3 and arguments[1] == "--mbox":
        try:
            kept, known, other = keep_mailbox(arguments[0], arguments[2])
        except (OSError, mailbox.Error) as error:
            print("无法读取邮箱：%s" % error)
            return 1
        print("新留存 %d 个存证点，已有 %d 个，其他邮件 %d 封" % (kept, known, other))
        return 0
    host, _, port = (arguments[2] if len(arguments) == 3 else "").rpartition(":")
    if len(arguments) == 3 and arguments[1] == "--listen" and host and port.isdecimal():
        server(arguments[0], host, int(port)).serve_forever()
    print("用法：python3 keeper.py 存证点文件 --listen 地址:端口 或 --mbox 邮箱文件")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
