"""The one registry: every table is audited, hash only, or exempt with its reason.

Apps add to it in `ledger_tables.py` (setting LEDGER_TABLES). A business model
(RecordedModel, User) is audited by default, its history table hash only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model
from django.utils.module_loading import import_string

from ..models.recorded import DoorModel


class Treatment(StrEnum):
    """How the ledger treats a table."""

    AUDITED = "audited"
    HASH_ONLY = "hash_only"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Table:
    """One table's entry.

    `chain` is an SQL expression for the county's id with `{row}` for the row
    (NEW, OLD or an alias); NULL means the installation's chain. `secrets` are
    columns whose content appears in no image. `is_write_once` tables refuse
    UPDATE and DELETE, those that `stays_empty` (rights that nobody may have by
    that way) INSERT too. `reason` says why a table is exempt.
    """

    treatment: Treatment
    chain: str = "NULL"
    secrets: tuple[str, ...] = ()
    is_write_once: bool = False
    stays_empty: bool = False
    reason: str = ""


def exempt(reason: str) -> Table:
    """A table outside the ledger, and why."""
    return Table(Treatment.EXEMPT, reason=reason)


class Undeclared(Exception):
    """A table is neither audited nor exempt with a reason."""


def declared() -> Mapping[str, Table]:
    """What the apps declare, by model label (lower case)."""
    found: dict[str, Table] = {}
    for path in settings.LEDGER_TABLES:
        found.update(import_string(path))
    return found


def tables() -> dict[str, tuple[type[Model], Table]]:
    """Every managed table of the installation with its entry, by table name.

    Raises `Undeclared` naming the first table without an entry.
    """
    entries = declared()
    found: dict[str, tuple[type[Model], Table]] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        entry = entries.get(model._meta.label_lower) or _default(model, entries)
        if entry is None:
            raise Undeclared(model._meta.label)
        found[model._meta.db_table] = (model, entry)
    return found


def _default(model: type[Model], entries: Mapping[str, Table]) -> Table | None:
    original: Any = getattr(model, "instance_type", None)  # simple-history's own attribute
    if original is not None and model.__name__.startswith("Historical"):
        base = entries.get(original._meta.label_lower) or _default(original, entries)
        if base is None:
            return None
        kept = tuple(column for column in base.secrets if _has_column(model, column))
        return Table(Treatment.HASH_ONLY, chain=base.chain, secrets=kept, is_write_once=True)
    if issubclass(model, DoorModel) and _has_column(model, "county_id"):
        return Table(Treatment.AUDITED, chain="{row}.county_id")
    return None


def _has_column(model: type[Model], column: str) -> bool:
    return any(field.column == column for field in model._meta.concrete_fields)
