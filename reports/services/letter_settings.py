"""责任书设置: letters or lists, and down to which level."""

from __future__ import annotations

from django.core.exceptions import ValidationError

from accountability.access import Action
from accountability.access.require import require
from accountability.door import Actor, acting
from accountability.models import County
from accountability.refusals import Invalid, NotFound
from accountability.services import audit
from reports.models import LetterSetting


def choose(*, by: Actor, county: County, form: str, lowest: str) -> LetterSetting:
    """Keep the county's choice; letters that are made already stay as they are."""
    with acting(by=by) as act:
        require(by, Action.LETTER_EDIT)
        county = County.objects.select_for_update(no_key=True).get(pk=county.pk)
        if by.user is not None and by.user.county_id != county.pk:
            raise NotFound
        row = LetterSetting.objects.filter(county=county).first() or LetterSetting(county=county)
        changes = audit.differences(row, {"form": form, "lowest": lowest})
        if row.pk and not changes:
            act.unchanged()
            return row
        row.form, row.lowest = form, lowest
        try:
            row.full_clean()
        except ValidationError as error:
            raise Invalid("请选择责任落实方式和签到哪一级。", details=error.message_dict) from error
        row.save()
        act.record("letter.setting", row, summary="修改责任书设置", changes=changes)
    return row
