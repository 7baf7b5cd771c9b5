"""Layer-wise relevance propagation: the number that is explained, shared out backward by a rule for each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from explorer.attribution.explained import CannotAttribute, Explained
from explorer.attribution.kinds_of_calls import attends, recurs
from explorer.attribution.method_limits import AT_ATTENTION, AT_MERGES, AT_RECURRENCE, NO_LOSS, no_rule
from explorer.attribution.own_calls import POINTWISE, Function, functions_named
from explorer.hooks import tensors_in

EPSILON, GAMMA, ALPHA1_BETA0 = "epsilon", "gamma", "alpha1_beta0"

_WEIGHTED = {F.linear, torch.conv1d, torch.conv2d, torch.conv3d, torch.conv_transpose1d, torch.conv_transpose2d,
             torch.conv_transpose3d}  # (input, weight, bias, ...)
_SUMS = functions_named("add", "sub", "subtract", "rsub", "mul", "multiply", "div", "divide", "true_divide", "matmul",
                        "__rsub__", "bmm", "einsum")  # affine where one argument varies
_AFFINE = {**{function: function for function in _WEIGHTED}, **_SUMS, **functions_named(
    "batch_norm", "avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d",
    "adaptive_avg_pool3d", "interpolate", "mean", "sum", "neg", "negative")}
# The same values elsewhere, for which the gradient takes relevance to where they came from.
_MOVES = functions_named(
    "clone", "contiguous", "to", "float", "double", "type_as", "flatten", "reshape", "view", "view_as", "unflatten",
    "squeeze", "unsqueeze", "permute", "transpose", "movedim", "swapaxes", "__getitem__", "narrow", "select", "chunk",
    "split", "unbind", "index_select", "expand", "expand_as", "cat", "concat", "concatenate", "stack", "pad", "roll",
    "flip", "detach", "requires_grad", "dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout",
    "feature_alpha_dropout", "max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d",
    "adaptive_max_pool3d", "amax", "pixel_shuffle", "pixel_unshuffle", "where")


@dataclass(frozen=True)
class Rule:
    """A rule of layers with weights. name: EPSILON, GAMMA or ALPHA1_BETA0. epsilon: what keeps divisors from zero.

    gamma: how much more positive weights count. spreads: whether the share of biases goes to the inputs. Source:
    Montavon et al. 2019, section 10.2.
    """

    name: str = EPSILON
    epsilon: float = 1e-9
    gamma: float = 0.25
    spreads: bool = True

    def changed(self, weight: Any) -> Any:
        """Change a layer's weights or biases as the rule has it."""
        if not isinstance(weight, Tensor):
            return weight
        if self.name == GAMMA:
            return weight + self.gamma * weight.clamp(min=0)
        return weight.clamp(min=0) if self.name == ALPHA1_BETA0 else weight


def propagate(explained: Explained, inputs: Tensor, targets: Tensor, rule: Rule) -> Tensor:
    """Share out each sample's number over the inputs: (sample, ...).

    A layer's relevance goes to its inputs in proportion to what each adds to it; past an activation it stays as it is.
    Source: Bach et al. 2015. Raises CannotAttribute where a layer has no such rule, or the number is no sum of outputs.

    >>> line = torch.nn.Linear(2, 1, bias=False).requires_grad_(False)
    >>> explained = Explained(line, lambda outputs: outputs)
    >>> found = propagate(explained, torch.tensor([[1.0, 2.0]]), torch.tensor([0]), Rule())
    >>> torch.allclose(found, line.weight * torch.tensor([1.0, 2.0]))
    True
    """
    leaf, ends = inputs.detach().requires_grad_(), []
    watch = _Propagated(rule)

    def leave(_module: Any, _inputs: Any, output: Any) -> None:
        watch.__exit__(None, None, None)
        ends.extend(list(tensors_in(output))[:1])

    handles = (explained.model.register_forward_pre_hook(lambda _module, _inputs: watch.__enter__() and None),
               explained.model.register_forward_hook(leave, always_call=True))
    try:
        number = explained.picked(leaf, targets)
    finally:
        for handle in handles:
            handle.remove()
    return _shared_out(number, ends[-1], leaf)


