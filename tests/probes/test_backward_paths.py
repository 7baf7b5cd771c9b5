"""The paths of a gradient add up to what autograd gives, at every node of the zoo's networks and of one's own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer import data, network, tasks, zoo
from explorer.hooks import in_mode, record_gradients
from explorer.network.building import leaves
from explorer.probes import PROBES, Subject, compute_probe
from explorer.probes.backward_pass import pass_back
from explorer.probes.backward_paths import Followed, arriving, paths_of
from explorer.results import BackwardPath
from tests.operations.recorded import randomized
from tests.operations.test_operations_of_networks import NETWORKS, sample_of

UNTRAINED = {entry.name for entry in zoo.ZOO if entry.untrained}
TRAINED = [each for each in NETWORKS if getattr(each, "values", (each,))[0] not in UNTRAINED]


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def subject_of(name: str) -> Subject:
    recipe = zoo.recipe(name)
    classes = data.get(recipe.data.name, recipe.data.params).classes
    batch = sample_of(recipe.network)
    target = torch.tensor([1]) if classes else torch.tensor([[0.5]])
    target = batch.roll(-1, 1) if recipe.task == "next_token" else target
    return Subject(randomized(network.build(recipe.network, seed=1)), batch, recipe, target=target)


def gradients_of(subject: Subject, nodes: list[str]) -> dict[str, Tensor]:
    """The gradient at every node's output by a plain backward pass; of the parameters in the model itself."""
    model = subject.model
    with in_mode(model, training=False), record_gradients(model, nodes) as found:
        batch = subject.batch.clone().requires_grad_(subject.batch.is_floating_point())
        outputs = model(batch)
        model.zero_grad()
        tasks.learner(subject.recipe).loss(outputs, subject.target).backward()
    return found


def agree(found: float, wanted: float, paths: tuple[BackwardPath, ...]) -> bool:
    """To 1e-5 of the gradient, or of the terms where these nearly cancel."""
    terms = sum(float(np.abs(path.products).sum()) for path in paths)
    return abs(found - wanted) <= 1e-5 * max(abs(wanted), terms) + 1e-12


def steep_places(gradient: np.ndarray, count: int) -> list[int]:
    """The steepest place, and some at random."""
    generator = np.random.default_rng(0)
    return [int(np.abs(gradient).argmax()), *generator.integers(gradient.size, size=count).tolist()]


@pytest.mark.parametrize("name", TRAINED)
def test_the_paths_add_up_to_autograds_gradient_at_every_node(name: str) -> None:
    subject = subject_of(name)
    nodes = [address for address, _module in leaves(subject.model)]
    plain, passed = gradients_of(subject, nodes), pass_back(subject, "", "")
    checked = 0
    for place, call in enumerate(passed.calls):
        if call.outputs[0].is_floating_point():
            gradient = arriving(call)
            if call.address in plain and not call.has_ends:
                assert np.allclose(gradient, plain[call.address].double().numpy().ravel(), rtol=1e-4, atol=1e-9)
            for flat in steep_places(gradient, 2):
                paths = paths_of(subject, passed, Followed(place, flat), "")
                assert agree(sum(path.gradient for path in paths), gradient[flat], paths), (call.address, flat, paths)
                checked += bool(paths)
    assert checked >= len(passed.calls)


@pytest.mark.parametrize("name", TRAINED)
def test_the_paths_add_up_to_autograds_gradient_at_parameters(name: str) -> None:
    subject = subject_of(name)
    gradients_of(subject, [])
    learned = [(address, parameter) for address, module in leaves(subject.model)
               for parameter, _values in module.named_parameters()]
    for address, parameter in learned[::-(-len(learned) // 8)]:
        wanted = subject.model.get_submodule(address).get_parameter(parameter).grad
        (view,) = compute_probe(PROBES.get("backward"), subject, {"node": address, "parameter": parameter})
        place = view.index
        assert view.gradient == pytest.approx(wanted[place].item(), rel=1e-3, abs=1e-9)
        assert agree(view.total, view.gradient, view.paths), (address, parameter, view.line)
