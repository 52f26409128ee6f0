"""设置 · 人员与职务: seats, persons, tenures."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ..access.find import find
from ..forms.directory import AppointForm, EndForm, PersonForm, PostForm
from ..http import PortalRequest
from ..models import Layer, Person, Post, Tenure, Unit
from ..selectors import object_trail, people, unprintable_names
from ..selectors.changes import about, last_kept
from ..selectors.units import unit_choices
from ..services import carried, persons, posts, tenures
from ..services.directory import version_of
from .units import choice, frame, must_edit, query_without, whole

PERSON_STATES = {"now": "在任", "free": "未任职务", "retired": "已离任", "all": "全部"}


@require_safe
def people_list(request: PortalRequest) -> HttpResponse:
    """Seats with who holds them, or persons with what they hold."""
    q = request.GET.get("q", "").strip()[:40]
    after = whole(request.GET.get("after"))
    today = timezone.localdate()
    view = choice(request.GET.get("view"), ("seats", "persons"), "seats")
    context = frame(
        request,
        "people",
        q=q,
        view=view,
        query=query_without(request, "after", "state"),
        next_query=query_without(request, "after"),
    )
    if view == "persons":
        state = choice(request.GET.get("state"), PERSON_STATES, "now")
        page = people.persons(request.user, on=today, q=q, state=state, after=after)
        context |= {"states": list(PERSON_STATES.items())}
    else:
        state = choice(request.GET.get("state"), people.SEATS, "all")
        layer = choice(request.GET.get("layer"), Layer.values, "")
        unit = whole(request.GET.get("unit"))
        page = people.seats(
            request.user, on=today, q=q, unit=unit, layer=layer, state=state, after=after
        )
        context |= {
            "states": list(people.SEATS.items()),
            "layers": Layer.choices,
            "layer": layer,
            "unit": str(unit or ""),
            "units": unit_choices(request.user, on=today, blank="全部单位"),
        }
    context |= {"page": page, "state": state}
    if not request.htmx:
        context["unprintable"] = unprintable_names.of_people(request.user)
    template = f"settings/_{view}_rows.html" if request.htmx else "settings/people.html"
    return render(request, template, context)


@require_http_methods(["GET", "POST"])
def person_new(request: PortalRequest) -> HttpResponse:
    """A new person."""
    form = PersonForm(request.POST or None, initial={"name": request.GET.get("name", "")[:40]})
    if request.method == "POST" and form.is_valid():
        county = request.user.county
        assert county is not None
        person = form.attempt(
            lambda: persons.create(
                by=request.get_actor(),
                county=county,
                reason=form.cleaned_data["reason"],
                **form.values(),
            )
        )
        if person is not None:
            messages.success(request, f"已新增人员 {person.name}")
            return redirect("person_edit", person_id=person.pk)
    context = frame(request, "people", form=form, person=None)
    return render(request, "settings/person.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def person_edit(request: PortalRequest, person_id: int) -> HttpResponse:
    """One person: name, reading, every seat held from–to."""
    person: Person = find(Person.objects.visible_to(request.user), pk=person_id)
    form = PersonForm(
        request.POST or None,
        initial={
            "name": person.name,
            "note": person.note,
            "pinyin_override": person.pinyin_override,
            "version": version_of(person),
        },
    )
    if request.method == "POST":
        must_edit(request)
        if form.is_valid():
            done = form.attempt(
                lambda: persons.edit(
                    by=request.get_actor(),
                    person=person,
                    values=form.values(),
                    version=form.cleaned_data["version"],
                    reason=form.cleaned_data["reason"],
                )
            )
            if done is not None:
                messages.success(request, f"已保存 {done.name}")
                return redirect("person_edit", person_id=person.pk)
    career = people.career(person)
    context = frame(
        request,
        "people",
        form=form,
        person=person,
        career=career,
        accounts=list(person.accounts.order_by("username")),
        trail=object_trail.inline(request.user, "person", person.pk, about(person, *career)),
        kept=last_kept(person),
        today_day=timezone.localdate(),
    )
    return render(request, "settings/person.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def person_retire(request: PortalRequest, person_id: int) -> HttpResponse:
    """离任: all tenures end."""
    person: Person = find(Person.objects.visible_to(request.user), pk=person_id)
    form = EndForm(request.POST or None, label="离任日期", initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        done = form.attempt(
            lambda: persons.retire(
                by=request.get_actor(),
                person=person,
                day=form.cleaned_data["day"],
                reason=form.cleaned_data["reason"],
            )
        )
        if done is not None:
            messages.success(request, f"{person.name} 已离任")
            return redirect("person_edit", person_id=person.pk)
    context = frame(
        request,
        "people",
        form=form,
        title="办理离任",
        name=person.name,
        back=reverse("person_edit", args=[person.pk]),
        submit="办理离任",
        note="离任后不再任任何职务，以往的任职和变更记录保留备查。任务落在职务上，不随人走。",
    )
    return render(request, "settings/end.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def post_new(request: PortalRequest) -> HttpResponse:
    """A new seat."""
    today = timezone.localdate()
    form = PostForm(
        request.POST or None,
        units=unit_choices(request.user, on=today, blank="请选择"),
        is_new=True,
        initial={"valid_from": today, "unit": request.GET.get("unit", ""), "seat": 1},
    )
    if request.method == "POST" and form.is_valid():
        values = form.values()
        unit = find(Unit.objects.visible_to(request.user), pk=int(values.pop("unit")))
        post = form.attempt(
            lambda: posts.create(
                by=request.get_actor(),
                unit=unit,
                reason=form.cleaned_data["reason"],
                **values,
            )
        )
        if post is not None:
            messages.success(request, f"已新增职务 {post}，可继续任命")
            return redirect("post_edit", post_id=post.pk)
    context = frame(request, "people", form=form, post=None)
    return render(request, "settings/post.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def post_edit(request: PortalRequest, post_id: int) -> HttpResponse:
    """One seat: its fields, everybody who sat on it, appointing the next."""
    post: Post = find(Post.objects.visible_to(request.user).select_related("unit"), pk=post_id)
    form = PostForm(
        request.POST or None,
        units=[],
        is_new=False,
        initial={
            **{
                name: getattr(post, name)
                for name in ("title", "seat", "layer", "is_leadership", "precedence")
            },
            "version": version_of(post),
        },
    )
    if request.method == "POST":
        must_edit(request)
        if form.is_valid():
            done = form.attempt(
                lambda: posts.edit(
                    by=request.get_actor(),
                    post=post,
                    values=form.values(),
                    version=form.cleaned_data["version"],
                    reason=form.cleaned_data["reason"],
                )
            )
            if done is not None:
                messages.success(request, f"已保存 {done}")
                return redirect("post_edit", post_id=post.pk)
    return _post_page(request, post, form, None)


@require_http_methods(["GET", "POST"])
def post_appoint(request: PortalRequest, post_id: int) -> HttpResponse:
    """任命: somebody sits down; who sat there leaves the same day."""
    post: Post = find(Post.objects.visible_to(request.user).select_related("unit"), pk=post_id)
    form = AppointForm(request.POST or None, initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data

        def appoint() -> Tenure:
            return tenures.appoint(
                by=request.get_actor(),
                post=post,
                person=people.person_named(request.user, data["person"]),
                day=data["day"],
                is_acting=data["is_acting"],
                reason=data["reason"],
            )

        tenure = form.attempt(appoint)
        if tenure is not None:
            messages.success(request, f"已任命 {tenure.person.name} 为 {post}")
            return redirect("post_edit", post_id=post.pk)
    return _post_page(request, post, None, form)


def _post_page(
    request: PortalRequest, post: Post, form: PostForm | None, appoint: AppointForm | None
) -> HttpResponse:
    today = timezone.localdate()
    if form is None:
        initial = {
            name: getattr(post, name)
            for name in ("title", "seat", "layer", "is_leadership", "precedence")
        }
        form = PostForm(units=[], is_new=False, initial=initial | {"version": version_of(post)})
    if appoint is None:
        appoint = AppointForm(initial={"day": today})
    held = people.tenures_of(post)
    things = carried.carried_by([carried.Holder("p", post.pk)], on=today)
    context = frame(
        request,
        "people",
        form=form,
        appoint=appoint,
        post=post,
        is_now=post.holds_on(today),
        tenures=[(t, t.holds_on(today)) for t in held],
        holders=[t for t in held if t.holds_on(today)],
        names=people.person_names(request.user),
        carried_count=len({t.label for t in things}),
        trail=object_trail.inline(request.user, "post", post.pk, about(post, *held)),
        kept=last_kept(post),
    )
    return render(request, "settings/post.html", context, status=max(form.status, appoint.status))


@require_http_methods(["GET", "POST"])
def post_retire(request: PortalRequest, post_id: int) -> HttpResponse:
    """撤销职务."""
    post: Post = find(Post.objects.visible_to(request.user).select_related("unit"), pk=post_id)
    form = EndForm(request.POST or None, label="撤销日期", initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        done = form.attempt(
            lambda: posts.retire(
                by=request.get_actor(),
                post=post,
                day=form.cleaned_data["day"],
                reason=form.cleaned_data["reason"],
            )
        )
        if done is not None:
            messages.success(request, f"已撤销职务 {post}")
            return redirect("post_edit", post_id=post.pk)
    context = frame(
        request,
        "people",
        form=form,
        title="撤销职务",
        name=str(post),
        back=reverse("post_edit", args=[post.pk]),
        submit="撤销职务",
        note="席位撤销后，任职和分管同日终止，以往的记录保留备查。只是换人的，用任命即可，不必撤销。",
    )
    return render(request, "settings/end.html", context, status=form.status)


@require_http_methods(["GET", "POST"])
def tenure_end(request: PortalRequest, tenure_id: int) -> HttpResponse:
    """免职: the seat is vacant until the next."""
    tenure: Tenure = find(
        Tenure.objects.visible_to(request.user).select_related("person", "post__unit"),
        pk=tenure_id,
    )
    form = EndForm(request.POST or None, label="免职日期", initial={"day": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        done = form.attempt(
            lambda: tenures.end(
                by=request.get_actor(),
                tenure=tenure,
                day=form.cleaned_data["day"],
                reason=form.cleaned_data["reason"],
            )
        )
        if done is not None:
            messages.success(request, f"{tenure.person.name} 不再任 {tenure.post}")
            return redirect("post_edit", post_id=tenure.post_id)
    context = frame(
        request,
        "people",
        form=form,
        title="免去职务",
        name=str(tenure),
        back=reverse("post_edit", args=[tenure.post_id]),
        submit="免去职务",
        note="免职后该职务空缺，任务仍在该职务上，由继任者承担。已确定继任者的，直接任命即可。",
    )
    return render(request, "settings/end.html", context, status=form.status)
