"""What parts of a network add to an output sums to it, and the lens is the network's own end after another layer."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer import network, zoo
from explorer.attention import find_attentions
from explorer.attention.early_end import end_after, layers_of
from explorer.attention.logit_parts import contributions, normalize_linearly
from explorer.document import chain
from explorer.hooks import record_activations


def batch_for(model_name: str) -> Tensor:
    if model_name == "char_transformer":
        return torch.arange(64)[None] % 28
    return torch.rand(1, 1, 28, 28, generator=torch.Generator().manual_seed(1))


def built(net) -> nn.Module:
    """A network whose biases and tokens are not zero, as after training."""
    model = network.build(net, seed=3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(5)))
    return model.eval()


def post_norm(mask: str = "none") -> network.Network:
    layer = {"heads": 2, "norm": "post", "activation": "relu", "mask": mask}
    return chain("Post-norm", ("input", "input", {"shape": [6], "dtype": "int64"}),
                 ("embedding", "embedding", {"num_embeddings": 9, "embedding_dim": 8}),
                 ("positions", "sinusoidal_positions", {}), ("block1", "transformer_encoder", layer),
                 ("block2", "transformer_encoder", layer), ("pool", "token_pooling", {"pool": "mean"}),
                 ("head", "linear", {"out_features": 3}))


@pytest.mark.parametrize("name", ["vit_digits", "swin_digits"])
def test_contributions_sum_to_each_logit(name):
    model, batch = built(zoo.get(name)), batch_for(name)
    logits = model(batch)
    for label in range(10):
        found = contributions(model, batch, lambda outputs, label=label: outputs[0, label])
        assert found.total == pytest.approx(float(logits[0, label]), abs=1e-4)
        assert found.sum == pytest.approx(float(logits[0, label]), abs=1e-4)


def test_contributions_sum_to_the_logit_of_the_next_character_at_any_place():
    model, batch = built(zoo.get("char_transformer")), batch_for("char_transformer")
    for place in (0, 20, 63):
        found = contributions(model, batch, lambda outputs, place=place: outputs[0, place, 7])
        assert found.sum == pytest.approx(float(model(batch)[0, place, 7]), abs=1e-4)


@pytest.mark.parametrize("mask", ["none", "causal"])
def test_contributions_sum_to_the_output_of_a_post_norm_network(mask):
    model, batch = built(post_norm(mask)), torch.arange(6)[None]
    found = contributions(model, batch, lambda outputs: outputs[0, 1])
    assert found.sum == pytest.approx(float(model(batch)[0, 1]), abs=1e-4)
    assert {"embedding", "positions", "block2.activation"} <= set(found.nodes)


def test_a_heads_contribution_is_its_mix_through_the_output_projection_and_the_final_norm():
    model, batch = built(zoo.get("vit_digits")), batch_for("vit_digits")
    found = contributions(model, batch, lambda outputs: outputs[0, 4])
    with record_activations(model, ["block2.attention.mix", "block4"]) as recorded:
        model(batch)
    stream = recorded["block4"][0, 0]  # of the class token
    scale = (stream.var(unbiased=False) + model.norm.eps).rsqrt()
    for head in range(4):
        own = torch.zeros(64)
        own[16 * head:16 * head + 16] = recorded["block2.attention.mix"][0, head, 0]
        added = model.block2.attention.out.weight @ own
        normalized = (added - added.mean()) * scale * model.norm.weight
        expected = float(model.head.weight[4] @ normalized)
        assert float(found.heads["block2.attention.weights"][head]) == pytest.approx(expected, abs=1e-5)


def test_the_parts_of_a_vision_transformer_are_patches_class_token_positions_and_mlps():
    found = contributions(built(zoo.get("vit_digits")), batch_for("vit_digits"), lambda outputs: outputs[0, 0])
    assert set(found.nodes) == {"patches", "class_token", "positions", *(f"block{n}.activation" for n in range(1, 5))}


def test_contributions_leave_no_trace():
    model = built(zoo.get("vit_digits"))
    next(model.parameters()).requires_grad_(False)
    before = [parameter.requires_grad for parameter in model.parameters()]
    contributions(model, batch_for("vit_digits"), lambda outputs: outputs[0, 0])
    assert [parameter.requires_grad for parameter in model.parameters()] == before
    assert all(parameter.grad is None for parameter in model.parameters())
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("norm", [nn.LayerNorm(6), nn.LayerNorm((2, 6), bias=False), nn.RMSNorm(6),
                                  nn.LayerNorm(6, elementwise_affine=False)])
def test_a_norm_that_keeps_its_scale_has_the_norms_values(norm):
    x = torch.randn(3, 2, 6)
    assert torch.allclose(normalize_linearly(norm, x), norm(x), atol=1e-6)


def test_the_lens_is_the_networks_own_end_after_each_layer():
    model, batch = built(zoo.get("vit_digits")), batch_for("vit_digits")
    layers = list(layers_of(model, find_attentions(model)).values())
    names, outputs = end_after(model, batch, layers)
    assert names == ["", *layers]
    stream = model.positions(model.class_token(model.patches(batch)))
    for place in range(5):
        if place:
            stream = getattr(model, f"block{place}")(stream)
        assert torch.allclose(outputs[place], model.head(model.pool(model.norm(stream)))[0], atol=1e-5)


def test_the_lens_leaves_out_layers_of_another_shape():
    model, batch = built(zoo.get("swin_digits")), batch_for("swin_digits")
    layers = list(layers_of(model, find_attentions(model)).values())
    names, outputs = end_after(model, batch, layers)
    assert names == layers[2:] and torch.allclose(outputs[-1], model(batch)[0], atol=1e-5)
