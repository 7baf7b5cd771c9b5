"""Numbers as people read them: thousands separated, four significant digits, a true minus sign."""

from __future__ import annotations

import math

MINUS = "−"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, digits: int = 4) -> str:
    """`value` for people: `61,706`, `0.1234`, `−2.5`, `1.234×10⁻⁵`. Whole numbers given as int keep every digit."""
    if isinstance(value, int) or (hasattr(value, "dtype") and value.dtype.kind in "iu"):
        return _signed(int(value), f"{abs(int(value)):,}")
    value = float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else _signed(value, "∞")
    if value == 0:
        return "0"
    mantissa, exponent = _scientific(abs(value), digits)
    if -4 <= exponent < 7:
        return _signed(value, _trimmed(f"{float(f'{abs(value):.{digits - 1}e}'):,.{max(digits - 1 - exponent, 0)}f}"))
    return _signed(value, f"{mantissa}×{power_of_ten(exponent)}")


def with_unit(value: float, unit: str) -> str:
    """A number and its unit: `12.5 ms`; the percent sign follows at once."""
    return f"{format_number(value)}{'' if unit in ('', '%') else ' '}{unit}"


def power_of_ten(exponent: int) -> str:
    """`10⁻³`."""
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


def _scientific(magnitude: float, digits: int) -> tuple[str, int]:
    mantissa, exponent = f"{magnitude:.{digits - 1}e}".split("e")
    return _trimmed(mantissa), int(exponent)


def _trimmed(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal


def _signed(value: float, magnitude: str) -> str:
    return MINUS + magnitude if value < 0 else magnitude
