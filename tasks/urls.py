"""Routes of papers and tasks."""

from django.urls import URLPattern, path

from .views import (
    assign,
    handover,
    home,
    imports,
    ledger_import,
    search,
    task_as_of,
    task_detail,
    task_list,
    task_slots,
)

_DRAFT = "y/<int:year>/import/<int:draft_id>/"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("search/", search.search, name="search"),
    path("tasks/", task_list.task_list_latest, name="task_list_latest"),
    path("y/<int:year>/tasks/", task_list.task_list, name="task_list"),
    path("y/<int:year>/tasks/xlsx/", task_list.task_xlsx, name="task_xlsx"),
    path("y/<int:year>/tasks/import/", ledger_import.task_import, name="task_import"),
    path(
        "y/<int:year>/tasks/import/confirm/",
        ledger_import.task_import_confirm,
        name="task_import_confirm",
    ),
    path("papers/<int:paper_id>/assign.xlsx", task_list.assign_xlsx, name="assign_xlsx"),
    path("tasks/<int:task_id>/", task_detail.task_detail, name="task_detail"),
    path("tasks/<int:task_id>/history/", task_detail.task_history, name="task_history"),
    path("tasks/<int:task_id>/as-of/", task_as_of.task_as_of, name="task_as_of"),
    path("tasks/<int:task_id>/due/", task_detail.task_due, name="task_due"),
    path("tasks/<int:task_id>/measure/", task_detail.task_measure, name="task_measure"),
    path("tasks/<int:task_id>/done/", task_detail.task_done, name="task_done"),
    path("tasks/<int:task_id>/reopen/", task_detail.task_reopen, name="task_reopen"),
    path("tasks/<int:task_id>/void/", task_detail.task_void, name="task_void"),
    path("assign/", assign.assign_latest, name="assign_latest"),
    path("y/<int:year>/assign/", assign.assign, name="assign"),
    path("y/<int:year>/assign/slots/", assign.assign_slots, name="assign_slots"),
    path("y/<int:year>/assign/issue/", assign.assign_issue, name="assign_issue"),
    path("y/<int:year>/assign/carry-over/", assign.assign_carry_over, name="assign_carry_over"),
    path("y/<int:year>/assign/suggestions/", assign.assign_suggestions, name="assign_suggestions"),
    path("settings/handover/", handover.hand_over, name="handover"),
    path("tasks/<int:task_id>/slots/", task_slots.task_slots, name="task_slots"),
    path("tasks/<int:task_id>/changes/", assign.task_changes, name="task_changes"),
    path("tasks/<int:task_id>/split/", task_slots.task_split, name="task_split"),
    path("tasks/<int:task_id>/sub/", task_slots.task_sub_item, name="task_sub_item"),
    path("tasks/<int:task_id>/sub/void/", task_slots.task_sub_void, name="task_sub_void"),
    path("y/<int:year>/import/", imports.start, name="import"),
    path(_DRAFT, imports.draft, name="import_draft"),
    path(f"{_DRAFT}correct/", imports.correct, name="import_correct"),
    path(f"{_DRAFT}confirm/", imports.confirm, name="import_confirm"),
    path(f"{_DRAFT}done/", imports.done, name="import_done"),
    path(f"{_DRAFT}discard/", imports.discard, name="import_discard"),
    path(f"{_DRAFT}source/", imports.source, name="import_source"),
    path("papers/<int:paper_id>/source/", imports.paper_source, name="paper_source"),
]
