"""DeepLift and LRP against rules written out by hand, and what they refuse."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer import network, probes, zoo
from explorer.attribution import METHODS, CannotAttribute
from explorer.intervention import Intervention, intervened

from .conftest import attributed


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3))


def mlp(bias: bool = True) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 7, bias), nn.ReLU(), nn.Linear(7, 6, bias), nn.Tanh() if bias else nn.ReLU(),
                         nn.Linear(6, 3, bias))


def multipliers_by_hand(model: nn.Sequential, x: Tensor, baseline: Tensor, target: int) -> Tensor:
    """The rescale rule: through a line its weights, through an activation the quotient of differences."""
    pairs, values = [], (x, baseline)
    for module in model:
        after = tuple(module(value) for value in values)
        pairs.append((module, values, after))
        values = after
    found = torch.eye(3, dtype=x.dtype)[target]
    for module, before, after in reversed(pairs):
        found = found @ module.weight if isinstance(module, nn.Linear) \
            else found * (after[0] - after[1]) / (before[0] - before[1])
    return found


def relevance_by_hand(model: nn.Sequential, x: Tensor, target: int, epsilon: float, gamma: float = 0.0,
                      spreads: bool = False) -> Tensor:
    """Equation 58 of Bach et al. 2015 for each line, from the last to the first; past ReLUs as it is."""
    inputs = []
    for module in model:
        inputs.append(x)
        x = module(x)
    found = x * torch.eye(3, dtype=x.dtype)[target]
    for module, given in reversed(list(zip(model, inputs, strict=True))):
        if isinstance(module, nn.Linear):
            weight = module.weight + gamma * module.weight.clamp(min=0)
            parts = weight * given  # (output, input)
            bias = module.bias + gamma * module.bias.clamp(min=0) if module.bias is not None and not spreads else 0
            total = parts.sum(1) + bias
            found = (parts / (total + epsilon * torch.where(total < 0, -1.0, 1.0))[:, None] * found[:, None]).sum(0)
    return found


def test_deep_lift_is_the_rescale_rule_in_closed_form() -> None:
    model, inputs, baseline = mlp().double(), drawn(2, 5).double(), drawn(5).double() / 3
    found = attributed("deep_lift", model, inputs, torch.tensor([0, 2]), baseline=baseline)
    with torch.no_grad():
        expected = torch.stack([multipliers_by_hand(model, one, baseline, target) * (one - baseline)
                                for one, target in zip(inputs, (0, 2), strict=True)])
    assert torch.allclose(found.values, expected, atol=1e-9)
    assert found.error < 1e-9


@pytest.mark.parametrize("epsilon", [1e-9, 0.1])
@pytest.mark.parametrize("spreads", [False, True])
@pytest.mark.parametrize("gamma", [0.0, 0.5])
def test_lrp_is_its_rule_written_out(epsilon: float, spreads: bool, gamma: float) -> None:
    model, inputs = mlp().double(), drawn(2, 5).double()
    found = attributed("lrp", model, inputs, torch.tensor([0, 2]), rule="gamma" if gamma else "epsilon", gamma=gamma,
                       epsilon=epsilon, spreads=spreads).values
    with torch.no_grad():
        expected = torch.stack([relevance_by_hand(model, one, target, epsilon, gamma, spreads)
                                for one, target in zip(inputs, (0, 2), strict=True)])
    assert torch.allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("rule", ["epsilon", "gamma", "alpha1_beta0"])
def test_lrp_conserves_the_number_without_biases(rule: str) -> None:
    found = attributed("lrp", mlp(bias=False).double(), drawn(8, 5).double().abs(), rule=rule, spreads=False)
    assert found.error < (1e-6 if rule == "epsilon" else 1e-3)


def test_lrp_with_epsilon_is_input_times_gradient_where_there_is_no_bias() -> None:
    model, inputs = mlp(bias=False).double(), drawn(4, 5).double()
    targets = torch.tensor([0, 1, 2, 0])
    lrp = attributed("lrp", model, inputs, targets, rule="epsilon", spreads=False).values
    assert torch.allclose(lrp, attributed("input_x_gradient", model, inputs, targets).values, atol=1e-6)


def test_the_share_that_biases_hold_is_named_as_the_reason_for_an_error() -> None:
    found = attributed("lrp", mlp(), drawn(8, 5), rule="epsilon", spreads=False)
    assert found.error > 0.1
    assert "biases" in str(found.reason)
    assert attributed("lrp", mlp(), drawn(8, 5)).error < 0.01


def test_lrp_conserves_the_number_through_convolutions_batch_norm_pools_and_reshapings() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Identity(), nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(),
                          nn.MaxPool2d(2), nn.Conv2d(4, 4, 2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
                          nn.Unflatten(1, (4, 4)), nn.Flatten(), nn.Linear(16, 3))
    model[2].running_mean.fill_(0.2)
    assert attributed("lrp", model, drawn(4, 1, 10, 10).abs()).error < 1e-3


class Merging(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.line(x)


class Attending(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention, self.line = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(self.attention(x, x, x)[0].mean(1))


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.line = nn.LSTM(4, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.line(self.lstm(x)[0][:, -1])


@pytest.mark.parametrize(("method", "model", "shape", "why"), [
    ("lrp", Merging, (5,), "branches are added"), ("lrp", Attending, (6, 4), "Attention multiplies"),
    ("lrp", Recurrent, (6, 4), "recurrent layer"), ("lrp", lambda: nn.LayerNorm(5), (5,), "no rule for layer norm"),
    ("deep_lift", Attending, (6, 4), "Attention multiplies"), ("deep_lift", Recurrent, (6, 4), "recurrent layer"),
])
def test_what_a_rule_does_not_fit_is_refused_of_any_module_with_what_to_take_instead(
        method: str, model: type[nn.Module], shape: tuple[int, ...], why: str) -> None:
    with pytest.raises(CannotAttribute, match=why) as refused:
        attributed(method, model(), drawn(2, *shape), torch.tensor([0, 1]))
    assert "instead" in str(refused.value)


@pytest.mark.parametrize(("method", "name", "why"), [
    ("lrp", "resnet20", "branches are added"), ("lrp", "vit_digits", "Attention"), ("lrp", "row_lstm", "recurrent"),
    ("deep_lift", "vit_digits", "Attention"), ("deep_lift", "swin_digits", "Attention"),
    ("deep_lift", "char_rnn", "recurrent"), ("guided_backprop", "lenet", "no|none"), ("grad_cam", "mlp", "No layer"),
    ("guided_grad_cam", "mlp", "No layer"), ("layer_cam", "row_lstm", "No layer"),
])
def test_a_recipe_is_refused_before_there_is_a_model(method: str, name: str, why: str) -> None:
    recipe = zoo.ZOO.get(name).original_recipe
    refusal = METHODS.get(method).refuses(recipe, network.analyze(recipe.network))
    assert refusal is not None
    assert why.split("|")[0] in str(refusal)
    assert "instead" in str(refusal)


def test_lrp_shares_out_differences_of_outputs_but_not_a_loss() -> None:
    from explorer.attribution import attribute

    model, inputs, one = mlp(bias=False).double(), drawn(3, 5).double(), torch.zeros(3, dtype=torch.int64)
    found = attribute(METHODS.get("lrp"), model, inputs, lambda outputs: outputs[:, :1] - outputs[:, 1:2], one)
    assert found.error < 0.01
    with pytest.raises(CannotAttribute, match="which the loss is not"):
        attribute(METHODS.get("lrp"), model, inputs, lambda outputs: outputs.logsumexp(1, keepdim=True), one)


def test_a_step_without_a_gradient_is_marked_with_its_reason() -> None:
    model = network.build(zoo.get("perceptron"), seed=0)
    found = attributed("deep_lift", model, drawn(8, 2) * 5, torch.zeros(8, dtype=torch.int64))
    assert found.error > 0.1
    assert "gradient" in str(found.reason)


@pytest.mark.parametrize("name", ["lenet", "mlp", "resnet20", "row_lstm", "vit_digits", "spatial_transformer_cnn"])
@pytest.mark.parametrize("method", ["deep_lift", "lrp", "guided_backprop", "grad_cam", "layer_cam", "guided_grad_cam"])
def test_what_a_recipe_is_refused_for_is_refused_of_its_model_and_nothing_else(method: str, name: str) -> None:
    recipe = zoo.ZOO.get(name).original_recipe
    analysis = network.analyze(recipe.network)
    inputs = torch.rand(1, *next(iter(analysis.signals.values())).shape)
    model = network.build(recipe.network, seed=0)
    if METHODS.get(method).refuses(recipe, analysis):
        with pytest.raises(CannotAttribute):
            attributed(method, model, inputs)
    else:
        assert attributed(method, model, inputs).values.isfinite().all()


def test_relevance_of_one_number_a_sample_is_shared_out_too() -> None:
    model = nn.Sequential(nn.Linear(4, 1, bias=False), nn.Flatten(0))
    values = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))
    found = probes.run("lrp", model, values).values
    torch.testing.assert_close(torch.from_numpy(found).sum(1), model(values).detach(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("action", "value", "kept"), [("zero", 0.0, 0.0), ("force", 0.7, 0.0), ("scale", -2.0, -2.0)])
def test_lrp_passes_nothing_through_what_is_silenced_or_forced_and_all_through_what_is_scaled(
        action: str, value: float, kept: float) -> None:
    model, inputs = mlp(bias=False).double(), drawn(4, 5).double()
    with intervened(model, [Intervention("1", (2,), action, value)]):
        targets = model(inputs).argmax(1)
        found = attributed("lrp", model, inputs, targets, rule="epsilon", spreads=False)
    by_hand = mlp(bias=False).double()
    with torch.no_grad():
        by_hand[2].weight[:, 2] *= kept
        if action == "force":
            by_hand[2].bias = nn.Parameter(value * model[2].weight[:, 2])
    expected = torch.stack([relevance_by_hand(by_hand, one, int(target), 1e-9)
                            for one, target in zip(inputs, targets, strict=True)])
    assert torch.allclose(found.values, expected, rtol=1e-6, atol=1e-9)


def test_the_share_that_a_forced_value_keeps_is_named_as_the_reason_for_an_error() -> None:
    model = mlp(bias=False)
    with intervened(model, [Intervention("1", (2,), "force", 9.0)]):
        found = attributed("lrp", model, drawn(8, 5))
    assert found.error > 0.1
    assert "forced keeps its share" in str(found.reason)
