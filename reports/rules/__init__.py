"""系统计分规则: what the portal can count, each rule one function over all subjects at once."""

from .registry import Case, Rule, Source, Subject, register, rule_names, rules, source, sources

__all__ = [
    "Case",
    "Rule",
    "Source",
    "Subject",
    "register",
    "rule_names",
    "rules",
    "source",
    "sources",
]
