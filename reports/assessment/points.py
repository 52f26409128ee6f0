"""Points (分): decimal, to the hundredth, half up."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

HUNDREDTH = Decimal("0.01")
ZERO = Decimal(0)
HUNDRED = Decimal(100)


def hundredth(value: Decimal | int) -> Decimal:
    """`value` rounded half up to the hundredth (四舍五入到百分位)."""
    return Decimal(value).quantize(HUNDREDTH, rounding=ROUND_HALF_UP)


def shown(value: Decimal | None) -> str:
    """87.50 as it stands on pages and in the package; -- for none."""
    return "--" if value is None else f"{hundredth(value)}"


def plain(value: Decimal) -> str:
    """A number of a scheme without needless zeros: 90, 4.5."""
    text = f"{value.normalize():f}"
    return "0" if text in ("-0", "") else text
