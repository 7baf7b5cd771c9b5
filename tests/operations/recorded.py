"""Modules with random weights and a call of theirs, as operations describe them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from explorer import network
from explorer.blocks import BLOCKS, Block
from explorer.operations import Call, describe, explain, record_call
from explorer.results import Explanation, Operation, Recurrent
from tests.blocks.test_block_registry import Case, accepted

LEAVES = [block for block in BLOCKS if not block.is_composite]
FIXED = ("mask", "positions", "index")  # buffers that are a module's definition


def randomized(model: nn.Module, seed: int = 0) -> nn.Module:
    """Draw all weights and recorded statistics, in evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            last = name.rpartition(".")[2]
            if tensor.is_floating_point() and last not in FIXED:
                scale = 0.3 if tensor.dim() < 2 else tensor[0].numel() ** -0.5  # so that deep networks stay in range
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5 if "running_var" in name else
                             torch.randn(tensor.shape, generator=generator) * scale)
    return model.eval()


def calls_of(block: Block, most: int = 24) -> Iterator[tuple[Case, Call]]:
    """Yield the block in settings spread over all that it accepts, each with a call on two random samples."""
    cases = accepted(block.name)
    for place, case in enumerate(cases[::-(-len(cases) // most)]):
        model = randomized(network.build(case.net), place)
        inputs = [_input(case, port, place) for port in range(len(case.signals))]
        yield case, _call(model, case, inputs)


def _input(case: Case, port: int, seed: int) -> Tensor:
    """Draw an input: two samples, whole numbers where the block takes these, boxes within the map."""
    generator = torch.Generator().manual_seed(seed + port)
    signal, params = case.signals[port], case.params
    shape = (2, *signal.shape)
    if signal.dtype == "int64" or params.get("dtype") == "int64":
        return torch.randint(0, min(params.get("num_embeddings", 9), params.get("classes", 9)), shape,
                             generator=generator)
    drawn = torch.randn(shape, generator=generator)
    if case.block.name == "roi_align" and port == 1:
        corners = drawn.abs() * 2
        return torch.cat([corners[..., :2], corners[..., :2] + corners[..., 2:] + 0.5], -1)
    return drawn


def _call(model: nn.Module, case: Case, inputs: list[Tensor]) -> Call:
    """Record a call of a network with several inputs, which predictors of batches do not take."""
    class Closed(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, _batch: Tensor) -> Tensor:
            return self.model(*inputs)

    return record_call(Closed(), f"model.{'input' if case.block.name == 'input' else 'x1'}", inputs[0])


def described(call: Call, unit: tuple[int, ...] | None = None, batch: int = 2) -> Operation:
    return describe(call.module, call.inputs, call.output, batch=batch, unit=unit)


def explained(call: Call, operation: Operation, unit: tuple[int, ...], batch: int = 2) -> Explanation:
    """Explain a unit; of a recurrent layer in the direction that it belongs to."""
    return explain(described(call, unit, batch) if isinstance(operation.rule, Recurrent) else operation, unit)


def random_units(operation: Operation, count: int, seed: int = 0) -> list[tuple[int, ...]]:
    generator = np.random.default_rng(seed)
    return [tuple(int(generator.integers(size)) for size in operation.output.values.shape) for _ in range(count)]


def equals_the_model(explanation: Explanation) -> bool:
    return bool(np.isclose(explanation.value, explanation.model_value, rtol=1e-4, atol=1e-5, equal_nan=True))
