"""Tokens are attributed through the numbers that a network makes of them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.attribution import METHODS, Attributed, CannotAttribute, attribute
from explorer.attribution.token_entry import find_entry

TEXTS = torch.tensor([[0, 3, 1, 4], [2, 2, 0, 1]])


class Words(nn.Module):
    """A network of text that counts its tokens of number 0 besides, as one with a mask would."""

    def __init__(self, counts: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.embedding, self.head, self.counts = nn.Embedding(5, 3), nn.Linear(12, 2), counts

    def forward(self, tokens: Tensor) -> Tensor:
        outputs = self.head(self.embedding(tokens).flatten(1))
        return outputs * (1 + (tokens == 0).sum(1, keepdim=True)) if self.counts else outputs


def of_texts(name: str, model: nn.Module, texts: Tensor = TEXTS, **options: object) -> Attributed:
    targets = torch.ones(len(texts), dtype=torch.int64)
    return attribute(METHODS.get(name), model, texts, lambda outputs: outputs, targets, options)


def test_tokens_of_a_linear_network_have_their_embeddings_times_the_weights() -> None:
    model = Words()
    weights = model.head.weight[1].reshape(4, 3)
    for name in ("integrated_gradients", "input_x_gradient"):
        assert torch.allclose(of_texts(name, model).values, (model.embedding(TEXTS) * weights).sum(-1), atol=1e-6)
    assert torch.allclose(of_texts("saliency", model).values, weights.norm(dim=1).expand(2, 4), atol=1e-6)


def test_the_mean_embedding_is_a_baseline_of_tokens() -> None:
    model = Words()
    found = of_texts("integrated_gradients", model, baseline="mean")
    away = model.embedding(TEXTS) - model.embedding(TEXTS).flatten(0, 1).mean(0)
    assert torch.allclose(found.values, (away * model.head.weight[1].reshape(4, 3)).sum(-1), atol=1e-6)
    assert found.error < 1e-5


def test_what_else_reads_the_tokens_finds_those_of_each_text() -> None:
    model = Words(counts=True)
    together = of_texts("integrated_gradients", model)
    assert together.error < 1e-5
    alone = [of_texts("integrated_gradients", model, TEXTS[row:row + 1]).values for row in range(2)]
    assert torch.equal(together.values, torch.cat(alone))


def test_tokens_that_become_one_row_are_refused_in_a_sentence() -> None:
    model = nn.Sequential(nn.EmbeddingBag(5, 3), nn.Linear(3, 2))
    assert find_entry(model, TEXTS) is None
    with pytest.raises(CannotAttribute, match="nothing that can vary"):
        of_texts("saliency", model)


def test_whole_numbers_that_a_model_takes_as_numbers_vary_themselves() -> None:
    class Counts(nn.Module):
        def forward(self, counts: Tensor) -> Tensor:
            return counts.float() @ torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    assert of_texts("saliency", Counts()).values.tolist() == [[2, 4, 6, 8]] * 2


def test_embeddings_that_are_changed_in_place_are_attributed() -> None:
    class Placed(Words):
        def forward(self, tokens: Tensor) -> Tensor:
            values = self.embedding(tokens)
            values += 1
            return self.head(values.flatten(1))
    assert of_texts("integrated_gradients", Placed()).error < 1e-5


def test_the_entrys_hook_is_gone_after_an_exception() -> None:
    model = Words()
    entry, values = find_entry(model, TEXTS[:1])
    with pytest.raises(RuntimeError):
        entry(model, values[..., :2])
    assert not model.embedding._forward_hooks
