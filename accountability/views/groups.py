"""设置 · 单位集合."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..access.find import find
from ..forms.directory import EndForm, GroupForm, UnitsForm
from ..http import PortalRequest
from ..models import Unit, UnitGroup
from ..models.dated import holds_on
from ..selectors import object_trail
from ..selectors.changes import about, last_kept
from ..selectors.units import STATES, groups_page, unit_blocks
from ..services import groups
from ..services.commitments import choice_of
from ..services.directory import version_of
from .units import choice, frame, must_edit


@require_safe
def group_list(request: PortalRequest) -> HttpResponse:
    """Groups with the count of their members today."""
    q = request.GET.get("q", "").strip()[:40]
    state = choice(request.GET.get("state"), STATES, "now")
    rows = groups_page(request.user, on=timezone.localdate(), q=q, state=state)
    context = frame(request, "groups", rows=rows, q=q, state=state, states=list(STATES.items()))
    template = "settings/_group_rows.html" if request.htmx else "settings/groups.html"
    return render(request, template, context)


def allowed(request: PortalRequest) -> set[int]:
    """Units that the asker may put into a group or portfolio."""
    return set(Unit.objects.visible_to(request.user).values_list("id", flat=True))


@require_http_methods(["GET", "POST"])
def group_new(request: PortalRequest) -> HttpResponse:
    """A new group with its members."""
    today = timezone.localdate()
    posted = request.POST or None
    form = GroupForm(posted)
    members = UnitsForm(posted, allowed=allowed(request), initial={"day": today})
    if request.method == "POST" and form.is_valid() and members.is_valid():
        county = request.user.county
        assert county is not None
        chosen = members.cleaned_data["units"]
        data = form.cleaned_data
        group = form.attempt(
            lambda: groups.create(
                by=request.get_actor(),
                county=county,
                name=data["name"],
                aliases=data["aliases"],
                precedence=data["precedence"],
                valid_from=members.cleaned_data["day"],
                units=list(Unit.objects.visible_to(request.user).filter(pk__in=chosen)),
                reason=data["reason"],
            )
        )
        if group is not None:
            messages.success(request, f"已新增单位集合 {group.name}")
            return redirect("group_edit", group_id=group.pk)
    ticked = {int(pk) for pk in request.POST.getlist("units") if pk.isdigit()}
    context = frame(
        request,
        "groups",
        form=form,
        members=members,
        group=None,
        blocks=unit_blocks(request.user, on=today, chosen=ticked),
    )
    return render(request, "settings/group.html", context, status=max(form.status, members.status))


@require_http_methods(["GET", "POST"])
def group_edit(request: PortalRequest, group_id: int) -> HttpResponse:
    """One group: its fields; its members stand in a form of their own."""
    group: UnitGroup = find(UnitGroup.objects.visible_to(request.user), pk=group_id)
    form = GroupForm(
        request.POST or None,
        initial={
            "name": group.name,
            "aliases": group.aliases,
            "precedence": group.precedence,
            "version": version_of(group),
        },
    )
    if request.method == "POST":
        must_edit(request)
        if form.is_valid():
            done = form.attempt(
                lambda: groups.edit(
                    by=request.get_actor(),
                    group=group,
                    values=form.values(),
                    version=form.cleaned_data["version"],
                    reason=form.cleaned_data["reason"],
                )
            )
            if done is not None:
                messages.success(request, f"已保存 {done.name}")
                return redirect("group_edit", group_id=group.pk)
    return _page(request, group, form, None)


@require_POST
def group_members(request: PortalRequest, group_id: int) -> HttpResponse:
    """Set the members from a day on."""
    group: UnitGroup = find(UnitGroup.objects.visible_to(request.user), pk=group_id)
    members = UnitsForm(request.POST, allowed=allowed(request))
    if members.is_valid():
        chosen = members.cleaned_data["units"]
        done = members.attempt(
            lambda: groups.set_members(
                by=request.get_actor(),
                group=group,
                units=list(Unit.objects.visible_to(request.user).filter(pk__in=chosen)),
                day=members.cleaned_data["day"],
                reason=members.cleaned_data["reason"],
                letters=choice_of(request.POST),
            )
        )
        if done is not None:
            messages.success(request, f"已保存 {group.name} 的成员")
            return redirect("group_edit", group_id=group.pk)
    initial = {
        "name": group.name,
        "aliases": group.aliases,
        "precedence": group.precedence,
        "version": version_of(group),
    }
    return _page(request, group, GroupForm(initial=initial), members)


def _page(
    request: PortalRequest, group: UnitGroup, form: GroupForm, members: UnitsForm | None
) -> HttpResponse:
    today = timezone.localdate()
    memberships = list(group.memberships.select_related("unit").order_by("unit__precedence", "id"))
    now = [m for m in memberships if m.holds_on(today) and m.unit.holds_on(today)]
    if members is not None:
        ticked = {int(pk) for pk in request.POST.getlist("units") if pk.isdigit()}
    else:
        ticked = {m.unit_id for m in now}
        members = UnitsForm(allowed=set(), initial={"day": today})
    context = frame(
        request,
        "groups",
        form=form,
        members=members,
        group=group,
        is_now=group.holds_on(today),
        now=now,
        former=[m for m in memberships if m not in now],
        blocks=unit_blocks(request.user, on=today, chosen=ticked),
        trail=object_trail.inline(request.user, "group", group.pk, about(group)),
        kept=last_kept(group),
    )
    return render(request, "settings/group.html", context, status=max(form.status, members.status))


@require_http_methods(["GET", "POST"])
def group_end(request: PortalRequest, group_id: int) -> HttpResponse:
    """Retire a group."""
    group: UnitGroup = find(
        UnitGroup.objects.visible_to(request.user).filter(holds_on(timezone.localdate())),
        pk=group_id,
    )
    form = EndForm(request.POST or None, label="停用日期", initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        done = form.attempt(
            lambda: groups.end(
                by=request.get_actor(),
                group=group,
                day=form.cleaned_data["day"],
                reason=form.cleaned_data["reason"],
            )
        )
        if done is not None:
            messages.success(request, f"已停用 {group.name}")
            return redirect("group_edit", group_id=group.pk)
    context = frame(
        request,
        "groups",
        form=form,
        title="停用单位集合",
        name=group.name,
        back=reverse("group_edit", args=[group.pk]),
        submit="停用",
        note="停用后不再出现在选择列表中，以往的记录保留备查。",
    )
    return render(request, "settings/end.html", context, status=form.status)
