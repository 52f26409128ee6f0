"""What may write is known: every method of Django's, every table, every model's maker."""

from __future__ import annotations

import re

import pytest
from django.db import models
from django.db.models import QuerySet

from accountability.trail.registry import Treatment, Undeclared, tables
from tests.accountability.ledger.makers import maker_of
from tests.accountability.ledger.ways import WAYS
from tests.world import World

# --- what Django can do, read or write: a new method fails until it is put here ---
READS = frozenset({
    "aaggregate", "acontains", "acount", "aearliest", "aexists", "aexplain", "afirst", "aget",
    "aggregate", "ain_bulk", "aiterator", "alast", "alatest", "alias", "all", "annotate",
    "as_manager", "complex_filter", "contains", "count", "dates", "datetimes", "db", "defer",
    "difference", "distinct", "earliest", "exclude", "exists", "explain", "extra", "filter",
    "first", "get", "in_bulk", "intersection", "iterator", "last", "latest", "none", "only",
    "order_by", "ordered", "prefetch_related", "query", "raw", "resolve_expression", "reverse",
    "select_for_update", "select_related", "union", "using", "values", "values_list",
})  # fmt: skip
WRITES = frozenset({
    "abulk_create", "abulk_update", "acreate", "adelete", "aget_or_create", "aupdate",
    "aupdate_or_create", "bulk_create", "bulk_update", "create", "delete", "get_or_create",
    "update", "update_or_create",
})  # fmt: skip
INNER_WRITES = frozenset({"_batched_insert", "_insert", "_raw_delete", "_update"})
INNER_READS = frozenset({"_check_bulk_create_options", "_prepare_for_bulk_create"})
ROW_READS = frozenset({"prepare_database_save"})
ROW_WRITES = frozenset({"save", "asave", "save_base", "delete", "adelete"})
RELATED_WRITES = frozenset({
    "add", "aadd", "set", "aset", "remove", "aremove", "clear", "aclear", "create", "acreate",
    "get_or_create", "aget_or_create", "update_or_create", "aupdate_or_create",
})  # fmt: skip
RELATED_READS = frozenset({
    "core_filters", "do_not_call_in_templates", "field", "get_prefetch_querysets", "instance",
    "model", "name", "prefetch_cache_name", "query_field_name", "related_val", "reverse",
    "source_field", "source_field_name", "symmetrical", "target_field", "target_field_name",
    "through", "creation_counter", "auto_created", "get_prefetch_cache", "get_prefetch_queryset",
    "aget_by_natural_key", "get_by_natural_key", "constrained_target", "pk_field_names",
})  # fmt: skip
WRITES_LIKE = re.compile(r"insert|update|delete|create")


@pytest.mark.nodb
def test_every_method_of_a_queryset_is_classified_and_tried() -> None:
    public = {name for name in dir(QuerySet) if not name.startswith("_")}
    assert public == READS | WRITES
    inner = {n for n in vars(QuerySet) if n.startswith("_") and WRITES_LIKE.search(n)}
    assert {n for n in inner if not n.startswith("__")} == INNER_WRITES | INNER_READS
    of_rows = {
        n for n in dir(models.Model) if not n.startswith("_") and re.search("save|delete", n)
    }
    assert of_rows == ROW_WRITES | ROW_READS
    tried = frozenset().union(*(way.uses for way in WAYS))
    assert (WRITES | INNER_WRITES | ROW_WRITES) - tried == set()
    names = [way.name for way in WAYS]
    assert len(names) == len(set(names))


@pytest.mark.django_db
def test_every_method_of_a_related_manager_is_classified_and_tried(world: World) -> None:
    plain = set(dir(models.Manager))
    for manager in (world.units["县政府"].children, world.users["bangong"].groups):
        own = {name for name in dir(manager) if not name.startswith("_")}
        of_queryset = {name for name in dir(manager.get_queryset()) if not name.startswith("_")}
        assert own - plain - of_queryset - RELATED_READS <= RELATED_WRITES
    tried = frozenset().union(*(way.uses for way in WAYS))
    assert tried >= RELATED_WRITES


@pytest.mark.nodb
def test_a_model_without_an_entry_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from accountability.trail import registry

    entries = dict(registry.declared())
    del entries["sessions.session"]
    monkeypatch.setattr(registry, "declared", lambda: entries)
    with pytest.raises(Undeclared, match="Session"):
        tables()


@pytest.mark.nodb
def test_every_exemption_says_why() -> None:
    for name, (_, entry) in tables().items():
        assert (entry.treatment == Treatment.EXEMPT) == bool(entry.reason), name


@pytest.mark.nodb
def test_every_model_of_the_ledger_has_a_maker() -> None:
    without = []
    for model, entry in tables().values():
        if entry.treatment == Treatment.EXEMPT:
            continue
        try:
            maker_of(model)
        except KeyError:
            without.append(model._meta.label)
    assert not without, f"makers.py has no maker for {without}"
