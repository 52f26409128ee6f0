"""The actor of a request: the signed-in user with the post held today."""

from __future__ import annotations

import ipaddress

from django.http import HttpRequest
from django.utils import timezone

from .access.scope import scope_for
from .door import Actor
from .models import Delegation, Role, Tenure, User
from .models.dated import holds_on


def client_address(request: HttpRequest) -> str | None:
    """The address that the connection came from; a forwarded header is not believed."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return None


def delegators(post_ids: frozenset[int], user: User) -> str:
    """Whose work `user` looks after today. While it holds, the trail says so beside his name.

    `Actor.on_behalf_of` stays empty: what a delegate does for himself and what
    for the other the portal cannot tell; the delegation's row says the seat.
    """
    rows = Delegation.objects.filter(
        holds_on(timezone.localdate()), delegate_id=user.person_id, post_id__in=post_ids
    )
    return "、".join(dict.fromkeys(rows.order_by("id").values_list("delegator__name", flat=True)))


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request; nobody signed in acts as the login page itself."""
    user = request.user
    request_id = getattr(request, "id", "")
    address = client_address(request)
    if not user.is_authenticated:
        return Actor(key="system:login", name="未登录", address=address, request_id=request_id)
    post = unit = ""
    if user.person_id:
        tenure = (
            Tenure.objects.filter(holds_on(timezone.localdate()), person_id=user.person_id)
            .select_related("post__unit")
            .order_by("post__precedence", "id")
            .first()
        )
        if tenure:
            post, unit = tenure.post.title, tenure.post.unit.name
    if not post:
        roles = scope_for(user).roles
        post = "、".join(str(Role(r).label) for r in sorted(roles))
    name = user.display_name
    looked_after = scope_for(user).delegated_post_ids
    if looked_after:
        name = f"{name}（代 {delegators(looked_after, user)}）"[:60]
    return Actor(
        key=f"user:{user.pk}",
        name=name,
        user=user,
        post=post,
        unit=unit,
        county=user.county,
        address=address,
        request_id=request_id,
    )
