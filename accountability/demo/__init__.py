"""The invented demo counties: data, their opinions, and the door to them (no Django)."""

from accountability.demo.data import DemoCounty, DemoDataError
from accountability.demo.reading import load, resolve_date

__all__ = ["DemoCounty", "DemoDataError", "load", "resolve_date"]
