"""Parts of attention: splitting and merging heads, scores, and the weighted mean of the values.

Tokens are (token, feature), heads (head, token, feature), scores and weights (head, query, key); in windows each has
the window as a leading axis.
"""

from __future__ import annotations

from explorer.blocks.block import Block, Signal, all_tokens, features, token_by_token, torch_module
from explorer.blocks.linear import LINEAR
from explorer.blocks.token_checks import HEADS, check_heads, needs_rank
from explorer.document import Problem
from explorer.formatting import format_shape
from explorer.spec import Flag, Number
from explorer.text import text

_TOKENS = text("tokens (token × feature, or head × token × feature)")
_SEQUENCES = text("tokens (token × feature, or window × token × feature)")
_MAX_HIDDEN = 100_000_000  # query × key × hidden numbers of the additive scores


def _build_split(params, in_shapes):
    from torch import Tensor, nn

    class SplitHeads(nn.Module):
        """(..., token, feature) to (..., head, token, feature of one head)."""

        def __init__(self, heads: int) -> None:
            super().__init__()
            self.heads = heads

        def forward(self, x: Tensor) -> Tensor:
            return x.unflatten(-1, (self.heads, -1)).transpose(-3, -2)

    return SplitHeads(params["heads"])


def _build_merge(params, in_shapes):
    from torch import Tensor, nn

    class MergeHeads(nn.Module):
        """(..., head, token, feature of one head) to (..., token, feature)."""

        def forward(self, x: Tensor) -> Tensor:
            return x.transpose(-3, -2).flatten(-2)

    return MergeHeads()


def _build_scores(params, in_shapes):
    from torch import Tensor, nn

    class AttentionScores(nn.Module):
        """(..., query, feature) and (..., key, feature) to (..., query, key)."""

        def __init__(self, scale: float) -> None:
            super().__init__()
            self.scale = scale

        def forward(self, query: Tensor, key: Tensor) -> Tensor:
            return query @ key.transpose(-2, -1) * self.scale

    return AttentionScores(in_shapes[0][-1] ** -0.5 if params["scaled"] else 1.0)


def _build_additive(params, in_shapes):
    from torch import Tensor, nn

    class AdditiveScores(nn.Module):
        """(..., query, feature) and (..., key, feature) to (..., query, key), through a hidden layer."""

        def __init__(self, query_features: int, key_features: int, hidden: int) -> None:
            super().__init__()
            self.query = nn.Linear(query_features, hidden, bias=False)
            self.key = nn.Linear(key_features, hidden, bias=False)
            self.score = nn.Linear(hidden, 1, bias=False)

        def forward(self, query: Tensor, key: Tensor) -> Tensor:
            hidden = self.query(query).unsqueeze(-2) + self.key(key).unsqueeze(-3)  # (..., query, key, hidden)
            return self.score(hidden.tanh()).squeeze(-1)

    return AdditiveScores(in_shapes[0][-1], in_shapes[1][-1], params["hidden_features"])


def _build_mix(params, in_shapes):
    from torch import Tensor, nn

    class AttentionMix(nn.Module):
        """Weights (..., query, key) and values (..., key, feature) to (..., query, feature)."""

        def forward(self, weights: Tensor, values: Tensor) -> Tensor:
            return weights @ values

    return AttentionMix()


def _build_linear(params, in_shapes):
    from torch import Tensor, nn
    from torch.nn import functional as F

    class LinearAttention(nn.Module):
        """Queries, keys and values (..., token, feature) to (..., query, feature), no scores in between."""

        def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
            query, key = F.elu(query) + 1, F.elu(key) + 1
            mixed = query @ (key.transpose(-2, -1) @ value)  # (..., query, feature)
            return mixed / (query @ key.sum(-2).unsqueeze(-1) + 1e-6)

    return LinearAttention()


def _check_token_linear(params, signals):
    return needs_rank("Linear per token", signals[0], (2, 3), _SEQUENCES)


def _check_split(params, signals):
    (signal,) = signals
    return needs_rank("Split heads", signal, (2, 3), _SEQUENCES) or check_heads(signal.shape[-1], params["heads"])


def _check_merge(params, signals):
    return needs_rank("Merge heads", signals[0], (3, 4), text("heads (head × token × feature)"))


def _beside(title, first, second):
    """Return a problem if two inputs differ in heads or windows."""
    if first.shape[:-2] == second.shape[:-2]:
        return []
    return [Problem(text("{block} needs the same number of heads but gets {first} and {second}.", block=title,
                         first=format_shape(first.shape), second=format_shape(second.shape)))]


def _check_pair(title, signals):
    query, key = signals[:2]
    return (needs_rank(title, query, (2, 3, 4), _TOKENS) or needs_rank(title, key, (2, 3, 4), _TOKENS)
            or _beside(title, query, key))


def check_same_features(title: str, query: int, key: int) -> list[Problem]:
    """Return a problem if queries and keys differ in features."""
    if query == key:
        return []
    return [Problem(text("{block} needs queries and keys with the same number of features, but gets {query} and "
                         "{key}.", block=title, query=query, key=key))]


def _check_scores(params, signals):
    return (_check_pair("Attention scores", signals)
            or check_same_features("Attention scores", signals[0].shape[-1], signals[1].shape[-1]))


