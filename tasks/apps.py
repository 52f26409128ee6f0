from django.apps import AppConfig


class TasksConfig(AppConfig):
    """WHAT must be done: papers, their outline, task items and slots."""

    name = "tasks"
    verbose_name = "责任事项"

    def ready(self) -> None:
        from accountability import rhythm
        from accountability.services import carried, rights

        from . import jobs  # noqa: F401
        from .selectors import home_banners, notice_trail, trail, why  # noqa: F401
        from .selectors.calendar_banner import unannounced_year
        from .services import grants, notice_reminders
        from .services.carried import open_tasks

        carried.register("tasks", open_tasks)
        rights.register("tasks", grants.directory_changed)
        rhythm.register(
            rhythm.Rule(
                "notice.reminder",
                "督办文书签收、反馈提醒",
                "到期前 1 个工作日和逾期时，每件最多两次",
                notice_reminders.remind_notices,
            )
        )
        rhythm.register(
            rhythm.Rule(
                "rectification.reminder",
                "问题整改提醒",
                "到期前 1 个工作日和逾期时，每件最多两次",
                notice_reminders.remind_rectifications,
            )
        )
        home_banners.register(unannounced_year)
