from django.apps import AppConfig


class TasksConfig(AppConfig):
    """WHAT must be done: papers, their outline, task items and slots."""

    name = "tasks"
    verbose_name = "责任事项"

    def ready(self) -> None:
        from accountability.selectors import duty_calendar
        from accountability.services import carried, rights

        from . import jobs  # noqa: F401
        from .selectors import home_banners, trail, why  # noqa: F401
        from .selectors.calendar_banner import unannounced_year
        from .selectors.calendar_days import task_days
        from .services import grants
        from .services.carried import open_tasks

        duty_calendar.register(task_days)
        carried.register("tasks", open_tasks)
        rights.register("tasks", grants.directory_changed)
        home_banners.register(unannounced_year)