def check_additive(queries: int, keys: int, hidden: int) -> list[Problem]:
    """Return a problem if the hidden layer for this many queries and keys would need too much memory."""
    if queries * keys * hidden <= _MAX_HIDDEN:
        return []
    return [Problem(text("Additive scores would compute {hidden} hidden values for each of {queries} × {keys} pairs, "
                         "which is too much.", hidden=hidden, queries=queries, keys=keys))]


def _check_additive(params, signals):
    return _check_pair("Additive scores", signals) or check_additive(
        signals[0].shape[-2], signals[1].shape[-2], params["hidden_features"])


def check_same_count(title: str, weights: int, values: int) -> list[Problem]:
    """Return a problem if there is not one value for each key."""
    if weights == values:
        return []
    return [Problem(text("{block} needs one value for each key, but there are {keys} keys and {values} values.",
                         block=title, keys=weights, values=values))]


def _check_mix(params, signals):
    return (_check_pair("Attention mix", signals)
            or check_same_count("Attention mix", signals[0].shape[-1], signals[1].shape[-2]))


def _check_linear(params, signals):
    query, key, value = signals
    title = "Linear attention"
    return (_check_pair(title, signals) or needs_rank(title, value, (2, 3, 4), _TOKENS) or _beside(title, key, value)
            or check_same_features(title, query.shape[-1], key.shape[-1])
            or check_same_count(title, key.shape[-2], value.shape[-2]))


def _part(name, title, summary, formula, source, build, check, inputs=("input",), params=(), example=(),
          reach=all_tokens):
    return Block(name=name, title=title, family="attention", summary=summary, formula=formula, source=source,
                 build=build, check=check, inputs=inputs, params=params, sees=lambda params, in_shape: None,
                 reach=reach, example=tuple(Signal(shape) for shape in example))


HIDDEN = Number("hidden_features", "Hidden features", 8, low=1, high=100_000, integer=True,
                help="The size of the hidden layer in which additive scores add a query and a key.")

TOKEN_LINEAR = _part(
    "token_linear", "Linear per token", "The same linear layer for every token of a sequence or of windows.",
    r"y_i = W x_i + b", "torch.nn.Linear", torch_module("Linear", features), _check_token_linear, params=LINEAR.params,
    reach=token_by_token)
SPLIT_HEADS = _part(
    "split_heads", "Split heads", "Splits the features of each token equally among the heads.",
    r"(n,\; h \cdot d) \to (h,\; n,\; d)", "Vaswani et al. 2017, 3.2.2; Dive into Deep Learning, 11.5",
    _build_split, _check_split, params=(HEADS,), reach=token_by_token)
MERGE_HEADS = _part(
    "merge_heads", "Merge heads", "Concatenates the features of the heads.",
    r"(h,\; n,\; d) \to (n,\; h \cdot d)", "Vaswani et al. 2017, 3.2.2; Dive into Deep Learning, 11.5",
    _build_merge, _check_merge, reach=token_by_token)
ATTENTION_SCORES = _part(
    "attention_scores", "Attention scores", "The similarity of each query and key: their scaled dot product.",
    r"S = \frac{Q K^\top}{\sqrt{d}}", "Vaswani et al. 2017, 3.2.1; Dive into Deep Learning, 11.3",
    _build_scores, _check_scores, inputs=("query", "key"),
    params=(Flag("scaled", "Divide by √d", True,
                 help="Long vectors have large dot products; dividing by √d keeps softmax from saturating."),))
ADDITIVE_SCORES = _part(
    "additive_scores", "Additive scores", "The similarity of each query and key, computed by a small network.",
    r"S_{ij} = w_v^\top \tanh(W_q q_i + W_k k_j)", "Bahdanau et al. 2015; Dive into Deep Learning, 11.3",
    _build_additive, _check_additive, inputs=("query", "key"), params=(HIDDEN,), example=((3, 4), (5, 6)))
ATTENTION_MIX = _part(
    "attention_mix", "Attention mix", "Computes the weighted mean of the values for each query.",
    r"Y = W V", "Vaswani et al. 2017, 3.2.1; Dive into Deep Learning, 11.1",
    _build_mix, _check_mix, inputs=("weights", "values"),
    example=((2, 3, 5), (2, 5, 4)))
LINEAR_ATTENTION = _part(
    "linear_attention", "Linear attention",
    "Attention without a score for each pair: its cost is linear in the number of tokens, not quadratic.",
    r"y_i = \frac{\phi(q_i)^\top \sum_j \phi(k_j) v_j^\top}{\phi(q_i)^\top \sum_j \phi(k_j)},\quad "
    r"\phi(x) = \mathrm{elu}(x) + 1", "Katharopoulos et al. 2020, eq. 5",
    _build_linear, _check_linear, inputs=("query", "key", "value"), example=((2, 3, 4), (2, 5, 4), (2, 5, 6)))

ATTENTION_PARTS = (
    TOKEN_LINEAR, SPLIT_HEADS, MERGE_HEADS, ATTENTION_SCORES, ADDITIVE_SCORES, ATTENTION_MIX, LINEAR_ATTENTION)
