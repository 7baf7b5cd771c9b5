"""Every probe on every small network of the zoo: it runs, leaves no trace, draws and describes itself."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from explorer import data, network, zoo
from explorer.probes import (
    FOLLOWED,
    INPUT,
    LIVE,
    ON_REQUEST,
    PLACES,
    PROBES,
    ProbeSpec,
    Subject,
    UnknownNode,
    compared_methods,
    compute_probe,
    run,
)
from explorer.probes.probe import ANSWER, WITHIN
from explorer.probes.probe_params import ClassParam, NodeParam, OfferedParam
from explorer.recipe import Recipe
from explorer.results.packing import pack
from explorer.spec import defaults, parse_params
from explorer.ui.glossary import GLOSSARY

SMALL = 50_000_000  # multiply-adds
NETWORKS = {entry.name: entry.original_recipe for entry in zoo.ZOO if zoo.costs(entry.name).multiply_adds < SMALL}
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks", "_forward_hooks_with_kwargs",
         "_forward_hooks_always_called")
SMALL_OPTIONS = {  # of probes that take many passes with their defaults
    "sanity_check": {"method": "saliency"}, "method_agreement": {"samples": 1},
    "infidelity_sensitivity": {"method": "saliency", "samples": 1}}
PAIRS = [(probe.name, name) for probe in PROBES for name in NETWORKS
         if not probe.refuses(NETWORKS[name], network.analyze(NETWORKS[name].network))]


class Failing(nn.Module):
    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        torch.rand(1)
        np.random.rand()
        random.random()
        raise RuntimeError("on purpose")


def subject_of(recipe: Recipe) -> Subject:
    """A model in the middle of its training: gradients there, modes mixed, a parameter frozen."""
    model = network.build(recipe.network, seed=3)
    model.train()
    parameters = list(model.parameters())
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, 0.5)
    parameters[0].requires_grad_(False)
    next(model.children()).eval()
    dataset = data.get(recipe.data.name, recipe.data.params)
    return Subject(model, batch_of(recipe), recipe, dataset.class_names, samples=SomeSamples(recipe))


class SomeSamples:
    """A test set of two samples, none of it loaded."""

    def __init__(self, recipe: Recipe) -> None:
        self._inputs = batch_of(recipe)
        classes = data.get(recipe.data.name, recipe.data.params).classes
        shape = self._inputs.shape if self._inputs.dtype == torch.int64 else (2,) if classes else (2, 1)
        self._targets = torch.zeros(shape, dtype=torch.int64 if classes else torch.float32)

    def __len__(self) -> int:
        return len(self._inputs)

    def inputs(self, places: Sequence[int] | slice) -> torch.Tensor:
        return self._inputs[places]

    def targets(self, places: Sequence[int] | slice) -> torch.Tensor:
        return self._targets[places]

    def target_name(self, place: int) -> str:
        return str(place)


def batch_of(recipe: Recipe) -> torch.Tensor:
    node = next(node for node in recipe.network.nodes if node.block == "input")
    shape = (2, *node.params["shape"])
    if node.params.get("dtype") == "int64":
        return torch.arange(2 * shape[1]).reshape(shape) % 7
    return torch.linspace(-1, 1, int(np.prod(shape))).reshape(shape)


def state_of(model: nn.Module) -> dict[str, Any]:
    return {
        "modes": {name: module.training for name, module in model.named_modules()},
        "hooks": {name: [list(getattr(module, kind)) for kind in HOOKS] for name, module in model.named_modules()},
        "modules": {name: id(module) for name, module in model.named_modules()},
        "needs": {name: parameter.requires_grad for name, parameter in model.named_parameters()},
        "gradients": {name: (id(p.grad), p.grad.sum().item()) for name, p in model.named_parameters()},
        "values": {name: value.double().abs().sum().item() for name, value in
                   (*model.named_parameters(), *model.named_buffers())},
        "grad_mode": torch.is_grad_enabled(),
    }


def generators() -> tuple[Any, ...]:
    return torch.get_rng_state().tolist(), np.random.get_state()[1].tolist(), random.getstate()


def leaves_no_trace(model: nn.Module, act: Callable[[], Any]) -> Any:
    before, drawn = state_of(model), generators()
    done = act()
    assert state_of(model) == before
    assert generators() == drawn
    return done


@pytest.mark.parametrize(("probe", "name"), PAIRS)
def test_a_probe_runs_leaves_no_trace_draws_and_describes_itself(probe, name, monkeypatch):
    monkeypatch.setattr(compared_methods, "QUICK_PASSES", 1)
    probe, subject = PROBES.get(probe), subject_of(NETWORKS[name])
    results = leaves_no_trace(subject.model, lambda: compute_probe(probe, subject, SMALL_OPTIONS.get(probe.name, {})))
    assert results
    assert {type(result) for result in results} <= set(probe.returns)
    figures = pytest.importorskip("explorer.figures", reason="figures are drawn with plotly")
    pack(results)
    for result in (each for each in results if probe.cost != FOLLOWED or type(each) in figures.figure_of):
        json.loads(figures.draw(result).to_json())
        assert len(str(figures.describe(result))) > 10


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_each_probe_fits_some_network_of_the_zoo(probe):
    assert any(pair[0] == probe.name for pair in PAIRS)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
@pytest.mark.parametrize("spoil", ["a module raises", "another shape"])
def test_a_model_that_raises_in_the_middle_leaves_no_trace(probe, spoil):
    name = next(name for probe_name, name in PAIRS if probe_name == probe.name)
    subject = subject_of(NETWORKS[name])
    batch = torch.zeros(2, 77, 3) if spoil == "another shape" else subject.batch
    if spoil == "a module raises":
        setattr(subject.model, list(dict(subject.model.named_children()))[1], Failing())

    last = list(dict(subject.model.named_children()))[-1]
    ends_early = probe.name in ("unit_path", "value_histograms")  # a pass ends at the node
    to_the_end = {"node": last} if ends_early else {}

    def act() -> None:
        try:
            run(probe.name, subject.model, batch, **to_the_end)
        except Exception:
            return
        assert probe.name in ("kernels", "input")  # weights and inputs alone need no pass

    leaves_no_trace(subject.model, act)


def test_a_probe_that_raises_having_spoiled_everything_leaves_no_trace():
    subject = subject_of(NETWORKS["lenet_batch_norm"])

    def spoil(subject: Subject) -> None:
        model = subject.model
        model.register_forward_hook(lambda *given: None)
        next(model.children()).register_full_backward_hook(lambda *given: None)
        model.train()
        for parameter in model.parameters():
            parameter.requires_grad_(True)
        model(subject.batch).sum().backward()  # batch norm's running means move, gradients are added
        raise ZeroDivisionError

    probe = ProbeSpec("spoiling", "Spoiling", "Spoils.", "nobody", spoil, (), ANSWER)

    def act() -> None:
        with pytest.raises(ZeroDivisionError):
            compute_probe(probe, subject, {})

    leaves_no_trace(subject.model, act)


def test_a_model_that_draws_is_run_from_a_notebook_without_a_trace():
    class Drawing(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x + torch.rand(1) + np.random.rand() + random.random()

    model, before = nn.Sequential(Drawing(), nn.Linear(2, 2)), generators()
    run("feature_maps", model, torch.zeros(1, 2))
    assert generators() == before


def test_an_unknown_node_leaves_no_trace():
    subject = subject_of(NETWORKS["lenet"])

    def act() -> None:
        with pytest.raises(UnknownNode):
            compute_probe(PROBES.get("feature_maps"), subject, {"node": "nowhere"})

    leaves_no_trace(subject.model, act)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_a_probe_says_what_it_is_and_where_it_comes_from(probe):
    assert probe.title and probe.source
    assert probe.summary.endswith(".")
    assert probe.returns
    assert probe.cost in (LIVE, ON_REQUEST, FOLLOWED)
    assert probe.place in (ANSWER, INPUT, WITHIN, *PLACES)
    assert not probe.term or probe.term in GLOSSARY
    plain = tuple(spec for spec in probe.params if not isinstance(spec, NodeParam | ClassParam | OfferedParam))
    assert parse_params(plain, defaults(plain)) == defaults(plain)


def test_results_do_not_change_with_the_weights_they_were_read_from():
    subject = subject_of(NETWORKS["lenet"])
    (kernels,) = compute_probe(PROBES.get("kernels"), subject, {})
    before = kernels.values.copy(), kernels.bias.copy()
    with torch.no_grad():
        for parameter in subject.model.parameters():
            parameter.add_(1)
    assert np.array_equal(kernels.values, before[0]) and np.array_equal(kernels.bias, before[1])


def test_one_pass_of_the_model_answers_all_that_is_asked_of_a_subject():
    subject, passes = subject_of(NETWORKS["lenet"]), []
    subject.model.register_forward_hook(lambda *given: passes.append(1))
    for name in ("feature_maps", "kernels", "probabilities"):
        compute_probe(PROBES.get(name), subject, {})
    assert len(passes) == 1
