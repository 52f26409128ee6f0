"""进展报送设置: one county's days, thresholds, and whether the unit's head confirms."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County
from accountability.refusals import Invalid
from accountability.services.audit import differences
from tasks.models import ProgressSetting


def choose(
    *, by: Actor, county: County, head_confirms: bool, report_days: int, soon_days: int
) -> ProgressSetting:
    """Keep the county's choice; what was handed in before is not touched."""
    with acting(by=by) as act:
        require(by, Action.TASK_EDIT)
        County.objects.select_for_update().get(pk=county.pk)
        row = ProgressSetting.objects.filter(county=county).first() or ProgressSetting(
            county=county
        )
        values = {
            "head_confirms": head_confirms,
            "report_days": report_days,
            "soon_days": soon_days,
        }
        changes = differences(row, values)
        if not changes:
            act.unchanged()
            return row
        for name, value in values.items():
            setattr(row, name, value)
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid("；".join(error.messages), details=error.message_dict) from error
        row.save()
        act.record("progress.setting", row, summary="调整进展报送设置", changes=changes)
    return row
