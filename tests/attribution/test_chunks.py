"""What a pass keeps stays within the budget of memory."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.attribution import METHODS, CannotAttribute, attribute
from explorer.attribution.chunks import BUDGET_BYTES, measure_row, rows_that_fit
from explorer.attribution.private_copy import explain


def test_what_is_kept_of_a_row_is_counted_once_and_without_weights() -> None:
    model = nn.Sequential(nn.Linear(10, 10), nn.ReLU(), nn.Linear(10, 1))
    explained, values = explain(model, torch.zeros(1, 10), lambda outputs: outputs)
    assert measure_row(explained, values).kept_bytes == 2 * 10 * 4  # the input and ReLU's output


@pytest.mark.parametrize("name", ["googlenet", "row_lstm", "lenet"])
def test_the_rows_of_a_chunk_keep_no_more_than_the_budget(name: str) -> None:
    recipe = zoo.recipe(name)
    shape = next(node for node in recipe.network.nodes if node.block == "input").params["shape"]
    explained, values = explain(network.build(recipe.network), torch.zeros(2, *shape), lambda outputs: outputs)
    rows = rows_that_fit(explained, values)
    one, both = measure_row(explained, values[:1]), measure_row(explained, values)
    assert both.kept_bytes == pytest.approx(2 * one.kept_bytes, rel=0.1)
    assert one.multiply_adds == pytest.approx(network.analyze(recipe.network).total_multiply_adds)
    assert 1 < rows <= BUDGET_BYTES / one.kept_bytes


def test_a_report_that_raises_ends_the_steps() -> None:
    class Canceled(Exception):
        pass
    shares: list[float] = []

    def report(share: float) -> None:
        shares.append(share)
        if share > 0.3:
            raise Canceled
    model = nn.Sequential(nn.Flatten(), nn.Linear(50_000, 50), nn.Tanh(), nn.Linear(50, 2))
    with pytest.raises(Canceled):
        attribute(METHODS.get("integrated_gradients"), model, torch.ones(1, 50_000), lambda outputs: outputs,
                  torch.tensor([0]), {"steps": 1000}, report=report)
    assert 0.3 < shares[-1] < 1


def test_a_model_that_cannot_be_copied_is_refused_in_a_sentence() -> None:
    model = nn.Linear(2, 2)
    model.kept = model.weight * 2  # no leaf: PyTorch copies none of those
    with pytest.raises(CannotAttribute, match="cannot be copied"):
        attribute(METHODS.get("saliency"), model, torch.ones(1, 2), lambda outputs: outputs, torch.tensor([0]))


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient_shap", "layer_conductance", "lrp", "kernel_shap"])
def test_no_pass_takes_more_rows_than_fit_and_the_numbers_are_those_of_one_pass(
        method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model, given = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3)), torch.randn(20, 6)
    targets, seen = torch.arange(20) % 3, []

    def numbers(outputs: torch.Tensor) -> torch.Tensor:
        seen.append(len(outputs))
        return outputs
    others = torch.randn(9, 6)
    whole = attribute(METHODS.get(method), model, given, numbers, targets, references=lambda: others)
    seen.clear()
    monkeypatch.setattr("explorer.attribution.chunks._MOST_ROWS", 4)
    found = attribute(METHODS.get(method), model, given, numbers, targets, references=lambda: others)
    assert max(seen) <= 4
    with torch.no_grad():
        expected = model(given).gather(1, targets[:, None])[:, 0]
        if method != "lrp":
            start = others if method == "gradient_shap" else torch.zeros(1, 6)
            expected = expected - model(start).mean(0)[targets]
    assert torch.allclose(found.differences.float(), expected, atol=1e-5)
    assert torch.allclose(found.values, whole.values, atol=1e-4)
