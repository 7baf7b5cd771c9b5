"""Explanations by hand: windows, steps in their order, and lines with numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from explorer.operations import describe, explain, fitted
from explorer.operations.arithmetic.formulas import evaluate
from explorer.results import Explanation, Operation
from tests.blocks.building import built


def operation_of(module: nn.Module, *inputs: torch.Tensor, **known: object) -> Operation:
    with torch.no_grad():
        output = module.eval()(*inputs)
    return describe(module, inputs, output[0] if isinstance(output, tuple) else output, batch=1, **known)


def titles(explanation: Explanation) -> list[str]:
    return [str(step.title) for step in explanation.steps]


def test_a_convolution_at_the_edge_has_its_window_in_the_padding() -> None:
    conv = nn.Conv2d(2, 1, 3, padding=1)
    conv.weight.data = torch.arange(18.0).view(1, 2, 3, 3)
    conv.bias.data.fill_(-1)
    image = torch.arange(1.0, 19).view(1, 2, 3, 3)
    explanation = explain(operation_of(conv, image), (0, 0, 2))
    window, kernel, bias = explanation.windows
    assert (window.start, window.stop, window.step) == ((0, -1, 1), (2, 2, 4), (1, 1, 1))
    assert (kernel.start, kernel.stop) == ((0, 0, 0, 0), (1, 2, 3, 3))
    assert bias.start == (0,)
    patch = explanation.steps[0].values
    assert patch[0].tolist() == [[0, 0, 0], [2, 3, 0], [5, 6, 0]]
    assert titles(explanation) == ["Patch of the input", "Kernel", "Patch × kernel", "Sum by channel", "Bias", "Result"]
    assert explanation.line == "90 + 738 − 1 = 827"
    assert explanation.value == explanation.model_value == 827


def test_a_single_channel_writes_its_products_out() -> None:
    conv = nn.Conv1d(1, 1, 2, bias=False)
    conv.weight.data = torch.tensor([[[2.0, -1.0]]])
    explanation = explain(operation_of(conv, torch.tensor([[[3.0, 4.0, 5.0]]])), (0, 1))
    assert explanation.line == "4 · 2 + 5 · (−1) = 3"


def test_a_long_line_ends_with_how_many_terms_are_left() -> None:
    linear = nn.Linear(100, 1)
    line = explain(operation_of(linear, torch.ones(1, 100)), (0,)).line
    assert " + … + 92 more" in line and line.count("·") == 8


def test_pooling_shows_which_value_is_the_largest() -> None:
    image = torch.tensor([[[[1.0, 5.0], [-2.0, 3.0]]]])
    largest = explain(operation_of(nn.MaxPool2d(2), image), (0, 0, 0))
    assert largest.steps[1].values.tolist() == [[0, 1], [0, 0]]
    assert largest.line == "max(1, 5, −2, 3) = 5"
    mean = explain(operation_of(nn.AvgPool2d(2), image), (0, 0, 0))
    assert titles(mean) == ["Window of the input", "Sum", "Divisor", "Result"]
    assert mean.line == "(1 + 5 − 2 + 3) / 4 = 1.75"


def test_batch_norm_shows_its_recorded_statistics() -> None:
    norm = nn.BatchNorm1d(1, eps=0)
    norm.running_mean.fill_(1)
    norm.running_var.fill_(4)
    norm.weight.data.fill_(3)
    norm.bias.data.fill_(-0.5)
    explanation = explain(operation_of(norm, torch.tensor([[5.0]])), (0,))
    assert titles(explanation) == ["Recorded mean", "Recorded variance", "Value", "Normalized", "Scaled", "Shifted",
                                   "Result"]
    assert [float(step.values) for step in explanation.steps] == [1, 4, 5, 2, 6, 5.5, 5.5]
    assert explanation.line == "(5 − 1) / √(4 + 0) · 3 − 0.5 = 5.5"


def test_layer_norm_computes_its_statistics_from_the_window() -> None:
    explanation = explain(operation_of(nn.LayerNorm(2, elementwise_affine=False), torch.tensor([[1.0, 3.0]])), (1,))
    assert titles(explanation)[:3] == ["Values that are normalized together", "Mean", "Variance"]
    assert explanation.steps[1].formula == "(1 + 3) / 2 = 2"
    assert explanation.windows[0].stop == (2,)


def test_softmax_subtracts_the_largest_before_the_exponentials() -> None:
    explanation = explain(operation_of(nn.Softmax(1), torch.tensor([[1000.0, 1001.0]])), (1,))
    assert titles(explanation) == ["Inputs along the axis", "Largest",
                                   "Exponentials, after the largest is subtracted", "Sum", "Share of the sum"]
    assert explanation.line == "exp(1,001 − 1,001) / 1.368 = 0.7311"


def test_cross_entropy_is_minus_the_logarithm_of_the_targets_share() -> None:
    output, target = torch.tensor([[0.0, np.log(3.0)]]), torch.tensor([0])
    explanation = explain(operation_of(nn.CrossEntropyLoss(), output, target), ())
    assert titles(explanation) == ["Softmax of the output", "Share of the target", "Loss"]
    assert explanation.line == "−ln 0.25 = 1.386"


RECURRENT = ["Input of this step", "Weights of the input", "Input × weights", "Hidden state before",
             "Weights of the hidden state", "Hidden state × weights", "W x", "U h", "b₁", "b₂", "Sum of the gate"]


def test_a_recurrent_layer_comes_down_to_products() -> None:
    layer = nn.RNN(2, 1, batch_first=True)
    with torch.no_grad():
        for parameter, values in zip(layer.parameters(), ([[0.5, -1.0]], [[2.0]], [0.25], [-0.5]), strict=True):
            parameter.copy_(torch.tensor(values))
    explanation = explain(operation_of(layer, torch.tensor([[[1.0, 2.0]]])), (0, 0))
    assert titles(explanation) == [*RECURRENT, "New hidden state"]
    assert explanation.steps[2].values.tolist() == [[0.5], [-2]]
    assert explanation.steps[2].formula == "1 · 0.5 + 2 · (−1)"
    assert explanation.steps[10].formula == "−1.5 + 0 + 0.25 − 0.5 = −1.75"


def test_an_lstm_shows_its_gates_and_the_new_cell() -> None:
    explanation = explain(operation_of(nn.LSTM(2, 3, batch_first=True), torch.randn(1, 4, 2)), (3, 1))
    assert titles(explanation) == [*RECURRENT, "After the activation", "Cell before",
                                   "New cell: forget · cell + input · candidate", "tanh of the new cell",
                                   "New hidden state"]
    assert [explanation.steps[place].values.shape for place in (2, 5, 6)] == [(2, 4), (3, 4), (4,)]


def test_a_gru_shows_its_gates_and_the_state_before() -> None:
    explanation = explain(operation_of(nn.GRU(2, 3, batch_first=True), torch.randn(1, 4, 2)), (3, 1))
    assert titles(explanation) == [*RECURRENT, "After the activation", "This unit's state before", "New hidden state"]


def test_of_many_terms_a_line_has_those_that_count_most() -> None:
    line = nn.Linear(10, 1, bias=False)
    with torch.no_grad():
        line.weight.copy_(torch.tensor([[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0]]))
    values = torch.tensor([[0.0, 1.0, 2.0, 0.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]])
    assert explain(operation_of(line, values), (0,)).line == (
        "1 · 1 + 2 · 1 + 3 · 1 + 4 · 1 + 5 · 1 + 6 · 1 + 7 · (−1) + 8 · 1 + … + 2 more = 22")


def test_attention_scores_show_query_key_products_and_the_scale() -> None:
    scores = built("attention_scores", (1, 4), (1, 4), scaled=True)
    query, key = torch.tensor([[[[1.0, 2.0, 0.0, 0.0]]]]), torch.tensor([[[[3.0, 4.0, 0.0, 0.0]]]])
    explanation = explain(operation_of(scores, query, key), (0, 0, 0))
    assert titles(explanation) == ["Query", "Key", "Products", "Sum", "Scaled", "Result"]
    assert explanation.line == "(1 · 3 + 2 · 4 + 0 · 0 + 0 · 0) · 0.5 = 5.5"


def test_a_mask_keeps_a_score_or_removes_it() -> None:
    mask = built("attention_mask", (2, 2), kind="causal")
    operation = operation_of(mask, torch.tensor([[[1.5, 2.5], [3.5, 4.5]]]))
    assert explain(operation, (1, 0)).line == "3.5, kept = 3.5"
    assert explain(operation, (0, 1)).line == "2.5, masked = −∞"


def test_an_embedding_leads_from_the_token_to_its_row() -> None:
    table = nn.Embedding(5, 2)
    table.weight.data = torch.arange(10.0).view(5, 2)
    explanation = explain(operation_of(table, torch.tensor([[4, 1]])), (1, 1))
    assert explanation.line == "1 → weight[1, 1] = 3"
    assert [(window.operand, window.start) for window in explanation.windows] == [(0, (1,)), (1, (1, 1))]


def test_a_move_names_the_place_that_its_value_comes_from() -> None:
    assert explain(operation_of(nn.Flatten(), torch.arange(12.0).view(1, 3, 2, 2)), (7,)).line == "input[1, 1, 1] = 7"


def test_an_activation_fills_its_number_in() -> None:
    x = torch.tensor([[-2.0, 0.5]])
    assert explain(operation_of(nn.ReLU(), x), (0,)).line == "max(0, −2) = 0"
    assert explain(operation_of(nn.LeakyReLU(0.1), x), (0,)).line == "max(0, −2) + 0.1 · min(0, −2) = −0.2"
    assert explain(operation_of(nn.SiLU(), x), (0,)).line == "−2 · sigmoid(−2) = −0.2384"
    assert explain(operation_of(nn.Identity(), x), (1,)).line == "0.5"


def test_an_activations_curve_covers_its_values() -> None:
    rule = operation_of(nn.ReLU(), torch.tensor([[-7.0, 9.0]])).rule
    assert (rule.curve_x[0], rule.curve_x[-1]) == (-7, 9)
    assert np.allclose(rule.curve_y, rule.curve_x.clip(0))


def test_minus_infinity_and_nan_are_written_as_such() -> None:
    assert explain(operation_of(nn.ReLU(), torch.tensor([[float("nan")]])), (0,)).line == "max(0, NaN) = NaN"


@pytest.mark.parametrize("formula", [
    "__import__('os')", "x.real", "open(x)", "y + 1", "[x]", "lambda: x", "x if x else 1 == 2 == 3"])
def test_a_formula_holds_nothing_but_arithmetic(formula: str) -> None:
    with pytest.raises(ValueError, match="is no part of a formula"):
        evaluate(formula, x=1.0)


def test_a_small_operation_is_copied_whole_and_outlives_the_weights() -> None:
    linear = nn.Linear(2, 2)
    operation = fitted(operation_of(linear, torch.ones(1, 2)))
    before = operation.operands[1].values.copy()
    linear.weight.data.zero_()
    assert not operation.is_reduced
    assert np.array_equal(operation.operands[1].values, before)


@pytest.mark.parametrize(("module", "inputs"), [
    (nn.Linear(30_000, 400), (torch.zeros(1, 30_000),)),
    (nn.Flatten(), (torch.zeros(1, 64, 112, 112),)),
    (nn.Upsample(scale_factor=4, mode="bilinear"), (torch.zeros(1, 16, 64, 64),)),
    (nn.Softmax(-1), (torch.zeros(1, 12, 300, 300),)),
    (nn.Embedding(100_000, 16), (torch.zeros(1, 9, dtype=torch.int64),)),
])
def test_a_large_operation_is_thinned_below_its_limit(module: nn.Module, inputs: tuple) -> None:
    operation = operation_of(module, *inputs)
    small = fitted(operation)
    arrays = [each.values for each in (*small.operands, small.output)]
    assert small.is_reduced and sum(each.nbytes for each in arrays) <= 2_000_000
    for whole, thin in zip((*operation.operands, operation.output), (*small.operands, small.output)):
        if thin.full_shape:
            kept = tuple(slice(None, count * step, step) for count, step in zip(thin.values.shape, thin.every))
            assert thin.full_shape == whole.values.shape
            assert np.array_equal(thin.values, whole.values[kept])
    with pytest.raises(ValueError, match="thinned"):
        explain(small, (0,) * len(small.full_shape))
