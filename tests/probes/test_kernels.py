"""Kernels are a node's weights, each where it lies in its parameter, with its change since the first step."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import data, network, zoo
from explorer.document import chain
from explorer.figures import describe, draw
from explorer.probes import NotApplicable, Subject, compute_probe, run
from explorer.probes.kernels import KERNELS, nodes_with_weights
from explorer.probes.weight_tables import tables_of
from explorer.results import Kernels
from explorer.spec import BadValue


class Kept:
    """The weights of a first and a last step."""

    steps = (0, 10)

    def __init__(self, first: dict[str, Tensor]) -> None:
        self._first = first

    def load(self, step: int) -> dict[str, Tensor]:
        if step != 0:
            raise ValueError(step)
        return self._first


@pytest.fixture(scope="module")
def lenet() -> nn.Module:
    return network.build(zoo.get("lenet_relu"), seed=1)


@pytest.fixture(scope="module")
def batch() -> Tensor:
    return torch.rand(2, 1, 28, 28)


def subject_of(name: str) -> Subject:
    recipe = zoo.recipe(name)
    inputs = next(node for node in recipe.network.nodes if node.block == "input").params
    shape = (1, *inputs["shape"])
    batch = torch.zeros(shape, dtype=torch.int64) if inputs.get("dtype") == "int64" else torch.rand(shape)
    dataset = data.get(recipe.data.name, recipe.data.params)
    return Subject(network.build(recipe.network, seed=1), batch, recipe, dataset.class_names)


def boxed(parameter: Tensor, kernels: Kernels, row: int, column: int) -> np.ndarray:
    """The kernel as an edit of its box would reach it."""
    start = kernels.starts[row] + column * np.array(kernels.step, int)
    box = tuple(slice(int(at), int(at) + size) for at, size in zip(start, kernels.box, strict=True))
    return parameter.detach().numpy()[box].reshape(kernels.size[2:])


def test_a_convolution_has_a_kernel_for_each_pair_of_output_and_input(lenet, batch):
    kernels, weight = run("kernels", lenet, batch, node="conv2"), lenet.conv2.weight.detach().numpy()
    assert kernels.size == (16, 6, 5, 5) and kernels.axes == ("output", "input")
    assert np.array_equal(kernels.values, weight)
    assert np.array_equal(kernels.bias, lenet.conv2.bias.detach().numpy())
    assert kernels.limit == pytest.approx(np.abs(weight).max())
    rows = weight.reshape(16, -1)
    assert np.allclose(kernels.statistics, np.stack([rows.mean(1), rows.std(1), np.linalg.norm(rows, axis=1)], 1),
                       atol=1e-6)
    assert np.allclose(kernels.norms, np.linalg.norm(weight, axis=(2, 3)), atol=1e-6)


def test_a_linear_layer_after_a_flatten_is_laid_out_as_the_maps_that_were_flattened(lenet, batch):
    kernels, weight = run("kernels", lenet, batch, node="linear1"), lenet.linear1.weight.detach().numpy()
    assert kernels.size == (120, 16, 5, 5)
    assert kernels.values[7, 3, 4, 1] == weight[7, 3 * 25 + 4 * 5 + 1]


def test_a_linear_layer_on_an_image_shows_one_template_a_class():
    model = network.build(zoo.get("softmax_regression"))
    kernels = run("kernels", model, torch.zeros(1, 1, 28, 28))
    assert np.array_equal(kernels.values[:, 0], model.linear1.weight.detach().numpy().reshape(10, 28, 28))


def test_a_linear_layer_on_a_flattened_row_or_on_features_is_its_matrix(lenet, batch):
    kernels = run("kernels", lenet, batch, node="linear2")
    assert np.array_equal(kernels.values[:, :, 0, 0], lenet.linear2.weight.detach().numpy())
    model = network.build(chain("Row", ("input", "input", {"shape": [6]}), ("flat", "flatten", {}),
                                ("out", "linear", {"out_features": 3})))
    assert run("kernels", model, torch.zeros(1, 6)).size == (3, 6, 1, 1)
    model = network.build(chain("Rows", ("input", "input", {"shape": [1, 28, 28]}),
                                ("conv", "conv2d", {"out_channels": 2, "kernel_size": 3, "padding": 1}),
                                ("flat", "flatten", {"start_dim": 2}), ("out", "linear", {"out_features": 3})))
    assert run("kernels", model, torch.zeros(1, 1, 28, 28), node="out").size == (3, 784, 1, 1)  # of each channel alone


def test_a_transposed_convolution_has_its_outputs_as_rows_in_groups_too():
    module = nn.ConvTranspose2d(4, 6, 3, groups=2)
    model = nn.Sequential(module)
    kernels = run("kernels", model, torch.zeros(1, 4, 5, 5))
    assert kernels.size == (6, 2, 3, 3) and len(kernels.bias) == 6
    x = torch.zeros(1, 4, 1, 1)
    x[0, 3] = 1  # the second input of the second group
    with torch.no_grad():
        answered = (module(x) - module.bias[:, None, None])[0]
    assert np.allclose(kernels.values[3:, 1], answered[3:].numpy(), atol=1e-6)


@pytest.mark.parametrize("name", ["lenet_batch_norm", "row_lstm", "char_transformer", "vit_digits", "swin_digits",
                                  "spatial_transformer_cnn"])
def test_every_kernel_is_the_box_of_its_parameter_that_an_edit_of_it_names(name):
    subject = subject_of(name)
    parameters, shown = dict(subject.model.named_parameters()), set()
    for node in nodes_with_weights(subject):
        for table in tables_of(subject, node):
            (kernels,) = compute_probe(KERNELS, subject, {"node": node, "table": table.name})
            parameter = parameters[kernels.parameter]
            shown |= {kernels.parameter, kernels.bias_parameter}
            rows, columns = kernels.values.shape[:2]
            for row, column in ((0, 0), (rows - 1, columns - 1), (rows // 2, columns // 3)):
                assert np.array_equal(boxed(parameter, kernels, row, column), kernels.values[row, column])
    assert parameters.keys() <= shown  # nothing is out of reach


def test_rows_are_named_by_gates_characters_and_places_in_the_image():
    def names(subject: Subject, node: str, **options: str) -> Kernels:
        return compute_probe(KERNELS, subject, {"node": node, **options})[0]

    lstm = names(subject_of("row_lstm"), "lstm1")
    assert lstm.row_names[:1] == ("i 0",) and lstm.row_names[128:129] == ("f 0",)
    assert lstm.tables == ("lstm1.weight_ih_l0", "lstm1.weight_hh_l0")
    assert names(subject_of("char_transformer"), "embedding1").row_names[:2] == ("a", "b")
    vit = subject_of("vit_digits")
    places = names(vit, "positions")
    assert places.row_names[:3] == ("class", "(0, 0)", "(0, 1)")
    maps = names(vit, "positions", table="positions.positions as maps")
    assert maps.size == (64, 1, 4, 4)
    assert maps.values[5, 0, 1, 2] == vit.model.positions.positions[1 + 4 + 2, 5]


def test_a_large_layer_comes_in_pages_that_reach_its_last_weight():
    model = nn.Sequential(nn.Linear(1000, 700))
    weight = model[0].weight.detach().numpy()
    page = run("kernels", model, torch.zeros(1, 1000), row=5, column=300)
    assert page.first == (5, 300) and page.values.shape == (256, 256, 1, 1)
    assert np.array_equal(page.values[:, :, 0, 0], weight[5:261, 300:556])
    last = run("kernels", model, torch.zeros(1, 1000), row=10**6, column=10**6)
    assert last.first == (444, 744) and last.values[-1, -1, 0, 0] == weight[-1, -1]
    assert last.norms.shape == (117, 125) and last.every == (6, 8)
    assert np.array_equal(boxed(model[0].weight, last, 3, 7)[0, 0], last.values[3, 7, 0, 0])


def test_rows_are_sorted_by_norm_by_change_and_by_similarity(lenet, batch):
    weight = lenet.conv2.weight.detach().numpy().reshape(16, -1)
    first = {name: value + torch.randn_like(value) for name, value in lenet.state_dict().items()}
    subject = Subject(lenet, batch, frames=Kept(first))
    change = np.linalg.norm(weight - first["conv2.weight"].numpy().reshape(16, -1), axis=1)
    cosine = weight @ weight[4] / np.linalg.norm(weight, axis=1)
    for sort, by in (("norm", np.linalg.norm(weight, axis=1)), ("change", change), ("similarity", cosine)):
        (kernels,) = compute_probe(KERNELS, subject, {"node": "conv2", "sort": sort, "like": 4})
        assert kernels.order.tolist() == np.argsort(-by, kind="stable").tolist()
        assert np.array_equal(kernels.values.reshape(16, -1), weight[kernels.order])
    assert kernels.order[0] == 4


def test_the_change_is_the_difference_from_the_first_step(lenet, batch):
    first = {name: value + 0.25 for name, value in lenet.state_dict().items()}
    (kernels,) = compute_probe(KERNELS, Subject(lenet, batch, frames=Kept(first)), {"node": "conv1", "initial": True})
    assert np.allclose(kernels.values - kernels.initial, -0.25)
    assert np.allclose(kernels.bias - kernels.initial_bias, -0.25)
    assert (kernels.initial_step, kernels.change_limit) == (0, pytest.approx(0.25))
    assert np.allclose(draw(kernels, change=True).data[0].z[:5, :5], -0.25)


def test_where_the_first_step_is_damaged_the_change_is_since_the_next_one_that_can_be_read(lenet, batch):
    class FirstDamaged(Kept):
        steps = (-5, -1, 0, 10)

    first = {name: value + 0.25 for name, value in lenet.state_dict().items()}
    subject = Subject(lenet, batch, frames=FirstDamaged(first))
    (kernels,) = compute_probe(KERNELS, subject, {"node": "conv1", "initial": True, "sort": "change"})
    assert kernels.initial_step == 0 and np.allclose(kernels.values - kernels.initial, -0.25)


def test_what_cannot_be_compared_or_has_no_weights_is_explained(lenet, batch):
    with pytest.raises(NotApplicable, match="no earlier step"):
        run("kernels", lenet, batch, node="conv1", initial=True)

    class Damaged(Kept):
        steps = (5,)

    with pytest.raises(NotApplicable, match="no step can be read"):
        compute_probe(KERNELS, Subject(lenet, batch, frames=Damaged({})), {"initial": True})
    with pytest.raises(NotApplicable, match="This network has no weights"):
        run("kernels", nn.Sequential(nn.ReLU()), batch)
    with pytest.raises(BadValue, match="First row"):
        run("kernels", lenet, batch, row=-1)


def test_weights_that_are_no_numbers_are_noted_and_come_last():
    model = nn.Sequential(nn.Linear(3, 4))
    with torch.no_grad():
        model[0].weight[1, 2], model[0].weight[2, 0] = float("nan"), float("inf")
    kernels = run("kernels", model, torch.zeros(1, 3), sort="norm")
    assert str(kernels.note) == "2 of these weights are not finite numbers."
    assert np.isfinite(kernels.limit) and kernels.order[-1] == 1
    draw(kernels).to_json()


def test_frozen_weights_are_marked():
    recipe = zoo.recipe("lenet_relu").with_(lr_factors={"conv1": 0.0})
    subject = Subject(network.build(recipe.network), torch.rand(1, 1, 28, 28), recipe)
    frozen = [compute_probe(KERNELS, subject, {"node": node})[0].is_frozen for node in ("conv1", "conv2")]
    assert frozen == [True, False]


def test_a_table_is_drawn_with_a_gap_between_kernels_and_described(lenet, batch):
    kernels = run("kernels", lenet, batch, node="conv2")
    z = draw(kernels).data[0].z
    assert z.shape == (16 * 6 - 1, 6 * 6 - 1) and np.isnan(z[5]).all()
    assert np.array_equal(z[6:11, 12:17], kernels.values[1, 2])
    assert str(describe(kernels)).startswith("conv2.weight: 16 × 6 kernels of 5×5, the largest weight of magnitude 0.0")
