"""Numbers, shapes and sizes as people read them: thousands separated, four significant digits, a true minus sign."""

from __future__ import annotations

import math

MINUS, TIMES = "−", "×"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def format_number(value: float, digits: int = 4) -> str:
    """Format `value`: `61,706`, `0.1234`, `−2.5`, `1.234×10⁻⁵`. Whole numbers given as int keep every digit."""
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
    """Join a number and its unit: `12.5 ms`; a percent sign follows without a space."""
    return f"{format_number(value)}{'' if unit in ('', '%') else ' '}{unit}"


def power_of_ten(exponent: int) -> str:
    """Format a power of ten: `10⁻³`."""
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


def _scientific(magnitude: float, digits: int) -> tuple[str, int]:
    mantissa, exponent = f"{magnitude:.{digits - 1}e}".split("e")
    return _trimmed(mantissa), int(exponent)


def _trimmed(decimal: str) -> str:
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal


def _signed(value: float, magnitude: str) -> str:
    return MINUS + magnitude if value < 0 else magnitude


def format_shape(shape: tuple[int, ...]) -> str:
    """Format a shape: `6×28×28`; a single number for a scalar."""
    return TIMES.join(f"{size:,}" if size >= 10_000 else str(size) for size in shape) or "1"


def format_count(count: float) -> str:
    """Format a count with separated thousands and no false precision: `61,706`, `0.42 M`, `10.3 G`."""
    if count < 100_000:
        return f"{count:,.0f}"
    if count >= 1e15:
        return f"{count:.0e}"
    scale, suffix = next(((s, name) for s, name in ((1e12, "T"), (1e9, "G")) if count >= s), (1e6, "M"))
    value = count / scale
    return f"{value:,.2f} {suffix}" if value < 10 else f"{value:,.1f} {suffix}"


def format_bytes(size_bytes: float) -> str:
    """Format a size in memory or on disk, to three digits: `512 B`, `201 kB`, `1.50 GB` (powers of 1000)."""
    for unit, scale in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        value = size_bytes / scale
        if value >= 0.9995:  # which three digits round to one
            return f"{value:,.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return f"{size_bytes:,.0f} B"


def format_duration(seconds: float) -> str:
    """Format a duration as minutes and seconds, from an hour on with hours.

    >>> format_duration(75), format_duration(3700)
    ('1:15', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def format_percent(share: float, whole: bool = False) -> str:
    """Format a share: `98.4 %`, `100 %`; up to three decimals where fewer would round it to 0 or 100.

    whole: rounded to whole percents, for where there is little room.
    """
    for digits in (0,) if whole else (1, 2, 3):
        words = f"{100 * share:.{digits}f}"
        if float(words) not in (0.0, 100.0) or share in (0.0, 1.0):
            break
    words = words.rstrip("0").rstrip(".") if "." in words else words
    return f"{words}\N{NO-BREAK SPACE}%"


def format_character(character: str) -> str:
    """Format a character so that it is visible."""
    return {" ": "␣", "\n": "⏎", "\t": "⇥"}.get(character, character)
