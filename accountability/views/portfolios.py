"""设置 · 领导分工."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ..access.find import find
from ..forms.directory import PortfolioForm
from ..http import PortalRequest
from ..models import Post, Unit
from ..models.dated import holds_on
from ..selectors import object_trail
from ..selectors.changes import last_kept
from ..selectors.people import portfolios as charges
from ..selectors.units import unit_blocks
from ..services import portfolios
from .groups import allowed
from .units import frame, must_edit


@require_safe
def portfolio_list(request: PortalRequest) -> HttpResponse:
    """Leaders with what they are in charge of today."""
    q = request.GET.get("q", "").strip()[:40]
    rows = charges(request.user, on=timezone.localdate(), q=q)
    context = frame(request, "portfolio", rows=rows, q=q)
    template = "settings/_portfolio_rows.html" if request.htmx else "settings/portfolios.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def portfolio_edit(request: PortalRequest, post_id: int) -> HttpResponse:
    """One leader's portfolio from a day on, with its former states."""
    today = timezone.localdate()
    post: Post = find(
        Post.objects.visible_to(request.user).filter(is_leadership=True).select_related("unit"),
        pk=post_id,
    )
    charge = list(post.portfolio.select_related("unit").order_by("-valid_from", "id"))
    now = [p for p in charge if p.holds_on(today)]
    form = PortfolioForm(
        request.POST or None,
        allowed=allowed(request),
        initial={"day": today, "fields_of_work": [p.field for p in now if p.field]},
    )
    if request.method == "POST":
        must_edit(request)
        if form.is_valid():
            data = form.cleaned_data
            done = form.attempt(
                lambda: portfolios.set_portfolio(
                    by=request.get_actor(),
                    post=post,
                    units=list(Unit.objects.visible_to(request.user).filter(pk__in=data["units"])),
                    fields=data["fields_of_work"],
                    day=data["day"],
                    reason=data["reason"],
                )
            )
            if done is not None:
                messages.success(request, f"已保存 {post} 的分管")
                return redirect("portfolio_edit", post_id=post.pk)
    if request.method == "POST":
        ticked = {int(pk) for pk in request.POST.getlist("units") if pk.isdigit()}
    else:
        ticked = {p.unit_id for p in now if p.unit_id}
    holders = list(
        post.tenures.filter(holds_on(today)).select_related("person").order_by("is_acting", "id")
    )
    context = frame(
        request,
        "portfolio",
        form=form,
        post=post,
        holders=holders,
        now=now,
        former=[p for p in charge if p.valid_to is not None and p.valid_to <= today],
        blocks=unit_blocks(request.user, on=today, chosen=ticked),
        trail=object_trail.inline(request.user, "post", post.pk, object_trail.events_of_post(post)),
        kept=last_kept(post),
    )
    return render(request, "settings/portfolio.html", context, status=form.status)
