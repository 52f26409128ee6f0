"""How the web server runs; read by `manage.py portal` and by the container alike."""

import os
from pathlib import Path

chdir = str(Path(__file__).resolve().parent.parent)
wsgi_app = "config.wsgi:application"
worker_class = "gthread"
# SQLite has one writer: one process with threads. PostgreSQL takes more.
workers = int(os.environ.get("WEB_PROCESSES") or (2 if os.environ.get("DATABASE_URL") else 1))
threads = int(os.environ.get("WEB_THREADS") or 8)
timeout = 120
graceful_timeout = 8
keepalive = 5
max_requests = 5000
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
loglevel = "warning"
control_socket_disable = True
# Longer than any form of the portal; a request line carries only filters.
limit_request_line = 8190
