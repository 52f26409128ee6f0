"""Rules 4, 5, 6: what every model must have, walked over every model there is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint

from accountability.models import DoorModel, RecordedModel, RecordedQuerySet

from . import tree

pytestmark = pytest.mark.nodb

# No history of its own; each with its reason.
NOT_RECORDED = {
    "accountability.AuditEvent": "the trail itself: written once, never changed",
    "accountability.AuditEventUnit": "part of the trail's event",
    "accountability.AccountSession": "a session and its last use; each sign-in and end is an event",
    "accountability.PasswordHistory": "former hashes alone, so that five are not used again",
    "accountability.Job": "lease and progress are a machine's; the act that asked has its event",
    "accountability.DirectoryDraft": "a person's desk before a directory import is confirmed",
    "accountability.OutboxMessage": "what was told: written once, never changed",
    "accountability.OutboxDelivery": "how a message travels is a machine's; the message stays",
    "accountability.CheckpointCopy": "how a checkpoint travels is a machine's; its file stays",
    "accountability.Interference": "written once, corrected by a further entry alone",
    "accountability.LedgerRow": "the ledger itself: written by triggers alone",
    "accountability.LedgerLink": "the ledger itself: written by triggers alone",
    "accountability.LedgerHead": "the ledger itself: written by triggers alone",
    "tasks.ImportDraft": "a person's desk before 确认导入; thrown away, never a record",
    "accountability.RightsGroup": "derived from its unit or post, made once, never changed",
    "tasks.TaskItemGroupPermission": "derived from assignments, which are recorded; audited",
    "reports.BallotCode": "an unused code: history would keep in which order they were used",
    "reports.BallotBlank": "an anonymous vote: history would keep the order, the hand, the time",
    "reports.BallotTally": "sums that must not outlive a count of too small a group",
    "reports.SealedVote": "written once at the closing; the ballot's digest is over all of them",
    "tasks.SaveReceipt": "a memory of the connection: what a save answered, by its token",
}
# Times that are a machine's, or told by the event of the act.
NO_HAND = {
    "accountability.AccountSession.started_at": "its `user`",
    "accountability.AccountSession.last_seen_at": "its `user`",
    "accountability.AccountSession.ended_at": "its reason stands beside it, the hand in the event",
    "accountability.PasswordHistory.set_at": "always the account's own hand",
    "accountability.SetupCode.expires_at": "a limit, not an act",
    "accountability.SetupCode.used_at": "its `user`",
    "accountability.SetupCode.ended_at": "the next code's maker, or the clock",
    "accountability.SecondFactor.made_at": "its `user`",
    "accountability.Job.started_at": "a worker's",
    "accountability.Job.finished_at": "a worker's",
    "accountability.OutboxDelivery.marked_at": "a worker's",
    "accountability.OutboxDelivery.ended_at": "a worker's; a person's has its event",
    "accountability.OutboxDelivery.read_at": "its `person`",
    "accountability.CheckpointCopy.marked_at": "a worker's",
    "accountability.CheckpointCopy.ended_at": "a worker's; a person's has its event",
    "accountability.User.password_changed_at": "always the account's own hand",
    "tasks.SaveReceipt.made_at": "its `user`",
}
# A row that may be asked for by the system itself.
MAY_BE_NOBODY = {
    "accountability.Job.asked_at",
    "accountability.Delegation.made_at",
    "reports.DocumentNumber.taken_at",
}
# Foreign keys that do not protect what they point to; each with its reason.
NOT_PROTECTED: dict[str, str] = {}
# Relations that come with Django's account and stay empty (DESIGN decision 6).
NOT_USED = {"accountability.User.groups", "accountability.User.user_permissions"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def ours() -> list[Any]:
    """The models of the three apps, their history models aside."""
    return [
        model
        for app in tree.APPS
        for model in apps.get_app_config(app).get_models()
        if not hasattr(model, "history_object") and not model.__name__.startswith("Historical")
    ]


def label(model: Any, field: str = "") -> str:
    return model._meta.label + (f".{field}" if field else "")


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def names_in(condition: Any) -> Iterator[str]:
    """The fields that a Q names."""
    if isinstance(condition, Q):
        for child in condition.children:
            yield from names_in(child)
    elif isinstance(condition, tuple):
        yield condition[0].split("__")[0]


def test_every_model_is_recorded_or_exempt_with_its_reason() -> None:
    bare = {label(m) for m in ours() if not hasattr(m, "history") and not m._meta.proxy}
    assert bare <= set(NOT_RECORDED), bare - set(NOT_RECORDED)
    stale = {label(m) for m in ours() if hasattr(m, "history")} & set(NOT_RECORDED)
    assert not stale, f"recorded by now: {stale}"
    for model in ours():
        if label(model) not in NOT_RECORDED:
            assert issubclass(model, DoorModel), f"{label(model)} is written without the door"


@pytest.mark.parametrize("model", [m for m in ours() if hasattr(m, "history")], ids=label)
def test_history_has_bigint_ids_and_no_constraint_on_its_user(model: Any) -> None:
    history = model.history.model._meta
    assert isinstance(history.pk, models.BigAutoField)
    user = history.get_field("history_user")
    assert user.db_constraint is False
    # Or a reverse `.add()` writes past the history.
    assert isinstance(model._base_manager.get_queryset(), RecordedQuerySet)
    assert isinstance(model._default_manager.get_queryset(), RecordedQuerySet)
    for field in model._meta.local_many_to_many:
        through = field.remote_field.through
        assert label(model, field.name) in NOT_USED or hasattr(through, "history"), (
            f"{label(model, field.name)}: simple-history misses it; use an explicit through model"
        )


@pytest.mark.parametrize("model", ours(), ids=label)
def test_a_time_goes_with_its_hand(model: Any) -> None:
    fields = {f.name: f for f in model._meta.get_fields() if hasattr(f, "attname")}
    for name, field in fields.items():
        if not name.endswith("_at") or label(model, name) in NO_HAND:
            continue
        hand = fields.get(name.removesuffix("_at") + "_by")
        assert hand is not None, f"{label(model, name)} has no {name[:-3]}_by"
        if not field.null:
            assert not hand.null or label(model, name) in MAY_BE_NOBODY, label(model, name)
            continue
        held = [
            c
            for c in model._meta.constraints
            if isinstance(c, CheckConstraint) and {name, hand.name} <= set(names_in(c.condition))
        ]
        assert held, f"no constraint of {label(model)} holds {name} and {hand.name} together"


@pytest.mark.parametrize("model", ours(), ids=label)
def test_constraints_are_named_and_speak_chinese(model: Any) -> None:
    if model._meta.proxy:
        return
    for constraint in model._meta.constraints:
        shown = f"{label(model)}: {constraint.name}"
        assert constraint.name.startswith(snake(model.__name__) + "_"), shown
        needs = isinstance(constraint, CheckConstraint) or (
            isinstance(constraint, UniqueConstraint) and constraint.condition is not None
        )
        if needs:
            assert CHINESE.search(str(constraint.violation_error_message)), shown
    for index in model._meta.indexes:
        assert index.name, label(model)
    assert not model._meta.unique_together, f"{label(model)}: use a named UniqueConstraint"


@pytest.mark.parametrize("model", ours(), ids=label)
def test_foreign_keys_protect(model: Any) -> None:
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey) and label(model, field.name) not in NOT_PROTECTED:
            assert field.remote_field.on_delete is models.PROTECT, label(model, field.name)


@pytest.mark.parametrize("model", ours(), ids=label)
def test_a_state_has_its_transition_table(model: Any) -> None:
    if not any(f.name == "state" for f in model._meta.local_fields):
        return
    values = {value for value, _ in model._meta.get_field("state").choices}
    tables = [
        table
        for name, table in vars(sys.modules[model.__module__]).items()
        if name.endswith("TRANSITIONS") and set(map(str, table)) == values
    ]
    assert tables, f"{label(model)}.state has no transition table beside it"
    for targets in tables[0].values():
        assert set(map(str, targets)) <= values


@pytest.mark.parametrize("model", ours(), ids=label)
def test_names_are_the_fields_own(model: Any) -> None:
    assert model.__doc__, label(model)
    assert not model.__doc__.startswith(f"{model.__name__}("), f"{label(model)} has no docstring"
    assert CHINESE.search(str(model._meta.verbose_name)), label(model)
    if issubclass(model, RecordedModel):
        for field in model._meta.local_fields:
            if not field.primary_key:
                assert CHINESE.search(str(field.verbose_name)), label(model, field.name)
