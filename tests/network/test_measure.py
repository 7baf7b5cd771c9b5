"""What the measurement of a block leaves alone: what other threads do with PyTorch at the same time."""

from __future__ import annotations

import threading

import torch
from torch import nn

from explorer.blocks import Block, Signal
from explorer.network import measure

PATIENCE_S = 60.0


def test_a_backward_pass_of_another_thread_does_not_meet_the_measurement_of_a_block():
    measuring, over = threading.Event(), threading.Event()

    class Slow(nn.Linear):
        def forward(self, x):
            measuring.set()
            over.wait(PATIENCE_S)
            return super().forward(x)

    block = Block("slow", "Slow", "linear", "", build=lambda params, shapes: Slow(*shapes[0], 3))
    found = []
    thread = threading.Thread(target=lambda: found.append(measure._run(block, {}, (Signal((4,)),))))
    thread.start()
    assert measuring.wait(PATIENCE_S)
    x = torch.ones(2, 4, requires_grad=True)
    (slope,) = torch.autograd.grad(nn.Linear(4, 1)(x).sum(), x)  # failed: "A leaf node was passed to ..."
    over.set()
    thread.join()
    assert slope.shape == x.shape
    assert found[0].multiply_adds == 12
