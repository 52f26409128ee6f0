"""`python config/health.py`: exit status 0 when the portal in this container answers.

It asks as the first of ALLOWED_HOSTS, because any other name is refused. It
imports nothing of the portal, so that it costs a fraction of a second.
"""

import http.client
import os
import sys


def main() -> int:
    """0 when /health/ says 200 within five seconds."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip()
    port = int(os.environ.get("PORT") or 8000)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/", headers={"Host": host})
        return 0 if connection.getresponse().status == 200 else 1
    except OSError:
        return 1


if __name__ == "__main__":
    sys.exit(main())
