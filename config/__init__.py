"""Settings, urls, the Celery app. Others reach it through django.conf.settings only."""

from .celery import app as celery_app

__all__ = ["celery_app"]
