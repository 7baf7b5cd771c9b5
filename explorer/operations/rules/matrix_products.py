"""Rules of products: linear layers, attention scores, and values mixed by weights."""

from __future__ import annotations

import torch
from torch import nn

from explorer.operations.rules.given import Found, Given, array, operand, parameter, rows_axes, scores_axes
from explorer.results import AdditiveScores, LinearAttention, MatrixProduct
from explorer.results.arithmetic import PARAMETER


def linear(module: nn.Linear, given: Given) -> Found:
    """Read a linear layer, for one row of features or for each of several."""
    found = (operand("input", given.input, rows_axes(given.input.ndim)),
             parameter("weight", module.weight, ("output", "input")))
    return MatrixProduct(), found if module.bias is None else (*found, parameter("bias", module.bias))


def affine_head(module: nn.Module, given: Given) -> Found:
    """Read the linear layer to the six numbers of an affine map."""
    return MatrixProduct(), (operand("input", given.input), parameter("weight", module.matrix, ("output", "input")),
                             parameter("bias", module.offset))


def _tokens(name: str, values, role_of_rows: str):
    lead = ("window", "head")[4 - values.ndim:] if values.ndim < 5 else ()
    return operand(name, values, (*lead, role_of_rows, "feature"))


def attention_scores(module: nn.Module, given: Given) -> Found:
    """Read the scaled products of queries and keys."""
    query, key = given.inputs
    return MatrixProduct(float(module.scale)), (_tokens("query", query, "query"), _tokens("key", key, "key"))


def attention_mix(module: nn.Module, given: Given) -> Found:
    """Read the weighted mean of the values."""
    weights, values = given.inputs
    return MatrixProduct(by_columns=True), (operand("weights", weights, scores_axes(weights.ndim)),
                                            _tokens("values", values, "key"))


def additive_scores(module: nn.Module, given: Given) -> Found:
    """Read scores from a hidden layer; queries and keys are projected here."""
    with torch.no_grad():
        query, key = (given.sample(layer(tensor)) for layer, tensor in
                      zip((module.query, module.key), given.tensors))
    return AdditiveScores(), (_tokens("query", array(query), "query"), _tokens("key", array(key), "key"),
                              operand("score", array(module.score.weight[0]), ("hidden",), PARAMETER))


def linear_attention(module: nn.Module, given: Given) -> Found:
    """Read attention without a score for each pair."""
    query, key, value = given.inputs
    return LinearAttention(), (_tokens("query", query, "query"), _tokens("key", key, "key"),
                               _tokens("value", value, "key"))
