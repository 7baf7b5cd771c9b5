"""The layers of a transformer: attention and a small network at each token, each with a shortcut around it."""

from __future__ import annotations

from explorer.blocks.activation import ACTIVATIONS
from explorer.blocks.attentions import (
    PADDING,
    SELF_ATTENTION_PARAMS,
    check_multi_head,
    check_padding,
    self_attention_sketch,
)
from explorer.blocks.block import Block, Signal
from explorer.blocks.masks import mask_settings, mask_sketch
from explorer.blocks.token_checks import DROPOUT, HEADS, check_heads, needs_tokens
from explorer.blocks.wiring import BEFORE, wired
from explorer.spec import Choice, Number

EPS = Number("eps", "Epsilon", 1e-5, low=1e-12, high=1,
             help="A small number that avoids division by zero in the normalization.")
HIDDEN_FEATURES = Number("hidden_features", "Hidden features", None, low=1, high=1_000_000, integer=True, optional=True,
                         help="Hidden features of the MLP. If empty, four times the features.")
_CHOICES = tuple(block for block in ACTIVATIONS
                 if block.name not in ("identity", "step", "softmax", "log_softmax", "glu"))
ACTIVATION = Choice("activation", "Activation", "gelu", tuple(block.name for block in _CHOICES),
                    tuple(block.title for block in _CHOICES), help="The activation in the MLP.")
_LAYER = (
    Choice("norm", "Normalization", "pre", ("pre", "post"), ("Before each part", "After each sum"),
           help="Before each part (pre-norm) trains more easily; after each sum (post-norm) is the original."),
    HIDDEN_FEATURES, ACTIVATION, DROPOUT, EPS)


def hidden_features(params, features: int) -> int:
    """Return the hidden features of a block's MLP."""
    return params["hidden_features"] or 4 * features


def _dropped(node_id, params):
    return (node_id, "dropout", {"p": params["dropout"]}) if params["dropout"] else None


def _around(number, source, params, *steps):
    """Make the steps of one part with its normalization and the shortcut from `source`, and return its last id."""
    norm = (f"norm{number}", "layer_norm", {"eps": params["eps"]})
    inside = (*steps, _dropped(f"dropout{number}", params), (f"add{number}", "add", {}, BEFORE, source))
    if params["norm"] == "post":
        return (*inside, norm), f"norm{number}"
    return ((*norm, source), *inside), f"add{number}"


def _network_at_each_token(params, features):
    return (("linear1", "linear", {"out_features": hidden_features(params, features)}),
            ("activation", params["activation"], {}), _dropped("dropout", params),
            ("linear2", "linear", {"out_features": features}))


def _self_attention(node_id, params, source, **settings):
    """Self-attention of `source`, or of the step before where that is normalized first."""
    return (node_id, "multi_head_attention", {"heads": params["heads"], "dropout": params["dropout"], **settings},
            BEFORE if params["norm"] == "pre" else source)


def _expand_encoder(params, in_shapes):
    settings = {"mechanism": params["mechanism"], **mask_settings(params, "mask")}
    settings["mask"] = settings.pop("kind")
    first, end = _around(1, "input", params, _self_attention("attention", params, "input", **settings))
    second, _ = _around(2, end, params, *_network_at_each_token(params, in_shapes[0][1]))
    return wired("Transformer encoder", ("input", "input", {}), *first, *second)


def _expand_decoder(params, in_shapes):
    crossed = {"heads": params["heads"], "dropout": params["dropout"], "padding": params["padding"]}
    first, end = _around(1, "tokens", params, _self_attention("self_attention", params, "tokens", mask="causal"))
    second, last = _around(2, end, params, ("cross_attention", "cross_attention", crossed,
                                            BEFORE if params["norm"] == "pre" else end, "memory"))
    third, _ = _around(3, last, params, *_network_at_each_token(params, in_shapes[0][1]))
    return wired("Transformer decoder", ("tokens", "input", {}), ("memory", "input", {}), *first, *second, *third)


def _check_decoder(params, signals):
    tokens, memory = signals
    return (needs_tokens("Transformer decoder", tokens) or needs_tokens("Transformer decoder", memory, 1)
            or check_heads(tokens.shape[1], params["heads"]) or check_padding(params["padding"], memory.shape[0]))


def _decoder_sketch(params, in_shapes):
    tokens = in_shapes[0][0]
    return mask_sketch({"kind": "causal", "window": 0}, tokens, tokens, params["heads"])


TRANSFORMER_ENCODER = Block(
    name="transformer_encoder", title="Transformer encoder", family="attention",
    summary="Self-attention among the tokens, then an MLP at each token, both with a shortcut.",
    params=(*SELF_ATTENTION_PARAMS, *_LAYER), brief="{heads}, {norm}-norm, {mask}",
    formula=r"z = x + \mathrm{MHA}(\mathrm{LN}(x)), \quad y = z + \mathrm{MLP}(\mathrm{LN}(z))",
    source="Vaswani et al. 2017, 3.1; Xiong et al. 2020 (pre-norm); Dive into Deep Learning, 11.7 and 11.8",
    expand=_expand_encoder, sees=lambda params, in_shape: None, sketch=self_attention_sketch, example=(Signal((5, 8)),),
    check=lambda params, signals: check_multi_head("Transformer encoder", params, signals[0]),
)
TRANSFORMER_DECODER = Block(
    name="transformer_decoder", title="Transformer decoder", family="attention", inputs=("tokens", "memory"),
    summary="Causal self-attention, then attention to the memory, then an MLP at each token.",
    params=(HEADS, PADDING, *_LAYER), brief="{heads}, {norm}-norm",
    formula=r"u = x + \mathrm{MHA}(\mathrm{LN}(x)), \quad z = u + \mathrm{cross}(\mathrm{LN}(u), m), \quad "
            r"y = z + \mathrm{MLP}(\mathrm{LN}(z))",
    source="Vaswani et al. 2017, 3.1; Dive into Deep Learning, 11.7",
    expand=_expand_decoder, sees=lambda params, in_shape: None, sketch=_decoder_sketch, check=_check_decoder,
    example=(Signal((3, 8)), Signal((5, 6))),
)
