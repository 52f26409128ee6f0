from django.apps import AppConfig


class TasksConfig(AppConfig):
    """WHAT must be done: papers, their outline, task items and slots."""

    name = "tasks"
    verbose_name = "责任事项"

    def ready(self) -> None:
        from accountability.services import carried, rights

        from . import jobs  # noqa: F401
        from .selectors import trail, why  # noqa: F401
        from .services import grants
        from .services.carried import open_tasks

        carried.register("tasks", open_tasks)
        rights.register("tasks", grants.directory_changed)
