"""What every block promises: a new one inherits these tests by being registered."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer import network
from explorer.blocks import BLOCKS, FAMILIES, Block, Signal
from explorer.document import Edge, Network, Node, chain, check_id
from explorer.spec import Choice, Expression, Flag, Name, Number, Sizes

SHAPES = [(1,), (5,), (4, 6), (1, 1, 1), (3, 8, 8), (4, 7, 9)]
MOST_SETTINGS = 60  # of one block; a few blocks have so many settings that all their pairs would take minutes
DEFINITION = chain("scaled", ("input", "input", {}), ("norm", "layer_norm", {}), ("sigmoid", "sigmoid", {}))
OTHER_NAMES = {  # PyTorch asks for the sizes themselves, which a block learns from its input
    "layer_norm": {"axes"}, "rms_norm": {"axes"}, "depthwise_conv2d": {"multiplier"}, "conv_transpose2d": {"kernel"},
    "prelu": {"per_channel"},
}
NOT_LEARNED = {"roi_align": {1}}  # inputs that no gradient reaches: where boxes lie is learned elsewhere


@dataclass(frozen=True)
class Case:
    """One block with settings and one signal for each input, which it may refuse. One signal alone feeds all inputs."""

    block: Block
    params: dict[str, Any]
    signals: tuple[Signal, ...]

    @property
    def net(self) -> Network:
        """The block alone, each of its outputs an output of the network."""
        if self.block.name == "input":
            shape = list(self.signals[0].shape)
            return Network("one", (Node("input", "input", {**self.params, "shape": shape}),), (), ("input",))
        own = self.block.name == "composite"
        params = {**self.params, "definition": "scaled"} if own else self.params
        inputs = [Node(f"input{i}", "input", {"shape": list(signal.shape), "dtype": signal.dtype})
                  for i, signal in enumerate(self.signals)]
        ports = range(max(len(self.block.inputs), 3 if self.block.variadic else 1))
        further = [Node(f"output{port}", "identity") for port in range(1, len(self.block.outputs))]
        return Network("one", (*inputs, Node("x1", self.block.name, params), *further),
                       (*(Edge(inputs[min(port, len(inputs) - 1)].id, "x1", 0, port) for port in ports),
                        *(Edge("x1", node.id, port) for port, node in enumerate(further, 1))),
                       ("x1", *(node.id for node in further)), definitions={"scaled": DEFINITION} if own else {})


def variations(spec: Any) -> list[Any]:
    """A few legal values of a setting, the default first."""
    match spec:
        case Flag():
            values = [True, False]
        case Choice():
            values = list(spec.options)
        case Number(integer=True):
            values = [v for v in (1, 2, 3, 4) if spec.low <= v <= spec.high]
        case Number():
            values = [spec.low, spec.high]
        case Name():
            values = []
        case Expression():
            values = ["x", "max(x, 0.1 * x) / 2 - x ** 2", "log(x)", "tanh(x) * min(erf(x), 1) + pi"]
        case Sizes(axes=None):
            values = []
        case Sizes():
            values = [v for v in (0, 1, 2, 3, (2, 1)) if v != 0 or spec.low == 0] + list(spec.words)
    return [spec.default, *(value for value in values if value != spec.default)]


def settings_of(block: Block) -> Iterator[dict[str, Any]]:
    """The defaults, every single variation, and every pair of them."""
    options = {spec.name: variations(spec)[1:] for spec in block.params}
    yield {}
    for name, values in options.items():
        yield from ({name: value} for value in values)
    for (a, a_values), (b, b_values) in itertools.combinations(options.items(), 2):
        yield from ({a: x, b: y} for x, y in itertools.product(a_values[:3], b_values[:3]))


def signals_for(block: Block) -> list[tuple[Signal, ...]]:
    return [block.example] if block.example else [(Signal(shape),) for shape in SHAPES]


def tried(block: Block) -> list[Case]:
    """The block on every input with many settings: spread evenly over all, the defaults first, where there are more."""
    settings = list(settings_of(block))
    step = -(-len(settings) // MOST_SETTINGS)
    return [Case(block, params, signals) for params in settings[::step] for signals in signals_for(block)]


@cache
def accepted(block_name: str) -> list[Case]:
    return [case for case in tried(BLOCKS.get(block_name)) if not network.problems(case.net)]


def run(model: nn.Module, case: Case, batch: int) -> tuple[Tensor, ...]:
    fixed = NOT_LEARNED.get(case.block.name, set())
    inputs = [torch.randn(batch, *signal.shape, requires_grad=port not in fixed) if signal.dtype == "float32"
              else torch.ones(batch, *signal.shape, dtype=torch.int64) for port, signal in enumerate(case.signals)]
    out = model(*inputs)
    out = out if isinstance(out, tuple) else (out,)
    if differentiable := [tensor for tensor in out if tensor.requires_grad]:
        sum((tensor * torch.randn_like(tensor)).sum() for tensor in differentiable).backward()
        gradients = [leaf.grad for leaf in (*inputs, *model.parameters()) if leaf.requires_grad]
        assert all(g is not None and bool(g.isfinite().all()) for g in gradients)
    return out


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_it_gives_the_predicted_shape_and_finite_gradients_at_every_batch_size(block: Block) -> None:
    torch.manual_seed(0)
    cases = accepted(block.name)
    assert {True} <= {case.params == {} for case in cases}, "it accepts nothing by default"
    for case in cases:
        if case.params.get("dtype") == "int64":
            continue
        model, shapes = network.build(case.net), network.shapes(case.net)
        for batch, training in ((2, True), (5, True), (1, False)):
            found = [tuple(out.shape) for out in run(model.train(training), case, batch)]
            assert found == [(batch, *shapes[output]) for output in case.net.outputs], case


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_it_refuses_an_input_in_words_of_ours(block: Block) -> None:
    others = [Case(block, {}, (Signal(shape),)) for shape in SHAPES]
    for case in [*tried(block), *others]:
        for problem in network.problems(case.net):
            assert problem.address.startswith(("x1", "input")), case
            assert "PyTorch refuses" not in str(problem), case


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_its_parameters_are_counted_as_the_real_module_has_them(block: Block) -> None:
    for case in accepted(block.name):
        real = sum(p.numel() for p in network.build(case.net).parameters())
        assert network.analyze(case.net).total_parameters == real, case


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_it_survives_a_round_trip_through_its_document(block: Block) -> None:
    for case in accepted(block.name):
        again = Network.from_dict(case.net.to_dict())
        assert again.to_dict() == case.net.to_dict()
        assert network.shapes(again) == network.shapes(case.net)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_it_is_described_and_each_of_its_settings_too(block: Block) -> None:
    assert block.family in FAMILIES
    assert block.summary.endswith(".")
    assert block.name == "input" or (block.formula and block.source)
    assert block.name == block.name.lower()
    assert check_id(f"{block.name}1") is None
    for spec in block.params:
        assert spec.title and spec.help.endswith("."), spec.name
    assert bool(block.inputs) == (block.name != "input")


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.name)
def test_its_settings_are_called_as_pytorch_calls_them(block: Block) -> None:
    net = accepted(block.name)[0].net
    module = network.build(net).get_submodule(net.outputs[0])
    if not type(module).__module__.startswith("torch.nn") or block.name == "input":
        pytest.skip("no block of PyTorch's own")
    theirs = set(inspect.signature(type(module)).parameters)
    assert {spec.name for spec in block.params} - OTHER_NAMES.get(block.name, set()) <= theirs


def test_every_family_has_a_block_and_the_menu_keeps_families_together() -> None:
    families = [block.family for block in BLOCKS]
    assert set(families) == set(FAMILIES)
    assert len(list(itertools.groupby(families))) == len(FAMILIES)
