from django.apps import AppConfig


class AccountabilityConfig(AppConfig):
    """WHO answers: counties, units, posts, accounts, access, the trail."""

    name = "accountability"
    verbose_name = "责任主体"

    def ready(self) -> None:
        from django.contrib.auth.models import update_last_login
        from django.contrib.auth.signals import user_logged_in

        from . import checks, duty_schedule, signals  # noqa: F401
        from .jobs import ledger, rhythm  # noqa: F401
        from .selectors import duty_trail, past_shapes, why  # noqa: F401

        # The trail tells of each login; a second record of it would be a write of its own.
        user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")
