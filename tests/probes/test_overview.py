"""The overview: thumbnails equal the model's own outputs, numbers over the nodes equal independent computations."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import data, network, zoo
from explorer.probes import NotApplicable, Subject, compute_probe, run
from explorer.probes.overview import OVERVIEW
from explorer.probes.thumbnail_maps import shown_kernels, thin
from explorer.results import NetworkMaps
from explorer.results.network_maps import thinning_of
from explorer.results.packing import pack, unpack

SMALL = 400_000_000  # multiply-adds
NETWORKS = [entry.name for entry in zoo.ZOO if zoo.costs(entry.name).multiply_adds < SMALL]
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")


@dataclass(frozen=True)
class Kept:
    """Weights by step, as a run keeps them; None for those of a damaged checkpoint."""

    frames: dict[int, dict[str, torch.Tensor] | None]

    @property
    def steps(self) -> list[int]:
        return sorted(self.frames)

    def load(self, step: int) -> dict[str, torch.Tensor]:
        if self.frames[step] is None:
            raise ValueError("damaged")
        return self.frames[step]


def subject_of(name: str, **more: object) -> Subject:
    recipe = zoo.ZOO.get(name).original_recipe
    model = network.build(recipe.network, seed=1)
    node = next(node for node in recipe.network.nodes if node.block == "input")
    shape, generator = (1, *node.params["shape"]), torch.Generator().manual_seed(0)
    is_text = node.params.get("dtype") == "int64"
    batch = torch.randint(0, 7, shape, generator=generator) if is_text else torch.rand(shape, generator=generator)
    return Subject(model, batch, recipe, data.get(recipe.data.name, recipe.data.params).class_names, **more)


def overview(subject: Subject, **options: str) -> NetworkMaps:
    (result,) = compute_probe(OVERVIEW, subject, options)
    return result


@pytest.mark.parametrize("name", NETWORKS)
def test_every_node_of_every_level_shows_every_so_many_of_the_values_that_the_model_gives(name):
    subject = subject_of(name)
    for inside in ("", *blocks_of(subject.model)):
        walked = replace(subject, inside=inside)
        activations = walked.activations()
        result = overview(walked)
        assert [node.address for node in result.nodes] == list(activations)
        for node in result.nodes:
            output = activations[node.address][0].numpy()
            maps = output.reshape(-1, *output.shape[-2:]) if output.ndim > 1 else output.reshape(-1, 1, 1)
            wanted = maps[:len(node.values), ::node.step[0], ::node.step[1]]
            assert np.array_equal(node.values, wanted.astype(np.float32))
            assert node.shape == output.shape and node.total == len(maps)
            assert node.limit == pytest.approx(np.abs(output[np.isfinite(output)]).max() or 1)  # masks are infinite
            assert np.allclose(node.ranges[:, 1], maps[:len(node.values)].max((1, 2)))
            assert node.signed or output.min() >= 0


def blocks_of(model: nn.Module) -> list[str]:
    return [name for name, module in model.named_modules() if name and isinstance(module, network.BuiltNetwork)]


@pytest.mark.parametrize("name", ["lenet", "vit_digits", "char_rnn", "playground"])
def test_an_overview_survives_packing(name):
    found = overview(subject_of(name))
    arrays, document = pack(found)
    again = unpack(arrays, document)
    assert [node.address for node in again.nodes] == [node.address for node in found.nodes]
    assert all(np.array_equal(one.values, other.values) for one, other in zip(found.nodes, again.nodes, strict=True))


def test_maps_of_two_inputs_are_the_firsts_minus_the_seconds():
    first, second = subject_of("lenet"), subject_of("lenet")
    other = torch.rand(first.batch.shape)
    found = overview(replace(first, against=other))
    one, two = overview(first), overview(replace(second, batch=other))
    for node in found.nodes:
        assert np.allclose(node.values, one[node.address].values - two[node.address].values, atol=1e-6)
        assert node.signed
        assert node.names == one[node.address].names


def test_units_of_the_output_have_the_classes_names_and_tokens_their_characters():
    assert overview(subject_of("lenet")).nodes[-1].names == tuple("0123456789")
    found = overview(text := subject_of("char_rnn"))
    characters = [text.class_names[token] for token in text.batch[0].tolist()]
    assert [name.replace("␣", " ").replace("⏎", "\n") for name in found["rnn1"].names] == characters
    assert overview(subject_of("playground"))["input"].names == ("x1", "x2")


def test_values_that_are_not_finite_do_not_stretch_the_scale():
    node = thin("a", torch.tensor([[1.0, math.inf], [math.nan, -3.0]]))
    assert (node.limit, node.signed) == (3.0, True)
    assert thin("a", torch.full((2, 2), math.nan)).limit == 1.0


@pytest.mark.parametrize("shape", [(), (5,), (3000,), (7, 500), (500, 7), (64, 100, 50), (4, 3, 9, 80), (1, 1, 1)])
def test_thinning_is_known_from_the_shape_alone(shape):
    node, known = thin("a", torch.zeros(shape)), thinning_of(shape)
    assert node.values.shape == (known.count, known.rows, known.columns)
    assert (node.total, node.step, node.form) == (known.total, known.step, known.form)


def test_a_vector_shows_all_of_its_units_up_to_a_thousand_and_counts_the_others():
    assert len(thin("flatten", torch.arange(784.0)).values) == 784
    large = thin("flatten", torch.arange(9216.0))
    assert (len(large.values), large.total) == (1024, 9216)


def test_kernels_are_the_weights_between_the_shown_maps():
    conv = nn.Conv2d(40, 50, 3)
    shown = shown_kernels(conv)
    assert np.array_equal(shown, conv.weight[:32, :shown.shape[1]].detach().numpy())
    line = nn.Linear(4, 3)
    assert np.array_equal(shown_kernels(line)[:, :, 0, 0], line.weight.detach().numpy())
    assert shown_kernels(nn.Linear(4000, 4000)).size == 0
    assert shown_kernels(nn.ReLU()).size == 0


def test_a_network_of_ones_own_has_an_overview_too():
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(64, 2))
    found = run("overview", model, torch.rand(2, 1, 6, 6), quantity="gradient")
    assert [node.address for node in found.nodes] == ["0", "1", "2", "3"]
    assert found.numbers("gradient")[-1] > 0


def test_a_network_whose_nodes_give_nothing_has_none():
    with pytest.raises(NotApplicable):
        run("overview", nn.Identity(), torch.zeros(1, 2))


# ---- numbers over the nodes


def test_the_output_norm_is_the_square_root_of_the_sum_of_squares():
    subject = subject_of("lenet_relu")
    found = overview(subject)
    wanted = [np.sqrt((output.numpy().astype(np.float64) ** 2).sum()) for output in subject.activations().values()]
    assert np.allclose(found.numbers("norm"), wanted, rtol=1e-5)


def test_the_dead_share_counts_maps_of_one_value_and_a_rectifiers_zeros():
    model = nn.Sequential(nn.Conv2d(1, 4, 1), nn.ReLU(), nn.Flatten(), nn.Linear(36, 8), nn.ReLU())
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([1.0, -1.0, 0.0, 2.0]).reshape(4, 1, 1, 1))
        model[0].bias.copy_(torch.tensor([0.0, 0.0, 3.0, 0.0]))
        model[3].weight.zero_()
        model[3].bias.copy_(torch.tensor([1.0, -1, -1, 1, 1, -1, 1, 1]))
    found = run("overview", model, torch.rand(1, 1, 3, 3) + 0.1)
    dead = found.numbers("dead_units")
    assert dead[[0, 1, 4]].tolist() == [0.25, 0.5, 0.375]  # a constant map; that and one below zero; three of eight
    assert np.isnan(dead[[2, 3]]).all()


@pytest.mark.parametrize("name", ["lenet", "tiny_vgg", "char_rnn", "vit_digits"])
def test_the_gradient_norm_is_that_of_autograd_by_hand(name):
    subject = subject_of(name)
    found = overview(subject, quantity="gradient")
    outputs: dict[str, torch.Tensor] = {}
    model = subject.model.eval()

    def keep(address):
        def hook(_module, _inputs, output):
            outputs[address] = output[0] if isinstance(output, tuple) else output
        return hook

    for address in subject.children():
        model.get_submodule(address).register_forward_hook(keep(address))
    logits = model(subject.batch)[:1]
    logits = logits[:, -1] if logits.dim() == 3 else logits  # of a text without targets, what comes next
    loss = nn.functional.cross_entropy(logits, logits.argmax(-1))
    for node, number in zip(found.nodes, found.numbers("gradient"), strict=True):
        output = outputs[node.address]
        gradient = torch.autograd.grad(loss, output, retain_graph=True, allow_unused=True)[0] if output.requires_grad \
            else None
        if node.address != "input":
            assert number == pytest.approx(0 if gradient is None else gradient.norm().item(), rel=1e-4)


def test_the_gradient_is_of_the_loss_of_the_samples_own_target():
    subject = subject_of("lenet")
    predicted = int(subject.outputs.argmax())
    same, other = (overview(replace(subject, target=torch.tensor([label])), quantity="gradient").numbers("gradient")
                   for label in (predicted, (predicted + 1) % 10))
    assert np.allclose(same, overview(subject, quantity="gradient").numbers("gradient"))
    assert not np.allclose(same, other)


def test_the_gradient_of_a_regression_needs_its_target():
    subject = subject_of("linear_regression")
    with pytest.raises(NotApplicable):
        overview(subject, quantity="gradient")
    known = overview(replace(subject, target=torch.tensor([[3.0]])), quantity="gradient")
    assert known.numbers("gradient")[-1] == pytest.approx(2 * abs(subject.outputs.item() - 3.0), rel=1e-4)


def test_the_change_is_that_of_the_weights_since_the_checkpoint_before():
    now, before = (subject_of("lenet").model.state_dict(), network.build(zoo.get("lenet"), seed=5).state_dict())
    subject = replace(subject_of("lenet"), step=20, frames=Kept({0: now, 10: before, 20: now, 30: before}))
    found = overview(subject, quantity="change")
    conv = found.numbers("change")[1]
    difference = sum((now[name] - before[name]).double().square().sum() for name in ("conv1.weight", "conv1.bias"))
    size = sum(before[name].double().square().sum() for name in ("conv1.weight", "conv1.bias"))
    assert conv == pytest.approx(math.sqrt(difference / size))
    assert math.isnan(found.numbers("change")[0])
    first = overview(replace(subject, step=0), quantity="change")
    assert first.numbers("change")[1] == 0
    with pytest.raises(NotApplicable):
        overview(subject_of("lenet"), quantity="change")


def test_a_checkpoint_that_cannot_be_read_is_passed_over_and_the_overview_comes_without_any():
    now, before = (subject_of("lenet").model.state_dict(), network.build(zoo.get("lenet"), seed=5).state_dict())
    subject = replace(subject_of("lenet"), step=30)
    whole, damaged, gone = ({0: before, 10: now}, {0: before, 10: now, 20: None}, {10: None, 20: None})
    found, over, none = (overview(replace(subject, frames=Kept(frames)), quantity="change").numbers("change")
                         for frames in (whole, damaged, gone))
    assert np.array_equal(found, over, equal_nan=True) and found[1] == 0
    assert np.isnan(none).all()


def test_costs_are_those_of_the_analysis_inside_blocks_too():
    subject = subject_of("swin_digits")
    analysis = network.analyze(subject.recipe.network)
    top = overview(subject)
    assert [analysis.multiply_adds[node.address] for node in top.nodes] == top.numbers("multiply_adds").tolist()
    block = next(iter(analysis.inside))
    inner = overview(replace(subject, inside=block))
    assert inner.numbers("multiply_adds").sum() == analysis.multiply_adds[block]
    assert inner.numbers("parameters").sum() == analysis.parameters[block]


def test_every_node_takes_some_time_and_costly_numbers_come_only_where_asked_for():
    found = overview(subject_of("lenet"), quantity="time")
    assert (found.numbers("time") > 0).all()
    assert found.numbers("gradient") is None and found.numbers("change") is None


@pytest.mark.parametrize("quantity", ["none", "gradient", "time"])
def test_the_overview_leaves_the_model_as_it_was(quantity):
    subject = subject_of("lenet_batch_norm")
    subject.model.train()
    before = {name: value.clone() for name, value in subject.model.state_dict().items()}
    overview(subject, quantity=quantity)
    assert all(module.training for module in subject.model.modules())
    assert not any(getattr(module, kind) for module in subject.model.modules() for kind in HOOKS)
    assert all(parameter.grad is None for parameter in subject.model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in subject.model.state_dict().items())


