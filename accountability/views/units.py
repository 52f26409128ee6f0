"""设置 · 单位: the tree, one unit, a new one, retiring one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ..access import Action, scope_for
from ..access.find import find
from ..forms.directory import RetireUnitForm, UnitForm
from ..http import PortalRequest
from ..models import Post, Tenure, Unit, UnitKind
from ..models.dated import holds_on
from ..refusals import NotAllowed
from ..selectors import object_trail, unprintable_names
from ..selectors.changes import about, last_kept
from ..selectors.units import STATES, unit_choices, unit_page
from ..services import carried, units
from ..services.directory import version_of

LOOK_BACK = 200  # events that touched a unit, for the five latest on its page
NO_RIGHT = "本账号只能查看单位与人员，修改由政府办经办人办理。"


def frame(request: PortalRequest, tab: str, **more: Any) -> dict[str, Any]:
    """What every page of 设置 needs: the tab, the nav entry, whether the asker may change."""
    scope = scope_for(request.user)
    return {
        "tab": tab,
        "active_nav": "settings",
        "can_edit": scope.may(Action.DIRECTORY_EDIT),
        "can_hand_over": scope.may(Action.SLOT_FILL),
        **more,
    }


def must_edit(request: PortalRequest) -> None:
    """`NotAllowed` for who may only read; said before a form is looked at."""
    if not scope_for(request.user).may(Action.DIRECTORY_EDIT):
        raise NotAllowed(NO_RIGHT)


def whole(text: str | None) -> int:
    """A row's number from the address; 0 for none and for nonsense."""
    return int(text) if text and text.isdigit() and len(text) < 19 else 0


def choice(text: str | None, known: Any, default: str) -> str:
    """One of `known`, else the default."""
    return text if text is not None and text in known else default


def query_without(request: PortalRequest, *names: str) -> str:
    """The page's own filters as a query string, without `names`."""
    query = request.GET.copy()
    for name in names:
        query.pop(name, None)
    return query.urlencode()


@require_safe
def index(request: PortalRequest) -> HttpResponse:
    """设置 begins with the units."""
    return redirect("settings_units")


@require_safe
def unit_list(request: PortalRequest) -> HttpResponse:
    """The tree of units with its filters."""
    q = request.GET.get("q", "").strip()[:40]
    kind = choice(request.GET.get("kind"), UnitKind.values, "")
    state = choice(request.GET.get("state"), STATES, "now")
    page = unit_page(
        request.user,
        on=timezone.localdate(),
        q=q,
        kind=kind,
        state=state,
        after=whole(request.GET.get("after")),
    )
    context = frame(
        request,
        "units",
        page=page,
        q=q,
        kind=kind,
        state=state,
        kinds=UnitKind.choices,
        states=[(key, label, page.counts[key]) for key, label in STATES.items()],
        query=query_without(request, "after", "state"),
        next_query=query_without(request, "after"),
    )
    if not request.htmx:
        context["unprintable"] = unprintable_names.of_units(request.user)
    template = "settings/_unit_rows.html" if request.htmx else "settings/units.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def unit_new(request: PortalRequest) -> HttpResponse:
    """A new unit."""
    parents = unit_choices(request.user, on=timezone.localdate(), blank="（无，县级）")
    form = UnitForm(
        request.POST or None,
        parents=parents,
        initial={
            "valid_from": timezone.localdate(),
            "parent": request.GET.get("parent", ""),
            "kind": request.GET.get("kind", ""),
        },
    )
    if request.method == "POST" and form.is_valid():
        values = parented(request, form)
        assert request.user.county is not None
        county = request.user.county
        unit = form.attempt(
            lambda: units.create(
                by=request.get_actor(),
                county=county,
                reason=form.cleaned_data["reason"],
                **values,
            )
        )
        if unit is not None:
            messages.success(request, f"已新增单位 {unit.name}")
            return redirect("unit_edit", unit_id=unit.pk)
    context = frame(request, "units", form=form, unit=None)
    return render(request, "settings/unit.html", context, status=form.status)


def parented(request: PortalRequest, form: UnitForm) -> dict[str, Any]:
    """The form's values with the parent as a row."""
    values = form.values()
    parent = values["parent"]
    values["parent"] = (
        find(Unit.objects.visible_to(request.user), pk=int(parent)) if parent else None
    )
    return values


