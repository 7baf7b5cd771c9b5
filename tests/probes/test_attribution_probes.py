"""Attribution as probes: of models from a notebook, of images, tables, texts and sequences; and where it is refused."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer import network, probes, zoo
from explorer.attribution import METHODS, chunks
from explorer.probes import PROBES, Canceled, NotApplicable, Subject, UnknownNode, compute_probe
from explorer.probes.completeness import ERROR_SAMPLES
from explorer.results import Attribution
from explorer.results.attribution_results import FEATURES, IMAGE, TOKENS
from explorer.spec import BadValue

GRADIENTS = ["saliency", "input_x_gradient", "integrated_gradients", "smooth_grad", "gradient_shap"]


def picture_network(norm: bool = False) -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3) if norm else nn.Identity(), nn.ReLU(), nn.Flatten(),
                         nn.Linear(3 * 6 * 6, 4))


class Samples:
    """A test part of these samples."""

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        self._inputs, self._targets = inputs, targets

    def __len__(self) -> int:
        return len(self._inputs)

    def inputs(self, places: Any) -> Tensor:
        return self._inputs[places]

    def targets(self, places: Any) -> Tensor:
        return self._targets[places]

    def target_name(self, place: int) -> str:
        return str(place)


def test_a_notebooks_model_is_attributed_by_the_methods_name() -> None:
    model, batch = picture_network(), torch.rand(5, 1, 8, 8)
    found = probes.run("integrated_gradients", model, batch, target=3)
    assert found.kind == IMAGE
    assert found.values.shape == (5, 1, 8, 8)
    assert found.values.dtype == np.float32
    assert str(found.what) == "the logit of 3"
    with torch.no_grad():
        expected = model(batch)[:, 3] - model(torch.zeros(1, 1, 8, 8))[:, 3]
    assert np.allclose(found.differences, expected, atol=1e-5)
    assert np.allclose(found.sums, expected, atol=1e-2)
    assert found.samples == 5
    assert not found.is_wrong


@pytest.mark.parametrize("method", ["saliency", "integrated_gradients", "layer_conductance"])
def test_a_batch_of_one_passes_batch_norm_and_the_model_stays_as_it_was(method: str) -> None:
    model = picture_network(norm=True).train().requires_grad_(False)
    model[4].weight.grad = torch.ones_like(model[4].weight)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = probes.run(method, model, torch.rand(1, 1, 8, 8))
    assert np.isfinite(found.values).all()
    assert found.values.any()
    assert all(module.training for module in model.modules())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert model[4].weight.grad.sum() == model[4].weight.numel()
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("method", GRADIENTS)
def test_half_precision_is_attributed_in_float32(method: str, precision: torch.dtype) -> None:
    model, batch = picture_network(), torch.rand(3, 1, 8, 8).to(precision)
    half = picture_network().to(precision)
    model.load_state_dict({name: value.float() for name, value in half.state_dict().items()})
    found, expected = (probes.run(method, each, batch.to(kind), target=1).values
                       for each, kind in ((half, precision), (model, torch.float32)))
    assert np.allclose(found, expected, atol=1e-6)
    assert next(half.parameters()).dtype == precision


def test_pictures_of_bytes_are_taken_as_shares_of_255() -> None:
    model, pixels = picture_network(), torch.randint(0, 256, (2, 1, 8, 8), dtype=torch.uint8)
    found, expected = (probes.run("integrated_gradients", model, each, target=0).values
                       for each in (pixels, pixels.float() / 255))
    assert np.allclose(found, expected, atol=1e-6)


def test_a_model_that_changes_its_input_in_place_is_attributed() -> None:
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(3, 2))
    batch = torch.tensor([[-1.0, 2.0, 3.0]])
    found = probes.run("input_x_gradient", model, batch, target=0)
    assert np.allclose(found.values, (model[1].weight[0] * torch.tensor([0.0, 2.0, 3.0])).detach())
    assert batch[0, 0] == -1


def test_features_of_a_table_have_their_names() -> None:
    subject = Subject(nn.Linear(3, 2), torch.rand(2, 3), feature_names=("age", "rooms", "price"))
    (found,) = compute_probe(PROBES.get("saliency"), subject, {})
    assert (found.kind, found.names) == (FEATURES, ("age", "rooms", "price"))


def test_tokens_have_one_number_each_and_their_characters() -> None:
    recipe = zoo.recipe("char_rnn")
    texts = torch.arange(64).reshape(2, 32) % 28
    subject = Subject(network.build(recipe.network, seed=0), texts, recipe, tuple("abcdefghijklmnopqrstuvwxyz .?"[:28]))
    (found,) = compute_probe(PROBES.get("integrated_gradients"), subject, {})
    assert (found.kind, found.values.shape) == (TOKENS, (2, 32))
    assert found.names[:3] == ("a", "b", "c")
    assert found.error < 0.01


@pytest.mark.parametrize(("shape", "kind", "values"), [
    ((28,), FEATURES, (2, 28)), ((1, 28), FEATURES, (2, 28)), ((5, 7), IMAGE, (2, 1, 5, 7)),
    ((3, 4, 5), IMAGE, (2, 3, 4, 5)), ((9, 1, 1), FEATURES, (2, 9)), ((2, 3, 4, 5), FEATURES, (2, 120))])
def test_a_sequence_of_rows_is_a_map_and_what_has_no_places_a_row(shape: tuple, kind: str, values: tuple) -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(int(np.prod(shape)), 2))
    found = probes.run("saliency", model, torch.rand(2, *shape))
    assert (found.kind, found.values.shape) == (kind, values)
    assert len(found.names) == (values[1] if kind == FEATURES else 0)


def test_the_layer_of_a_conductance_is_the_last_with_places_unless_one_is_chosen() -> None:
    model, batch = picture_network(), torch.rand(2, 1, 8, 8)
    assert probes.run("layer_conductance", model, batch).node == "2"
    found = probes.run("layer_conductance", model, batch, layer="4")
    assert (found.node, found.kind, found.values.shape) == ("4", FEATURES, (2, 4))
    with pytest.raises(UnknownNode):
        probes.run("layer_conductance", model, batch, layer="nowhere")


def test_the_error_is_measured_over_test_samples_and_remembered_by_the_weights() -> None:
    model, inputs = picture_network(), torch.rand(9, 1, 8, 8)
    subject = Subject(model, inputs[:1], samples=Samples(inputs, torch.zeros(9, dtype=torch.int64)),
                      weights_key="the error of picture_network")
    probe, rows = PROBES.get("integrated_gradients"), []
    (alone,) = compute_probe(probe, subject, {})
    (found,) = compute_probe(probe, subject, {"samples": 6})
    together = probes.run("integrated_gradients", model, inputs[:6])
    assert alone.samples == 1
    assert (found.samples, len(found.sums)) == (6, 1)
    assert found.error == pytest.approx(together.error)
    model.register_forward_hook(lambda _module, given, _output: rows.append(len(given[0])))
    (again,) = compute_probe(probe, subject, {"samples": 6})
    assert again.error == found.error
    assert 6 not in rows


def test_more_samples_than_there_are_take_all() -> None:
    inputs = torch.rand(3, 1, 8, 8)
    subject = Subject(picture_network(), inputs, samples=Samples(inputs, torch.zeros(3, dtype=torch.int64)))
    (found,) = compute_probe(PROBES.get("gradient_shap"), subject, {"samples": ERROR_SAMPLES.high})
    assert found.samples == 3


def test_an_error_of_more_than_a_tenth_is_marked_with_its_reason() -> None:
    class Steep(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.tanh(400 * (x.mean(1) - 0.125))[:, None].expand(-1, 3)
    found = probes.run("integrated_gradients", Steep(), torch.full((4, 3), 0.5), steps=2)
    assert found.is_wrong
    assert "2 steps" in str(found.reason)


@pytest.mark.parametrize("method", [*GRADIENTS, "layer_conductance"])
@pytest.mark.parametrize("spoil", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_give_one_sentence(method: str, spoil: float) -> None:
    model = picture_network()
    with torch.no_grad():
        model[4].weight.fill_(spoil)
    with pytest.raises(NotApplicable, match="not a finite number"):
        probes.run(method, model, torch.rand(2, 1, 8, 8))


def test_gradients_that_are_not_finite_give_one_sentence() -> None:
    class Root(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.sqrt()
    with pytest.raises(NotApplicable, match="not finite numbers"):
        probes.run("saliency", Root(), torch.zeros(1, 2))


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_shap", "layer_conductance"])
def test_a_baseline_of_another_shape_is_refused_in_one_sentence(method: str) -> None:
    with pytest.raises(BadValue, match="baseline has the shape 3×3, but an input has 1×8×8"):
        probes.run(method, picture_network(), torch.rand(2, 1, 8, 8), baseline=torch.zeros(3, 3))


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_shap", "layer_conductance", "deep_lift",
                                    "kernel_shap", "deletion_insertion"])
@pytest.mark.parametrize("spoil", [float("nan"), float("-inf")])
def test_a_baseline_that_is_not_finite_is_refused_in_one_sentence(method: str, spoil: float) -> None:
    baseline = torch.zeros(1, 8, 8)
    baseline[0, 3, 4] = spoil
    with pytest.raises(BadValue, match="baseline holds numbers that are not finite"):
        probes.run(method, picture_network(), torch.rand(2, 1, 8, 8), baseline=baseline)


@pytest.mark.parametrize(("options", "sentence"), [
    ({"target": 7}, "no output 7"), ({"target": "cat"}, "no output cat"), ({"target": 1.5}, "must be"),
    ({"target": "0-9"}, "no output 0-9"), ({"steps": 0}, "Steps must be"), ({"baseline": "gray"}, "Baseline must be"),
    ({"noise": 1}, "no setting called")])
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadValue, match=sentence):
        probes.run("integrated_gradients", picture_network(), torch.rand(2, 1, 8, 8), **options)


def test_an_empty_batch_is_refused_in_a_sentence() -> None:
    with pytest.raises(NotApplicable, match="no sample"):
        probes.run("saliency", picture_network(), torch.rand(0, 1, 8, 8))


def test_a_probe_ends_where_its_report_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_MOST_ROWS", 10)
    passes = []

    def report(share: float) -> None:
        passes.append(share)
        if len(passes) > 5:
            raise Canceled
    subject = Subject(picture_network(), torch.rand(1, 1, 8, 8), report=report)
    with pytest.raises(Canceled):
        compute_probe(PROBES.get("smooth_grad"), subject, {"draws": 200})
    assert len(passes) == 6


def test_captum_is_imported_where_a_method_needs_it_and_not_before() -> None:
    code = ("import sys, torch, explorer.probes as probes\n"
            "found = probes.run('integrated_gradients', torch.nn.Linear(2, 2), torch.ones(1, 2))\n"
            "print(sorted({'captum', 'matplotlib', 'sklearn'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_method_describes_itself(method: Any) -> None:
    probe = PROBES.get(method.name)
    assert probe.returns == (Attribution,)
    assert method.summary.endswith(".")
    assert method.when_to_use.endswith(".")
    assert method.when_misleading.endswith(".")
    assert method.passes({}, 784) > 0
    assert ("samples" in {spec.name for spec in probe.params}) == method.is_complete
