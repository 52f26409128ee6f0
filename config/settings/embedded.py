"""The embedded profile of `make run`: SQLite, one machine, a demo county."""

from .base import *  # noqa: F403
from .base import DATA_DIR, database, env
from .secret import secret_from_file

DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o750)
DATABASES = {"default": database()}
SECRET_KEY = secret_from_file(DATA_DIR / "secret_key")
DEMO = env.bool("PORTAL_DEMO", default=True)
EMBEDDED = True
