"""Whether the real PostgreSQL and Redis of the tests answer."""

from __future__ import annotations

from functools import cache

import psycopg
import redis

from .databases import admin_url, redis_url


@cache
def missing() -> str:
    """The name of the first service that does not answer; "" when both do. Asked once a run."""
    try:
        psycopg.connect(admin_url(), connect_timeout=3).close()
    except psycopg.Error:
        return "PostgreSQL"
    try:
        redis.Redis.from_url(redis_url(), socket_connect_timeout=3).ping()
    except redis.RedisError:
        return "Redis"
    return ""
