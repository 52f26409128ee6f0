from django.apps import AppConfig


class TasksConfig(AppConfig):
    """WHAT must be done: papers, their outline, task items and slots."""

    name = "tasks"
    verbose_name = "责任事项"

    def ready(self) -> None:
        from accountability import rhythm
        from accountability.services import carried, rights

        from . import jobs  # noqa: F401
        from .selectors import (  # noqa: F401
            campaign_trail,
            home_banners,
            trail,
            waiting_evidence,
            why,
        )
        from .selectors.waiting_returns import waiting_plans, waiting_returns
        from .services import campaign_rounds, grants
        from .services.carried import open_tasks

        carried.register("tasks", open_tasks)
        home_banners.register(waiting_evidence.held_files)
        rights.register("tasks", grants.directory_changed)
        rhythm.register(campaign_rounds.RULE)
        home_banners.register(waiting_returns)
        home_banners.register(waiting_plans)
