"""How tests sign in by the page, and act as an account of the test county."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from accountability.door import Actor
from accountability.models import User
from accountability.services import second_factor
from tests.world import PASSWORD, World

NEW = "Shan-Quan-9035-lu-x"


def actor(world: World, username: str) -> Actor:
    user = User.objects.get(pk=world.users[username].pk)
    return Actor(key=f"user:{user.pk}", name=user.display_name, user=user, county=world.county)


def enter(client: Client, username: str, password: str = PASSWORD, **headers: Any) -> Any:
    return client.post(reverse("login"), {"username": username, "password": password}, **headers)


def enter_both(client: Client, world: World, username: str) -> Any:
    assert enter(client, username)["Location"] == reverse("login_code")
    code = second_factor.demo_code(world.users[username])
    return client.post(reverse("login_code"), {"code": code})
