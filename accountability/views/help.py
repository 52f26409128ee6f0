"""帮助: a page of guide for each role, the keys, the check of the browser."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ..access.scope import scope_for
from ..http import PortalRequest
from ..models import ADMINISTRATORS, Role

# The guides in the order of the page; the reader's own comes first.
GUIDES = (
    ("office", "经办人", frozenset({Role.OFFICE_CLERK, Role.OFFICE_HEAD})),
    ("unit", "单位联络员、单位主要负责人", frozenset({Role.LIAISON, Role.UNIT_HEAD})),
    ("leader", "责任领导", frozenset({Role.LEADER})),
    ("inspector", "监督检查人员", frozenset({Role.INSPECTOR})),
    ("admin", "系统、安全、审计管理员", ADMINISTRATORS),
)


@require_safe
def help_page(request: PortalRequest) -> HttpResponse:
    """One page of help a role, the reader's own first; the grid's keys, the browser check."""
    roles = scope_for(request.user).roles
    guides = [
        {
            "key": key,
            "label": label,
            "is_own": bool(roles & of),
            "template": f"help/_{key}.html",
        }
        for key, label, of in GUIDES
    ]
    guides.sort(key=lambda guide: not guide["is_own"])
    return render(request, "help.html", {"guides": guides})
