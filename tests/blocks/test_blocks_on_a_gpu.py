"""Blocks never make a GPU wait: they read no number of it, and make nothing on the CPU while they compute."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer import network
from explorer.blocks import BLOCKS, Block
from tests.blocks.test_block_registry import Case, accepted
from tests.fake_gpu import Waits, fake_gpu, no_waiting, no_waiting_for_a_real_gpu, to_fake_gpu

MOST_CASES = 8  # of a block, spread evenly over all


def some_cases(block: Block) -> list[Case]:
    cases = accepted(block.name)
    return cases[::-(-len(cases) // MOST_CASES)]


def inputs_of(case: Case, device: str) -> list[Tensor]:
    return [torch.ones(2, *signal.shape, dtype=getattr(torch, signal.dtype), device=device) for signal in case.signals]


def outputs_of(result: object) -> tuple[Tensor, ...]:
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_its_outputs_are_where_its_inputs_are_and_no_number_is_read(block: Block) -> None:
    for case in some_cases(block):
        model = network.build(case.net)
        with fake_gpu():
            outputs = outputs_of(to_fake_gpu(model)(*inputs_of(case, "cuda")))
            assert all(out.device.type == "cuda" for out in outputs), case


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_its_backward_pass_reads_no_number(block: Block) -> None:
    for case in some_cases(block):
        model, inputs = network.build(case.net), inputs_of(case, "cpu")
        with no_waiting():
            differentiable = [out for out in outputs_of(model(*inputs)) if out.requires_grad]
            if differentiable:
                sum(out.sum() for out in differentiable).backward()


@pytest.mark.cuda
@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_a_real_gpu_is_never_waited_for(block: Block) -> None:
    for case in some_cases(block):
        model, inputs = network.build(case.net).cuda(), inputs_of(case, "cuda")
        with no_waiting_for_a_real_gpu():
            differentiable = [out for out in outputs_of(model(*inputs)) if out.requires_grad]
            if differentiable:
                sum(out.sum() for out in differentiable).backward()


class Careless(nn.Module):
    """A module that does what `forbidden` does."""

    def __init__(self, forbidden) -> None:
        super().__init__()
        self.forbidden = forbidden

    def forward(self, x: Tensor) -> Tensor:
        return self.forbidden(x)


READING = {"item": lambda x: x * x.sum().item(), "truth": lambda x: x if (x > 0).any() else -x,
           "mask": lambda x: x[x > 0], "nonzero": lambda x: x.nonzero()}
COPYING = {"constant": lambda x: x * torch.tensor(2.0), "positions": lambda x: x + torch.arange(3),
           "new": lambda x: x + x.new_tensor([1.0, 2.0, 3.0]), "home": lambda x: x.cpu()}


@pytest.mark.parametrize("forbidden", [*READING.values(), *COPYING.values()], ids=[*READING, *COPYING])
def test_a_module_that_makes_a_gpu_wait_is_found(forbidden) -> None:
    with fake_gpu(), pytest.raises(RuntimeError):
        Careless(forbidden)(torch.ones(2, 3, device="cuda"))


@pytest.mark.parametrize("forbidden", READING.values(), ids=READING)
def test_reading_a_number_is_found_on_a_cpu(forbidden) -> None:
    with no_waiting(), pytest.raises(Waits):
        Careless(forbidden)(torch.ones(2, 3))
