"""A network run from one of its nodes on: what comes before is computed once, and kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import torch
from torch import Tensor, nn

from explorer.hooks import as_taken, in_mode, module_at, samples_back, samples_first, tensors_in
from explorer.intervention.first_output import with_first
from explorer.spec import BadValue
from explorer.text import text

MOST_BYTES = 48_000_000  # of what the modules after the node give for the rows of one pass


class NoResumption(BadValue):
    """A node from which a network cannot be run on: it is not called, or more than once, or gives no numbers.

    >>> resume_at(nn.Sequential(nn.Embedding(3, 2)), "0", torch.zeros(1, 1, dtype=torch.int64)).output.shape
    torch.Size([1, 1, 2])
    """


@dataclass(frozen=True)
class Resumed:
    """A network that goes on from a node with other values in place of what it gave.

    node: its address. output: what it gave, (sample, ...); outputs: the network's own, float32 (sample, ...) on the
    CPU. row_bytes: of all that the modules after it give for one sample. What does not follow from the node, such as
    the other branch of a merge, is as it was; so are hooks, which act again on what is kept.

    >>> line = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> resumed = resume_at(line, "0", torch.zeros(1, 2))
    >>> resumed.run(torch.tensor([[-1.0, 2.0, 3.0], [1.0, 0.0, 0.0]])).tolist()
    [[0.0, 2.0, 3.0], [1.0, 0.0, 0.0]]
    """

    model: nn.Module
    node: str
    batch: Tensor
    output: Tensor
    outputs: Tensor
    row_bytes: int
    _kept: dict[nn.Module, Tensor]
    _is_in_place: bool

    @property
    def rows_at_once(self) -> int:
        """The number of rows that one pass takes within the budget of memory."""
        return max(1, MOST_BYTES // max(1, self.row_bytes))

    def run(self, values: Tensor) -> Tensor:
        """Run the network on from the node: values (row, ...) to outputs (row, ...), float32 on the CPU.

        Rows are as many as the samples, or any number where there is one sample.
        """
        rows = len(values)
        with ExitStack() as stack:
            for module, kept in self._kept.items():
                stack.enter_context(_forward(module, partial(self._give, module, kept, rows)))
            own = module_at(self.model, self.node)
            stack.callback(own.register_forward_hook(partial(_replace, values)).remove)
            return _predict(self.model, self.batch.expand(rows, *self.batch.shape[1:]))

    def run_each(self, number: int, make: Callable[[Tensor, range], None],
                 report: Callable[[float], None] = lambda share: None) -> Tensor:
        """Run the network on for so many changed copies of one sample's output, as many at a time as memory allows.

        make(values, places) changes `values`, (row, ...), whose rows are those of `places`.
        """
        found, base = [], self.output[:1]
        for first in range(0, number, self.rows_at_once):
            places = range(first, min(first + self.rows_at_once, number))
            values = base.expand(len(places), *base.shape[1:]).clone()
            make(values, places)
            found.append(self.run(values))
            report(places.stop / number)
        return torch.cat(found) if found else self.outputs[:0]

    def _give(self, module: nn.Module, kept: Tensor, rows: int, *_args: Any, **_named: Any) -> Tensor:
        samples = len(self.batch)
        if rows != samples:
            one = samples_first(module, kept, samples)
            kept = samples_back(module, one.expand(rows, *one.shape[1:]), kept.dim())
        return kept.clone() if self._is_in_place else kept


@dataclass
class _Calls:
    """A module's calls within one pass: when the last one ended, and what it gave before any hook."""

    count: int = 0
    end: int = 0
    output: Any = None


def resume_at(model: nn.Module, node: str, batch: Tensor) -> Resumed:
    """Run a network once, in evaluation mode, and keep what is needed to run it on from a node.

    Raises UnknownNode, NoResumption.
    """
    own = module_at(model, node)
    modules = [module for module in model.modules() if module is not model]
    is_in_place = any(getattr(module, "inplace", False) for module in modules)
    calls, ends = dict[nn.Module, _Calls](), count()
    after: list[Tensor] = []
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(_forward(module, partial(_call, module, module.forward, calls, ends, is_in_place)))
        handle = own.register_forward_hook(lambda _module, _args, output: after.extend(tensors_in(output)))
        stack.callback(handle.remove)
        outputs = _predict(model, batch.clone())
    _check(node, calls.get(own), after)
    output = samples_first(own, after[0].clone(), len(batch))
    kept = _kept(model, own, calls)
    later = [each.output for module, each in calls.items() if each.end > calls[own].end and not any(module.children())]
    row_bytes = sum(each.nbytes for given in [*later, after[0]] for each in tensors_in(given)) // max(1, len(batch))
    return Resumed(model, node, batch, output, outputs, row_bytes, kept, is_in_place)


def _check(node: str, calls: _Calls | None, given: Sequence[Tensor]) -> None:
    if calls is None or not calls.count or not given or not given[0].is_floating_point():
        raise NoResumption(text("{node} gives no numbers for this input that others could take the place of. Choose "
                                "another node.", node=node or text("the network")))
    if calls.count > 1:
        raise NoResumption(text("{node} is called {count} times in a pass, so it has no one output to change. Choose "
                                "another node.", node=node, count=calls.count))


def _kept(model: nn.Module, own: nn.Module, calls: dict[nn.Module, _Calls]) -> dict[nn.Module, Tensor]:
    """Choose what is not computed again: outermost modules that were called once and ended with the node or before."""
    kept: dict[nn.Module, Tensor] = {}
    inner: set[nn.Module] = set()
    for module in model.modules():
        one = calls.get(module)
        if module in inner or one is None or one.count != 1 or one.end > calls[own].end:
            continue
        if isinstance(one.output, Tensor) and (module is own or own not in set(module.modules())):
            kept[module] = one.output
            inner |= set(module.modules()) - {module}
    return kept


def _call(module: nn.Module, forward: Callable[..., Any], calls: dict[nn.Module, _Calls], ends: Iterator[int],
          copies: bool, *args: Any, **named: Any) -> Any:
    given = forward(*args, **named)
    one = calls.setdefault(module, _Calls())
    one.count += 1
    one.end = next(ends)
    one.output = given.clone() if copies and isinstance(given, Tensor) else given
    return given


@contextmanager
def _forward(module: nn.Module, instead: Callable[..., Any]) -> Iterator[None]:
    """Put a function in the place of a module's forward, inside a `with`; its hooks act on what that gives."""
    before = module.__dict__.get("forward")
    module.forward = instead
    try:
        yield
    finally:
        if before is None:
            del module.forward
        else:
            module.forward = before


def _replace(values: Tensor, module: nn.Module, _inputs: Any, output: Any) -> Any:
    first = next(tensors_in(output))
    return with_first(module, output, samples_back(module, values, first.dim()).to(first))


def _predict(model: nn.Module, batch: Tensor) -> Tensor:
    with torch.no_grad(), in_mode(model, training=False):
        output = next(tensors_in(model(as_taken(model, batch))))
    return output.float().cpu()
