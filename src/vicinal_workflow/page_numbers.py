"""Numbers, times and sizes as a person reads them."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import cast

import numpy as np

Value = str | float | bool | None

_SIGNIFICANT = 4
_SMALLEST_EXPONENT, _LARGEST_EXPONENT = -3, 5  # beyond them, powers of ten
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_THIN_SPACE = "\u202f"


def is_missing(value: Value) -> bool:
    """Whether a value is None, an empty text or not a number."""
    return value is None or value == "" or (_is_number(value) and math.isnan(cast(float, value)))


def sort_key(value: Value) -> str:
    """A text that sorts as the value: a plain number, or the text itself; empty where missing."""
    if value is None or is_missing(value):
        return ""
    if isinstance(value, bool | np.bool_):
        return str(int(value))
    return repr(float(value)) if _is_number(value) else str(value)


def value_text(value: Value, error: float | None = None, decimals: int | None = None) -> str:
    """The value as text, with its error if it has one; an en dash where it is missing.

    Numbers have `decimals` places. Without it, whole numbers have none; others have four
    significant digits, or two of the error's. Raises TypeError for anything else.
    """
    if value is None or is_missing(value):
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if not _is_number(value):
        raise TypeError(f"a cell holds text, a number or None, not {value!r}")
    if error is not None and not math.isnan(error):
        return _with_error(float(value), float(error), decimals)
    if decimals is None and isinstance(value, Integral):
        return _fixed(float(value), 0)
    return _number(float(value), decimals)


def duration_text(seconds: float) -> str:
    """Seconds as `0.4 s`, `12 s`, `4 min 05 s` or `2 h 07 min`."""
    if seconds < 0.05:
        return "<0.1 s" if seconds > 0 else "0 s"
    if round(seconds, 1) < 10:
        return f"{seconds:.1f} s"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min"


def memory_text(megabytes: float) -> str:
    """Megabytes as `812 MB` or `1.5 GB`."""
    return f"{megabytes:.0f} MB" if megabytes < 999.5 else f"{megabytes / 1000:.1f} GB"


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _number(value: float, decimals: int | None) -> str:
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞"
    if decimals is not None or value == 0:
        return _fixed(value, decimals or 0)
    exponent = int(f"{value:.{_SIGNIFICANT - 1}e}".partition("e")[2])  # that of the rounded value
    if not _SMALLEST_EXPONENT <= exponent < _LARGEST_EXPONENT:
        return f"{_trimmed(value / 10.0**exponent, _SIGNIFICANT - 1)}{_power(exponent)}"
    return _trimmed(value, max(0, _SIGNIFICANT - 1 - exponent))


def _with_error(value: float, error: float, decimals: int | None) -> str:
    if not (math.isfinite(value) and math.isfinite(error)):
        return f"{_number(value, decimals)} ± {_number(error, decimals)}"
    if decimals is not None:
        return f"{_fixed(value, decimals)} ± {_fixed(error, decimals)}"
    exponent = _exponent(max(abs(value), abs(error)))
    if not _SMALLEST_EXPONENT <= exponent < _LARGEST_EXPONENT:
        inner = _with_error(value / 10.0**exponent, error / 10.0**exponent, None)
        return f"({inner}){_power(exponent)}"
    places = max(0, 1 - _exponent(error)) if error else max(0, _SIGNIFICANT - 1 - exponent)
    return f"{_fixed(value, places)} ± {_fixed(error, places)}"


def _exponent(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value else 0


def _fixed(value: float, decimals: int) -> str:
    # Thousands are set apart from five digits on, so that years and 1022 stay as they are.
    grouping = "," if abs(value) >= 10_000 else ""
    text = f"{value:{grouping}.{decimals}f}".replace(",", _THIN_SPACE)
    return text.replace("-", "−") if text.strip("-0.") else text.lstrip("-")


def _trimmed(value: float, decimals: int) -> str:
    text = _fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _power(exponent: int) -> str:
    return f" × 10{str(exponent).translate(_SUPERSCRIPTS)}"
