"""Guided backprop against a pass back written out, Grad-CAM and LayerCAM against their equations."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from explorer import network, probes, zoo
from explorer.attribution import CannotAttribute, chunks, layer_maps
from explorer.hooks import UnknownNode
from explorer.probes import NotApplicable

from .conftest import attributed


def drawn(*shape: int) -> Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(3))


def small_network(activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 3, 3), activation(), nn.Conv2d(3, 4, 3), activation(), nn.Flatten(),
                         nn.Linear(64, 5), activation(), nn.Linear(5, 3))


class Functional(nn.Module):
    """The same network, its ReLUs functions or used twice."""

    def __init__(self, model: nn.Sequential) -> None:
        super().__init__()
        self.conv1, self.conv2, self.line1, self.line2 = model[0], model[2], model[5], model[7]
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.conv2(self.relu(self.conv1(x))))
        return self.line2(torch.relu(self.line1(x.flatten(1))))


def guided_by_hand(model: nn.Sequential, inputs: Tensor, targets: Tensor) -> Tensor:
    """The pass back through each layer, clamped at ReLUs where the value was, or the gradient is, negative."""
    grad = F.one_hot(targets, 3).to(inputs)
    values = inputs.detach()
    befores = []
    for module in model:
        befores.append(values)
        values = module(values)
    for module, before in reversed(list(zip(model, befores, strict=True))):
        if isinstance(module, nn.ReLU):
            grad = grad.clamp(min=0) * (before > 0)
        else:
            leaf = before.detach().requires_grad_()
            grad = torch.autograd.grad(module(leaf), leaf, grad)[0]
    return grad


def map_and_slopes(model: nn.Sequential, inputs: Tensor, targets: Tensor, layer: int) -> tuple[Tensor, Tensor]:
    values = model[:layer + 1](inputs).detach().requires_grad_()
    number = model[layer + 1:](values).gather(1, targets[:, None]).sum()
    return values.detach(), torch.autograd.grad(number, values)[0]


TARGETS = torch.tensor([0, 2])


@pytest.mark.parametrize("wrap", [lambda model: model, Functional], ids=["modules", "functions"])
def test_guided_backprop_is_the_pass_back_with_negative_gradients_held_back(wrap: type[nn.Module]) -> None:
    model, inputs = small_network(), drawn(2, 1, 8, 8)
    found = attributed("guided_backprop", wrap(model), inputs, TARGETS).values
    assert torch.allclose(found, guided_by_hand(model, inputs.clone(), TARGETS), atol=1e-6)
    assert not torch.allclose(found, attributed("saliency", model, inputs, TARGETS).values, atol=1e-3)


@pytest.mark.parametrize("layer", [0, 2, 3])
def test_grad_cam_weighs_channels_by_their_mean_gradient(layer: int) -> None:
    model, inputs = small_network(), drawn(2, 1, 8, 8)
    values, slopes = map_and_slopes(model, inputs, TARGETS, layer)
    expected = torch.einsum("nc,nchw->nhw", slopes.mean((2, 3)), values)[:, None]
    assert torch.allclose(attributed("grad_cam", model, inputs, TARGETS, layer=str(layer), positive=False).values,
                          expected, atol=1e-6)
    assert torch.allclose(attributed("grad_cam", model, inputs, TARGETS, layer=str(layer)).values, expected.relu(),
                          atol=1e-6)


def test_layer_cam_weighs_each_place_by_its_own_positive_gradient() -> None:
    model, inputs = small_network(), drawn(2, 1, 8, 8)
    values, slopes = map_and_slopes(model, inputs, TARGETS, 2)
    expected = (slopes.relu() * values).sum(1, keepdim=True)
    assert torch.allclose(attributed("layer_cam", model, inputs, TARGETS, positive=False).values, expected, atol=1e-6)
    assert torch.allclose(attributed("layer_cam", model, inputs, TARGETS).values, expected.relu(), atol=1e-6)


@pytest.mark.parametrize("interpolation", ["nearest", "bilinear"])
def test_guided_grad_cam_is_the_product_of_the_two(interpolation: str) -> None:
    model, inputs = small_network(), drawn(2, 1, 8, 8)
    cam = attributed("grad_cam", model, inputs, TARGETS, size=interpolation).values
    assert cam.shape == inputs.shape
    found = attributed("guided_grad_cam", model, inputs, TARGETS, interpolation=interpolation).values
    assert torch.allclose(found, cam * guided_by_hand(model, inputs.clone(), TARGETS), atol=1e-6)


def test_the_default_layer_is_the_last_convolution_and_a_transformers_last_norm_that_reads_its_patches() -> None:
    inputs = drawn(2, 1, 28, 28)
    places = {name: probes.run("grad_cam", network.build(zoo.get(name), seed=1), inputs)
              for name in ("lenet_relu", "vit_digits", "swin_digits")}
    assert [(each.node, each.values.shape[1:]) for each in places.values()] == [
        ("conv2", (1, 10, 10)), ("block4.norm1", (1, 4, 4)), ("stage2_pair1.block2.conv2", (1, 7, 7))]


def test_tokens_lie_on_the_patches_that_they_are_of() -> None:
    class Patches(nn.Module):
        """Four patches and a class token; it and the last patch count."""

        def __init__(self) -> None:
            super().__init__()
            self.embed, self.tokens = nn.Conv2d(1, 3, 4, 4, bias=False), nn.Identity()
            nn.init.ones_(self.embed.weight)

        def forward(self, x: Tensor) -> Tensor:
            rows = self.embed(x).flatten(2).transpose(1, 2)
            rows = self.tokens(torch.cat([torch.zeros_like(rows[:, :1]), rows], 1))
            return rows[:, [0, 4]].sum((1, 2))[:, None]
    inputs = torch.zeros(1, 1, 8, 8)
    inputs[0, 0, 5, 6] = 1.0
    found = attributed("grad_cam", Patches(), inputs, torch.tensor([0]), layer="tokens").values
    assert found.shape == (1, 1, 2, 2)
    assert found[0, 0].nonzero().tolist() == [[1, 1]]


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam"])
@pytest.mark.parametrize("layer", ["block4", "block4.add2", "block4.norm2", "norm"])
def test_a_layer_of_which_the_answer_reads_the_class_token_alone_is_refused_with_one_to_choose(
        method: str, layer: str) -> None:
    model, inputs = network.build(zoo.get("vit_digits"), seed=1), drawn(2, 1, 28, 28)
    with pytest.raises(CannotAttribute, match=f"Of the output of {layer}, .* Choose block4.norm1."):
        attributed(method, model, inputs, layer=layer)
    assert attributed(method, model, inputs, layer="block4.norm1").values.shape == (2, 1, 4, 4)


@pytest.mark.parametrize("method", ["grad_cam", "layer_cam", "layer_conductance"])
@pytest.mark.parametrize(("name", "layer"), [
    ("vit_digits", "block4.attention.mix"), ("vit_digits", "block4.attention.value_heads"),
    ("swin_digits", "stage1_pair1.block2.windows"), ("swin_digits", "stage1_pair1.block2.attention"),
    ("swin_digits", "stage1_pair1.block2.attention.weights")])
def test_a_layer_apart_by_heads_or_windows_is_refused(method: str, name: str, layer: str) -> None:
    with pytest.raises(CannotAttribute, match="in front of the attention"):
        attributed(method, network.build(zoo.get(name), seed=1), drawn(1, 1, 28, 28), layer=layer)


def test_a_layer_whose_windows_are_merged_again_has_a_map() -> None:
    model = network.build(zoo.get("swin_digits"), seed=1)
    for layer, size in (("stage1_pair1.block2.map", 14), ("stage1_pair1", 14), ("merge1", 7)):
        assert attributed("grad_cam", model, drawn(1, 1, 28, 28), layer=layer).values.shape == (1, 1, size, size)


def test_texts_and_rows_have_one_value_a_token() -> None:
    torch.manual_seed(0)
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.Sequential(nn.Embedding(9, 8), encoder, nn.Flatten(), nn.Linear(40, 4))
    found = probes.run("grad_cam", model, torch.randint(9, (2, 5)))
    assert (found.kind, found.values.shape) == ("tokens", (2, 5))
    row = nn.Sequential(nn.Conv1d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 2))
    assert attributed("grad_cam", row, drawn(2, 2, 10), layer="0").values.shape == (2, 1, 1, 8)


def test_networks_without_relu_or_without_places_are_refused_and_unknown_layers_named() -> None:
    inputs = drawn(2, 1, 8, 8)
    for prepared in (True, False):
        with pytest.raises(CannotAttribute, match="has none"):
            attributed("guided_backprop", small_network(nn.Tanh), inputs, TARGETS, prepared=prepared)
    flat = nn.Sequential(nn.Flatten(), nn.Linear(64, 4), nn.ReLU(), nn.Linear(4, 3))
    for name in ("grad_cam", "layer_cam", "guided_grad_cam"):
        with pytest.raises(CannotAttribute, match="No layer"):
            attributed(name, flat, inputs, TARGETS)
    with pytest.raises(CannotAttribute, match="No layer"):
        attributed("grad_cam", flat, inputs, TARGETS, layer="1")
    with pytest.raises(UnknownNode):
        attributed("grad_cam", flat, inputs, TARGETS, layer="conv9")


def test_guided_grad_cam_of_a_row_is_refused_with_a_sentence() -> None:
    model = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 3))
    with pytest.raises(NotApplicable, match="input is none"):
        probes.run("guided_grad_cam", model, torch.rand(2, 2, 8))


def test_guided_grad_cam_takes_no_more_rows_at_once_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 3))
    images, rows = torch.rand(16, 1, 8, 8), []
    whole = probes.run("guided_grad_cam", model, images).values
    monkeypatch.setattr(chunks, "BUDGET_BYTES", 4_000)
    kept = layer_maps.layer_places
    monkeypatch.setattr(layer_maps, "layer_places",
                        lambda explained, inputs, *rest: rows.append(len(inputs)) or kept(explained, inputs, *rest))
    assert np.allclose(probes.run("guided_grad_cam", model, images).values, whole, atol=1e-6)
    assert max(rows) < 16