def _shared_out(number: Tensor, output: Tensor, leaf: Tensor) -> Tensor:
    if not number.requires_grad:
        return torch.zeros_like(leaf)
    relevance = torch.autograd.grad(number.sum(), output, retain_graph=True)[0] * output.detach()
    if not torch.allclose(relevance.reshape(len(relevance), -1).sum(1), number.detach(), 1e-3, 1e-5):
        raise CannotAttribute(NO_LOSS)
    return torch.autograd.grad(output, leaf, relevance)[0]


class _Propagated(TorchFunctionMode):
    """Functions of torch whose pass back carries relevance in place of gradients."""

    def __init__(self, rule: Rule) -> None:
        super().__init__()
        self.rule = rule

    def __torch_function__(self, func: Function, types: Any, args: tuple[Any, ...] = (),
                           kwargs: Mapping[str, Any] | None = None) -> Any:
        named = dict(kwargs or {})
        varying = [each for each in tensors_in((args, named)) if each.requires_grad]
        if len(varying) == 1 and func in POINTWISE:
            return _Kept.apply(varying[0], _of_one(POINTWISE[func], varying[0], args, named))
        if len(varying) == 1 and func in _AFFINE:
            return self._affine(func, varying[0], args, named)
        output = func(*args, **named)
        if varying and func not in _MOVES and any(each.requires_grad for each in tensors_in(output)):
            raise CannotAttribute(_why_not(func, len(varying)))
        return output

    def _affine(self, function: Function, values: Tensor, args: tuple[Any, ...], named: dict[str, Any]) -> Tensor:
        plain = own = _of_one(_AFFINE[function], values, args, named)
        if function in _WEIGHTED:
            changed = {name: self.rule.changed(each) if name in ("weight", "bias") else each
                       for name, each in named.items()}
            own = _of_one(function, values, (*args[:1], *map(self.rule.changed, args[1:3]), *args[3:]), changed)
        return _SharedOut.apply(values, plain, _without_bias(own) if self.rule.spreads else own, self.rule.epsilon)


def _of_one(function: Function, values: Tensor, args: tuple[Any, ...], named: dict[str, Any]) -> Callable[..., Tensor]:
    """Make a function of the one argument that varies."""
    def call(given: Tensor) -> Tensor:
        return function(*(given if each is values else each for each in args),
                        **{name: given if each is values else False if name == "inplace" else each
                           for name, each in named.items()})
    return call


def _without_bias(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda values: function(values) - function(torch.zeros_like(values))


def _why_not(function: Function, varying: int) -> Any:
    if attends({(function, varying)}):
        return AT_ATTENTION
    if recurs({(function, varying)}):
        return AT_RECURRENCE
    return AT_MERGES if varying > 1 else no_rule(getattr(function, "__name__", "an operation"))


class _Kept(torch.autograd.Function):
    """A function of each value on its own, past which relevance stays as it is."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, function: Callable[[Tensor], Tensor]) -> Tensor:
        return function(values.detach())

    @staticmethod
    def backward(ctx: Any, relevance: Tensor) -> tuple[Tensor, None]:
        return relevance, None


class _SharedOut(torch.autograd.Function):
    """An affine function, the relevance of whose values goes to what they are sums of."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, plain: Callable[[Tensor], Tensor], own: Callable[[Tensor], Tensor],
                epsilon: float) -> Tensor:
        ctx.save_for_backward(values)
        ctx.own, ctx.epsilon = own, epsilon
        return plain(values.detach())

    @staticmethod
    def backward(ctx: Any, relevance: Tensor) -> tuple[Tensor, None, None, None]:
        values = ctx.saved_tensors[0].detach().requires_grad_()
        with torch.enable_grad():
            sums = ctx.own(values)
        steadied = sums.detach() + ctx.epsilon * torch.where(sums < 0, -1.0, 1.0)
        shares = torch.autograd.grad(sums, values, relevance / steadied)[0]
        return values.detach() * shares, None, None, None
