"""Measurement of shapes and costs: each block is built and run on the meta device.

Tensors on the meta device have shapes but no memory, so a layer of any size costs nothing. A block runs at batch 2
and 3: the leading axis must follow, or the block mixes samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from explorer.blocks import BLOCKS, Block, Signal
from explorer.document import Problem
from explorer.formatting import format_count, format_shape
from explorer.network import known
from explorer.text import Text, text

if TYPE_CHECKING:
    import torch

MAX_VALUES = 100_000_000  # numbers in one sample's output of one node: 400 MB as float32


@dataclass(frozen=True)
class Measured:
    """The result of measuring a block: its output signals by port and its costs for one sample, or its problems."""

    signals: tuple[Signal, ...] = ()
    parameters: int = 0
    multiply_adds: int = 0
    problems: tuple[Problem, ...] = ()


def measure(block: str, params: Mapping[str, Any], signals: tuple[Signal, ...]) -> Measured:
    """Return the measurement of a block on these inputs, known or cached. `params` are checked and complete."""
    if found := known.look_up(block, params, signals):
        return Measured(*found)
    return measure_on_meta(block, tuple(params.items()), signals)


def warm_up() -> None:
    """Start the meta device, which takes some seconds the first time in a process."""
    for block in ("conv2d", "relu"):
        params = {spec.name: spec.default for spec in BLOCKS.get(block).params}
        measure_on_meta(block, tuple(params.items()), (Signal((1, 8, 8)),))


@lru_cache(maxsize=8192)
def measure_on_meta(block_name: str, items: tuple[tuple[str, Any], ...], signals: tuple[Signal, ...]) -> Measured:
    """Measure a block on the meta device, with a cache. items: the parameters as pairs."""
    block, params = BLOCKS.get(block_name), dict(items)
    if block_name == "input":
        return _bounded(Measured((Signal(params["shape"], params["dtype"]),)))
    if block.check and (problems := block.check(params, signals)):
        return Measured(problems=tuple(problems))
    try:
        return _bounded(_run(block, params, signals))
    except (RuntimeError, ValueError, TypeError, IndexError, OverflowError, NotImplementedError) as error:
        if "overflow" in str(error):
            return _refused(text("The weights of this {block} would take more memory than any machine has.",
                                 block=block.title))
        why = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        return _refused(text("PyTorch refuses this {block}: {why}", block=block.title, why=why))


def _refused(message: Text) -> Measured:
    return Measured(problems=(Problem(message),))


def _run(block: Block, params: dict[str, Any], signals: tuple[Signal, ...]) -> Measured:
    import torch

    from explorer.network.operations import OperationCounter  # imports triton: 0.2 s for who measures nothing

    with torch.device("meta"), torch.no_grad():
        module = block.build(params, tuple(signal.shape for signal in signals)).train()
        with OperationCounter() as counter:
            twos = _as_tuple(module(*(_sample(signal, 2) for signal in signals)))
        threes = _as_tuple(module(*(_sample(signal, 3) for signal in signals)))
    if any(two.shape[:1] != (2,) or three.shape != (3, *two.shape[1:])
           for two, three in zip(twos, threes, strict=True)):
        return _refused(text("{block} mixes the samples of a batch.", block=block.title))
    parameters = sum(p.numel() for p in module.parameters())
    # The counter counts a multiply and an add as two; the batch has two samples.
    out = tuple(Signal(tuple(two.shape[1:]), str(two.dtype).removeprefix("torch.")) for two in twos)
    return Measured(out, parameters, counter.get_total_flops() // 4)


def _as_tuple(out: torch.Tensor | tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    return out if isinstance(out, tuple) else (out,)


def _sample(signal: Signal, batch: int) -> torch.Tensor:
    import torch

    return torch.empty((batch, *signal.shape), dtype=getattr(torch, signal.dtype))


def _bounded(measured: Measured) -> Measured:
    """Return the measurement, or a problem if one sample's output would be too large."""
    largest = max((signal.shape for signal in measured.signals), key=math.prod, default=())
    if math.prod(largest) <= MAX_VALUES:
        return measured
    return _refused(text(
        "One sample's output would be {shape}, {count} numbers; at most {limit} are allowed.",
        shape=format_shape(largest), count=format_count(math.prod(largest)), limit=format_count(MAX_VALUES)))
