from django.apps import AppConfig


class AccountabilityConfig(AppConfig):
    """WHO answers: counties, units, posts, accounts, access, the trail."""

    name = "accountability"
    verbose_name = "责任主体"

    def ready(self) -> None:
        from django.contrib.auth.models import update_last_login
        from django.contrib.auth.signals import user_logged_in

        from . import checks, signals  # noqa: F401
        from . import rhythm as schedule
        from .jobs import ledger, rhythm  # noqa: F401
        from .selectors import duty_trail  # noqa: F401
        from .services import duties, duty_reminders

        schedule.register(schedule.Rule("duty", "履责事项", "每期第一天，按履责规则", duties.make))
        schedule.register(
            schedule.Rule(
                "duty_reminder", "履责提醒", "到期前，按规则至多两次", duty_reminders.remind
            )
        )

        # The trail tells of each login; a second record of it would be a write of its own.
        user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")