@require_http_methods(["GET", "POST"])
def unit_edit(request: PortalRequest, unit_id: int) -> HttpResponse:
    """One unit: its fields, posts, history; changed by who may."""
    today = timezone.localdate()
    unit: Unit = find(
        Unit.objects.visible_to(request.user).select_related("parent", "successor"), pk=unit_id
    )
    parents = unit_choices(request.user, on=today, blank="（无，县级）")
    if unit.parent and str(unit.parent_id) not in dict(parents):
        parents.append((str(unit.parent_id), f"{unit.parent.name}（已停用）"))
    parents = [p for p in parents if p[0] != str(unit.pk)]
    initial = {
        name: getattr(unit, name)
        for name in (
            "name",
            "short_name",
            "kind",
            "aliases",
            "precedence",
            "pinyin_override",
            "valid_from",
        )
    }
    initial |= {"parent": unit.parent_id or "", "version": version_of(unit)}
    form = UnitForm(request.POST or None, parents=parents, initial=initial)
    if request.method == "POST":
        must_edit(request)
        if form.is_valid():
            values = parented(request, form)
            done = form.attempt(
                lambda: units.edit(
                    by=request.get_actor(),
                    unit=unit,
                    values=values,
                    version=form.cleaned_data["version"],
                    reason=form.cleaned_data["reason"],
                )
            )
            if done is not None:
                messages.success(request, f"已保存 {done.name}")
                return redirect("unit_edit", unit_id=unit.pk)
    posts = list(Post.objects.filter(unit=unit).on(today).order_by("precedence", "id"))
    sitting: dict[int, list[Tenure]] = {}
    for tenure in Tenure.objects.filter(holds_on(today), post__in=posts).select_related("person"):
        sitting.setdefault(tenure.post_id, []).append(tenure)
    things = carried.carried_by(
        [carried.Holder("u", unit.pk), *(carried.Holder("p", p.pk) for p in posts)], on=today
    )
    context = frame(
        request,
        "units",
        form=form,
        unit=unit,
        is_now=unit.holds_on(today),
        seats=[(post, sitting.get(post.pk, [])) for post in posts],
        children=list(unit.children.filter(holds_on(today)).order_by("precedence", "id")),
        groups=list(
            unit.group_memberships.filter(holds_on(today)).select_related("group").order_by("id")
        ),
        leaders=list(
            unit.in_portfolios.filter(holds_on(today)).select_related("post__unit").order_by("id")
        ),
        predecessors=list(unit.predecessors.order_by("id")),
        carried_count=len({t.label for t in things}),
        trail=object_trail.inline(
            request.user, "unit", unit.pk, about(unit, unit=unit, most=LOOK_BACK)
        ),
        kept=last_kept(unit),
    )
    return render(request, "settings/unit.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def unit_retire(request: PortalRequest, unit_id: int) -> HttpResponse:
    """停用 or 撤并; what the unit still carries is listed with the way to hand it over."""
    unit: Unit = find(Unit.objects.visible_to(request.user), pk=unit_id)
    today = timezone.localdate()
    choices = unit_choices(request.user, on=today, blank="（不并入其他单位）")
    form = RetireUnitForm(
        request.POST or None,
        successors=[c for c in choices if c[0] != str(unit.pk)],
        initial={"day": today},
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        successor = (
            find(Unit.objects.visible_to(request.user), pk=int(data["successor"]))
            if data["successor"]
            else None
        )
        done = form.attempt(
            lambda: units.retire(
                by=request.get_actor(),
                unit=unit,
                day=data["day"],
                successor=successor,
                reason=data["reason"],
            )
        )
        if done is not None:
            messages.success(
                request,
                f"{unit.name} 已并入 {successor.name}" if successor else f"已停用 {unit.name}",
            )
            return redirect("unit_edit", unit_id=unit.pk)
    context = frame(
        request,
        "units",
        form=form,
        title="停用单位",
        name=unit.name,
        back=reverse("unit_edit", args=[unit.pk]),
        submit="停用",
        note="停用后不再出现在选择列表中，以往的任务、任职和变更记录保留备查。"
        "本单位的职务、任职、分管和集合成员关系同日终止。",
    )
    return render(request, "settings/end.html", context, status=form.status)
