"""The layer whose parts are silenced, where none is named."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from explorer import network, zoo
from explorer.intervention.resuming import resume_at
from explorer.probes import Subject
from explorer.probes.silenced_layer import layer_or_last
from tests.probes.test_probe_registry import batch_of


@pytest.mark.parametrize(("name", "expected"), [
    ("vit_digits", "block4"), ("swin_digits", "stage2_pair1"), ("char_transformer", "block4"), ("lenet", "conv2"),
    ("mlp", "linear1"), ("row_lstm", "lstm1")])
def test_the_last_block_convolution_or_hidden_layer_is_taken(name, expected):
    recipe = zoo.recipe(name)
    subject = Subject(network.build(recipe.network), batch_of(recipe), recipe)
    assert layer_or_last(subject, "") == expected
    assert resume_at(subject.model, expected, subject.batch).output.dim() > 1


def test_the_last_block_of_a_model_of_any_origin_is_the_one_around_its_attention():
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, batch_first=True), 2)
    assert layer_or_last(Subject(encoder, torch.zeros(1, 3, 8)), "") == "layers.1"
