"""Checks of inputs that several blocks share, and their fixes."""

from __future__ import annotations

from typing import Any

from explorer.blocks.block import Signal
from explorer.document import Fix, InsertBefore, Problem, SetParam, Shape
from explorer.formatting import format_shape
from explorer.text import text

MAX_PADDING = 1024


def needs_float(title: str, signals: tuple[Signal, ...]) -> list[Problem]:
    """Return a problem if an input holds indices instead of numbers."""
    if all(signal.dtype == "float32" for signal in signals):
        return []
    return [Problem(text("{block} works on numbers, but gets indices (int64).", block=title))]


def needs_map(title: str, signal: Signal) -> list[Problem]:
    """Return a problem if the input is not a map (channel, height, width)."""
    if len(signal.shape) == 3:
        return needs_float(title, (signal,))
    return [Problem(text("{block} needs a map (channel × height × width) but gets {shape}.",
                         block=title, shape=format_shape(signal.shape)))]


def needs_signal(title: str, signal: Signal) -> list[Problem]:
    """Return a problem if the input is not a signal (channel, length)."""
    if len(signal.shape) == 2:
        return needs_float(title, (signal,))
    return [Problem(text("{block} needs a signal (channel × length) but gets {shape}.",
                         block=title, shape=format_shape(signal.shape)))]


def insert_flatten(port: int = 0) -> Fix:
    """Make the fix that puts Flatten before the block."""
    return Fix(text("Insert Flatten"), (InsertBefore("", port, "flatten"),))


def set_param(name: str, value: Any, label: str) -> Fix:
    """Make the fix that sets one parameter of the block; `label` is its name on the button."""
    shown = format_shape(value) if isinstance(value, tuple) else value
    return Fix(text("Set {name} to {value}", name=label, value=shown), (SetParam("", name, value),))


def spread(value, axes: int) -> tuple[int, ...]:
    """Return one size per axis, from one number for all or one for each."""
    return (value,) * axes if isinstance(value, int) else tuple(value)


def pair(value) -> tuple[int, int]:
    """Return the sizes for height and width, from one number or two."""
    return spread(value, 2)


def reach_of(kernel, dilation, axes: int = 2) -> tuple[int, ...]:
    """Compute how many pixels a kernel spans per axis, from its first point to its last."""
    return tuple(d * (k - 1) + 1 for k, d in zip(spread(kernel, axes), spread(dilation, axes), strict=True))


def check_window(title: str, shape: Shape, kernel, padding, dilation=1, may_pad: bool = False) -> list[Problem]:
    """Return a problem if a sliding window is larger than the padded map. shape: (channel, ...).

    With `may_pad` the fix is more padding; pooling allows at most half a window.
    """
    sizes, axes = shape[1:], len(shape) - 1
    reach, pads = reach_of(kernel, dilation, axes), spread(padding, axes)
    padded = tuple(n + 2 * p for n, p in zip(sizes, pads, strict=True))
    if all(k <= n for k, n in zip(reach, padded, strict=True)):
        return []
    fitting = tuple(max(p, -(-(k - n) // 2)) for k, n, p in zip(reach, sizes, pads, strict=True))
    return [Problem(
        text("{block}'s window covers {window} but the padded map is only {map}.", block=title,
             window=format_shape(reach), map=format_shape(padded)) if axes > 1 else
        text("{block}'s window covers {window} samples but the padded signal has only {length}.", block=title,
             window=format_shape(reach), length=format_shape(padded)),
        set_param("padding", fitting[0] if len(set(fitting)) == 1 else fitting, "padding")
        if may_pad and max(fitting) <= MAX_PADDING else None,
    )]
