"""The core's data types as plain JSON values and back, for the child process.

Made from the types' own annotations, so that a field added there needs nothing here.
`unpack` trusts nothing: a value of another type than the annotation says is a TypeError.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

Converter = Callable[[Any], Any]


def pack(value: Any) -> Any:
    """`value` as dicts, lists, strings and numbers; dataclasses as lists of their fields."""
    kind: Any = type(value)
    if kind in (str, int, float, bool) or value is None:
        return value
    if kind in (list, tuple):
        return [pack(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if kind is date:
        return value.isoformat()
    if kind is dict:
        return {key: pack(item) for key, item in value.items()}
    return [pack(getattr(value, name)) for name in _names(kind)]


def unpack(kind: Any, packed: Any) -> Any:
    """The value of type `kind` that `pack` made `packed` of; TypeError or ValueError if not."""
    return _converter(kind)(packed)


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _converter(kind: Any) -> Converter:
    if kind is Any:
        return lambda packed: packed
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass_converter(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if kind is date:
        return date.fromisoformat
    if kind is float:
        return _number
    if kind in (str, int, bool):
        return _exactly(kind)
    return _generic_converter(kind)


def _generic_converter(kind: Any) -> Converter:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [argument for argument in arguments if argument is not type(None)]
        convert = _converter(inner)
        return lambda packed: None if packed is None else convert(packed)
    if origin in (list, tuple) and (origin is list or arguments[1:] == (...,)):
        convert = _converter(arguments[0])
        return lambda packed: origin(convert(item) for item in _list(packed))
    if origin is tuple:
        converters = [_converter(argument) for argument in arguments]
        return lambda packed: tuple(
            convert(item) for convert, item in zip(converters, _list(packed), strict=True)
        )
    if origin is dict:
        key, convert = _converter(arguments[0]), _converter(arguments[1])
        return lambda packed: {key(k): convert(v) for k, v in _dict(packed).items()}
    raise TypeError(f"no way to carry {kind}")


def _dataclass_converter(kind: type) -> Converter:
    hints = typing.get_type_hints(kind)
    names = _names(kind)
    converters: list[Converter] = []

    def convert(packed: Any) -> Any:
        if not converters:  # late, for types that name each other
            converters.extend(_converter(hints[name]) for name in names)
        if len(_list(packed)) != len(converters):
            raise TypeError(f"{kind.__name__} with {len(packed)} fields")
        return kind(*[each(item) for each, item in zip(converters, packed, strict=True)])

    return convert


def _exactly(kind: type) -> Converter:
    def check(packed: Any) -> Any:
        if type(packed) is not kind:
            raise TypeError(f"{type(packed).__name__} instead of {kind.__name__}")
        return packed

    return check


def _number(packed: Any) -> float:
    if type(packed) not in (int, float):
        raise TypeError(f"{type(packed).__name__} instead of a number")
    return float(packed)


def _list(packed: Any) -> list[Any]:
    if type(packed) is not list:
        raise TypeError(f"{type(packed).__name__} instead of a list")
    return packed


def _dict(packed: Any) -> dict[Any, Any]:
    if type(packed) is not dict:
        raise TypeError(f"{type(packed).__name__} instead of a dict")
    return packed
