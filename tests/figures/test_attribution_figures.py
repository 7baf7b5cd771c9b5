"""Attributions as figures and sentences: of images, of rows of numbers, and of those that do not add up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from explorer import figures, probes
from explorer.formatting import format_percent
from explorer.results import Attribution
from explorer.text import text


def of_a_table(method: str, **options: object) -> Attribution:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
    return probes.run(method, model, torch.rand(3, 4), target=1, **options)


def test_attributions_to_a_layer_without_places_are_bars() -> None:
    found = of_a_table("layer_conductance")
    figure = figures.draw(found)
    assert found.node == "1"
    assert figure.data[0].type == "bar"
    assert np.allclose(sorted(figure.data[0].x), sorted(found.values[0]))


def test_attributions_to_a_map_are_a_map_with_its_channels_summed() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))
    found = probes.run("integrated_gradients", model, torch.rand(1, 2, 6, 6))
    assert np.allclose(figures.draw(found).data[0].z, found.values[0].sum(0))


def test_an_error_is_described_with_the_samples_it_was_measured_over() -> None:
    found = of_a_table("integrated_gradients")
    described = str(figures.describe(replace(found, error=0.012)))
    assert f"error {format_percent(0.012)} over 3 samples" in described
    assert "wrong" not in described


def test_what_does_not_add_up_is_called_wrong_in_the_title_and_in_the_sentence_with_its_reason() -> None:
    found = of_a_table("integrated_gradients")
    wrong = replace(found, is_wrong=True, error=0.31, reason=text("Take more steps."))
    described = str(figures.describe(wrong))
    assert "is wrong" in described
    assert "31" in described
    assert described.endswith("Take more steps.")
    assert str(figures.describe(replace(wrong, reason=text("")))).endswith("over 3 samples.")
    assert title_of(wrong) == "Integrated gradients of the logit of 1 (wrong)"
    assert title_of(found) == "Integrated gradients of the logit of 1"


def title_of(result: Attribution) -> str:
    figure = figures.draw(result)
    return figure.layout.title.text


def test_a_method_that_promises_no_sum_is_described_without_an_error() -> None:
    assert str(figures.describe(of_a_table("saliency"))) == "Saliency of the logit of 1."


@pytest.mark.parametrize("method", ["saliency", "layer_conductance", "occlusion"])
def test_tokens_and_features_are_one_bar_each(method: str) -> None:
    found = of_a_table(method)
    assert len(figures.draw(found).data[0].y) == len(found.names) == found.values.shape[1]
