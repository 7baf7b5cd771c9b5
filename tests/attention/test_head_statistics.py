"""Distance and entropy of heads, against loops over pairs."""

from __future__ import annotations

import math

import pytest
import torch

from explorer.attention.head_statistics import attention_distance, distances_between, entropy, largest_entropy


def test_entropy_is_that_of_each_row_averaged_over_samples_windows_and_queries():
    weights = torch.rand(2, 3, 2, 4, 5).softmax(-1)
    for head in range(2):
        rows = weights[:, :, head].flatten(0, 2).tolist()
        expected = sum(-sum(share * math.log(share) for share in row) for row in rows) / len(rows)
        assert float(entropy(weights)[head]) == pytest.approx(expected, rel=1e-5)


def test_a_head_that_looks_at_all_keys_alike_has_the_largest_entropy():
    hidden = torch.ones(5, 5).triu(1).bool()[None]
    weights = torch.zeros(5, 5).masked_fill(hidden[0], -torch.inf).softmax(-1)[None, None, None]
    assert float(entropy(weights)[0]) == pytest.approx(largest_entropy(hidden, 5), rel=1e-5)
    assert largest_entropy(None, 8) == pytest.approx(math.log(8))


def test_rows_that_a_mask_hides_altogether_are_left_out():
    weights = torch.full((1, 1, 1, 2, 2), 0.5)
    weights[..., 0, :] = torch.nan
    assert float(entropy(weights)[0]) == pytest.approx(math.log(2))
    assert entropy(torch.full((1, 1, 1, 2, 2), torch.nan)).isnan().all()


def test_the_distance_is_the_mean_over_queries_with_a_place_of_keys_with_a_place():
    places = torch.tensor([[torch.nan, torch.nan], [0.0, 0.0], [0.0, 7.0], [7.0, 7.0]])  # the first is a class token
    weights = torch.rand(3, 1, 2, 4, 4).softmax(-1)
    distances = distances_between(places[None], places[None])
    for head in range(2):
        found = []
        for sample in range(3):
            for query in range(1, 4):
                row = weights[sample, 0, head, query]
                far = sum(float(row[key]) * math.dist(places[query].tolist(), places[key].tolist())
                          for key in range(1, 4))
                found.append(far / float(row[1:].sum()))
        assert float(attention_distance(weights, distances)[head]) == pytest.approx(sum(found) / len(found), rel=1e-5)
