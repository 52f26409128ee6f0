"""What the ledger does with the tables of WHAT must be done."""

from accountability.trail.registry import Table, Treatment, exempt

_OF_PAPER = "(SELECT county_id FROM tasks_paper WHERE id = {row}.paper_id)"
_OF_ITEM = "(SELECT county_id FROM tasks_taskitem WHERE id = {row}.item_id)"
_OF_CAMPAIGN = "(SELECT county_id FROM tasks_campaign WHERE id = {row}.campaign_id)"
_OF_PROGRESS = "(SELECT county_id FROM tasks_progress WHERE id = {row}.progress_id)"

TABLES: dict[str, Table] = {
    "tasks.papersection": Table(Treatment.AUDITED, chain=_OF_PAPER),
    "tasks.recurringdemand": Table(Treatment.AUDITED, chain=_OF_PAPER),
    "tasks.papernote": Table(Treatment.AUDITED, chain=_OF_PAPER),
    "tasks.itemslot": Table(Treatment.AUDITED, chain=_OF_ITEM),
    "tasks.assignment": Table(Treatment.AUDITED, chain=_OF_ITEM),
    "tasks.milestone": Table(Treatment.AUDITED, chain=_OF_ITEM),
    "tasks.progressevidence": Table(Treatment.AUDITED, chain=_OF_PROGRESS),
    # Derived from assignments and re-derivable, yet audited: a right given behind
    # the portal's back is found by verify_ledger and by rebuild_grants --check.
    "tasks.taskitemgrouppermission": Table(Treatment.AUDITED, chain="{row}.county_id"),
    "tasks.campaignitem": Table(Treatment.AUDITED, chain=_OF_CAMPAIGN),
    "tasks.campaignmember": Table(Treatment.AUDITED, chain=_OF_CAMPAIGN),
    "tasks.savereceipt": exempt("同一次保存只办一次的凭据，保留一天"),
    "tasks.importdraft": exempt("导入前的草稿，确认导入后才成为任务"),
}
