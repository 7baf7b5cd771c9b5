"""Numbers over the nodes of a network for one input: size, dead units, gradients, time, costs, change of weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import numpy as np
import torch
from torch import Tensor, nn

from explorer.hooks import predictor
from explorer.network import analyze
from explorer.probes.gradient_pass import gradients_of, norm_of
from explorer.probes.objective import knows_target
from explorer.probes.subject import NotApplicable, Subject
from explorer.results import NodeNumbers
from explorer.text import text

Outputs = Mapping[str, Tensor]  # by address, without a batch axis

_TIMED = 3  # passes, of which each node's fastest counts
_RECTIFIERS = (nn.ReLU, nn.ReLU6)


def compute(subject: Subject, outputs: Outputs, quantity: str) -> tuple[NodeNumbers, ...]:
    """Compute the numbers that cost little, and `quantity` where it is one of the others, for the nodes of `outputs`.

    >>> subject = Subject(nn.Sequential(nn.Linear(2, 2), nn.ReLU()), torch.zeros(1, 2))
    >>> [numbers.quantity for numbers in compute(subject, {"0": torch.zeros(2)}, "none")]
    ['norm', 'dead_units', 'multiply_adds', 'parameters']
    """
    return tuple(NodeNumbers(name, np.array(_COMPUTE[name](subject, outputs), np.float64))
                 for name in _COMPUTE if name in _CHEAP or name == quantity)


def _norms(subject: Subject, outputs: Outputs) -> list[float]:
    """Compute the norm of each output; tokens have none."""
    return [_norm(output) if output.is_floating_point() else math.nan for output in outputs.values()]


def _norm(output: Tensor) -> float:
    """Compute the norm of what is finite: masked scores are not."""
    output = output.float()
    norm = output.norm().item()
    return norm if math.isfinite(norm) else output[output.isfinite()].norm().item()


def _dead_units(subject: Subject, outputs: Outputs) -> list[float]:
    """Compute the share of units that carry nothing for this sample: maps, or features of tokens, of one value only.

    Of a row of features only a rectifier's can be seen to be dead: those that are zero.
    """
    return [_dead_share(subject.module_at(address), output) for address, output in outputs.items()]


def _dead_share(module: nn.Module, output: Tensor) -> float:
    if not output.numel():
        return math.nan
    if output.dim() < 2:
        return (output == 0).float().mean().item() if isinstance(module, _RECTIFIERS) else math.nan
    units = output.T if output.dim() == 2 else output.reshape(-1, *output.shape[-2:]).flatten(1)
    if units.shape[1] == 1:
        return math.nan
    low, high = units.aminmax(dim=1)
    return (low == high).float().mean().item()


def _gradient_norms(subject: Subject, outputs: Outputs) -> list[float]:
    """Compute the norm of the gradient of this sample's loss with respect to each node's output; 0 where none arrives.

    The loss is the recipe's, else the cross-entropy; the target the sample's where it is known, else the prediction.
    Raises NotApplicable where a number is predicted and none is known as right.
    """
    if not knows_target(subject):
        raise NotApplicable(text("The gradient needs the right number, which is known only for samples of the data "
                                 "set. Choose a sample."))
    found = gradients_of(subject, outputs).outputs
    return [norm_of(found[address]) if address in found else 0.0 for address in outputs]


def _times(subject: Subject, outputs: Outputs) -> list[float]:
    """Measure each node's forward pass in seconds, the fastest of three."""
    spent: dict[str, float] = {}
    with _timed(subject, outputs, spent):
        for _pass in range(_TIMED):
            predictor(subject.model)(subject.batch[:1])
    return [spent.get(address, math.nan) for address in outputs]


@contextmanager
def _timed(subject: Subject, outputs: Outputs, spent: dict[str, float]) -> Iterator[None]:
    """Keep each node's shortest time of the passes made inside."""
    began: dict[str, float] = {}

    def now() -> float:
        if torch.cuda.is_available() and next(iter(outputs.values())).is_cuda:
            torch.cuda.synchronize()
        return time.perf_counter()

    def begin(address: str) -> None:
        began[address] = now()

    def end(address: str) -> None:
        spent[address] = min(spent.get(address, math.inf), now() - began[address])

    handles = []
    try:
        for address in outputs:
            module = subject.module_at(address)
            handles.append(module.register_forward_pre_hook(lambda _module, _inputs, at=address: begin(at)))
            handles.append(module.register_forward_hook(lambda _module, _inputs, _output, at=address: end(at)))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _multiply_adds(subject: Subject, outputs: Outputs) -> list[float]:
    if subject.recipe is None:
        return [math.nan] * len(outputs)
    analysis = analyze(subject.recipe.network)
    opened = analysis.at(tuple(subject.inside.split("."))) if subject.inside else None
    costs = (opened.analysis if opened else analysis).multiply_adds
    return [float(costs.get(address.rpartition(".")[2], math.nan)) for address in outputs]


def _parameters(subject: Subject, outputs: Outputs) -> list[float]:
    return [float(sum(one.numel() for one in subject.module_at(address).parameters())) for address in outputs]


def _changes(subject: Subject, outputs: Outputs) -> list[float]:
    """Compute |w - before| / |before| over each node's parameters, before: as of the checkpoint before this one."""
    before = _weights_before(subject)
    return [_relative_change(address, subject.module_at(address), before) for address in outputs]


def _weights_before(subject: Subject) -> Mapping[str, Tensor]:
    """Load the weights of the newest readable checkpoint before this one; none where all are damaged or gone.

    Those of the first one are compared with themselves. Raises NotApplicable.
    """
    if subject.frames is None or subject.step is None:
        raise NotApplicable(text("Only a run has checkpoints to compare with."))
    earlier = sorted((step for step in subject.frames.steps if step < subject.step), reverse=True)
    for step in earlier:
        with suppress(ValueError):  # damaged, or thinned by the run since it was listed
            return subject.frames.load(step)
    return {} if earlier else subject.model.state_dict()


def _relative_change(address: str, module: nn.Module, before: Mapping[str, Tensor]) -> float:
    change = size = 0.0
    for name, now in module.named_parameters():
        if (old := before.get(f"{address}.{name}")) is not None and old.shape == now.shape:
            old = old.to(now.device, torch.float64)
            change += (now.detach().double() - old).square().sum().item()
            size += old.square().sum().item()
    return math.sqrt(change / size) if size else math.nan


_COMPUTE: dict[str, Callable[[Subject, Outputs], list[float]]] = {
    "norm": _norms, "dead_units": _dead_units, "multiply_adds": _multiply_adds, "parameters": _parameters,
    "gradient": _gradient_norms, "time": _times, "change": _changes,
}
_CHEAP = ("norm", "dead_units", "multiply_adds", "parameters")
TITLES = {
    "norm": "output norm", "dead_units": "dead units", "gradient": "gradient norm", "time": "time",
    "multiply_adds": "multiply-adds", "parameters": "parameters", "change": "change since the last checkpoint",
}
