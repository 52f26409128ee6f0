"""Settings common to every profile. A profile is one of embedded, production, test."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import dj_email_url
from csp.constants import NONE, SELF
from environs import Env

from .secret import url_with_password, value_or_file

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = False
ALLOWED_HOSTS: list[str] = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "guardian",
    "simple_history",
    "django_htmx",
    "csp",
    "axes",
    "accountability",
    "tasks",
    "reports",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "accountability.middleware.RequestIdMiddleware",
    "accountability.middleware.ResponseHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accountability.session_limits.SessionLimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accountability.middleware.OldBrowserMiddleware",
    "accountability.middleware.ActorMiddleware",
    "accountability.middleware.RefusalMiddleware",
    "accountability.access.middleware.RoutePolicyMiddleware",
]

ROOT_URLCONF = "config.urls"
LEDGER_TABLES = [
    "accountability.ledger_tables.TABLES",
    "tasks.ledger_tables.TABLES",
    "reports.ledger_tables.TABLES",
]
ROUTE_POLICY = "config.route_policy.ROUTE_POLICY"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "accountability.User"
# Object rights are derived from slots alone (DESIGN decision 6): no anonymous
# account, no short cuts on users and groups; our backend is guardian's, narrowed.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "accountability.context.chrome",
            ],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader"],
                )
            ],
            "builtins": ["accountability.templatetags.portal"],
        },
    }
]

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accountability.passwords.LengthAndClasses"},
    {"NAME": "accountability.passwords.NoNames"},
    {"NAME": "accountability.passwords.NoContextWords"},
    {"NAME": "accountability.passwords.NotCommon"},
    {"NAME": "accountability.passwords.NotReused"},
]
PASSWORD_MAX_DAYS = 90
PASSWORD_WARN_DAYS = 15
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "accountability.access.backend.ScopeBackend",
]

# Five failures of an account from one address close it there for half an hour.
# Axes counts and nothing else: the trail tells who signed in and who was refused.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "accountability.actors.client_address"
# The login service asks axes itself and shows its own page; no middleware needed.
# guardian.W001: its own backend is not used, ours is narrower.
SILENCED_SYSTEM_CHECKS = ["axes.W002", "guardian.W001"]

# So many failures of whatever names from one address within the same half hour, and the
# address waits: axes has one limit for all its counts, so the login service adds these up.
LOGIN_ADDRESS_FAILURES = 50
# An account that nobody used for so many days is refused until it is looked at again.
ACCOUNT_DORMANT_DAYS = 90

# Codes by an authenticator; sessions; confirming again before what matters.
FIELD_KEY_FILE = env.str("FIELD_KEY_FILE", default=str(DATA_DIR / "keys" / "fields"))
FACTOR_FAILURE_LIMIT = 5
FACTOR_LOCK = timedelta(minutes=30)
RECENT_FACTOR = timedelta(minutes=5)
SETUP_CODE_LIFE = timedelta(hours=24)
SESSION_IDLE = timedelta(minutes=15)
SESSION_IDLE_ADMINISTRATOR = timedelta(minutes=10)
SESSION_ABSOLUTE = timedelta(hours=8)

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(DATA_DIR / "static")))
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 8 * 60 * 60
CSRF_COOKIE_HTTPONLY = False  # the grid's script reads it for its own requests
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accountability.views.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# Strict: nothing from another host, nothing inline, no eval (ui.md 9).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- background work -------------------------------------------------------
# The job rows are the truth (DESIGN decision 3); the broker only wakes workers.
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_URL = REDIS_URL or f"sqla+sqlite:///{DATA_DIR / 'queue.db'}"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# A hung job is killed; its lease runs out and it is tried again.
CELERY_TASK_TIME_LIMIT = 30 * 60
REDIS_TRANSPORT_OPTIONS = {
    # Nothing unfinished is handed out again while its worker may still be at it.
    "visibility_timeout": 4 * CELERY_TASK_TIME_LIMIT,
    "socket_keepalive": True,
    # A request that wakes a worker waits two seconds at most; the job row is
    # stored, and the reconciler finds what was not told.
    "socket_connect_timeout": 2,
    "connect_retries_timeout": 1,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_BROKER_TRANSPORT_OPTIONS = REDIS_TRANSPORT_OPTIONS if REDIS_URL else {}
# The embedded broker has no fan-out to carry remote control.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(REDIS_URL)
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_BEAT_SCHEDULE_FILENAME = env.str(
    "BEAT_SCHEDULE_FILE", default=str(DATA_DIR / "beat-schedule")
)
CELERY_BEAT_SYNC_EVERY = 1  # the file's age tells whether beat lives
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=60)
JOB_RECONCILE_SECONDS = env.int("JOB_RECONCILE_SECONDS", default=20)
CELERY_BEAT_SCHEDULE = {
    "reconcile": {
        "task": "accountability.jobs.reconcile",
        "schedule": JOB_RECONCILE_SECONDS,
        # One that waited longer than the next needs none: no pile while workers are away.
        "options": {"expires": JOB_RECONCILE_SECONDS},
    },
}

# --- what leaves the portal -------------------------------------------------
# Without EMAIL_URL (smtp://user@host:25, smtp+tls or smtp+ssl) no e-mail goes out.
_mail_url = url_with_password("EMAIL_URL", os.environ)
MAIL_IS_SET = bool(_mail_url)
if _mail_url:
    _mail = dj_email_url.parse(_mail_url)
    EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
    EMAIL_HOST, EMAIL_PORT = _mail["EMAIL_HOST"], _mail["EMAIL_PORT"]
    EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail["EMAIL_USE_TLS"], _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 10
# Longer than any channel takes: what is marked as being sent for so long has lost its worker.
OUTBOX_LOST_SECONDS = env.int("OUTBOX_LOST_SECONDS", default=180)
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="portal@localhost")
# Where a county's gateway may be: origins such as https://qyapi.weixin.qq.com, or
# http://10.0.0.8:8080 inside the intranet. None: no gateway can be registered.
WEBHOOK_ORIGINS = frozenset(
    origin.rstrip("/") for origin in env.str("WEBHOOK_ORIGINS", default="").split(",") if origin
)

# --- the ledger ------------------------------------------------------------
# Outside the database; in production on the inspectors' machine or append-only.
LEDGER_KEY_FILE = env.str("LEDGER_KEY_FILE", default=str(DATA_DIR / "keys" / "ledger"))
LEDGER_CHECKPOINT_FILE = env.str(
    "LEDGER_CHECKPOINT_FILE", default=str(DATA_DIR / "witness" / "checkpoints.jsonl")
)
LEDGER_WITNESS_FILE = env.str(
    "LEDGER_WITNESS_FILE", default=str(DATA_DIR / "witness" / "links.txt")
)

# On PostgreSQL `migrate`, run by the owner, gives this role its rights on the rows; "" for none.
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="")
DATABASE_ROLE_MUST_BE_WEAK = False  # True in production
# Whom each checkpoint is sent to besides: e-mail addresses and http(s) addresses of the
# inspectors' machine, separated by commas. The checks look at what stands here.
CHECKPOINT_RECIPIENTS = tuple(
    part.strip()
    for part in value_or_file("CHECKPOINT_RECIPIENTS", os.environ).split(",")
    if part.strip()
)

# --- signing ---------------------------------------------------------------
# The root and the seal (系统存证印记) are files outside the database, mode 0600, each
# made at its first use. A signer's own key opens with his PIN alone.
SIGNING_ROOT_FILE = env.str("SIGNING_ROOT_FILE", default=str(DATA_DIR / "keys" / "signing-root"))
SIGNING_SEAL_FILE = env.str("SIGNING_SEAL_FILE", default=str(DATA_DIR / "keys" / "signing-seal"))
PIN_FAILURE_LIMIT = 5
VOTES_PER_MINUTE = 120  # of one address, which in a hall may be everybody's
NAMELESS_PATHS = ("/vote/",)  # pages that never look at who is signed in
VERIFY_PER_MINUTE = 20  # files or codes that one address may ask the public page for

# How exports are written; accountability must not import reports.
WORKBOOK_WRITER = "reports.services.workbook.write"
EVIDENCE_REPORT = "reports.services.evidence_report.render"
# What says of an uploaded file what it is; accountability must not import tasks.
UPLOAD_SCREEN = "tasks.screening.screen"

# --- the portal ------------------------------------------------------------
PORTAL_NAME = "主体责任落实平台"
PORTAL_FULL_NAME = "党风廉政建设主体责任落实平台"
SECRECY_NOTICE = "本系统为非涉密系统，严禁录入国家秘密、检举控告人信息和问题线索内容。"
EMBEDDED = False  # True on a single machine, started by `manage.py portal`
IMPORT_MAX_BYTES = 20 * 1024 * 1024
# The virus scanner that uploads are shown to: host:port or the path of clamd's socket; "" for none.
CLAMD_ADDRESS = env.str("CLAMD_ADDRESS", default="")
DEMO = False

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logging.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "accountability": {"level": "INFO"},
        "tasks": {"level": "INFO"},
        "reports": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "axes": {"level": "ERROR"},  # it logs names; the trail has them
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
        "pyhanko": {"level": "ERROR"},  # why a file is refused is the verdict's to say
        "pyhanko_certvalidator": {"level": "ERROR"},
    },
}


def sqlite_database(path: Path) -> dict[str, object]:
    """SQLite as the embedded database: WAL, every commit on disk, one writer at a time."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                # Without it what REPLACE deletes fires no trigger and leaves no trace.
                "PRAGMA recursive_triggers=ON; "
                "PRAGMA cache_size=-32768;"  # 32 MB a connection at most; 2 MB thrashed
            ),
        },
    }


def database() -> dict[str, object]:
    """DATABASE_URL, or the embedded SQLite file in DATA_DIR."""
    url = env.str("DATABASE_URL", default="")
    if not url:
        return sqlite_database(DATA_DIR / "portal.sqlite3")
    config = dict(env.dj_db_url("DATABASE_URL"))
    config.setdefault("CONN_MAX_AGE", 600)
    config["CONN_HEALTH_CHECKS"] = True
    return config
