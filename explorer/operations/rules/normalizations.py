"""Rules of normalizations: over a batch, a layer, groups of channels, or one map."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from explorer.operations.rules.given import Found, Given, array, operand, parameter, rows_axes
from explorer.results import Normalization, Operand
from explorer.results.arithmetic import STATE


def batch_norm(module: nn.Module, given: Given) -> Found:
    """Read batch norm in evaluation, with recorded statistics; without any, with those of the batch."""
    space = tuple(range(1, given.input.ndim))
    if module.running_mean is not None:
        rule = Normalization(module.eps, (), (0,), (0,))
        return _normalized(module, given, rule, array(module.running_mean), array(module.running_var))
    if len(given.tensors[0]) > 1:
        mean, variance = _statistics(array(given.tensors[0]), (0, *(axis + 1 for axis in space)))
        return _normalized(module, given, Normalization(module.eps, (), (0,), (0,)), mean, variance)
    return _of_sample(module, given, Normalization(module.eps, space, (0,), (0,)))


def instance_norm(module: nn.Module, given: Given) -> Found:
    """Read instance norm: each map on its own, or recorded statistics."""
    if module.track_running_stats and module.running_mean is not None:
        return batch_norm(module, given)
    return _of_sample(module, given, Normalization(module.eps, (1, 2), (0,), (0,)))


def layer_norm(module: nn.LayerNorm, given: Given) -> Found:
    """Read layer norm: over the last axes."""
    return _of_sample(module, given, _over_last(module, given, module.eps))


def layer_norm2d(module: nn.LayerNorm, given: Given) -> Found:
    """Read layer norm over the channels at each place of a map."""
    return _of_sample(module, given, Normalization(module.eps, (0,), (1, 2), (0,)))


def rms_norm(module: nn.RMSNorm, given: Given) -> Found:
    """Read RMS norm: layer norm without centering."""
    eps = torch.finfo(given.tensors[0].dtype).eps if module.eps is None else module.eps
    return _of_sample(module, given, _over_last(module, given, eps, center=False))


def group_norm(module: nn.GroupNorm, given: Given) -> Found:
    """Read group norm: over the channels of one group and all of space."""
    rule = Normalization(module.eps, tuple(range(given.input.ndim)), (), (0,), groups=module.num_groups)
    return _of_sample(module, given, rule)


def _over_last(module: nn.Module, given: Given, eps: float, center: bool = True) -> Normalization:
    axes = tuple(range(given.input.ndim))
    kept = len(axes) - len(module.normalized_shape)
    return Normalization(eps, axes[kept:], axes[:kept], axes[kept:], center=center)


def _of_sample(module: nn.Module, given: Given, rule: Normalization) -> Found:
    """Compute mean and variance from the sample itself."""
    values, over = given.input, rule.over
    if rule.groups:
        values, over = values.reshape(rule.groups, -1), (1,)
    mean, variance = _statistics(values, over, rule.center)
    return _normalized(module, given, rule, mean, variance)


def _statistics(values: np.ndarray, over: tuple[int, ...], center: bool = True) -> tuple[np.ndarray, np.ndarray]:
    exact = values.astype(np.float64)
    mean = exact.mean(over, keepdims=True) if center else 0.0
    variance = np.square(exact - mean).mean(over)
    mean = exact.mean(over) if center else np.zeros_like(variance)
    return np.asarray(mean, np.float32), np.asarray(variance, np.float32)


def _normalized(module: nn.Module, given: Given, rule: Normalization, mean: np.ndarray,
                variance: np.ndarray) -> Found:
    over_features = isinstance(module, nn.LayerNorm | nn.RMSNorm) and given.input.ndim - 1 in rule.over
    over_rows = over_features and len(module.normalized_shape) == 1
    values = operand("input", given.input, rows_axes(given.input.ndim) if over_rows else ())
    shared = ("group",) if rule.groups else tuple(values.axes[axis] for axis in rule.shared_by)
    scaled = tuple(values.axes[axis] for axis in rule.scaled_by)
    learned = [parameter(name, tensor, scaled) for name in ("weight", "bias")
               if (tensor := getattr(module, name, None)) is not None]
    return rule, (values, Operand("mean", mean, shared, STATE), Operand("variance", variance, shared, STATE), *learned)
