"""Interventions: parts of what nodes give that are silenced, forced to a value or scaled, through hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from explorer.attention import Attention
from explorer.formatting import format_number, format_shape
from explorer.hooks import UnknownNode, module_at, predictor, puts_tokens_first, record_activations, tensors_in
from explorer.intervention.first_output import with_first
from explorer.spec import BadValue
from explorer.text import Text, text

ZERO, MEAN, FORCE, SCALE = "zero", "mean", "force", "scale"
ACTIONS = (ZERO, MEAN, FORCE, SCALE)
MOST_INTERVENTIONS = 256  # of one question
_MOST_AXES, _LARGEST = 6, torch.finfo(torch.float32).max

Index = tuple[int | None, ...]


@dataclass(frozen=True)
class Intervention:
    """A change of what a node gives, of a part of its output. node: its address.

    index: of the part, without the axis of samples; None takes all along an axis, as do axes that are left out: () is
    the whole layer, (3,) a channel or a head, (None, 3) a feature of all tokens, (3, 4, 5) a unit. action: ZERO; MEAN,
    its mean over samples; FORCE to `value`; SCALE by `value`.

    >>> Intervention.read({"node": "conv2", "index": [3], "action": "scale", "value": 0.5})
    Intervention(node='conv2', index=(3,), action='scale', value=0.5)
    """

    node: str
    index: Index = ()
    action: str = ZERO
    value: float = 0.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Intervention:
        """Read an intervention from a question's document. Raises BadValue."""
        try:
            found = cls(str(given["node"]), _index(given.get("index", ())), str(given.get("action", ZERO)),
                        float(given.get("value", 0.0)))
        except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
            raise BadValue(_UNREADABLE) from error
        if found.action not in ACTIONS or not found.node:
            raise BadValue(_UNREADABLE)
        if not abs(found.value) <= _LARGEST:
            raise BadValue(text("A value must be a finite number, at most 3.4 × 10³⁸."))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `read` reads."""
        return {"node": self.node, "index": list(self.index), "action": self.action, "value": self.value}


_UNREADABLE = text("This intervention could not be read. Undo it, or reload the page.")


def _index(given: Sequence[Any]) -> Index:
    if len(given) > _MOST_AXES or not all(each is None or (type(each) is int and each >= 0) for each in given):
        raise ValueError(given)
    return tuple(given)


def of_head(attention: Attention, head: int, action: str = ZERO, value: float = 0.0) -> Intervention:
    """Make the intervention on what one head of an attention mixes.

    >>> of_head(Attention("a.weights", "a", mix="a.mix", heads=4, has_heads=True, is_windowed=True), 2).index
    (None, 2)
    """
    windows = (None,) if attention.is_windowed else ()
    return Intervention(attention.mix, (*windows, head) if attention.has_heads else (), action, value)


@contextmanager
def intervened(model: nn.Module, interventions: Iterable[Intervention],
               means: Mapping[str, Tensor] | None = None) -> Iterator[None]:
    """Intervene in every pass inside a `with`, in the order given; nothing is left on the model afterwards.

    means: by node what MEAN puts in place, without the axis of samples, as `mean_outputs` gives it. Raises BadValue
    for a node that is not there, and in a pass for a part that its output lacks.

    >>> line = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> with intervened(line, [Intervention("0", (1,), FORCE, 5.0)]):
    ...     line(torch.zeros(1, 2))[0, 1].item()
    5.0
    """
    undo = put_interventions(model, interventions, means)
    try:
        yield
    finally:
        undo()


def put_interventions(model: nn.Module, interventions: Iterable[Intervention],
                      means: Mapping[str, Tensor] | None = None) -> Callable[[], None]:
    """Put interventions on a model as `intervened` does; return the function that takes them off.

    >>> line = nn.Linear(2, 1)
    >>> take_off = put_interventions(line, [Intervention("", action=FORCE, value=7.0)])
    >>> line(torch.zeros(1, 2)).item(), take_off(), len(line._forward_hooks)
    (7.0, None, 0)
    """
    of_node: dict[str, list[Intervention]] = {}
    for each in interventions:
        of_node.setdefault(each.node, []).append(each)
    changes = [_Change(node, tuple(these), _mean_of(node, these, means or {})) for node, these in of_node.items()]
    modules = [_module(model, change.node) for change in changes]
    handles = [module.register_forward_hook(change) for module, change in zip(modules, changes, strict=True)]
    return partial(_take_off, handles)


def mean_outputs(model: nn.Module, nodes: Iterable[str], batch: Tensor) -> dict[str, Tensor]:
    """Average each node's output over samples, without their axis.

    >>> mean_outputs(nn.Sequential(nn.ReLU()), ["0"], torch.tensor([[1.0, -1.0], [3.0, 1.0]]))["0"].tolist()
    [2.0, 0.5]
    """
    addresses = list(nodes)
    for address in addresses:
        _module(model, address)
    with record_activations(model, addresses) as recorded:
        predictor(model)(batch)
    return {address: values.mean(1 if _is_behind(module_at(model, address), values) else 0)
            for address, values in recorded.items() if values.is_floating_point()}


def needs_means(interventions: Iterable[Intervention]) -> tuple[str, ...]:
    """List the nodes of which a mean takes the place of something.

    >>> needs_means([Intervention("a"), Intervention("b", (0,), MEAN)])
    ('b',)
    """
    return tuple(dict.fromkeys(each.node for each in interventions if each.action == MEAN))


def describe_part(intervention: Intervention, dimensions: int, head_axis: int = -1) -> Text:
    """Name the part of a node's output that an intervention is about. dimensions: of the output without samples.

    head_axis: of these, the one of an attention's heads; -1 where there is none.

    >>> print(describe_part(Intervention("conv2", (3,)), 3), "|", describe_part(Intervention("linear1", (7,)), 1))
    channel 3 of conv2 | unit 7 of linear1
    """
    node, index = intervention.node, intervention.index
    fixed = [(axis, at) for axis, at in enumerate(index) if at is not None]
    if not fixed:
        return text("all of {node}", node=node)
    if [axis for axis, _at in fixed] == [head_axis]:
        return text("head {at} of {node}", at=fixed[0][1], node=node)
    match (dimensions, *fixed):
        case (1, (_, at)):
            return text("unit {at} of {node}", at=at, node=node)
        case (2, (0, at)):
            return text("token {at} of {node}", at=at, node=node)
        case (2, (1, at)):
            return text("feature {at} of {node}", at=at, node=node)
        case (3, (0, at)):
            return text("channel {at} of {node}", at=at, node=node)
    return text("{node}[{index}]", node=node, index=", ".join(":" if at is None else str(at) for at in index))


def describe_intervention(intervention: Intervention, dimensions: int, head_axis: int = -1) -> Text:
    """Explain in a sentence what takes the place of what a node computes. The rest as for `describe_part`.

    >>> print(describe_intervention(Intervention("conv2", (3,)), 3))
    Silenced here: channel 3 of conv2 is 0 in place of what the arithmetic gives.
    """
    part, value = describe_part(intervention, dimensions, head_axis), format_number(intervention.value)
    return {
        ZERO: text("Silenced here: {part} is 0 in place of what the arithmetic gives.", part=part),
        MEAN: text("Silenced here: {part} is its mean over test samples in place of what the arithmetic gives.",
                   part=part),
        FORCE: text("Forced here: {part} is {value} in place of what the arithmetic gives.", part=part, value=value),
        SCALE: text("Scaled here: {part} is {value} times what the arithmetic gives.", part=part, value=value),
    }[intervention.action]


@dataclass(frozen=True)
class _Change:
    """The hook of one node; an object, so that a copy of the model has a hook of its own."""

    node: str
    interventions: tuple[Intervention, ...]
    mean: Tensor | None = field(default=None, repr=False)

    def __call__(self, module: nn.Module, _inputs: Any, output: Any) -> Any:
        first = next(tensors_in(output), None)
        if first is None or not first.is_floating_point() or not first.dim():
            raise BadValue(text("{node} gives no numbers that could be silenced, forced or scaled. Undo that, and "
                                "choose another node.", node=self.node))
        is_behind = _is_behind(module, first)
        changed = first.transpose(0, 1) if is_behind else first
        for each in self.interventions:
            changed = self._apply(each, changed)
        return with_first(module, output, changed.transpose(0, 1) if is_behind else changed)

    def _apply(self, each: Intervention, values: Tensor) -> Tensor:
        mask = mask_of(each.node, each.index, tuple(values.shape[1:])).to(values.device)
        if each.action == SCALE:
            return torch.where(mask, values * each.value, values)
        if each.action == MEAN:
            if self.mean.shape != values.shape[1:]:
                raise BadValue(text("{node} gives {shape} here, and its mean over samples is {mean}. Take zero.",
                                    node=self.node, shape=format_shape(tuple(values.shape[1:])),
                                    mean=format_shape(tuple(self.mean.shape))))
            return torch.where(mask, self.mean.to(values), values)
        return torch.where(mask, torch.as_tensor(each.value if each.action == FORCE else 0.0).to(values), values)


def mask_of(node: str, index: Index, shape: tuple[int, ...]) -> Tensor:
    """Mark the part of an output of this shape, without samples, that an index selects. Raises BadValue.

    >>> mask_of("a", (None, 1), (2, 3)).tolist()
    [[False, True, False], [False, True, False]]
    """
    if len(index) > len(shape) or any(at is not None and at >= size for at, size in zip(index, shape, strict=False)):
        written = ", ".join(":" if at is None else str(at) for at in index)
        raise BadValue(text("{node} has no part [{index}]: its output is {shape}. Undo that intervention.", node=node,
                            index=written, shape=format_shape(shape)))
    mask = torch.zeros(shape, dtype=torch.bool)
    mask[tuple(slice(None) if at is None else at for at in index)] = True
    return mask


def _is_behind(module: nn.Module, values: Tensor) -> bool:
    """Check whether the axis of samples is the second one."""
    return puts_tokens_first(module) and values.dim() == 3


def _mean_of(node: str, these: Sequence[Intervention], means: Mapping[str, Tensor]) -> Tensor | None:
    if needs_means(these) and node not in means:
        raise BadValue(text("No samples are known for a mean of {node}. Take zero.", node=node))
    return means.get(node)


def _module(model: nn.Module, node: str) -> nn.Module:
    try:
        return module_at(model, node)
    except UnknownNode:
        raise BadValue(text("This network has no node called {node}, in which something is silenced, forced or scaled: "
                            "undo that.", node=node[:80])) from None


def _take_off(handles: Sequence[Any]) -> None:
    for handle in handles:
        handle.remove()
