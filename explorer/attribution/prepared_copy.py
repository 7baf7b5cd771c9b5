"""The copy of a model on which methods put their rules: each call of an activation has a module of its own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer.attribution.call_modules import Paired
from explorer.attribution.explained import CannotAttribute
from explorer.attribution.own_calls import OWN
from explorer.hooks import tensors_in
from explorer.text import text

_HOOKED = (nn.ReLU, nn.ELU, nn.LeakyReLU, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d,
           nn.Softmax)  # by Captum's rules
_SAME = 1e-5


def prepare_copy(model: nn.Module, example: Tensor) -> Prepared:
    """Copy a model so that methods with rules for activations are right on it.

    Captum's rules hook modules. They fail for one that is called twice, that changes its input in place or that is no
    module but a function, and are wrong where one's output is the next one's input (captum#1104). On the copy, which is
    in evaluation mode, each call of an activation or a max pooling is one of a module of its own, not in place, with a
    no-op before it. Its outputs are the model's; its own modules have their addresses.
    example: an input, (sample, ...); it shows which calls the model makes. Raises CannotAttribute.

    >>> model = nn.Sequential(nn.Linear(2, 2), relu := nn.ReLU(), nn.Linear(2, 2), relu)
    >>> [type(module).__name__ for module in prepare_copy(model, torch.zeros(1, 2)).calls]
    ['ReLU', 'ReLU']
    """
    values = example.detach().requires_grad_(example.is_floating_point())
    return prepare(copy.deepcopy(model).eval().requires_grad_(False), lambda own: own(values.clone()))


def prepare(model: nn.Module, run: Callable[[nn.Module], Any]) -> Prepared:
    """Prepare a model that is private already, in evaluation mode and without gradients of parameters.

    run: runs it, or what it is made into, on values that require a gradient. Raises CannotAttribute.

    >>> len(prepare(nn.Tanh(), lambda model: model(torch.zeros(1, 2, requires_grad=True))).calls)
    1
    """
    seen = _Seen()
    with torch.enable_grad(), seen:
        expected = run(model)
    prepared = Prepared(_without_hooked(model), seen.takers, seen.functions)
    with torch.no_grad():
        found = run(prepared)
    if not _agree(expected, found):
        raise CannotAttribute(text("This network changes values in place without using what comes back, so its "
                                   "activations cannot be kept apart. Switch the prepared copy off, or take integrated "
                                   "gradients instead."))
    return prepared


class Prepared(nn.Module):
    """A copy of a model whose calls of activations are taken by modules of their own.

    model: the copy. calls: those modules. functions: what the model called on values that depend on the input, each
    with how many of its arguments do.

    >>> prepared = prepare_copy(nn.ReLU(), torch.zeros(1, 2))
    >>> prepared(torch.tensor([[-1.0, 2.0]])).tolist()
    [[0.0, 2.0]]
    """

    def __init__(self, model: nn.Module, takers: Sequence[nn.Module | None],
                 functions: Collection[tuple[Callable[..., Any], int]]) -> None:
        super().__init__()
        self.model, self.functions, self._takers = model, functions, tuple(takers)
        self.calls = nn.ModuleList(taker for taker in takers if taker is not None)

    def forward(self, *inputs: Tensor) -> Any:
        with _Taken(self._takers):
            return self.model(*inputs)

    def get_submodule(self, target: str) -> nn.Module:
        return self.model.get_submodule(target)

    def named_modules(self, *args: Any, **named: Any) -> Iterator[tuple[str, nn.Module]]:
        yield from self.model.named_modules(*args, **named)

    @contextmanager
    def paired(self) -> Iterator[None]:
        """Have calls take themselves apart for DeepLift's rules, while a batch holds inputs and their baselines."""
        calls = [module for module in self.calls.modules() if isinstance(module, Paired)]
        for call in calls:
            call.is_paired = True
        try:
            yield
        finally:
            for call in calls:
                call.is_paired = False


class _Watch(TorchFunctionMode):
    """A watch over the calls of torch's functions that may have a module of their own."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (),
                           kwargs: Mapping[str, Any] | None = None) -> Any:
        named = dict(kwargs or {})
        if func in OWN and "input" in named:
            args = (named.pop("input"), *args)
        return self.called(func, args, named)

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        raise NotImplementedError


class _Seen(_Watch):
    """Calls as they are seen for the first time. takers: for each of a function that may have a module its module, or
    None; functions: those called on values that vary, with how many of the arguments do."""

    def __init__(self) -> None:
        super().__init__()
        self.takers: list[nn.Module | None] = []
        self.functions: set[tuple[Callable[..., Any], int]] = set()

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        varying = sum(each.requires_grad for each in tensors_in((args, named)))
        if varying:
            self.functions.add((function, varying))
        if function in OWN:
            self.takers.append(OWN[function](*args, **named) if varying else None)
        return function(*args, **named)


class _Taken(_Watch):
    """Calls taken by their modules, in order."""

    def __init__(self, takers: Sequence[nn.Module | None]) -> None:
        super().__init__()
        self.takers, self.count = takers, 0

    def called(self, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if function not in OWN:
            return function(*args, **named)
        taker = self.takers[self.count] if self.count < len(self.takers) else None
        self.count += 1
        if taker is None:
            return function(*args, **named)
        # The no-op: one tensor may not be one module's output and the next one's input.
        return taker(*(each.view_as(each) for each in args[:getattr(taker, "takes", 1)]))

    def __exit__(self, *raised: Any) -> None:
        super().__exit__(*raised)
        if raised[0] is None and self.count != len(self.takers):
            raise CannotAttribute(text("This network calls other activations for other inputs, so they have no modules "
                                       "of their own. Take integrated gradients or occlusion instead."))


class _Unhooked(nn.Module):
    """A module of the copy that works as before, hidden from rules: its calls have modules of their own."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.hidden = (module,)  # a tuple, so that it is not found among the modules

    def forward(self, *args: Any, **named: Any) -> Any:
        return self.hidden[0](*args, **named)


def _without_hooked(model: nn.Module) -> nn.Module:
    """Hide the modules that Captum's rules would hook; one that is used twice stays one."""
    hidden: dict[nn.Module, nn.Module] = {}
    for parent in list(model.modules()):
        for name, child in parent._modules.items():
            if isinstance(child, _HOOKED):
                parent._modules[name] = hidden.setdefault(child, _Unhooked(child))
    return _Unhooked(model) if isinstance(model, _HOOKED) else model


def _agree(expected: Any, found: Any) -> bool:
    return all(torch.allclose(one, other, _SAME, _SAME, equal_nan=True)
               for one, other in zip(tensors_in(expected), tensors_in(found), strict=True))
